"""How right is the flow mask? Simulated overlays on phantom and real B-mode, every colour map and codec.

    python -m benchmarks.validity.masks --out FOLDER [--root DATA]

Prints precision, recall, Dice and the mean boundary error [pixels] of the flow by map, codec, rows, source and
screen, the same boundary error with the outline of the colour box (`hidden`), and how often a pixel of each
confidence is painted. Writes scores.csv and worst.png, the frames with the largest error. `--root` adds a clip of
each real subject of real_clips.csv.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from translator.clips.clip import Clip, Frames, Mask, grey_clip
from translator.clips.manifest import read_manifest
from translator.clips.read import read_clip
from translator.regions.flow import confidence_clip, flow_mask_clip
from translator.regions.screen import find_regions
from translator.simulate.colour_maps import NAMES
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow

FRAMES = 12
JPEG = {"JPEG 95": 95, "JPEG 85": 85, "JPEG 70": 70}
VIDEO = {"MJPEG avi": ("MJPG", ".avi"), "MPEG-4 mp4": ("mp4v", ".mp4"), "VP9 mp4": ("vp09", ".mp4")}
CODECS = ("none", "JPEG 2000", *JPEG, *VIDEO)
NUMBERS = ["precision", "recall", "dice", "boundary", "hidden"]
Grey = NDArray[np.uint8]
Picture = NDArray[np.uint8]


def sources(root: Path | None) -> Iterator[tuple[str, Grey]]:
    """Named greyscale clips (T, H, W): phantoms of three sizes, and a clip of each real subject at 128 to 480 rows."""
    for seed, size in enumerate((112, 160, 256)):
        rng = np.random.default_rng(seed)
        yield "phantom", heart_clip(rng, rng, FRAMES, size, 25.0)[0]
    if root is None:
        return
    manifest = read_manifest(Path(__file__).parents[1] / "real_clips.csv", root)
    seen = set[str]()
    for entry in manifest.entries:
        file = manifest.file(entry, "greyscale")
        if file is None or entry.subject_id in seen:
            continue
        seen.add(entry.subject_id)
        _, frames = next(grey_clip(read_clip(file)).windows(FRAMES))
        rows = (128, 256, 480)[len(seen) % 3]
        scaled = (round(frames.shape[2] * rows / frames.shape[1]), rows)
        small = [np.asarray(cv2.resize(f, scaled, interpolation=cv2.INTER_AREA), np.uint8) for f in frames]
        yield entry.anatomy or "real", np.stack(small)


def code(frames: Frames, codec: str) -> Frames:
    """The RGB frames (T, H, W, 3) after coding and decoding."""
    if codec == "none":
        return frames
    if codec in VIDEO:
        return _video(frames, *VIDEO[codec])
    return np.stack([_picture(frame, codec) for frame in frames])


def _picture(frame: Picture, codec: str) -> Picture:
    bgr = np.ascontiguousarray(frame[..., ::-1])
    if codec == "JPEG 2000":
        data = cv2.imencode(".jp2", bgr, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 80])[1]
    else:
        sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG[codec], *sampling])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def _video(frames: Frames, name: str, suffix: str) -> Frames:
    height, width = frames.shape[1:3]
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"clip{suffix}")
        writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*name), 25.0, (even.shape[2], even.shape[1]), True)
        for frame in even:
            writer.write(np.ascontiguousarray(frame[..., ::-1]))
        writer.release()
        return read_clip(path).array()[:, :height, :width]


def scores(found: Mask, truth: Mask) -> dict[str, float | None]:
    """Precision, recall and Dice over all pixels (T, H, W); mean boundary error over frames where both are there."""
    hit = float((found & truth).sum())
    errors = [boundary_error(f, t) for f, t in zip(found, truth, strict=True) if f.any() and t.any()]
    return {
        "precision": hit / found.sum() if found.any() else None,
        "recall": hit / truth.sum() if truth.any() else None,
        "dice": 2 * hit / (found.sum() + truth.sum()) if found.any() or truth.any() else None,
        "boundary": float(np.mean(errors)) if errors else None,
    }


def boundary_error(found: Mask, truth: Mask) -> float:
    """Average symmetric surface distance [pixels] of two masks (H, W), neither empty.

    The mean distance of the boundary pixels of either to the nearest boundary pixel of the other.
    """
    edges = [_edge(mask) for mask in (found, truth)]
    away = [distance_transform_edt(~edge) for edge in edges]
    return float(np.concatenate([away[1][edges[0]], away[0][edges[1]]]).mean())


def _edge(mask: Mask) -> Mask:
    eroded = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return mask & ~eroded.astype(np.bool_)


class Findings:
    """Rows of the table, the worst pictures, and how often a pixel of each confidence (eight steps) is painted."""

    def __init__(self) -> None:
        """Empty."""
        self.rows: list[dict[str, Any]] = []
        self.pictures: list[tuple[float, str, Picture]] = []
        self.painted, self.counted = np.zeros(8), np.zeros(8)

    def add(self, about: dict[str, Any], seen: Frames, flow: Mask, outline: Mask) -> None:
        """Find the mask of RGB frames and compare it with the painted flow (T, H, W) and outline (H, W)."""
        clip = Clip.from_array(seen)
        regions = find_regions(clip)
        found = flow_mask_clip(clip, regions).array() > 127
        lines = outline | regions.outline  # whose are these pixels, the flow's or the outline's? not asked here
        hidden = scores(found | regions.outline, flow | outline)["boundary"]
        self.rows.append({**about, **scores(found & ~lines, flow & ~lines), "hidden": hidden})
        level = confidence_clip(clip, regions).array()[:, regions.sector & ~lines] // 32
        self.painted += np.bincount(level.ravel(), flow[:, regions.sector & ~lines].ravel(), 8)
        self.counted += np.bincount(level.ravel(), minlength=8)
        name = " ".join(str(value) for value in about.values())
        self.pictures.append((hidden or 0.0, name, _worst(seen, found | regions.outline, flow | outline)))
        self.pictures = sorted(self.pictures, key=lambda item: -item[0])[:24]


def _worst(seen: Frames, found: Mask, truth: Mask) -> Picture:
    """The frame with the largest error: as it is, and with hits white, false alarms magenta, misses green."""
    errors = [boundary_error(f, t) if f.any() and t.any() else 0.0 for f, t in zip(found, truth, strict=True)]
    at = int(np.argmax(errors))
    marked = seen[at].copy()
    marked[found[at] & truth[at]] = (255, 255, 255)
    marked[found[at] & ~truth[at]] = (255, 0, 255)
    marked[~found[at] & truth[at]] = (0, 255, 0)
    both = np.concatenate([seen[at], marked], axis=1)
    return np.asarray(cv2.resize(both, (640, 320), interpolation=cv2.INTER_AREA), np.uint8)


def run(root: Path | None) -> Findings:
    """Every source with every map, each in three of the codecs, so that every map meets every codec."""
    findings = Findings()
    for index, (source, grey) in enumerate(sources(root)):
        sector = find_regions(Clip.from_array(grey)).sector
        for number, scale in enumerate(NAMES):
            rng = np.random.default_rng((index, number))
            settings = replace(draw_settings(rng), scale=scale, quality=100)
            painted = paint_flow(grey, sector, rng, settings)
            for codec in (CODECS[(index + number + step) % len(CODECS)] for step in (0, 2, 5)):
                about = {"source": source, "rows": grey.shape[1], "map": scale, "codec": codec,
                         "outline": settings.outline, "opacity": "part" if settings.alpha < 1 else "full",
                         "lines": "every other" if settings.interlaced else "all",
                         "grey": "neutral" if settings.tint == (1.0, 1.0, 1.0) else "tinted"}  # fmt: skip
                findings.add(about, code(painted.frames, codec), painted.flow, painted.outline)
    return findings


def main() -> None:
    """Run, print the tables, write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--root", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    findings = run(asked.root)
    table = pd.DataFrame(findings.rows)
    table.to_csv(asked.out / "scores.csv", index=False)
    for column in ("map", "codec", "rows", "source", "outline", "opacity", "lines", "grey"):
        grouped = table.groupby(column)[NUMBERS].mean()
        print(grouped.assign(clips=table.groupby(column).size()).round(3).to_string(), "\n")
    print(table[NUMBERS].describe().round(3).to_string(), "\n")
    for step in range(8):
        share = f"{findings.painted[step] / findings.counted[step]:.3f}" if findings.counted[step] else "no pixel"
        print(f"confidence {32 * step:3d} to {32 * step + 31:3d}: painted {share}")
    tiles = []
    for error, name, picture in findings.pictures:
        tiles.append(cv2.putText(picture, f"{name} {error:.2f}", (4, 12), cv2.FONT_HERSHEY_PLAIN, 0.8, (255, 255, 0)))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 3)
    sheet = np.concatenate([np.concatenate(tiles[i : i + 3], axis=1) for i in range(0, len(tiles), 3)])
    cv2.imwrite(str(asked.out / "worst.png"), sheet[..., ::-1])


if __name__ == "__main__":
    main()
