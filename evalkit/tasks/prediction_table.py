"""A user's predictions as a CSV file: clip_id, arm ("real" or an arm of the study), predicted; and if there are any
seed, and probabilities, either as JSON in the column `probabilities` or one column `p[CLASS]` for each class."""

import csv
import difflib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.errors import Fault, InputError, bad_input

SUM_WITHIN = 0.01  # printed figures are rounded
_NEEDED, _MORE = ("clip_id", "arm", "predicted"), ("seed", "probabilities")
_OF_CLASS = re.compile(r"p\[(.+)\]")
Answer = str | dict[str, float]


@dataclass(frozen=True)
class PredictionTable:
    """Answers by clip, arm and seed; `seeds` are all that occur."""

    answers: dict[tuple[str, str, int], Answer]
    seeds: tuple[int, ...]
    file: str

    def check(self, arms: Sequence[str], clips: Sequence[str]) -> int:
        """How many rows are of clips that the study does not ask about; `arms` are all that a row may name.

        Raises: InputError if a row names an arm that the study has not, or if no row is of the study's clips.
        """
        known = set(clips)
        strangers = sorted({arm for _, arm, _ in self.answers} - set(arms))
        faults = [Fault(self.file, f"names an arm {arm!r} that the study has not", _nearest(arm, arms))
                  for arm in strangers]  # fmt: skip
        others = sum(clip not in known for clip, _, _ in self.answers)
        if others == len(self.answers) and not faults:
            wanted = ", ".join(list(clips)[:3])
            faults.append(Fault(self.file, f"has no row of a clip of the study, as {wanted}", "Correct clip_id"))
        if faults:
            raise InputError(faults)
        return others


def read_predictions(file: Path) -> PredictionTable:
    """Read and check a table of predictions.

    Raises: InputError listing every fault by row and column; row 2 is the first prediction.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            columns, *records = list(csv.reader(opened, strict=True)) or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise bad_input(file.name, f"cannot be read as CSV ({error})", "Give a table with a header") from None
    faults = _column_faults(file.name, columns)
    if faults:
        raise InputError(faults)
    answers: dict[tuple[str, str, int], Answer] = {}
    for number, cells in enumerate(records, start=2):
        if not any(cells):
            continue
        row, where = dict(zip(columns, cells, strict=False)), f"{file.name}: row {number}"
        problems = _row_faults(where, row, len(cells), len(columns))
        if not problems:
            key = (row["clip_id"], row["arm"], int(row.get("seed") or 0))
            if key in answers:
                what = f"clip {key[0]!r}, arm {key[1]!r}, seed {key[2]} stands there twice"
                problems = [Fault(where, what, "Give one prediction each")]
            else:
                answers[key] = _probabilities(row) or row["predicted"]
        faults += problems
    if not answers and not faults:
        faults.append(Fault(file.name, "has no rows", "Add one for each clip and arm"))
    if faults:
        raise InputError(faults)
    return PredictionTable(answers, tuple(sorted({seed for _, _, seed in answers})), file.name)


def _column_faults(name: str, columns: list[str]) -> list[Fault]:
    faults = [Fault(name, f"has no column {column}", "Add it") for column in _NEEDED if column not in columns]
    known = (*_NEEDED, *_MORE)
    faults += [Fault(name, f"has an unknown column {column!r}", _nearest(column, (*known, "p[CLASS]")))
               for column in columns if column not in known and not _OF_CLASS.fullmatch(column)]  # fmt: skip
    faults += [Fault(name, f"has two columns {column!r}", "Leave one out")
               for column in sorted({c for c in columns if columns.count(c) > 1})]  # fmt: skip
    if "probabilities" in columns and any(_OF_CLASS.fullmatch(column) for column in columns):
        faults.append(Fault(name, "has both probabilities and p[CLASS]", "Give one of them"))
    return faults


def _row_faults(where: str, row: dict[str, str], found: int, wanted: int) -> list[Fault]:
    if found != wanted:
        return [Fault(where, f"has {found} cells, the header has {wanted}", "Put text that holds commas in quotes")]
    faults = [Fault(f"{where}, {column}", "is empty", "Fill it") for column in _NEEDED if not row[column]]
    if not re.fullmatch(r"\d{0,9}", row.get("seed", "")):
        faults.append(Fault(f"{where}, seed", f"is {row['seed']!r}", "Give a whole number"))
    try:
        said = _probabilities(row)
    except ValueError as error:
        return [*faults, Fault(f"{where}, probabilities", str(error), "Give numbers from 0 to 1 that sum to 1")]
    if said and row["predicted"] and max(said.values()) > said.get(row["predicted"], 0.0):
        what = f"is {row['predicted']!r}, which is not the most probable"
        faults.append(Fault(f"{where}, predicted", what, "Correct it or the probabilities"))
    return faults


def _probabilities(row: dict[str, str]) -> dict[str, float] | None:
    """Class -> probability; None where the row gives none. Raises: ValueError saying what is wrong."""
    found: Any = {match[1]: value for column, value in row.items() if (match := _OF_CLASS.fullmatch(column)) and value}
    if row.get("probabilities"):
        try:
            found = json.loads(row["probabilities"])
        except ValueError:
            raise ValueError("is no JSON") from None
        if not isinstance(found, dict):
            raise ValueError("is no JSON object of class and probability")
    return checked_probabilities(found) if found else None


def checked_probabilities(found: dict[Any, Any]) -> dict[str, float]:
    """The same as numbers. Raises: ValueError saying what is wrong."""
    said = {}
    for name, value in found.items():
        try:
            said[str(name)] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"of {name!r} is {value!r}") from None
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in said.values()):
        raise ValueError(f"are not all from 0 to 1: {said}")
    if abs(sum(said.values()) - 1) > SUM_WITHIN:
        raise ValueError(f"sum to {sum(said.values()):.4g}")
    return said


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}"
