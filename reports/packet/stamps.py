"""RFC 3161 time stamps in a packet: over the SHA-256 of the frozen analysis plan's file, as it was before the run.

The run keeps the one that it was begun with; others can be added. Under pseudonyms the frozen plan is not packed, so a
stamp is compared with the hash that packet.json claims for it; with real ids, with that of the packed plan itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.analysis_plan import DEPARTURES, TOKEN
from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.seal import Run
from evalkit.timestamp import INSTALL, NO_TOKEN, can_verify, read_root, verify_response
from reports.packet.about import FILE as ABOUT
from reports.packet.about import About
from translator.errors import Fault, InputError, bad_input

FOLDER = "timestamps/"
NOT_CHECKED = f"not checked: {INSTALL}"
_AGAIN = "Ask for the response as the authority sent it, and for the authority's own root certificate"


@dataclass(frozen=True)
class Stamp:
    """What a time stamp in a packet says, and how far it was checked (`status`: see evalkit.timestamp)."""

    file: str
    status: str
    time: str = ""
    authority: str = ""
    serial: str = ""

    def __str__(self) -> str:
        """In words."""
        return f"{self.file}: {self.status}" + (f", {self.time} by {self.authority}" if self.time else "")


def given_stamps(run: Run, responses: Sequence[Path], root: Path | None) -> dict[str, bytes]:
    """The responses (.tsr) that a packet of the run is given, each checked to be of the run's frozen plan, by name.

    One that the run holds itself is not packed twice.

    Raises: InputError if the run was under no frozen plan, and for a response that is not of it or does not hold.
    """
    sha256 = run.record["files"].get(ANALYSIS_PLAN)
    if root is not None and not responses:
        raise bad_input("--timestamp-root", "is given without --timestamp", "Give both, or neither")
    if responses and sha256 is None:
        remedy = "Freeze a plan, have it stamped, and give it to `sonoproof run` with --plan"
        raise bad_input(run.folder, "was run under no frozen plan, so there is nothing that a time stamp is of", remedy)
    found: list[bytes] = []
    for path in responses:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise bad_input(path, f"cannot be read ({error.strerror})", "Give a .tsr file") from None
        verify_response(content, path, str(sha256), f"the frozen plan of {run.folder}", root)
        found.append(content)
    own = (run.folder / TOKEN).read_bytes() if TOKEN in run.record["files"] else None
    more = [each for each in dict.fromkeys(found) if each != own]
    return {f"{FOLDER}{number}.tsr": each for number, each in enumerate(more, 1)}


def lacks_its_stamp(run: Run) -> bool:
    """True of a run that was begun with a time stamp and does not hold it, as earlier versions made them."""
    if not {DEPARTURES, ANALYSIS_PLAN} <= run.record["files"].keys() or TOKEN in run.record["files"]:
        return False
    told = json.loads((run.folder / DEPARTURES).read_text(encoding="utf-8"))["timestamp"]
    return bool(told["status"] != NO_TOKEN["status"])


def stamps_in(files: Iterable[str]) -> list[str]:
    """The names of a packet's time stamps."""
    return sorted(name for name in files if name == f"run/{TOKEN}" or name.startswith(FOLDER))


def check_stamps(files: Mapping[str, bytes], told: About, root: Path | None) -> tuple[list[Stamp], list[Fault]]:
    """What each time stamp of a packet says, and what is wrong with them; offline.

    Raises: InputError if the root certificate is none, or what checks by it is not installed.
    """
    names = stamps_in(files)
    if root is not None and not can_verify():
        raise bad_input("--timestamp-root", "cannot be used: rfc3161-client is not installed", INSTALL)
    if root is not None:
        read_root(root)  # what is wrong with it is no fault of the packet
    if root is not None and not names:
        return [], [Fault(FOLDER, "holds no time stamp, and a root was given", "Ask for a packet with one")]
    if told.analysis_plan_sha256 is None:
        return [], [Fault(name, f"is of nothing: {ABOUT} names no frozen plan", _AGAIN) for name in names]
    if not can_verify():
        return [Stamp(name, NOT_CHECKED) for name in names], []
    found, faults = [], []
    for name in names:
        try:
            said = verify_response(files[name], name, told.analysis_plan_sha256, "the frozen plan", root)
            found.append(Stamp(name, *(_printable(said[key]) for key in ("status", "time", "authority", "serial"))))
        except InputError as error:
            faults += [Fault(name, _printable(fault.what), _AGAIN) for fault in error.faults]
    return found, faults


def check_plan(files: Mapping[str, bytes], told: About) -> tuple[str, list[Fault]]:
    """What is known of the frozen plan's hash, in words, empty where there is none; and what contradicts it."""
    claimed = told.analysis_plan_sha256
    if claimed is None:
        return "", []
    faults = []
    sealed = told.sealed.get(ANALYSIS_PLAN)
    if sealed is None or sealed.sha256 != claimed:
        faults.append(Fault(ABOUT, "names another hash of the frozen plan than the run sealed", _AGAIN))
    try:
        departures = json.loads(files[f"run/{DEPARTURES}"])
        of, at = departures["analysis_plan_sha256"], departures["frozen_at"]
    except (ValueError, KeyError, TypeError, RecursionError):
        of, at = None, told.plan_time
    if of != claimed:
        faults.append(Fault(f"run/{DEPARTURES}", f"is not of the frozen plan that {ABOUT} names, {claimed}", _AGAIN))
    if at != told.plan_time:
        faults.append(Fault(f"run/{DEPARTURES}", f"has another time of freezing than {ABOUT}", _AGAIN))
    if told.ids == "real":  # its own hash is that of the packed file, which is compared with the sealed one
        return f"{claimed}, that of run/{ANALYSIS_PLAN}", faults
    return f"{claimed}, as claimed by {ABOUT}: under pseudonyms the frozen plan itself is not packed", faults


def _printable(text: object) -> str:
    """A certificate's names are anybody's text."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
