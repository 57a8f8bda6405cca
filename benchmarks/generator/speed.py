"""Frames a second of the generator with every engine, beside Telea, the untrained fill and the evidence planes alone.

    python -m benchmarks.generator.speed [--threads 2] [--weights NAME] [--repeats 3] [--size 256x256 ...] [--json]

One simulated heart clip a size, 10 % of the sector painted, its mask given; frames a second from arrays in memory to
arrays in memory, the best of the repeats after one to warm up. CPU is processor time a frame, over all threads: what
is left of a machine that others use too. Prints a Markdown table a size; `x Telea` is the ratio of the times.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frames, Mask, mask_clip
from translator.fill.evidence import evidence_planes
from translator.fill.prior import phase_prior, telea_fill
from translator.inference.engines import why_not
from translator.inference.generator import MARGIN, load
from translator.inference.names import ENGINES
from translator.regions.screen import find_regions
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow
from translator.weights import DEFAULT

SIZES = ("112x112", "256x256", "708x1016")
_DRAWN = 256  # larger clips are drawn at this size and scaled up
_LARGE = 1 << 18


@dataclass(frozen=True)
class Row:
    """One arm at one size."""

    arm: str
    fps: float
    cpu_ms: float
    times_telea: float


def painted(height: int, width: int, frames: int) -> tuple[Frames, Mask]:
    """Coloured frames (T, H, W, 3) and their mask (T, H, W)."""
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, frames, min(_DRAWN, height), 25.0)
    sector = find_regions(Clip.from_array(grey)).sector
    made = paint_flow(grey, sector, rng, draw_settings(rng, coverage=0.10))
    size = (width, height)
    mask = np.stack([cv2.resize(m.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0 for m in made.mask])
    return np.stack([cv2.resize(f, size) for f in made.frames]).astype(np.uint8), mask


def measure(size: str, weights: str, threads: int, repeats: int) -> list[Row]:
    """Every arm on one clip."""
    height, width = (int(side) for side in size.split("x"))
    frames, mask = painted(height, width, 64 if height * width < _LARGE else 24)
    times = [(name, _best(work, len(frames), repeats)) for name, work in _arms(frames, mask, weights, threads)]
    telea = times[0][1][0]
    return [Row(name, 1 / wall, 1e3 * cpu, wall / telea) for name, (wall, cpu) in times]


def _arms(frames: Frames, mask: Mask, weights: str, threads: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    grey = frames[..., 1].copy()
    rows, columns = (_around(np.asarray(mask.any(axis=axes))) for axes in ((0, 2), (0, 1)))
    cut, hidden = np.ascontiguousarray(grey[:, rows, columns]), np.ascontiguousarray(mask[:, rows, columns])
    yield "Telea", lambda: telea_fill(grey, mask)
    yield "untrained fill (phase_prior)", lambda: phase_prior(cut, hidden)
    yield "evidence planes", lambda: evidence_planes(cut, hidden)
    clip = Clip.from_array(frames, 25.0)
    given = mask_clip(mask, clip)
    for name in ENGINES:
        if why_not(name) is None:
            generator = load(weights, name, threads=threads)
            yield f"generator, {name}", lambda g=generator: g.translate(clip, given).clip.array()  # type: ignore[misc]


def _around(hit: NDArray[np.bool_]) -> slice:
    where = np.flatnonzero(hit)
    return slice(max(0, int(where[0]) - MARGIN), int(where[-1]) + MARGIN + 1)


def _best(work: Callable[[], Any], frames: int, repeats: int) -> tuple[float, float]:
    """Least wall and processor time a frame [s]."""
    work()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) / frames)
        cpus.append((time.process_time() - cpu) / frames)
    return min(walls), min(cpus)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--weights", default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", nargs="+", default=list(SIZES), metavar="HxW")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(asked.threads)
    tables = {}
    for size in asked.size:
        rows = measure(size, asked.weights, asked.threads, asked.repeats)
        tables[size] = [asdict(row) for row in rows]
        if not asked.json:
            load_average = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
            print(f"\n{size}, {asked.threads} threads, weights {asked.weights} (load of the machine: {load_average})\n")
            print("| | frames a second | CPU a frame [ms] | x Telea |\n| --- | --- | --- | --- |")
            for row in rows:
                print(f"| {row.arm} | {row.fps:.1f} | {row.cpu_ms:.1f} | {row.times_telea:.1f} |", flush=True)
    if asked.json:
        print(json.dumps(tables, indent=1))


if __name__ == "__main__":
    main()
