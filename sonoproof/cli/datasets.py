"""`sonoproof manifest NAME`: one command for each published data set that has an adapter."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from sonoproof.cli.console import BAD_INPUT, Json, err, finish, out, print_faults, print_json, progress
from sonoproof.folders import pictures, pictures_in_words
from translator.clips.manifest import Split, write_manifest
from translator.datasets.declare import DataSet
from translator.datasets.listing import Listing
from translator.datasets.registry import DATASETS, list_folder
from translator.errors import bad_input


def add_commands(manifest: typer.Typer) -> None:
    """Give `manifest` a command for each data set."""
    for dataset in DATASETS.values():
        manifest.command(dataset.name, help=_help(dataset))(_command(dataset))


def _help(dataset: DataSet) -> str:
    text = f"""List {dataset.title}.

    You hold the data and have agreed to their terms. Source: {dataset.citation}, doi:{dataset.doi}.

    Looks for: {"; or ".join(dataset.layouts)}.

    Subjects: {dataset.subjects}.

    Splits: {dataset.splits}.

    Views: {dataset.views}.

    Licence: {dataset.licence}. Caveats: {dataset.caveats}.
    """
    if dataset.labels:
        text += f"\n    --segmentations writes label clips: {dataset.labels}.\n"
    return text


def _command(dataset: DataSet) -> Callable[..., None]:
    def make(
        folder: Annotated[Path, typer.Argument(help="Folder that holds the data set.", show_default=False)],
        target: Annotated[
            Path | None, typer.Option("--out", help="Where to write it (default FOLDER/manifest.csv).")
        ] = None,
        split: Annotated[
            Split | None,
            typer.Option(help="Split of all clips (default test); refused where there is an official one."),
        ] = None,
        segmentations: Annotated[
            bool, typer.Option("--segmentations", help="Convert labels into a folder `labels` beside the manifest.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        path = target or folder / "manifest.csv"
        if path.exists():
            raise bad_input(path, "exists", "Move it away, or give --out")
        with progress() as report:
            listing = Listing(folder, path, split, segmentations, lambda i, n: report(dataset.name, i, n))
            list_folder(dataset, folder, listing)
        if listing.entries:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_manifest(path, listing.entries)
        elif not listing.faults:
            listing.fault(folder, "has no clip that can be listed", f"Give the folder that holds {dataset.title}")
        _conclude(path, dataset, listing, as_json)

    return make


def _conclude(path: Path, dataset: DataSet, listing: Listing, as_json: bool) -> None:
    splits = Counter(entry.split for entry in listing.entries)
    subjects = len({entry.subject_id for entry in listing.entries})
    licences = sorted({entry.licence or "not stated" for entry in listing.entries})
    if as_json:
        print_json(
            {
                "manifest": str(path) if listing.entries else None,
                "clips": len(listing.entries),
                "subjects": subjects,
                "splits": dict(sorted(splits.items())),
                "pictures": pictures(listing.entries),
                "segmentations": sum(entry.segmentation is not None for entry in listing.entries),
                "licences": licences,
                "doi": dataset.doi,
                "notes": listing.notes,
                "faults": [vars(fault) for fault in listing.faults],
            }
        )
    elif listing.entries:
        parts = ", ".join(f"{count} {split}" for split, count in sorted(splits.items()))
        out.print(
            f"{path}: {len(listing.entries)} clips of {subjects} subjects ({parts})\n"
            f"{pictures_in_words(listing.entries)}\n"
            f"licence: {'; '.join(licences)}. Cite doi:{dataset.doi}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
    for note in listing.notes:
        err.print(f"note {note}", highlight=False, soft_wrap=True, markup=False)
    print_faults(listing.faults)
    finish(BAD_INPUT if listing.faults else 0)
