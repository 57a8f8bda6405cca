"""Verbs of the trial: study init, run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.analysis_plan import Frozen, read_analysis_plan
from evalkit.claims.wording import OUTCOME_WORDS
from evalkit.identical import identical
from evalkit.metrics.declare import Metric
from evalkit.plan import Plan, freeze
from evalkit.records import Verdict
from evalkit.records import as_json as rows_as_json
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.statistics.t_interval import FEWEST
from evalkit.study import read_study
from evalkit.timestamp import verify_timestamp
from evalkit.untouched import altered
from reports.page.write import keep_report
from sonoproof.cli.console import FAILED, Json, err, finish, out, print_json, progress
from sonoproof.cli.weights import WeightsFolder
from sonoproof.templates import STUDY
from sonoproof.wiring import schemes
from translator.artefacts import Store
from translator.clips.manifest import PAIRED, Manifest, read_manifest
from translator.errors import bad_input
from translator.weights import use_folder

CACHE = ".sonoproof-cache"
study = typer.Typer(help="Studies: what is asked of which clips, as one TOML file.", no_args_is_help=True)


@study.command("init")
def init(
    manifest: Annotated[Path, typer.Argument(help="The manifest that the study is about.", show_default=False)],
    target: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write it (default: study.toml beside the manifest)."),
    ] = None,
) -> None:
    """Write a study file to start from: arms, metrics and two claims to edit before any result is seen."""
    path = target or manifest.parent / "study.toml"
    found = read_manifest(manifest)
    if path.exists():
        raise bad_input(path, "exists", "Move it away, or give --out")
    _warn_of_limits(found)
    base = path.resolve().parent
    absolute = manifest.resolve()
    name = absolute.relative_to(base) if absolute.is_relative_to(base) else absolute
    path.write_text(STUDY.replace("MANIFEST", name.as_posix()), encoding="utf-8")
    out.print(f"{path}: edit it, then `sonoproof run {path} --out RUN`", highlight=False, soft_wrap=True)


def run(
    study_path: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study.", show_default=False)],
    out_folder: Annotated[
        Path, typer.Option("--out", help="The run folder to make, or to go on with.", show_default=False)
    ],
    root: Annotated[
        Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Where finished parts are kept (default: {CACHE} beside RUN).")
    ] = None,
    weights: WeightsFolder = None,
    plan_path: Annotated[
        Path | None, typer.Option("--plan", help="The analysis plan that was frozen; departures from it are recorded.")
    ] = None,
    stamp: Annotated[
        Path | None, typer.Option("--timestamp", help="An RFC 3161 response (.tsr) for the plan's file; verified.")
    ] = None,
    stamp_root: Annotated[
        Path | None, typer.Option("--timestamp-root", help="Root certificate (PEM) of the authority that you trust.")
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 1 also where a claim is inconclusive or not evaluable."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Freeze the study's plan, translate, measure, judge, seal, and write RUN/report.html.

    Exits with 1 if a claim is refuted.
    """
    use_folder(weights)
    finished = execute(frozen(study_path, root), out_folder, cache, _under(plan_path, stamp, stamp_root))
    path = out_folder / "report.html"
    if as_json:
        print_json({"run": str(out_folder), "report": str(path), "seal_sha256": finished.record["seal_sha256"],
                    "verdicts": rows_as_json(finished.verdicts)})  # fmt: skip
    else:
        print_verdicts(finished.verdicts)
        out.print(f"report: {path}", highlight=False, soft_wrap=True)
    bad = {"refuted"} | ({"inconclusive", "not_evaluable"} if strict else set())
    finish(FAILED if any(verdict.outcome in bad for verdict in finished.verdicts) else 0)


def frozen(study_path: Path, root: Path | None) -> Plan:
    """Read a study and freeze its plan."""
    folder = study_path.resolve().parent
    return freeze(read_study(study_path), folder, schemes(folder), root)


def execute(plan: Plan, folder: Path, cache: Path | None, under: Frozen | None = None) -> Run:
    """Run a plan and report, with progress; `under` is the analysis plan that it was frozen to."""
    _warn_of_limits(plan.manifest, plan.metrics)
    store = Store(cache or folder.resolve().parent / CACHE)
    with progress() as show:
        finished = run_study(plan, folder, store, show, under)
        show("report", 0, 1)
        keep_report(finished, store)
        show("report", 1, 1)
    failed = sum(row.status == "failed" for row in finished.measurements)
    if failed:
        err.print(f"[yellow]{failed} measurements failed; the report says why[/]", highlight=False)
    for name, told in finished.tasks.items():
        if "not_computed" in told:
            err.print(f"[yellow]task {name} was not computed[/]: {escape(told['not_computed'])}", highlight=False)
    rows = finished.measurements
    for sentence in [told.sentence for told in altered(rows)] + [told.sentence for told in identical(rows)]:
        err.print(f"[yellow]warning[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    return finished


def _warn_of_limits(manifest: Manifest, metrics: Sequence[Metric] = ()) -> None:
    comparing = [metric.name for metric in metrics if metric.needs == "pair"]
    if not any(entry.pairing in PAIRED for entry in manifest.entries) and (comparing or not metrics):
        pairings = " or ".join(sorted({entry.pairing for entry in manifest.entries}))
        lost = f"{', '.join(comparing)} will not be computed" if metrics else "no metric that compares can be computed"
        err.print(
            f"[yellow]warning[/] no clip has a greyscale truth (pairing is {pairings} throughout), with which metrics"
            f" compare: {escape(lost)}. Set `pairing` in the manifest, or make pairs with `sonoproof simulate`",
            highlight=False,
        )
    subjects = len({entry.subject_id for entry in manifest.entries})
    if subjects < FEWEST:
        err.print(
            f"[yellow]warning[/] {subjects} subjects: claims need an interval, and that needs {FEWEST}; numbers are"
            " reported without one"
        )


def read_frozen(path: Path, stamp: Path | None, root: Path | None) -> Frozen:
    """A frozen plan, with its time stamp verified where there is one."""
    if root is not None and stamp is None:
        raise bad_input("--timestamp-root", "is given without --timestamp", "Give both, or neither")
    if stamp is None:
        return read_analysis_plan(path)
    return read_analysis_plan(path, verify_timestamp(stamp, path, root), stamp.read_bytes())


def _under(path: Path | None, stamp: Path | None, root: Path | None) -> Frozen | None:
    if path is not None:
        return read_frozen(path, stamp, root)
    if stamp is not None or root is not None:
        raise bad_input("--timestamp", "is given without --plan", "Give the plan that it is of")
    return None


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """A table of verdicts for people."""
    table = Table("verdict", "claim", "what was found", show_lines=True)
    for verdict in verdicts:
        standing = "" if verdict.standing == "fixed beforehand" else f" ({verdict.standing})"
        table.add_row(f"{OUTCOME_WORDS[verdict.outcome]}{standing}", verdict.claim, escape(verdict.sentence))
    if verdicts:
        out.print(table)
