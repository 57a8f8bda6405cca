"""Data sets of simulated clips with a manifest: phantoms, and simulated flow over greyscale that exists.

Everything depends on the seed alone, however many processes work; the parameters of each clip lie beside it as
JSON. A subject's id holds the seed, so that two sets with one seed are seen to share their subjects. A subject
has one anatomy and one site; its clips differ in scanner, settings, pose and motion.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Mask, grey_clip
from translator.clips.digest import clip_digest
from translator.clips.manifest import Entry, Manifest, Split, write_manifest
from translator.clips.npz import write_npz
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.regions.deidentify import Outside, Redaction
from translator.regions.screen import find_regions
from translator.simulate.anatomies import ANATOMIES, GROUPS, Choice
from translator.simulate.anatomy import simulate
from translator.simulate.looks import SITES
from translator.simulate.overlay import draw_settings, plan_flow

Done = Callable[[int, int], None]
LEAST = 16  # rows and columns that flow can be painted on


@dataclass(frozen=True)
class PhantomSet:
    """How many subjects and clips, of what size and anatomy (a name or a group of `anatomies`). fps in Hz.

    `coverage` 0.02..0.45 is the mean share of the sector that flow covers; drawn for each clip if None.
    """

    subjects: int
    seed: int
    anatomy: Choice = "both"
    clips_per_subject: int = 2
    frames: int = 24
    size: int = 128
    fps: float = 25.0
    split: Split = "test"
    coverage: float | None = None


def write_phantoms(out: Path, asked: PhantomSet, done: Done, jobs: int = 1) -> list[Entry]:
    """Write clips and `manifest.csv` into `out`, in `jobs` processes; returns the entries.

    The files are the same whatever the number of processes. One clip a process is held in memory.
    """
    tasks = [
        (out, asked, index, number) for index in range(asked.subjects) for number in range(asked.clips_per_subject)
    ]
    entries = []
    for entry in _in_processes(tasks, jobs):
        entries.append(entry)
        done(len(entries), len(tasks))
    write_manifest(out / "manifest.csv", entries)
    return entries


def _in_processes(tasks: list[tuple[Path, PhantomSet, int, int]], jobs: int) -> Iterator[Entry]:
    """Entries in the order of the tasks."""
    if jobs < 2 or len(tasks) < 2:
        yield from map(_phantom, tasks)
        return
    with ProcessPoolExecutor(
        min(jobs, len(tasks)), mp_context=get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as workers:
        yield from workers.map(_phantom, tasks)


def _phantom(task: tuple[Path, PhantomSet, int, int]) -> Entry:
    out, asked, index, number = task
    members = GROUPS[asked.anatomy]
    anatomy = ANATOMIES[members[index % len(members)]]
    # the first number tells the streams apart: numpy pads a seed with zeros, so (s, i) would equal (s, i, 0)
    subject = np.random.default_rng((1, asked.seed, index))
    rng = np.random.default_rng((2, asked.seed, index, number))
    site = SITES[int(np.random.default_rng((7, asked.seed, index)).integers(len(SITES)))]
    made = simulate(anatomy, subject, rng, asked.frames, asked.size, asked.fps, site)
    subject_id = f"phantom-{asked.seed}-{index:04d}"
    name = f"{subject_id}-{number}"
    scene = Scene(made.frames, made.sector, asked.fps)
    files = _write_painted(out, name, scene, rng, asked.coverage, made.parameters)
    write_npz(out / f"{name}.labels.npz", Clip.from_array(made.labels, asked.fps))
    return Entry(
        clip_id=name, subject_id=subject_id, split=asked.split, pairing="simulated", domain="simulated",
        anatomy=anatomy.organ, view=anatomy.view, site=site.name, scanner=made.parameters["scanner"],
        segmentation=f"{name}.labels.npz", licence="Apache-2.0", **files,
    )  # fmt: skip


def paint_manifest(
    manifest: Manifest,
    out: Path,
    seed: int,
    frames: int,
    height: int | None,
    done: Done,
    coverage: float | None = None,
    outside: Outside = "keep",
) -> tuple[list[Entry], list[Fault]]:
    """Paint simulated flow over the greyscale of every entry that has one; write clips and `manifest.csv`.

    At most `frames` frames from the start; scaled down to `height` rows if they are more; `coverage` as in
    PhantomSet, `outside` as in paint_file. Returns the entries and what could not be painted: the others go on.
    """
    entries: list[Entry] = []
    faults: list[Fault] = []
    chosen = [entry for entry in manifest.entries if entry.greyscale]
    for index, entry in enumerate(chosen):
        file = manifest.file(entry, "greyscale")
        try:
            if file is not None:
                entries.append(paint_file(file, out, entry, seed, frames, height, coverage, outside))
        except InputError as error:
            faults += error.faults
        done(index + 1, len(chosen))
    if not entries:
        raise InputError(faults or [Fault("manifest", "has no greyscale clip", "Fill the column greyscale")])
    write_manifest(out / "manifest.csv", entries)
    return entries, faults


def paint_file(
    file: Path,
    out: Path,
    entry: Entry,
    seed: int,
    frames: int,
    height: int | None,
    coverage: float | None = None,
    outside: Outside = "keep",
) -> Entry:
    """Paint simulated flow over one greyscale file; returns the entry of the new pair.

    `outside` says what is written of what lies outside the sector, in both clips and the mask; what lies in it is
    the same whatever it says.
    Raises: InputError if frames have fewer than 16 rows or columns, as they are or scaled, or show no sector.
    """
    clip = grey_clip(read_clip(file))
    _, grey = next(clip.windows(frames))
    if height is not None and clip.header.height > height:
        width = round(clip.header.width * height / clip.header.height)
        grey = np.stack([cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in grey]).astype(np.uint8)
    _check_size(entry, grey.shape[1:], height)
    rng = np.random.default_rng((3, seed, *entry.clip_id.encode()))
    regions = find_regions(Clip.from_array(grey))
    if not regions.sector.any():
        raise bad_input(entry.clip_id, "shows no sector to paint in", "Check that the clip is not blank")
    redaction = Redaction.around(regions, outside, entry.clip_id)
    origin = clip_digest(file)
    about = {"painted_over_sha256": origin}
    scene = Scene(grey, regions.sector, clip.header.fps)
    files = _write_painted(out, entry.clip_id, scene, rng, coverage, about, redaction)
    changed = {"cfd": None, "greyscale": None, "segmentation": None, **files, "pairing": "simulated", "origin": origin}
    return Entry(**{**entry.model_dump(), **changed})


def _check_size(entry: Entry, shape: tuple[int, ...], height: int | None) -> None:
    if min(shape) < LEAST:
        what = f"its frames are {shape[0]} x {shape[1]} pixels{'' if height is None else ', scaled to --height'}"
        raise bad_input(entry.clip_id, what, f"Flow needs {LEAST} rows and columns: leave the clip out")


class Scene(NamedTuple):
    """What flow is painted over: grey frames uint8 (T, H, W), sector bool (H, W), fps [Hz]."""

    grey: NDArray[np.uint8]
    sector: Mask
    fps: float | None


def _write_painted(
    out: Path,
    name: str,
    scene: Scene,
    rng: np.random.Generator,
    coverage: float | None,
    parameters: dict[str, Any],
    redaction: Redaction | None = None,
) -> dict[str, str]:
    """Write NAME.cfd.npz (with the painted mask), NAME.grey.npz and NAME.json; returns the manifest's columns."""
    made = plan_flow(scene.grey, scene.sector, rng, draw_settings(rng, coverage))
    grey = Clip.from_array(scene.grey, scene.fps)
    clip = Clip(replace(grey.header, channels=3), lambda: map(made.frame, range(len(scene.grey))))
    mask = Clip(grey.header, lambda: map(made.hidden, range(len(scene.grey))))
    if redaction is not None:
        grey, clip, mask = (redaction.clip(whole) for whole in (grey, clip, mask))
    out.mkdir(parents=True, exist_ok=True)
    write_npz(out / f"{name}.cfd.npz", clip, mask)
    write_npz(out / f"{name}.grey.npz", grey)
    text = json.dumps({**parameters, "overlay": made.parameters}, indent=1, sort_keys=True, default=float)
    (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return {"cfd": f"{name}.cfd.npz", "greyscale": f"{name}.grey.npz", "mask": f"{name}.cfd.npz"}
