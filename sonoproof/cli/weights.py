"""`sonoproof weights`: which files of fixed networks are here, whether they are the pinned ones, how to get them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from sonoproof.cli.console import FAILED, Json, finish, out, print_json
from sonoproof.fetching import fetch as fetch_pinned
from translator.errors import InputError, bad_input
from translator.pins import PINS
from translator.weights import WeightsAbsentError, find_pinned, use_folder

WeightsFolder = Annotated[
    Path | None,
    typer.Option(
        "--weights", help="Folder of weights to look into first; then SONOPROOF_WEIGHTS, packages, torch hub cache."
    ),
]
weights = typer.Typer(
    help="Weights of fixed networks (LPIPS, Inception, ...): pinned by hash, never downloaded unasked.",
    no_args_is_help=True,
)
_SHOWN = ("name", "state", "where", "used_for")
Names = Annotated[list[str] | None, typer.Argument(help="Names, as `weights list` shows them (default: all).")]


@weights.command("list")
def list_weights(folder: WeightsFolder = None, as_json: Json = False) -> None:
    """List the files that are known, which are here, and what needs them."""
    use_folder(folder)
    _show([_looked_up(name) for name in PINS], as_json)


@weights.command("verify")
def verify(names: Names = None, folder: WeightsFolder = None, as_json: Json = False) -> None:
    """Check hashes. Exits with 1 if a named file is absent, or any that is here is not the pinned one."""
    use_folder(folder)
    rows = [_looked_up(name) for name in _known(names)]
    _show(rows, as_json)
    bad = {"other file"} | ({"absent"} if names else set())
    finish(FAILED if any(row["state"] in bad for row in rows) else 0)


@weights.command("fetch")
def fetch(
    names: Annotated[list[str], typer.Argument(help="Names, as `weights list` shows them.", show_default=False)],
    target: Annotated[Path, typer.Option("--out", help="Folder to put them in.", show_default=False)],
    folder: WeightsFolder = None,
    as_json: Json = False,
) -> None:
    """Copy or download files into a folder for carrying over. The only command that may use the network."""
    use_folder(folder)
    rows = []
    for name in _known(names):
        path, source = fetch_pinned(name, target)
        rows.append({"name": name, "file": str(path), "from": source, "licence": PINS[name].licence})
        if not as_json:
            out.print(f"{name}: {path}, from {source}; {PINS[name].licence}", highlight=False, soft_wrap=True)
    if as_json:
        print_json(rows)


def _known(names: list[str] | None) -> list[str]:
    for name in names or []:
        if name not in PINS:
            raise bad_input(f"weights {name!r}", "not known", f"Known: {', '.join(PINS)}")
    return names or list(PINS)


def _looked_up(name: str) -> dict[str, str]:
    pin = PINS[name]
    try:
        state, where, remedy = "ok", find_pinned(name).where, ""
    except WeightsAbsentError as error:
        state, where, remedy = "absent", "-", error.faults[0].remedy
    except InputError as error:
        fault = error.faults[0]
        state, where, remedy = "other file", fault.where, fault.remedy
    return {"name": name, "state": state, "where": where, "used_for": pin.used_for, "file": pin.file,
            "sha256": pin.sha256, "licence": pin.licence, "source": pin.source, "remedy": remedy}  # fmt: skip


def _show(rows: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    table = Table(*(Column(key.replace("_", " "), overflow="fold") for key in _SHOWN))
    for row in rows:
        table.add_row(*(escape(row[key]) for key in _SHOWN))
    out.print(table)
    for row in rows:
        if row["remedy"]:
            out.print(f"{row['name']}: {escape(row['remedy'])}", highlight=False, soft_wrap=True)
