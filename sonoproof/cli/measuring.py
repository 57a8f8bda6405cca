"""The verb `measure`: two plain folders, through the same stages as any study."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from evalkit.arms.folder import FolderArm
from evalkit.backbones import BACKBONES
from evalkit.metrics.declare import REGIONS, USUAL_REGIONS
from evalkit.metrics.registry import find_metric
from evalkit.plan import freeze_on
from evalkit.records import Estimate
from evalkit.records import as_json as rows_as_json
from evalkit.seal import Run
from evalkit.study import STRATA, Study
from sonoproof.cli.console import Json, err, out, print_json, progress
from sonoproof.cli.distribution import print_distribution
from sonoproof.cli.studies import CACHE, execute
from sonoproof.cli.weights import WeightsFolder
from sonoproof.matching import Matched, match_folders
from translator.clips.manifest import Manifest
from translator.errors import Fault, InputError
from translator.weights import use_folder

ARM = "synthetic"
_SCHEME = "matched"
_METRICS = ("ssim[wang2004]", "mae")
_OPTIONS = {"metrics": "--metric", "regions": "--region", "strata": "--stratum", "distributions": "--distribution",
            "device": "--device"}  # fmt: skip
_TITLE = "Synthetic against real videos, matched by name"


def measure(
    real: Annotated[Path, typer.Option(help="Folder of the real videos.", show_default=False)],
    synthetic: Annotated[
        Path, typer.Option(help="Folder of the synthetic videos, named like the real ones.", show_default=False)
    ],
    out_folder: Annotated[
        Path, typer.Option("--out", help="The run folder to make, or to go on with.", show_default=False)
    ],
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help=f"By name, or module:object; repeat for more. Default: {', '.join(_METRICS)}."),
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option("--region", help=f"Of {', '.join(REGIONS)}; repeat. Default: {', '.join(USUAL_REGIONS)}."),
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option("--mask", help="Folder of masks (what the generator painted), named like the real videos."),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--subject-pattern",
            help="Regular expression that finds the subject in a file's name (its first group, if it has one).",
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option("--manifest", help="CSV with clip_id (the file's name without suffix), subject_id, view, site..."),
    ] = None,
    strata: Annotated[
        list[str] | None, typer.Option("--stratum", help=f"Repeat for more: {', '.join(STRATA)}.")
    ] = None,
    distributions: Annotated[
        list[str] | None,
        typer.Option("--distribution", help=f"Compare the folders as sets too, by features of {', '.join(BACKBONES)}."),
    ] = None,
    device: Annotated[str, typer.Option(help="Where networks that measure run: cpu or cuda.")] = "cpu",
    weights: WeightsFolder = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Where finished parts are kept (default: {CACHE} beside RUN).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure synthetic against real videos in two plain folders: no manifest, generator or mask needed.

    Clips are matched by name. Writes a sealed run with RUN/report.html, and says what could not be computed and why.
    """
    use_folder(weights)
    with progress() as show:
        matched = match_folders(real, synthetic, masks, pattern, table, lambda i, n: show("compare sizes", i, n))
    for file in matched.ignored:
        err.print(f"[yellow]warning[/] {escape(str(file))}: is no clip by its suffix, left out", highlight=False)
    asked = {"metrics": metrics or list(_METRICS), "regions": regions or list(USUAL_REGIONS), "strata": strata or [],
             "distributions": distributions or [], "device": device}  # fmt: skip
    study = _study(matched, asked)
    manifest = Manifest(matched.entries, real.absolute())
    arm = FolderArm(synthetic.absolute(), matched.videos)
    plan = freeze_on(manifest, study, Path.cwd(), {_SCHEME: lambda _: arm})
    finished = execute(plan, out_folder, cache)
    lost = not_computed(finished)
    page = out_folder / "report.html"
    if as_json:
        print_json({"run": str(out_folder), "report": str(page), "seal_sha256": finished.record["seal_sha256"],
                    "assumptions": list(matched.assumptions), "not_computed": lost,
                    "estimates": rows_as_json(finished.estimates), "strata": rows_as_json(finished.strata),
                    "slopes": rows_as_json(finished.slopes),
                    "distributions": [one.document() for one in finished.distributions]})  # fmt: skip
        return
    _print(finished)
    for found in finished.distributions:
        print_distribution(found)
    for line in (*(f"assumed: {text}" for text in matched.assumptions), *lost, f"report: {page}"):
        out.print(line, highlight=False, soft_wrap=True, markup=False)


def not_computed(finished: Run) -> list[str]:
    """What the run could not do, each with its reason and how many values it is about."""
    gone = Counter(
        (row.status, row.note.removeprefix("not computed: "), row.region)
        for row in finished.measurements
        if row.status != "ok"
    )
    by_reason: dict[tuple[str, str], list[str]] = {}
    for (status, note, region), count in sorted(gone.items()):
        by_reason.setdefault((status, note), []).append(f"{region} ({count})")
    words = {"undefined": "not computed", "failed": "failed"}
    lines = [f"{words[status]}: {', '.join(where)}: {note}" for (status, note), where in by_reason.items()]
    notes = sorted({slope.note.removeprefix("not computed: ") for slope in finished.slopes if slope.value is None})
    return lines + [f"not computed: slopes on coverage: {note}" for note in notes]


def _study(matched: Matched, options: Mapping[str, Any]) -> Study:
    metrics, regions = options["metrics"], options["regions"]
    masked = any(entry.mask is not None for entry in matched.entries)
    shown = [region for region in (("mask", "frame") if masked else ("frame",)) if region in regions]
    asked: dict[str, Any] = {
        "title": _TITLE,
        "note": "; ".join(f"{text[0].upper()}{text[1:]}" for text in matched.assumptions) + ".",
        "manifest": "matched by name",
        **options,
        "arms": [{"name": ARM, "translator": f"{_SCHEME}:{ARM}"}],
        "exhibits": {"arm": ARM, "region": (shown or list(regions))[0], **_ranking(metrics)},
    }
    try:
        return Study.model_validate(asked)
    except ValidationError as error:
        raise InputError(
            Fault(_OPTIONS.get(str(e["loc"][0]) if e["loc"] else "", "measure"), e["msg"].removeprefix("Value error, "))
            for e in error.errors()
        ) from None


def _ranking(metrics: Sequence[str]) -> dict[str, str]:
    """The metric by which clips are chosen to be shown: the first of which one value is better than another."""
    first = next((name for name in metrics if not find_metric(name, "--metric").descriptive), None)
    return {} if first is None else {"metric": first}


def _print(finished: Run) -> None:
    """Means of every metric and region for people."""
    table = Table("metric", "region", "mean", "95 % interval", "subjects", "clips", "better")
    better = {name: find_metric(name, "--metric").better for name in finished.plan["study"]["metrics"]}
    for estimate in finished.estimates:
        table.add_row(*_cells(estimate), better[estimate.metric])
    out.print(table)


def _cells(estimate: Estimate) -> tuple[str, ...]:
    if estimate.value is None:
        value, spread = "not computed", "-"
    elif estimate.low is None or estimate.high is None:
        value, spread = f"{estimate.value:.4g}", estimate.note.removeprefix("not computed: ")
    else:
        value, spread = f"{estimate.value:.4g}", f"{estimate.low:.4g} to {estimate.high:.4g}"
    return escape(estimate.metric), estimate.region, value, spread, str(estimate.n_subjects), str(estimate.n_clips)
