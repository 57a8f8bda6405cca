"""Verbs of the nightly job: gate (is the candidate as good as the baseline), margins (what difference matters)."""

from itertools import combinations
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.gate.judge import Judgement, State, differences, judge
from evalkit.gate.margins import as_toml, calibrate, read_margins
from evalkit.gate.tell import STATES, as_json, as_junit, as_markdown, broken, change_of, failures, leaps
from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import read_run
from reports.gate.write import write_gate
from sonoproof.cli.console import FAILED, Json, finish, out, print_json
from translator.errors import bad_input

_COLOURS: dict[State, str] = {"regressed": "red", "undecided": "yellow", "improved": "cyan", "unchanged": "green"}


def gate(
    baseline: Annotated[Path, typer.Option("--baseline", help="A finished run to compare with.", show_default=False)],
    candidate: Annotated[Path, typer.Option("--candidate", help="The finished run on trial.", show_default=False)],
    margins: Annotated[
        Path,
        typer.Option("--margins", help="What is looked at and what matters (TOML); see `margins`.", show_default=False),
    ],
    arm: Annotated[
        str, typer.Option("--arm", help="The arm in both runs; OLD=NEW where their names differ.")
    ] = "generator",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 also where an endpoint is undecided.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML for CI there.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write a summary for a pull request there.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with the worst clips in step.")] = None,
    real_ids: Annotated[
        bool, typer.Option("--real-ids", help="Name clips by their ids, not by the pseudonyms of the reports.")
    ] = False,
    as_text: Json = False,
) -> None:
    """Name what regressed between two runs of the same clips: endpoints, strata, worst clips.

    Exits with 1 if anything regressed, or more clips fail or are far worse, 2 if the runs cannot be compared.
    """
    old, _, new = arm.partition("=")
    before, now = read_run(baseline), read_run(candidate)
    found = real = judge(before, now, (old, new or old), read_margins(margins), real_ids)
    if not real_ids:
        found = real.under(read_pseudonyms(before.folder))
    for path, text in ((junit, as_junit(found, strict)), (markdown, as_markdown(found, strict))):
        if path is not None:
            path.write_text(text, encoding="utf-8")
    if html is not None:
        write_gate(real, before, now, html, strict, real_ids)
    if as_text:
        print_json(as_json(found, strict))
    else:
        _print(found, strict)
    finish(0 if found.passes(strict) else FAILED)


def margins(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN ...", help="Runs that ought to be alike.")],
    target: Annotated[Path, typer.Option("--out", help="The margins file to write.", show_default=False)],
    endpoints: Annotated[
        list[str],
        typer.Option("--endpoint", help="METRIC:REGION, as ssim[wang2004]:mask; several.", show_default=False),
    ],
    arm: Annotated[str, typer.Option("--arm", help="The arm in all runs.")] = "generator",
    strata: Annotated[
        list[str] | None, typer.Option("--stratum", help="A column to look at, as view; several.")
    ] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="Risk of a red gate by chance.")] = 0.05,
) -> None:
    """Calibrate a gate's margins on runs of generators that are held to be equally good, as of other training seeds."""
    if len(runs) < 2:
        raise bad_input("RUN", f"{len(runs)} run is given", "Give two or more that ought to be alike")
    if target.exists():
        raise bad_input(target, "exists", "Move it away, or give another --out")
    read = [read_run(path) for path in runs]
    found = []
    for text in endpoints:
        metric, _, region = text.rpartition(":")
        if not metric:
            raise bad_input(f"--endpoint {text}", "is not METRIC:REGION", "As in ssim[wang2004]:mask")
        pairs = [differences(a, b, (arm, arm), metric, region) for a, b in combinations(read, 2)]
        found.append(calibrate(metric, region, pairs))
    text = as_toml(found, alpha, strata or [], [path.name for path in runs])
    target.write_text(text, encoding="utf-8")
    read_margins(target)
    out.print(f"{target}: read it, then `sonoproof gate --margins {target} ...`", highlight=False, soft_wrap=True)


def _print(found: Judgement, strict: bool) -> None:
    table = Table("", "endpoint", "clips", "candidate minus baseline", "interval", "margin", "subjects")
    for each in sorted(found.findings, key=lambda each: STATES.index(each.state)):
        hue = _COLOURS[each.state]
        cells = [
            each.endpoint.name,
            each.stratum or "all",
            *change_of(each),
            f"{each.endpoint.margin:g}",
            f"{each.estimate.n_subjects}",
        ]
        table.add_row(f"[{hue}]{each.state}[/]", *map(escape, cells))
    out.print(table)
    for each in found.of("regressed"):
        for change in each.worst:
            where = f"{change.clip_id}: {change.before:.4g} to {change.now:.4g}"
            out.print(escape(f"worst, {each.endpoint.name}, {each.stratum or 'all clips'}: {where}"), highlight=False)
    out.print(escape(failures(found)), highlight=False)
    if found.broken:
        names = ", ".join(sorted({each.change.clip_id for each in found.broken}))
        out.print(escape(f"{broken(found)}: {names}"), highlight=False)
    if found.leaps:
        names = ", ".join(sorted({each.change.clip_id for each in found.leaps}))
        out.print(escape(f"{leaps(found)}: {names}"), highlight=False)
    out.print("[green]the gate passes[/]" if found.passes(strict) else "[red]the gate fails[/]")
