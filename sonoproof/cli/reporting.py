"""Verbs that make pages of finished runs: report, compare."""

from pathlib import Path
from typing import Annotated

import typer

from evalkit.seal import read_run
from reports.comparison.write import write_comparison
from reports.page.pdf import write_pdf
from reports.page.write import write_report
from sonoproof.cli.console import Json, out, print_json
from translator.errors import bad_input

_OWN = ("report.html",)  # what a sealed run may hold beside its sealed files
RealIds = Annotated[
    bool, typer.Option("--real-ids", help="Show clip_id and subject_id; else pseudonyms, see RUN/pseudonyms.csv.")
]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print it as PDF beside the page, by Chromium, Chrome or Edge.")]


def report(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run.", show_default=False)],
    target: Annotated[Path | None, typer.Option("--out", help="Where to write it (default: RUN/report.html).")] = None,
    pdf: Pdf = False,
    real_ids: RealIds = False,
    as_json: Json = False,
) -> None:
    """Check the seal of a run and write its report again."""
    if target is not None:
        _refuse_inside(target, run_folder, _OWN)
    path = write_report(read_run(run_folder), target, real_ids)
    _tell("report", path, _printed(path) if pdf else None, as_json)


def compare(
    run_folders: Annotated[list[Path], typer.Argument(metavar="RUN_A RUN_B...", help="Finished runs.")],
    target: Annotated[Path, typer.Option("--out", help="The page to write.", show_default=False)],
    pairs: Annotated[
        list[str] | None,
        typer.Option("--pair", help="ARM_OF_A=ARM: arms to compare that differ in name (default: those of one name)."),
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Compare on the clips that all runs share, where they differ in clips.")
    ] = False,
    pdf: Pdf = False,
    real_ids: RealIds = False,
    as_json: Json = False,
) -> None:
    """Compare runs side by side on the same clips, each with the first one, and write a page.

    Differences have intervals over subjects and no verdict.
    """
    if len(run_folders) < 2:
        raise bad_input("compare", f"{len(run_folders)} run is nothing to compare", "Give two runs or more")
    for folder in run_folders:
        _refuse_inside(target, folder, ())
    arms = [_pair(text) for text in pairs or []]
    pairing = write_comparison([read_run(folder) for folder in run_folders], target, arms, shared, real_ids)
    if not as_json:
        left = f"; {pairing.left_out} more are not" if pairing.left_out else ""
        out.print(f"{len(pairing.clips)} clips are shared by all runs{left}", highlight=False)
    _tell("comparison", target, _printed(target) if pdf else None, as_json)


def _pair(text: str) -> tuple[str, str]:
    one, equals, two = text.partition("=")
    if not (one and equals and two):
        raise bad_input(f"--pair {text}", "is not ARM_OF_A=ARM", "Give both names, with = between them")
    return one, two


def _refuse_inside(target: Path, run_folder: Path, allowed: tuple[str, ...]) -> None:
    place, run = target.resolve(), run_folder.resolve()
    if place.is_relative_to(run) and place not in [run / name for name in allowed]:
        raise bad_input(target, "lies in the sealed run", "Give a place outside it")


def _printed(page: Path) -> Path:
    return write_pdf(page, page.with_suffix(".pdf"))


def _tell(what: str, page: Path, pdf: Path | None, as_json: bool) -> None:
    if as_json:
        print_json({what: str(page), **({"pdf": str(pdf)} if pdf else {})})
        return
    for path in (page, *([pdf] if pdf else [])):
        out.print(f"{what}: {path}", highlight=False, soft_wrap=True)
