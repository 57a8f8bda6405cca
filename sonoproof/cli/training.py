"""`sonoproof train`: a generator from a configuration."""

from pathlib import Path
from typing import Annotated

import typer

from sonoproof.cli.console import Json, out, print_json, progress
from sonoproof.cli.studies import CACHE
from translator.artefacts import Store
from translator.clips.manifest import read_manifest


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="What to train on and how.", show_default=False)
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for NAME.safetensors and NAME.card.json.")] = Path(
        "weights"
    ),
    root: Annotated[
        Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Where finished parts are kept (default: {CACHE} beside DIR).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a generator: seeded, so that the same machine, versions and threads give the same weights."""
    from translator.training.config import read_config
    from translator.training.loop import train as fit

    asked = read_config(config)
    manifest = None if asked.manifest is None else read_manifest(config.parent / asked.manifest, root)
    with progress() as report:
        store = Store(cache or out_folder.resolve().parent / CACHE)
        path = fit(asked, manifest, out_folder, store, report, f"sonoproof train {config.name} --root DATA")
    if as_json:
        print_json({"weights": str(path)})
    else:
        out.print(f"weights: {path}", highlight=False, soft_wrap=True)
