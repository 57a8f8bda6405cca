"""Phantom clips beside real B-mode clips: histogram, speckle, spectrum and time, with real against real as yardstick.

    python -m benchmarks.validity.texture --root DATA --out FOLDER

DATA holds the clips that benchmarks/real_clips.csv names. Writes texture.csv, texture.png (plots) and sheet.png
(real and phantom rows in turn) to FOLDER. The pictures show real clips: they are for looking at, not for the project.

Every clip is cut to its sector and scaled so that this has 192 rows. Values per clip, averaged within subjects:

- histogram: shares of 64 grey levels in the sector; distance: Wasserstein-1 [grey levels]
- snr: median over 9 x 9 blocks of mean / standard deviation of the amplitude, taking 60 dB for the dynamic range, as
  the scanners' are not known: 1.91 is fully developed speckle (Wagner et al. 1983, doi:10.1109/T-SU.1983.31404)
- contrast: median over blocks of the standard deviation [grey levels]
- axial, lateral: lag at which the autocorrelation of the centre falls to one half [pixels]
- spectrum: radial power spectrum of the centre [dB]; slope [dB per octave]; distance: RMS of the difference [dB]
- temporal: correlation of the fine structure with that 0.2 s later
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, grey_clip
from translator.clips.manifest import read_manifest
from translator.clips.read import read_clip
from translator.regions.screen import find_regions
from translator.simulate.anatomies import ANATOMIES
from translator.simulate.anatomy import simulate
from translator.simulate.looks import SITES

matplotlib.use("Agg")
from matplotlib import pyplot as plt

ROWS, BLOCK, RANGE_DB = 192, 9, 60.0
PAIRS = {"heart": ("a4c",), "lung": ("lung",), "neck": ("carotid",)}  # the manifest's anatomy, and its phantoms
SCALARS = ("snr", "contrast", "axial", "lateral", "slope", "temporal", "mean grey")
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Texture:
    """What is measured of one clip, or the mean over the clips of a subject."""

    scalars: NDArray[np.float64]
    histogram: NDArray[np.float64]
    spectrum: NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A subject's clips: where from, what of, its texture, and three frames to look at."""

    origin: str
    anatomy: str
    subject: str
    texture: Texture
    frames: list[Picture]


def measure(frames: Picture, sector: NDArray[np.bool_], fps: float) -> tuple[Texture, list[Picture]]:
    """Texture of uint8 frames (T, H, W) in `sector` (H, W), and the first, a later and their difference."""
    frames, sector = _fitted(frames, sector)
    inner = cv2.erode(np.pad(sector.astype(np.uint8), 1), np.ones((13, 13), np.uint8))[1:-1, 1:-1] > 0
    chosen = frames[np.linspace(0, len(frames) - 1, min(6, len(frames))).astype(int)]
    values = np.array([_of_frame(frame, inner) for frame in chosen]).mean(axis=0)
    histogram = np.histogram(chosen[:, inner], 64, (0, 256))[0].astype(float)
    lag = max(1, round(0.2 * fps))
    temporal = (
        np.mean([_alike(a, b, inner) for a, b in zip(frames, frames[lag:], strict=False)])
        if len(frames) > lag
        else np.nan
    )
    spectrum = np.mean([_spectrum(frame) for frame in chosen], axis=0)
    octaves = np.log2(np.arange(1, len(spectrum) + 1))
    slope = np.polyfit(octaves[2:], spectrum[2:], 1)[0]
    scalars = np.array([*values, slope, temporal, chosen[:, inner].mean()])
    later = frames[min(lag, len(frames) - 1)]
    return Texture(scalars, histogram / histogram.sum(), spectrum), [frames[0], later, cv2.absdiff(frames[0], later)]


