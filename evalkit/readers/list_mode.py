"""The iMRMC list mode: a CSV with a row for each score, `readerID,caseID,modalityID,score`, and truth rows.

A truth row has the readerID `truth` (or -1) and the score 0 (negative; here usually real) or 1 (positive; synthetic);
its modalityID does not matter. What stands before a line `BEGIN DATA:`, as in iMRMC's own files, is passed over, and
the rows after it need no header. A reader need not have scored every case. Source: https://didsr.github.io/iMRMC.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.grouped import Floats
from translator.errors import Fault, InputError, bad_input

COLUMNS = ("readerID", "caseID", "modalityID", "score")
TRUTH = frozenset({"truth", "-1"})
MOST_MODALITIES = 2
Key = tuple[str, str, str]


@dataclass(frozen=True)
class ReaderStudy:
    """Scores, (modalities, readers, cases), NaN where a reader did not score; truth: (cases,), True is positive."""

    readers: tuple[str, ...]
    cases: tuple[str, ...]
    modalities: tuple[str, ...]
    truth: NDArray[np.bool_]
    scores: Floats


@dataclass
class _Found:
    """What the rows said so far, each with its row; and what was wrong."""

    path: Path
    truth: dict[str, tuple[float, int]] = field(default_factory=dict)
    scores: dict[Key, tuple[float, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: int | None, what: str, remedy: str) -> None:
        where = f"{self.path}" if row is None else f"{self.path}: row {row}"
        self.faults.append(Fault(where, what, remedy))


def read_reader_study(path: str | Path) -> ReaderStudy:
    """Read a reader study.

    Raises: InputError listing every fault by row (row 1 is the file's first line).
    """
    found = _Found(Path(path))
    for number, cells in _rows(Path(path)):
        _take(found, number, cells)
    _check(found)
    if found.faults:
        raise InputError(found.faults)
    readers = tuple(sorted({reader for reader, _, _ in found.scores}))
    modalities = tuple(sorted({modality for _, _, modality in found.scores}))
    cases = tuple(sorted({case for _, case, _ in found.scores}))
    scores = np.full((len(modalities), len(readers), len(cases)), np.nan)
    places = [{name: index for index, name in enumerate(names)} for names in (modalities, readers, cases)]
    for (reader, case, modality), (score, _) in found.scores.items():
        scores[places[0][modality], places[1][reader], places[2][case]] = score
    return ReaderStudy(readers, cases, modalities, np.array([found.truth[case][0] == 1 for case in cases]), scores)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Data rows with their numbers, in the order of COLUMNS; empty ones are left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [[cell.strip() for cell in cells] for cells in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise bad_input(path, f"cannot be read as CSV ({error})", "Give a CSV in iMRMC list mode") from None
    begin = next((n for n, cells in enumerate(lines) if cells and cells[0].upper().startswith("BEGIN DATA")), None)
    if begin is not None:
        order, start = list(range(len(COLUMNS))), begin + 1
    else:
        header = lines[0] if lines else []
        absent = [column for column in COLUMNS if column not in header]
        if absent:
            what = f"has no column {', '.join(absent)}; its first line is {', '.join(header)[:80] or 'empty'}"
            raise bad_input(path, what, f"The first line is {','.join(COLUMNS)}")
        order, start = [header.index(column) for column in COLUMNS], 1
    for number, cells in enumerate(lines[start:], start=start + 1):
        if any(cells):
            yield number, [cells[place] if place < len(cells) else "" for place in order]


def _take(found: _Found, number: int, cells: list[str]) -> None:
    reader, case, modality, text = cells
    is_truth = reader.lower() in TRUTH
    needed = zip(COLUMNS, cells, strict=True)
    empty = [name for name, cell in needed if not cell and not (is_truth and name == "modalityID")]
    if empty:
        found.fault(number, f"has no {', '.join(empty)}", "Give all four, or leave the row out")
        return
    score = _number(text)
    if score is None:
        found.fault(number, f"score is {text[:40]!r}", "Give a finite number")
    elif is_truth:
        _take_truth(found, number, case, score, text)
    elif (reader, case, modality) in found.scores:
        first = found.scores[reader, case, modality][1]
        what = f"scores case {case} by reader {reader} in modality {modality} again, as did row {first}"
        found.fault(number, what, "Keep one of them")
    else:
        found.scores[reader, case, modality] = score, number


def _take_truth(found: _Found, number: int, case: str, score: float, text: str) -> None:
    if score not in (0, 1):
        found.fault(number, f"truth of case {case} is {text[:40]!r}", "Give 0 (negative) or 1 (positive)")
    elif case in found.truth:
        found.fault(
            number, f"gives the truth of case {case} again, as did row {found.truth[case][1]}", "Keep one of them"
        )
    else:
        found.truth[case] = score, number


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _check(found: _Found) -> None:
    """Faults that show only once every row was read."""
    untold: dict[str, int] = {}
    for (_, case, _), (_, number) in found.scores.items():
        if case not in found.truth:
            untold[case] = min(number, untold.get(case, number))
    for case, number in untold.items():
        found.fault(number, f"case {case} has no valid truth row", f"Add truth,{case},truth,0 or 1")
    if not found.scores:
        found.fault(None, "holds no scores of readers", "Add rows of readers")
        return
    read = {found.truth[case][0] for _, case, _ in found.scores if case in found.truth}
    if len(read) == 1 and not untold:
        found.fault(None, f"all cases that were read have the truth {read.pop():g}", "Both truths are needed")
    modalities = sorted({modality for _, _, modality in found.scores})
    if len(modalities) > MOST_MODALITIES:
        what = f"has {len(modalities)} modalities ({', '.join(modalities)[:80]})"
        found.fault(None, what, f"Keep one or {MOST_MODALITIES}")
