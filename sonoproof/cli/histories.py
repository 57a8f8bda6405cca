"""Verb history: what the runs in a folder say over time."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.history import Series, read_history
from reports.trend.write import write_trends
from sonoproof.cli.console import Json, out, print_json


def history(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of finished runs.", show_default=False)],
    target: Annotated[
        Path | None, typer.Option("--out", help="The page to write (default: FOLDER/trends.html).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw each metric over the runs of a folder, and mark where it changed."""
    series = read_history(folder)
    page = write_trends(series, target or folder / "trends.html", f"Trends of {folder.resolve().name}")
    if as_json:
        print_json({"page": str(page), "series": [asdict(each) for each in series]})
        return
    changed = [each for each in series if each.change is not None and each.change.notable]
    if changed:
        _print(changed)
    out.print(f"{len(series)} series, {len(changed)} with a notable change: {page}", highlight=False, soft_wrap=True)


def _print(changed: list[Series]) -> None:
    table = Table("arm", "metric", "region", "from run", "change", "adjusted p")
    for each in changed:
        if each.change is not None:
            cells = [each.arm, each.metric, each.region, each.change.run, f"{each.change.by:+.4g}"]
            table.add_row(*map(escape, cells), f"{each.change.p_adjusted:.3g}")
    out.print(table)
