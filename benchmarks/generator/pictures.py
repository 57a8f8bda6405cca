"""Panels side by side, as PNG strips and as MP4: what a metric does not see, an eye does."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frames, Mask
from translator.clips.write import write_clip

ROWS = 240  # of a panel in a video
Picture = NDArray[np.uint8]


def panels(frames: Frames, hidden: Mask, arms: Mapping[str, Frames]) -> dict[str, Frames]:
    """Name -> RGB frames (T, H, W, 3): the colour clip, the hidden pixels in magenta over it, and every arm."""
    marked = frames.copy()
    marked[hidden] = (255, 0, 255)
    return {"CFD": frames, "mask": marked, **{name: np.stack([grey] * 3, axis=-1) for name, grey in arms.items()}}


def write_strip(path: Path, shown: Mapping[str, Frames], at: Sequence[int]) -> None:
    """One row a frame, one column a panel."""
    rows = [np.concatenate([_titled(panel[t], name) for name, panel in shown.items()], axis=1) for t in at]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1]):
        raise OSError(f"{path} cannot be written")


def write_video(path: Path, shown: Mapping[str, Frames], fps: float | None) -> None:
    """The panels beside each other, each at most 240 rows high."""
    count = len(next(iter(shown.values())))
    wide = [
        np.concatenate([_titled(_small(panel[t]), name) for name, panel in shown.items()], axis=1) for t in range(count)
    ]
    write_clip(path, Clip.from_array(np.stack(wide), fps), "mp4")


def least_median_most(amounts: Iterable[float]) -> list[int]:
    """Indices of the least, the median and the most, without repeats."""
    order = np.argsort(np.fromiter(amounts, float), kind="stable")
    return list(dict.fromkeys(int(order[index]) for index in (0, len(order) // 2, len(order) - 1)))


def _small(frame: Picture) -> Picture:
    height, width = frame.shape[:2]
    if height <= ROWS:
        return frame
    size = (round(width * ROWS / height), ROWS)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _titled(frame: Picture, name: str) -> Picture:
    bar = np.zeros((18, frame.shape[1], 3), np.uint8)
    cv2.putText(bar, name, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return np.concatenate([bar, frame])
