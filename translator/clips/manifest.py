"""Manifest: one row a clip, CSV or Parquet; the only way a data set enters a study.

Columns: clip_id, subject_id, split, pairing, domain, anatomy, view, site, scanner, cfd, greyscale, mask,
segmentation, licence, origin. cfd, greyscale, mask and segmentation are files, relative to the manifest's folder
or to a root given by the caller; origin is the SHA-256 of the clip that a simulated one was painted over. All
faults are found at once and named by row and column; row 2 is the first clip.

Pairing is what the greyscale clip is to what an arm makes: acquired at once with the colour (simultaneous), under
simulated colour (simulated), the truth of finished videos of the same name, whose colour clip need not be there
(matched), of the same place at another time (near), or nothing (unpaired). The first three are PAIRED.
"""

import csv
import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from translator.errors import Fault, InputError, bad_input

Split = Literal["train", "validation", "test"]
Pairing = Literal["simultaneous", "simulated", "matched", "near", "unpaired"]
PAIRED: frozenset[str] = frozenset({"simultaneous", "simulated", "matched"})
FILES = ("cfd", "greyscale", "mask", "segmentation")
SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Entry(BaseModel):
    """One row. Empty cells are None; `cfd` or `greyscale` must be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clip_id: str
    subject_id: str
    split: Split
    pairing: Pairing = "unpaired"
    domain: str | None = None
    anatomy: str | None = None
    view: str | None = None
    site: str | None = None
    scanner: str | None = None
    cfd: str | None = None
    greyscale: str | None = None
    mask: str | None = None
    segmentation: str | None = None
    licence: str | None = None
    origin: str | None = None  # SHA-256 of the clip that a simulated one was painted over

    @field_validator("clip_id", "subject_id")
    @classmethod
    def _safe(cls, value: str) -> str:
        if not SAFE_ID.fullmatch(value):
            raise ValueError("must be 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or digit")
        return value

    @model_validator(mode="after")
    def _has_pictures(self) -> "Entry":
        if self.cfd is None and self.greyscale is None:
            raise ValueError("neither cfd nor greyscale names a file")
        if self.pairing == "matched" and self.greyscale is None:
            raise ValueError("pairing is matched, so greyscale is needed")
        if self.pairing in ("simultaneous", "simulated") and (self.cfd is None or self.greyscale is None):
            raise ValueError(f"pairing is {self.pairing}, so both cfd and greyscale are needed")
        return self


COLUMNS = tuple(Entry.model_fields)
Row = tuple[int, dict[str, Any]]


class Manifest:
    """Entries in file order, and the folder that their files are relative to."""

    def __init__(self, entries: Sequence[Entry], root: Path) -> None:
        """Entries are checked by `read_manifest`; build by hand only what is known to be right."""
        self.entries = tuple(entries)
        self.root = root

    def file(self, entry: Entry, column: str) -> Path | None:
        """Path of the file in `column` (cfd, greyscale, mask, segmentation), or None."""
        name = getattr(entry, column)
        return None if name is None else self.root / name

    def where(self, **values: str) -> "Manifest":
        """Only the entries whose columns have these values."""
        kept = [e for e in self.entries if all(getattr(e, column) == value for column, value in values.items())]
        return Manifest(kept, self.root)


def read_manifest(path: str | Path, root: Path | None = None) -> Manifest:
    """Read and check a manifest.

    Raises: InputError listing every fault: unknown columns, bad values, missing files, a clip named twice,
    a subject in two splits.
    """
    path = Path(path)
    columns, raw = _read_table(path)
    faults = [_unknown_column(path, column) for column in columns if column not in COLUMNS]
    faults += [
        Fault(str(path), f"has no column {column}", "Add it")
        for column in ("clip_id", "subject_id", "split")
        if column not in columns
    ]
    if faults:
        raise InputError(faults)
    entries: list[Entry] = []
    rows: list[int] = []
    for row, values in raw:
        try:
            entries.append(Entry.model_validate(values))
            rows.append(row)
        except ValidationError as error:
            faults += [_row_fault(path, row, values, dict(e)) for e in error.errors()]
    manifest = Manifest(entries, root or path.parent)
    faults += _file_faults(path, manifest, rows) + _repeats(path, raw) + _leaks(path, raw)
    if not entries and not faults:
        faults.append(Fault(str(path), "has no rows", "Add one row per clip"))
    if faults:
        raise InputError(faults)
    return manifest


def read_about(path: Path) -> dict[str, dict[str, str]]:
    """What a manifest says of clips beside their files: clip_id -> column -> text, empty cells left out.

    Raises: InputError listing every unknown column, row without clip_id and clip named twice.
    """
    columns, raw = _read_table(path)
    faults = [_unknown_column(path, column) for column in columns if column not in COLUMNS]
    faults += [
        Fault(f"{path}: row {row}, clip_id", "is empty", "Name the clip")
        for row, values in raw
        if "clip_id" not in values
    ]
    faults += _repeats(path, raw)
    if faults:
        raise InputError(faults)
    about = (values for _, values in raw)
    return {row["clip_id"]: {column: row[column] for column in row if column not in FILES} for row in about}


def write_manifest(path: Path, entries: Iterable[Entry]) -> None:
    """Write entries as CSV with every column."""
    frame = pd.DataFrame([entry.model_dump() for entry in entries], columns=list(COLUMNS))
    frame.to_csv(path, index=False, lineterminator="\n")


def _read_table(path: Path) -> tuple[list[str], list[Row]]:
    """Columns, and the filled cells of each row that has any; rows are counted as a spreadsheet counts them."""
    try:
        if path.suffix.lower() == ".parquet":
            table = pd.read_parquet(path)
            filled = table.astype(object).where(table.notna(), "").astype(str)
            columns, records = [str(column) for column in table.columns], filled.to_numpy().tolist()
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                columns, *records = list(csv.reader(file, strict=True)) or [[]]
    except (OSError, ValueError, csv.Error) as error:
        raise bad_input(path, f"cannot be read as a manifest ({error})", "Give a CSV or Parquet file") from None
    if not columns:
        raise bad_input(path, "cannot be read as a manifest (it is empty)", "Give a CSV or Parquet file")
    rows: list[Row] = []
    faults = []
    for row, cells in enumerate(records, start=2):
        if any(cells[len(columns) :]):
            what = f"has {len(cells)} cells, the header has {len(columns)}"
            faults.append(Fault(f"{path}: row {row}", what, "Put text that holds commas in quotes"))
        values = {column: cell for column, cell in zip(columns, cells, strict=False) if cell != ""}
        if values:
            rows.append((row, values))
    if faults:
        raise InputError(faults)
    return columns, rows


def _unknown_column(path: Path, column: str) -> Fault:
    near = difflib.get_close_matches(column, COLUMNS, 1)
    hint = f"Did you mean {near[0]}" if near else f"Known columns: {', '.join(COLUMNS)}"
    return Fault(str(path), f"has an unknown column {column!r}", hint)


def _row_fault(path: Path, row: int, values: dict[str, Any], error: dict[str, Any]) -> Fault:
    column = ".".join(map(str, error["loc"])) or "row"
    found = f", found {values[column]!r}" if column in values else ""
    return Fault(f"{path}: row {row}, {column}", f"{error['msg']}{found}")


def _file_faults(path: Path, manifest: Manifest, rows: list[int]) -> list[Fault]:
    faults = []
    for row, entry in zip(rows, manifest.entries, strict=True):
        for column in FILES:
            file = manifest.file(entry, column)
            if file is not None and not (file.is_file() or file.is_dir()):
                where = f"{path}: row {row}, {column}"
                faults.append(Fault(where, f"no file at {file}", "Correct the path, or give the right root"))
    return faults


def _repeats(path: Path, raw: Sequence[Row]) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for row, values in raw:
        clip_id = values.get("clip_id")
        if clip_id is None:
            continue
        if clip_id in first:
            what = f"{clip_id!r} stands in row {first[clip_id]} too"
            faults.append(Fault(f"{path}: row {row}, clip_id", what, "Give each clip its own id"))
        first.setdefault(clip_id, row)
    return faults


def _leaks(path: Path, raw: Sequence[Row]) -> list[Fault]:
    first: dict[str, tuple[int, str]] = {}
    faults = []
    for row, values in raw:
        subject, split = values.get("subject_id"), values.get("split")
        if subject is None or split is None:
            continue
        seen_row, seen = first.setdefault(subject, (row, split))
        if split != seen:
            what = f"subject {subject!r} is in {split}, and in {seen} in row {seen_row}"
            faults.append(Fault(f"{path}: row {row}, split", what, "Keep each subject in one split"))
    return faults
