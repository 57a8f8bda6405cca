"""`sonoproof distribution`: is the set of translations distributed like the real clips?"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.backbones import find_backbone
from evalkit.distribution import compare_sets
from evalkit.measuring import Stores
from evalkit.records import Distribution
from sonoproof.cli.console import Json, out, print_json, progress
from sonoproof.cli.studies import CACHE, frozen
from sonoproof.cli.weights import WeightsFolder
from translator.artefacts import Store
from translator.errors import bad_input
from translator.weights import use_folder


def distribution(
    study_path: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study.", show_default=False)],
    backbones: Annotated[
        list[str] | None,
        typer.Option("--backbone", help="efficientnet-lite0 (default), inception-fid (FID), i3d-kinetics-400 (FVD)."),
    ] = None,
    target: Annotated[Path | None, typer.Option("--out", help="JSON file to write as well.")] = None,
    root: Annotated[
        Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Where finished parts are kept (default: {CACHE} beside the study).")
    ] = None,
    weights: WeightsFolder = None,
    seed: Annotated[int | None, typer.Option(help="Of the random splits (default: the study's).")] = None,
    as_json: Json = False,
) -> None:
    """Compare each arm's translations with the real clips as sets: KID with an interval, and what real clips give.

    Needs the study, not a finished run: translations that `run` made are found in the cache.
    """
    use_folder(weights)
    if target is not None and target.exists():
        raise bad_input(target, "exists", "Move it away, or give another --out")
    chosen = [find_backbone(name) for name in backbones or ["efficientnet-lite0"]]
    plan = frozen(study_path, root)
    store = Store(cache or study_path.resolve().parent / CACHE)
    with progress() as show, TemporaryDirectory() as own:  # nobody could say when what lies in `own` is stale
        stores = Stores(shared=store, own=Store(Path(own), store.libraries))
        found = [compare_sets(plan, one, stores, plan.study.seed if seed is None else seed, show) for one in chosen]
    documents = [one.document() for one in found]
    if target is not None:
        target.write_text(json.dumps(documents, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    if as_json:
        print_json(documents)
    else:
        for one in found:
            print_distribution(one)


def print_distribution(found: Distribution) -> None:
    """A table of one backbone's estimates for people."""
    table = Table("what", "value", "95 % interval", "subjects", "note")
    for row in found.estimates:
        value = "-" if row.value is None else f"{row.value:.4g}"
        interval = "-" if row.low is None else f"{row.low:.4g} to {row.high:.4g}"
        table.add_row(escape(row.id), value, interval, str(row.n_subjects), escape(row.note))
    out.print(table)
