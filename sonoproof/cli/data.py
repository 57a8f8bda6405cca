"""Verbs on data sets: phantom, simulate, manifest build."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sonoproof.cli.console import BAD_INPUT, Json, err, finish, out, print_faults, print_json, progress
from sonoproof.folders import pictures, pictures_in_words, scan_folder
from translator.clips.manifest import Entry, Split, read_manifest, write_manifest
from translator.errors import Fault, bad_input
from translator.regions.deidentify import Outside
from translator.simulate.anatomies import Choice
from translator.simulate.dataset import PhantomSet, paint_manifest, write_phantoms

Out = Annotated[Path, typer.Option("--out", help="Folder to write clips and manifest.csv to.", show_default=False)]
Root = Annotated[Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")]

Coverage = Annotated[
    float | None,
    typer.Option(min=0.02, max=0.45, help="Mean share of the sector that flow covers (default: drawn, 0.04 to 0.25)."),
]

manifest = typer.Typer(help="Manifests: one row a clip; the only way into a study.", no_args_is_help=True)


def phantom(
    out_folder: Out,
    subjects: Annotated[int, typer.Option(min=1, help="Number of simulated subjects.")] = 24,
    seed: Annotated[
        int, typer.Option(min=0, help="Same seed, same clips. Shipped weights were trained on seed 1.")
    ] = 0,
    anatomy: Annotated[
        Choice,
        typer.Option(
            help="A view or an organ, or a group: heart (four adult views in turn), organs (never trained on), all,"
            " or both (A4C, every fourth a kidney)."
        ),
    ] = "both",
    clips: Annotated[int, typer.Option(min=1, help="Clips per subject.")] = 2,
    frames: Annotated[int, typer.Option(min=1, help="Frames per clip.")] = 24,
    size: Annotated[int, typer.Option(min=48, help="Rows and columns.")] = 128,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes (default: one a processor). Same files, whatever the number.")
    ] = None,
    coverage: Coverage = None,
    split: Annotated[Split, typer.Option(help="Split of all rows; tasks fit their models to `train`.")] = "test",
    as_json: Json = False,
) -> None:
    """Simulate subjects with colour Doppler, its greyscale truth, flow mask and labels."""
    _refuse_old(out_folder)
    asked = PhantomSet(subjects, seed, anatomy, clips, frames, size, split=split, coverage=coverage)
    with progress() as report:
        workers = jobs or os.cpu_count() or 1
        entries = write_phantoms(out_folder, asked, lambda i, n: report("phantoms", i, n), workers)
    _conclude(out_folder / "manifest.csv", entries, [], as_json)


def simulate(
    manifest_path: Annotated[
        Path, typer.Argument(metavar="MANIFEST", help="Manifest with greyscale clips.", show_default=False)
    ],
    out_folder: Out,
    root: Root = None,
    split: Annotated[str, typer.Option(help="Which split to paint.")] = "test",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same flow.")] = 0,
    frames: Annotated[int, typer.Option(min=1, help="Take at most so many frames of each clip.")] = 48,
    height: Annotated[int | None, typer.Option(min=48, help="Scale taller clips down to so many rows.")] = None,
    coverage: Coverage = None,
    outside: Annotated[
        Outside,
        typer.Option(
            "--outside",
            help="Outside the sector, where names and dates are written: blank (black), crop (to the sector, and "
            "black outside it) or keep; in colour clip, greyscale and mask alike.",
        ),
    ] = "blank",
    as_json: Json = False,
) -> None:
    """Paint simulated colour flow over greyscale clips, so that there is a truth to compare with."""
    _refuse_old(out_folder)
    chosen = read_manifest(manifest_path, root).where(split=split)
    skipped = sum(entry.greyscale is None for entry in chosen.entries)
    if skipped:
        rows = f"{skipped} of {len(chosen.entries)} rows of split {split}"
        err.print(f"[yellow]warning[/] {escape(rows)} have no greyscale clip: skipped", highlight=False)
    with progress() as report:
        done = partial(report, "clips")
        entries, faults = paint_manifest(chosen, out_folder, seed, frames, height, done, coverage, outside)
    _conclude(out_folder / "manifest.csv", entries, faults, as_json, {"outside": outside, "skipped": skipped})


@manifest.command("build")
def build(
    folder: Annotated[Path, typer.Argument(help="Folder to search for clips.", show_default=False)],
    target: Annotated[
        Path | None, typer.Option("--out", help="Where to write it (default FOLDER/manifest.csv).")
    ] = None,
    site: Annotated[str, typer.Option(help="Begins every new name: give each site its own.")] = "site",
    as_json: Json = False,
) -> None:
    """Make a first manifest from a folder: coloured clips go to `cfd`, grey ones to `greyscale`.

    Clips and subjects get new names. Subjects are the DICOM patients; elsewhere each sub-folder, or each file,
    is taken for a subject. Check that column: the statistics rest on it.
    """
    path = target or folder / "manifest.csv"
    if path.exists():
        raise bad_input(path, "exists", "Move it away, or give --out")
    with progress() as report:
        entries, faults = scan_folder(folder, path.parent, site, lambda i, n: report("files", i, n))
    if entries:
        write_manifest(path, entries)
    else:
        faults.append(Fault(str(folder), "has no clip that can be read", "Give the folder that holds the clips"))
    _conclude(path, entries, faults, as_json)


def _refuse_old(folder: Path) -> None:
    if (folder / "manifest.csv").exists():
        raise bad_input(folder, "holds a manifest already", "Give a new folder")


def _conclude(
    path: Path, entries: list[Entry], faults: list[Fault], as_json: bool, more: dict[str, object] | None = None
) -> None:
    if as_json:
        subjects = len({entry.subject_id for entry in entries})
        print_json(
            {
                "manifest": str(path),
                "clips": len(entries),
                "subjects": subjects,
                "pictures": pictures(entries),
                **(more or {}),
                "faults": [vars(f) for f in faults],
            }
        )
    elif entries:
        subjects = len({entry.subject_id for entry in entries})
        text = f"{path}: {len(entries)} clips of {subjects} subjects: {pictures_in_words(entries)}"
        out.print(text, highlight=False, soft_wrap=True)
    print_faults(faults)
    finish(BAD_INPUT if faults else 0)
