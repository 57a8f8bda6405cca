"""Training pairs: real and phantom B-mode with painted flow, seen through the real mask estimator.

Each sample is a window of frames cropped around painted pixels: the truth and the evidence planes, as uint8
in a memory-mapped pool on disk. A sample depends only on its own seed, so the pool is the same however many
processes make it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Mask, grey_clip, to_grey
from translator.clips.manifest import Manifest
from translator.clips.read import read_clip
from translator.fill import evidence
from translator.fill.evidence import PLANES, evidence_planes
from translator.regions import flow, screen
from translator.regions.flow import flow_masks
from translator.regions.screen import find_regions
from translator.simulate import overlay, scanner
from translator.simulate.anatomies import ANATOMIES, GROUPS
from translator.simulate.anatomy import simulate
from translator.simulate.overlay import paint_flow
from translator.training.config import TrainingConfig

VERSION = 3
PHANTOMS = GROUPS["heart"]  # organs stay unseen, so that phantoms can show zero-shot work
DEPENDS_ON = {
    "evidence": evidence.VERSION,
    "flow": flow.VERSION,
    "screen": screen.VERSION,
    **{name: ANATOMIES[name].version for name in PHANTOMS},
    "scanner": scanner.VERSION,
    "overlay": overlay.VERSION,
}
Kind = TypeVar("Kind", np.uint8, np.bool_)
_LONGEST = 200  # frames of a real clip that are looked at
_ROWS = (128, 400)  # heights that real clips are scaled to


@dataclass(frozen=True)
class Job:
    """One source and the samples to take from it: a file of a real clip, or a phantom subject (file None)."""

    file: Path | None
    seed: tuple[int, ...]
    first: int
    count: int


def plan_jobs(config: TrainingConfig, manifest: Manifest | None) -> list[Job]:
    """Share the samples out: each real subject gets the same number, spread over its clips; then phantoms."""
    jobs: list[Job] = []
    first = 0
    entries = [] if manifest is None else [e for e in manifest.where(split="train").entries if e.greyscale]
    for subject in sorted({entry.subject_id for entry in entries}):
        clips = sorted((e for e in entries if e.subject_id == subject), key=lambda e: e.clip_id)
        for index, entry in enumerate(clips):
            count = len(range(index, config.clips_per_subject, len(clips)))
            file = None if manifest is None else manifest.file(entry, "greyscale")
            if count:
                jobs.append(Job(file, (4, config.seed, len(jobs)), first, count))
                first += count
    for subject_index in range(config.phantom_subjects):
        jobs.append(Job(None, (5, config.phantom_seed, subject_index), first, 1))
        first += 1
    return jobs


def build_pool(path: Path, jobs: list[Job], config: TrainingConfig, done: Callable[[int, int], None]) -> None:
    """Make every sample and write (N, 1 + planes, H, W) uint8 frames to an .npy file.

    Frames with a larger mask are kept with a larger probability.
    """
    total = sum(job.count for job in jobs) * config.kept_frames
    pool = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.uint8, shape=(total, 1 + PLANES, config.crop, config.crop)
    )
    with ProcessPoolExecutor(config.threads, mp_context=get_context("spawn")) as workers:
        for index, (job, frames) in enumerate(
            zip(jobs, workers.map(_run_job, [(j, config) for j in jobs]), strict=True)
        ):
            start = job.first * config.kept_frames
            pool[start : start + len(frames)] = frames
            done(index + 1, len(jobs))
    pool.flush()


def _run_job(task: tuple[Job, TrainingConfig]) -> NDArray[np.uint8]:
    job, config = task
    cv2.setNumThreads(1)
    rng = np.random.default_rng(job.seed)
    samples = [_sample(grey, config, rng) for grey in _windows(job, config, rng)]
    return np.concatenate(samples)


def _windows(job: Job, config: TrainingConfig, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Windows (T, H, W) of greyscale, `job.count` of them."""
    if job.file is None:
        anatomy = ANATOMIES[PHANTOMS[int(rng.integers(len(PHANTOMS)))]]
        size, fps = int(rng.choice([128, 160])), float(rng.uniform(18, 40))
        yield simulate(anatomy, rng, rng, config.window, size, fps).frames
        return
    clip = grey_clip(read_clip(job.file))
    frames = _first_frames(clip)
    for _ in range(job.count):
        stride = int(rng.choice([1, 1, 2])) if len(frames) >= 2 * config.window else 1
        length = min(config.window, -(-len(frames) // stride))
        start = int(rng.integers(0, len(frames) - (length - 1) * stride))
        rows = int(rng.uniform(_ROWS[0], min(_ROWS[1], max(_ROWS[0] + 1, clip.header.height))))
        columns = round(clip.header.width * rows / clip.header.height)
        window = frames[start : start + length * stride : stride]
        scaled = np.stack([cv2.resize(f, (columns, rows), interpolation=cv2.INTER_AREA) for f in window])
        gain, offset = rng.uniform(0.8, 1.3), rng.uniform(-10, 10)
        scaled = np.clip(scaled * gain + offset * (scaled > 0), 0, 255).astype(np.uint8)
        yield scaled[:, :, ::-1] if rng.random() < 0.5 else scaled


def _first_frames(clip: Clip) -> NDArray[np.uint8]:
    for _, frames in clip.windows(_LONGEST):
        return frames
    raise ValueError("a clip has at least one frame")


def _sample(grey: NDArray[np.uint8], config: TrainingConfig, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint, estimate the mask, crop, gather evidence: (kept_frames, 1 + planes, crop, crop)."""
    regions = find_regions(Clip.from_array(np.ascontiguousarray(grey)))
    sector = regions.sector if regions.sector.any() else np.ones(grey.shape[1:], np.bool_)
    painted = paint_flow(grey, sector, rng)
    seen = find_regions(Clip.from_array(painted.frames))
    mask = flow_masks(painted.frames, seen) | seen.outline
    rows, columns = _crop(mask, config.crop, rng)
    truth = _pad(grey[:, rows, columns], config.crop)
    hidden = _pad(mask[:, rows, columns], config.crop)
    planes = evidence_planes(_pad(to_grey(painted.frames)[:, rows, columns], config.crop), hidden)
    share = hidden.mean(axis=(1, 2)) + 1e-9
    keep = np.sort(
        rng.choice(len(grey), config.kept_frames, replace=len(grey) < config.kept_frames, p=share / share.sum())
    )
    both = np.concatenate([truth[keep, None].astype(np.float32) / 255, planes[keep]], axis=1)
    return np.asarray(np.rint(both * 255), np.uint8)


def _crop(mask: Mask, side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """A window of side x side, or all there is, that holds a randomly chosen painted pixel."""
    hits = np.argwhere(mask.any(axis=0))
    centre = hits[rng.integers(len(hits))] if len(hits) else np.array(mask.shape[1:]) // 2
    slices = []
    for at, length in zip(centre, mask.shape[1:], strict=True):
        jittered = int(at) - side // 2 + int(rng.integers(-side // 4, side // 4 + 1))
        start = min(max(0, jittered), max(0, length - side))
        slices.append(slice(start, start + side))
    return slices[0], slices[1]


def _pad(frames: NDArray[Kind], side: int) -> NDArray[Kind]:
    height, width = frames.shape[1:]
    return np.pad(frames, ((0, 0), (0, max(0, side - height)), (0, max(0, side - width))))
