"""The data of a figure or a table as CSV inside the page: a link that needs neither a script nor a network."""

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

MOST_BYTES = 2_000_000  # of one table; a page must stay small enough to open and to send
Cell = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Download:
    """A table to save: file name, data URI (empty where it was too large), rows, and the run's file that has it too."""

    name: str
    uri: str
    rows: int
    kept_in: str = ""


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], kept_in: str = "") -> Download:
    """Rows as UTF-8 CSV with a header; numbers in full precision, what is missing as an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count, source = 0, iter(rows)
    while part := list(islice(source, 1000)):
        count += len(part)
        if text.tell() <= MOST_BYTES:
            writer.writerows([_safe(cell) for cell in row] for row in part)
    if text.tell() > MOST_BYTES:
        return Download(name, "", count, kept_in)
    data = base64.b64encode(text.getvalue().encode()).decode()
    return Download(name, f"data:text/csv;charset=utf-8;base64,{data}", count, kept_in)


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
