"""Arms that give the real pixels themselves where they were hidden, which nothing that did not see them can.

A sign, and no verdict: real clips were relabelled as synthetic, or the generator was given the truth. Told where a
study has the metric `mae` in the region `mask`, as it has by default. A pixel can be right by chance, a clip cannot.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from evalkit.metrics.mae import MAE
from evalkit.records import Measurement
from evalkit.untouched import measured_by_arm

REGION = "mask"


@dataclass(frozen=True)
class Identical:
    """One arm, and the clips in which nothing that was hidden differs from the truth."""

    arm: str
    clips: tuple[str, ...]
    measured: int

    @property
    def sentence(self) -> str:
        """What is to be told."""
        return (
            f"{self.arm} gives exactly the real pixels in all that was hidden of {len(self.clips)} of {self.measured} "
            f"clips, as {self.clips[0]}: nothing that did not see them can. Is it the real clip?"
        )


def identical(rows: Iterable[Measurement]) -> list[Identical]:
    """The arms that give some clip exactly, by name; empty too where `mae` in the mask was not measured."""
    found = measured_by_arm(rows, MAE.name, REGION)
    hit = {arm: tuple(sorted(row.clip_id for row in of_arm if row.value == 0)) for arm, of_arm in found.items()}
    return [Identical(arm, clips, len(found[arm])) for arm, clips in hit.items() if clips]
