"""Training pairs: real and phantom B-mode with painted flow, seen through the real mask estimator.

Each sample is a window of frames cropped around painted pixels, of which some pairs of consecutive frames are
kept: the truth and the evidence planes, as uint8 in memory-mapped files. Each clip and each phantom has its own
artefact that depends on nothing but itself and its seed: recipes share them, however many processes make them, and
work that was killed goes on.
"""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.artefacts import Store
from translator.clips.clip import Clip, Mask, grey_clip, to_grey
from translator.clips.digest import clip_digest
from translator.clips.manifest import Entry, Manifest
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
from translator.training.augment import augmented
from translator.training.config import OF_THE_SAMPLES, TrainingConfig
from translator.training.pool import Pool

VERSION = 5
DEPENDS_ON = {
    "evidence": evidence.VERSION,
    "flow": flow.VERSION,
    "screen": screen.VERSION,
    "scanner": scanner.VERSION,
    "overlay": overlay.VERSION,
    **{name: anatomy.version for name, anatomy in ANATOMIES.items()},
}
Kind = TypeVar("Kind", np.uint8, np.bool_)
_LONGEST = 200  # frames of a real clip that are looked at
_SHORT = 0.15  # share of samples that are cut to one to seven frames: stills and short clips have little evidence


@dataclass(frozen=True)
class Job:
    """One source and the samples to take from it: a file of a real clip, or a phantom subject (file None)."""

    file: Path | None
    seed: tuple[int, ...]
    count: int


def chosen_entries(config: TrainingConfig, manifest: Manifest | None, splits: tuple[str, ...]) -> list[Entry]:
    """The rows with greyscale that the configuration asks for, of these splits."""
    entries = [] if manifest is None else manifest.entries
    return [
        entry
        for entry in entries
        if entry.greyscale
        and entry.split in splits
        and (not config.anatomies or entry.anatomy in config.anatomies)
        and not {entry.subject_id, entry.anatomy} & set(config.leave_out)
    ]


def plan_jobs(config: TrainingConfig, manifest: Manifest | None) -> list[Job]:
    """Share the samples out: each real subject gets the same number, spread over its clips; then phantoms."""
    return _jobs(config, manifest, chosen_entries(config, manifest, config.splits), config.phantom_subjects, (4, 5))


def plan_validation(config: TrainingConfig, manifest: Manifest | None) -> list[Job]:
    """The same for the split `validation`, unless it is trained on, and for phantoms of their own."""
    entries = chosen_entries(config, manifest, ("validation",)) if "validation" not in config.splits else []
    return _jobs(config, manifest, entries, config.validation_phantoms, (8, 9))


def _jobs(
    config: TrainingConfig, manifest: Manifest | None, entries: list[Entry], phantoms: int, streams: tuple[int, int]
) -> list[Job]:
    jobs: list[Job] = []
    for subject in sorted({entry.subject_id for entry in entries}):
        clips = sorted((e for e in entries if e.subject_id == subject), key=lambda e: e.clip_id)
        for index, entry in enumerate(clips):
            count = len(range(index, config.clips_per_subject, len(clips)))
            file = None if manifest is None else manifest.file(entry, "greyscale")
            if count:
                jobs.append(Job(file, (streams[0], config.seed, _number(entry.clip_id)), count))
    jobs += [Job(None, (streams[1], config.phantom_seed, index), 1) for index in range(phantoms)]
    return jobs


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")


def make_pool(jobs: list[Job], config: TrainingConfig, store: Store, done: Callable[[int, int], None]) -> Pool:
    """Make every sample, or find it in the store.

    Pairs with a larger mask are kept with a larger probability.
    """
    parts = []
    with ProcessPoolExecutor(config.threads, mp_context=get_context("spawn")) as workers:
        for index, folder in enumerate(workers.map(partial(_kept, config, store), jobs)):
            parts.append(np.load(folder / "pairs.npy", mmap_mode="r"))
            done(index + 1, len(jobs))
    return Pool(parts)


def _kept(config: TrainingConfig, store: Store, job: Job) -> Path:
    """Folder with the samples of one job."""

    def build(folder: Path) -> None:
        cv2.setNumThreads(1)
        rng, kept = np.random.default_rng(job.seed), config.kept_pairs
        shape = (job.count * kept, 2, 1 + PLANES, config.crop, config.crop)
        pairs = np.lib.format.open_memmap(folder / "pairs.npy", mode="w+", dtype=np.uint8, shape=shape)
        for index, grey in enumerate(_windows(job, config, rng)):
            pairs[index * kept : (index + 1) * kept] = _sample(grey, config, rng)
        pairs.flush()

    params = {"seed": list(job.seed), "count": job.count, **config.model_dump(mode="json", include=OF_THE_SAMPLES)}
    if job.file is None:
        params["phantoms"] = config.phantoms
    files = {} if job.file is None else {"clip": clip_digest(job.file)}
    return store.make("training-pairs", VERSION, {**params, **DEPENDS_ON}, files, build)


def _windows(job: Job, config: TrainingConfig, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Windows (T, H, W) of greyscale, `job.count` of them."""
    if job.file is None:
        names = GROUPS[config.phantoms]
        anatomy = ANATOMIES[names[int(rng.integers(len(names)))]]
        size, fps = int(rng.choice([128, 160, 208])), float(rng.uniform(18, 40))
        yield _shortened(simulate(anatomy, rng, rng, config.window, size, fps).frames, rng)
        return
    frames = _first_frames(grey_clip(read_clip(job.file)))
    for _ in range(job.count):
        stride = int(rng.choice([1, 1, 2])) if len(frames) >= 2 * config.window else 1
        length = min(config.window, -(-len(frames) // stride))
        start = int(rng.integers(0, len(frames) - (length - 1) * stride))
        window = frames[start : start + length * stride : stride]
        yield augmented(_shortened(window, rng), rng)


def _shortened(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    return frames[: int(rng.integers(1, 8))] if rng.random() < _SHORT else frames


def _first_frames(clip: Clip) -> NDArray[np.uint8]:
    for _, frames in clip.windows(_LONGEST):
        return frames
    raise ValueError("a clip has at least one frame")


def _sample(grey: NDArray[np.uint8], config: TrainingConfig, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint, estimate the mask, crop, gather evidence: (kept_pairs, 2, 1 + planes, crop, crop)."""
    regions = find_regions(Clip.from_array(np.ascontiguousarray(grey)))
    sector = regions.sector if regions.sector.any() else np.ones(grey.shape[1:], np.bool_)
    painted = paint_flow(grey, sector, rng)
    seen = find_regions(Clip.from_array(painted.frames))
    mask = flow_masks(painted.frames, seen) | seen.outline
    rows, columns = _crop(mask, config.crop, rng)
    truth = _pad(grey[:, rows, columns], config.crop)
    hidden = _pad(mask[:, rows, columns], config.crop)
    planes = evidence_planes(_pad(to_grey(painted.frames)[:, rows, columns], config.crop), hidden)
    both = np.asarray(np.rint(np.concatenate([truth[:, None] / np.float32(255), planes], axis=1) * 255), np.uint8)
    starts = max(1, len(grey) - 1)
    share = hidden.mean(axis=(1, 2))[:starts] + 1e-9
    keep = np.sort(rng.choice(starts, config.kept_pairs, replace=starts < config.kept_pairs, p=share / share.sum()))
    return np.stack([both[keep], both[np.minimum(keep + 1, len(grey) - 1)]], axis=1)


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