def _fitted(frames: Picture, sector: NDArray[np.bool_]) -> tuple[Picture, NDArray[np.bool_]]:
    rows, columns = np.nonzero(sector)
    part = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = sector[part].shape
    size = (round(width * ROWS / height), ROWS)
    scaled = [cv2.resize(frame[part], size, interpolation=cv2.INTER_AREA) for frame in frames]
    shape = cv2.resize(sector[part].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.stack(scaled).astype(np.uint8), shape > 0


def _of_frame(frame: Picture, inner: NDArray[np.bool_]) -> list[float]:
    """snr, contrast, axial, lateral."""
    grey = frame.astype(np.float32)
    amplitude = np.asarray(10 ** (grey / 255 * RANGE_DB / 20), np.float32)
    lit = inner & (cv2.blur(grey, (BLOCK, BLOCK)) > 12) & (cv2.blur(grey, (BLOCK, BLOCK)) < 230)
    lit = lit if lit.any() else inner
    snr = np.median(cv2.blur(amplitude, (BLOCK, BLOCK))[lit] / np.maximum(_deviation(amplitude)[lit], 1e-3))
    fine = (grey - cv2.GaussianBlur(grey, (0, 0), 8))[_centre(frame)]
    return [float(snr), float(np.median(_deviation(grey)[lit])), _half_lag(fine.T), _half_lag(fine)]


def _deviation(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    mean, square = cv2.blur(plane, (BLOCK, BLOCK)), cv2.blur(plane * plane, (BLOCK, BLOCK))
    return np.sqrt(np.maximum(square - mean * mean, 0), dtype=np.float32)


def _centre(frame: Picture) -> tuple[slice, slice]:
    height, width = frame.shape
    return slice(height * 3 // 10, height * 17 // 20), slice(width * 7 // 20, width * 13 // 20)


def _half_lag(lines: NDArray[np.float32]) -> float:
    """Lag [pixels] along the last axis at which the autocorrelation falls to one half, between whole lags."""
    power = (lines * lines).mean() + 1e-9
    before = 1.0
    for lag in range(1, 12):
        now = float((lines[:, :-lag] * lines[:, lag:]).mean() / power)
        if now < 0.5:
            return lag - 1 + (before - 0.5) / (before - now)
        before = now
    return 12.0


def _spectrum(frame: Picture) -> NDArray[np.float64]:
    """Radial power spectrum [dB, zero mean] of the centre, at 1..31 cycles in 64 pixels."""
    side, whole = 64, frame[_centre(frame)].astype(np.float32)
    part = np.asarray(cv2.resize(whole, (side, side)) if min(whole.shape) < side else whole[:side, :side], np.float64)
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.fft2((part - part.mean()) * window)) ** 2
    along = np.fft.fftfreq(side) * side
    radius = np.rint(np.hypot(along[:, None], along[None])).astype(int)
    radial = np.bincount(radius.ravel(), power.ravel()) / np.bincount(radius.ravel())
    level = 10 * np.log10(radial[1:32] + 1e-3)
    return np.asarray(level - level.mean())


def _alike(first: Picture, second: Picture, inner: NDArray[np.bool_]) -> float:
    a, b = (f.astype(np.float32) - cv2.GaussianBlur(f.astype(np.float32), (0, 0), 6) for f in (first, second))
    return float(np.corrcoef(a[inner], b[inner])[0, 1])


def real_samples(root: Path) -> Iterator[Sample]:
    """One sample a subject, over at most three of its clips."""
    manifest = read_manifest(Path(__file__).parents[1] / "real_clips.csv", root)
    clips = defaultdict(list)
    for entry in manifest.entries:
        if entry.anatomy in PAIRS:
            clips[entry.anatomy, entry.subject_id].append(entry)
    for (anatomy, subject), entries in clips.items():
        found = []
        for entry in entries[:3]:
            file = manifest.file(entry, "greyscale")
            if file is not None:
                clip = grey_clip(read_clip(file))
                _, frames = next(clip.windows(32))
                sector = find_regions(Clip.from_array(frames)).sector
                found.append(measure(frames, sector, clip.header.fps or 25.0))
        yield Sample("real", str(anatomy), subject, _mean([texture for texture, _ in found]), found[0][1])


def phantom_samples(subjects: int) -> Iterator[Sample]:
    """One sample a subject of each anatomy, on the sites in turn, one clip each."""
    for anatomy, names in PAIRS.items():
        for index in range(subjects):
            name = names[index % len(names)]
            seeds = np.random.default_rng((8, index)), np.random.default_rng((9, index))
            made = simulate(ANATOMIES[name], *seeds, 16, 256, 25.0, SITES[index % len(SITES)])
            texture, frames = measure(made.frames, made.sector, 25.0)
            yield Sample("phantom", anatomy, f"{name}-{index} ({made.parameters['scanner']})", texture, frames)


def _mean(textures: list[Texture]) -> Texture:
    return Texture(
        *(np.mean([getattr(t, part) for t in textures], axis=0) for part in ("scalars", "histogram", "spectrum"))
    )


def distances(first: Texture, second: Texture) -> dict[str, float]:
    """Distance by feature; see the module."""
    steps = np.cumsum(first.histogram - second.histogram)
    out = {
        "histogram": float(np.abs(steps).sum() * 4),
        "spectrum": float(np.sqrt(((first.spectrum - second.spectrum) ** 2).mean())),
    }
    return out | {name: abs(float(a - b)) for name, a, b in zip(SCALARS, first.scalars, second.scalars, strict=True)}


def compare(samples: list[Sample]) -> list[dict[str, str | float]]:
    """Rows: anatomy, feature, mean real, mean phantom, mean distance real-real, phantom-real, their ratio."""
    rows: list[dict[str, str | float]] = []
    for anatomy in PAIRS:
        real = [s.texture for s in samples if (s.anatomy, s.origin) == (anatomy, "real")]
        phantom = [s.texture for s in samples if (s.anatomy, s.origin) == (anatomy, "phantom")]
        yardstick = [distances(a, b) for a, b in combinations(real, 2)]
        across = [distances(a, b) for a in phantom for b in real]
        for feature in ("histogram", "spectrum", *SCALARS):
            row: dict[str, str | float] = {"anatomy": anatomy, "feature": feature, "real subjects": len(real)}
            if feature in SCALARS:
                index = SCALARS.index(feature)
                row |= {
                    k: float(np.mean([t.scalars[index] for t in g])) for k, g in (("real", real), ("phantom", phantom))
                }
            row["phantom-real"] = float(np.mean([d[feature] for d in across])) if across else float("nan")
            if yardstick:
                row["real-real"] = float(np.mean([d[feature] for d in yardstick]))
                row["ratio"] = float(row["phantom-real"]) / max(float(row["real-real"]), 1e-9)
            rows.append(row)
    return rows


def print_table(rows: list[dict[str, str | float]]) -> None:
    """Print the rows; what cannot be known is left blank."""
    columns = ("real", "phantom", "real-real", "phantom-real", "ratio")
    print(f"{'anatomy':8} {'feature':10} {'n real':>6}" + "".join(f"{name:>14}" for name in columns))
    for row in rows:
        cells = "".join(f"{row[name]:14.2f}" if name in row else " " * 14 for name in columns)
        print(f"{row['anatomy']:8} {row['feature']:10} {row['real subjects']:>6}{cells}")


def write_sheet(path: Path, samples: list[Sample]) -> None:
    """Two frames 0.2 s apart and their difference; real and phantom subjects in turn, from left to right."""
    strips = []
    for anatomy in PAIRS:
        real, phantom = ([s for s in samples if (s.anatomy, s.origin) == (anatomy, o)] for o in ("real", "phantom"))
        for a, b in zip(real[:6], phantom[:6], strict=False):
            strips.append(np.hstack([_tile(f) for s in (a, b) for f in s.frames]))
    cv2.imwrite(str(path), np.vstack(strips))


def _tile(frame: Picture) -> Picture:
    width = frame.shape[1]
    if width > 300:
        start = (width - 300) // 2
        return frame[:, start : start + 300]
    return np.pad(frame, ((0, 0), (0, 300 - width)))


def write_plots(path: Path, samples: list[Sample]) -> None:
    """Histograms, spectra and the scalars of every subject."""
    figure, axes = plt.subplots(len(PAIRS), 4, figsize=(16, 4 * len(PAIRS)), layout="constrained")
    for line, anatomy in zip(axes, PAIRS, strict=True):
        for sample in (s for s in samples if s.anatomy == anatomy):
            colour = "black" if sample.origin == "real" else "tab:orange"
            texture = sample.texture
            line[0].plot(np.arange(64) * 4 + 2, texture.histogram, color=colour, alpha=0.6)
            line[1].plot(np.arange(1, 32), texture.spectrum, color=colour, alpha=0.6)
            line[2].plot(texture.scalars[2], texture.scalars[3], "o", color=colour)
            line[3].plot(texture.scalars[0], texture.scalars[5], "o", color=colour)
        for axis, title in zip(
            line, ("grey levels", "power spectrum [dB]", "half lag: axial, lateral [px]", "snr, temporal"), strict=True
        ):
            axis.set_title(f"{anatomy}: {title}")
        line[1].set_xscale("log")
        line[0].set_ylim(0, 0.2)
    figure.suptitle("black: real subjects; orange: phantoms")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--root", type=Path, required=True, help="folder of the real clips")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to, outside the project")
    parser.add_argument("--subjects", type=int, default=12, help="phantom subjects of each anatomy")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    samples = [*real_samples(asked.root), *phantom_samples(asked.subjects)]
    rows = compare(samples)
    print_table(rows)
    with (asked.out / "texture.csv").open("w", newline="", encoding="utf-8") as file:
        names = ["anatomy", "feature", "real subjects", "real", "phantom", "real-real", "phantom-real", "ratio"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    write_sheet(asked.out / "sheet.png", samples)
    write_plots(asked.out / "texture.png", samples)


if __name__ == "__main__":
    main()
