"""Published tables (CSV) and the files that they name; faults are named by row, and row 2 is the first."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from translator.datasets.listing import Listing

Row = tuple[str, dict[str, str]]  # where it stands, its cells by column


def read_rows(path: Path, needed: Sequence[str], listing: Listing) -> list[Row]:
    """The rows of a CSV; cells are stripped. A table that cannot be read is a fault and has no rows."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *records = list(csv.reader(file)) or [[]]
    except (OSError, ValueError, csv.Error) as error:
        listing.fault(path, f"cannot be read as CSV ({error})", "Fetch the file again")
        return []
    columns = [column.strip() for column in header]
    absent = [column for column in needed if column not in columns]
    if absent:
        what = f"has no column {', '.join(absent)}; it has {', '.join(columns) or 'none'}"
        listing.fault(path, what, "Give the table as it was published")
        return []
    rows = []
    for number, record in enumerate(records, start=2):
        cells = {column: cell.strip() for column, cell in zip(columns, record, strict=False)}
        if any(cells.values()):
            rows.append((f"{path}: row {number}", {column: cells.get(column, "") for column in columns}))
    return rows


class Files:
    """The files of one folder with some suffixes, each to be named once by a table."""

    def __init__(self, folder: Path, suffixes: Iterable[str]) -> None:
        """Suffixes are in lower case, with their dot."""
        wanted = frozenset(suffixes)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        self.folder = folder
        clips = (p for p in found if p.suffix.lower() in wanted and not p.name.startswith(".") and p.is_file())
        self._paths = {path.name: path for path in clips}
        self._taken: dict[str, str] = {}

    def take(self, name: str, where: str, listing: Listing) -> Path | None:
        """The file that a row names; None, and a fault, if it is absent, was named before or is no plain name."""
        if not is_plain(name):
            listing.fault(where, f"names {name!r}, which is no plain file name", "Give the table as it was published")
        elif name not in self._paths:
            listing.fault(where, f"names {name}, which is not in {self.folder}", "Fetch the file again")
        elif name in self._taken:
            listing.fault(where, f"names {name} again, as did {self._taken[name]}", "Keep one of the rows")
        else:
            self._taken[name] = where
            return self._paths[name]
        return None

    def has(self, name: str) -> bool:
        """Whether the folder holds a file of this name."""
        return name in self._paths

    def pass_over(self, name: str) -> None:
        """Do not report a file that has no row here for a reason that is known."""
        self._taken.setdefault(name, "")

    def report_unnamed(self, table: Path, listing: Listing) -> None:
        """A fault for each file that no row named; none if the table gave no rows, as that is a fault already."""
        for name in self._paths if self._taken else ():
            if name not in self._taken:
                listing.fault(self.folder / name, f"has no row in {table}", "Left out: nothing is known of it")


def is_plain(name: str) -> bool:
    """Whether a name from a table stays in its folder: one part, no drive, not the folder above."""
    return name not in ("", ".", "..") and not any(character in name for character in "/\\:\0")
