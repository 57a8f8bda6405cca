"""Faults in what a user handed in: each says what, where, what was found, and what to do.

InputError(ValueError)    one or more Faults; the command ends with exit code 2
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: the place (file, row, frame), what is wrong there, and the remedy."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line: `where: what. remedy`."""
        line = f"{self.where}: {self.what}"
        return f"{line}. {self.remedy}" if self.remedy else line


class InputError(ValueError):
    """Bad input. `faults` lists everything that was found, not only the first."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        """Take one fault or several."""
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def bad_input(where: object, what: str, remedy: str = "") -> InputError:
    """Make the common InputError with a single fault."""
    return InputError(Fault(str(where), what, remedy))
