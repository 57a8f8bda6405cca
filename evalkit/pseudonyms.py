"""Pseudonyms: what reports call clips and subjects. The key lies in the sealed run, as `pseudonyms.csv`.

Ids are ranked by a keyed hash (HMAC-SHA-256) under the digest of the plan's input digests, which no report
prints. So the same plan gives the same pseudonyms, their order says nothing, and who has only a report cannot
work the ids out.
"""

import csv
import hashlib
import hmac
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from translator.artefacts import digest
from translator.errors import bad_input

FILE = "pseudonyms.csv"
_COLUMNS = ["kind", "id", "pseudonym"]
_SHORT = re.compile(r".{1,2}|\d{3}")  # in free text these cannot be told from words and numbers


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonym of each clip_id (`clip-017`) and subject_id (`subject-03`) of a run."""

    clips: Mapping[str, str]
    subjects: Mapping[str, str]

    def text(self, text: str) -> str:
        """Free text with every id replaced that stands in it as a word, or before a full stop and a suffix.

        Whatever the case: who writes a note by hand types PATIENT01 for patient01. Where ids differ in case alone,
        the one that stands there goes first. Ids of one or two characters, or of three digits, are left: they would
        be found in any sentence.
        """
        return self._pattern.sub(lambda found: self._named(found[0]), text) if self._both else text

    def within(self, value: Any) -> Any:
        """A JSON-like value with the ids in all its texts, keys too, replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.within(key): self.within(item) for key, item in value.items()}
        return [self.within(item) for item in value] if isinstance(value, list | tuple) else value

    def _named(self, found: str) -> str:
        name = found if found in self._both else self._folded[found.lower()]
        return found if self._both[name] == name else self._both[name]

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {name.lower(): name for name in self._both}

    @cached_property
    def _both(self) -> dict[str, str]:
        every = {**self.subjects, **self.clips}
        return {name: pseudonym for name, pseudonym in every.items() if not _SHORT.fullmatch(name)}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._both, key=len, reverse=True)
        any_of = "|".join(map(re.escape, longest_first))
        return re.compile(rf"(?<![A-Za-z0-9])(?:{any_of})(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)


def pseudonyms_of(plan: Mapping[str, Any]) -> Pseudonyms:
    """The pseudonyms of a plan's document (its clips of all kinds and `inputs` are looked at)."""
    key = bytes.fromhex(digest({"pseudonyms": plan["inputs"]}))
    clips, subjects = ({clip[column] for clip in _clips(plan)} for column in ("clip_id", "subject_id"))
    return Pseudonyms(_ranked("clip", clips, 3, key), _ranked("subject", subjects, 2, key))


def real_names(plan: Mapping[str, Any]) -> Pseudonyms:
    """Every clip and subject of a plan under its own id."""
    clips, subjects = ({clip[column]: clip[column] for clip in _clips(plan)} for column in ("clip_id", "subject_id"))
    return Pseudonyms(clips, subjects)


def _clips(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Clips of the study, those excluded, and those that tasks fit models to: what a task tells can name them."""
    return [*plan["clips"], *plan.get("excluded", []), *plan.get("training", {}).get("clips", [])]


def write_pseudonyms(folder: Path, known: Pseudonyms) -> None:
    """Write the key, `pseudonyms.csv`, in the order of the pseudonyms."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for kind, names in (("clip", known.clips), ("subject", known.subjects)):
        rows.writerows([kind, name, pseudonym] for name, pseudonym in names.items())
    (folder / FILE).write_text(text.getvalue(), encoding="utf-8")


def read_pseudonyms(folder: Path) -> Pseudonyms:
    """Read the key of a run.

    Raises: InputError if it is not there.
    """
    try:
        with (folder / FILE).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        what = f"cannot be read ({error.strerror}), so a report would show real ids"
        raise bad_input(folder / FILE, what, "Run the study again, or ask for --real-ids") from None
    clips, subjects = ({r["id"]: r["pseudonym"] for r in rows if r["kind"] == kind} for kind in ("clip", "subject"))
    return Pseudonyms(clips, subjects)


def _ranked(kind: str, names: set[str], width: int, key: bytes) -> dict[str, str]:
    ranked = sorted(names, key=lambda name: hmac.digest(key, f"{kind}:{name}".encode(), hashlib.sha256))
    width = max(width, len(str(len(ranked))))
    return {name: f"{kind}-{rank:0{width}d}" for rank, name in enumerate(ranked, 1)}
