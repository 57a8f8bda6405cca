"""Data sets of simulated clips with a manifest: phantoms, and simulated flow over greyscale that exists.

Everything depends on the seed alone; the parameters of each clip lie beside it as JSON. A subject's id holds
the seed, so that two sets with one seed are seen to share their subjects.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.artefacts import file_digest
from translator.clips.clip import Clip, grey_clip, mask_clip
from translator.clips.manifest import Entry, Manifest, Split, write_manifest
from translator.clips.npz import write_npz
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.regions.screen import find_regions
from translator.simulate import heart, kidney
from translator.simulate.overlay import draw_settings, paint_flow

Anatomy = Literal["heart", "kidney", "both"]
Done = Callable[[int, int], None]
KIDNEY_EVERY = 4  # of `both`, every fourth subject is a kidney


@dataclass(frozen=True)
class PhantomSet:
    """How many subjects and clips, of what size. fps in Hz."""

    subjects: int
    seed: int
    anatomy: Anatomy = "both"
    clips_per_subject: int = 2
    frames: int = 24
    size: int = 128
    fps: float = 25.0
    split: Split = "test"


def write_phantoms(out: Path, asked: PhantomSet, done: Done) -> list[Entry]:
    """Write clips and `manifest.csv` into `out`; returns the entries."""
    entries = []
    for index in range(asked.subjects):
        for number in range(asked.clips_per_subject):
            entries.append(_phantom(out, asked, index, number))
            done(len(entries), asked.subjects * asked.clips_per_subject)
    write_manifest(out / "manifest.csv", entries)
    return entries


def _phantom(out: Path, asked: PhantomSet, index: int, number: int) -> Entry:
    is_kidney = asked.anatomy == "kidney" or (asked.anatomy == "both" and index % KIDNEY_EVERY == KIDNEY_EVERY - 1)
    organ = kidney if is_kidney else heart
    make = kidney.kidney_clip if is_kidney else heart.heart_clip
    # the first number tells the streams apart: numpy pads a seed with zeros, so (s, i) would equal (s, i, 0)
    subject = np.random.default_rng((1, asked.seed, index))
    rng = np.random.default_rng((2, asked.seed, index, number))
    frames, labels, parameters = make(subject, rng, asked.frames, asked.size, asked.fps)
    subject_id = f"phantom-{asked.seed}-{index:04d}"
    name = f"{subject_id}-{number}"
    files = _write_painted(out, name, frames, asked.fps, rng, parameters)
    write_npz(out / f"{name}.labels.npz", Clip.from_array(labels, asked.fps))
    return Entry(
        clip_id=name, subject_id=subject_id, split=asked.split, pairing="simulated", domain="simulated",
        anatomy="kidney" if is_kidney else "heart", view=organ.VIEW, site="simulated", scanner="simulated",
        segmentation=f"{name}.labels.npz", licence="Apache-2.0", **files,
    )  # fmt: skip


def paint_manifest(
    manifest: Manifest, out: Path, seed: int, frames: int, height: int | None, done: Done
) -> tuple[list[Entry], list[Fault]]:
    """Paint simulated flow over the greyscale of every entry that has one; write clips and `manifest.csv`.

    At most `frames` frames from the start; scaled down to `height` rows if they are more. Returns the entries
    and what could not be read: the others go on.
    """
    entries: list[Entry] = []
    faults: list[Fault] = []
    chosen = [entry for entry in manifest.entries if entry.greyscale]
    for index, entry in enumerate(chosen):
        file = manifest.file(entry, "greyscale")
        try:
            if file is not None:
                entries.append(paint_file(file, out, entry, seed, frames, height))
        except InputError as error:
            faults += error.faults
        done(index + 1, len(chosen))
    if not entries:
        raise InputError(faults or [Fault("manifest", "has no greyscale clip", "Fill the column greyscale")])
    write_manifest(out / "manifest.csv", entries)
    return entries, faults


def paint_file(file: Path, out: Path, entry: Entry, seed: int, frames: int, height: int | None) -> Entry:
    """Paint simulated flow over one greyscale file; returns the entry of the new pair."""
    clip = grey_clip(read_clip(file))
    _, grey = next(clip.windows(frames))
    if height is not None and clip.header.height > height:
        width = round(clip.header.width * height / clip.header.height)
        grey = np.stack([cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in grey]).astype(np.uint8)
    rng = np.random.default_rng((3, seed, *entry.clip_id.encode()))
    files = _write_painted(out, entry.clip_id, grey, clip.header.fps, rng, {"painted_over_sha256": file_digest(file)})
    changed = {"cfd": None, "greyscale": None, "segmentation": None, **files, "pairing": "simulated"}
    return Entry(**{**entry.model_dump(), **changed})


def _write_painted(
    out: Path,
    name: str,
    grey: NDArray[np.uint8],
    fps: float | None,
    rng: np.random.Generator,
    parameters: dict[str, Any],
) -> dict[str, str]:
    """Write NAME.cfd.npz (with the painted mask), NAME.grey.npz and NAME.json; returns the manifest's columns."""
    sector = find_regions(Clip.from_array(grey)).sector
    if not sector.any():
        raise bad_input(name, "shows no sector to paint in", "Check that the clip is not blank")
    painted = paint_flow(grey, sector, rng, draw_settings(rng))
    out.mkdir(parents=True, exist_ok=True)
    clip = Clip.from_array(painted.frames, fps)
    write_npz(out / f"{name}.cfd.npz", clip, mask_clip(painted.mask, clip))
    write_npz(out / f"{name}.grey.npz", Clip.from_array(grey, fps))
    text = json.dumps({**parameters, "overlay": painted.parameters}, indent=1, sort_keys=True, default=float)
    (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return {"cfd": f"{name}.cfd.npz", "greyscale": f"{name}.grey.npz", "mask": f"{name}.cfd.npz"}
