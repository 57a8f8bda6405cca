"""Small versions of clips that can be compared with all others: a few frames of 64 x 64, and what is hidden in them.

Frames are evenly spaced from the first to the last and resized whole, by the mean over the area, so that a place of one
clip is the same place of another whatever their sizes. A pixel is hidden where at least half of its area is.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.records import REAL
from evalkit.tasks.declare import Version
from translator.clips.clip import Clip, Frames, Mask

SIDE, FRAMES, VERSION = 64, 8, 1


def thumbnail(version: Version) -> Frames:
    """Grey frames (n, 64, 64) uint8, n at most 8; kept in the store.

    Raises: whatever the arm raises; InputError for a damaged file.
    """

    def build(folder: Path) -> None:
        np.save(folder / "frames.npy", _reduced(version.clip()), allow_pickle=False)

    params: dict[str, Any] = {"side": SIDE, "frames": FRAMES}
    inputs = {"real" if version.arm == REAL else "made": version.key()}
    kept = version.store.make("thumbnail", VERSION, params, inputs, build)
    return np.asarray(np.load(kept / "frames.npy", allow_pickle=False), np.uint8)


def hidden_thumbnail(version: Version) -> Mask | None:
    """What is hidden in the frames of `thumbnail`, bool (n, 64, 64); None where the clip has no mask."""
    mask = version.mask()
    return None if mask is None else _reduced(mask) > 127


def _reduced(clip: Clip) -> NDArray[np.uint8]:
    count = clip.header.frames
    wanted = set(np.linspace(0, count - 1, min(FRAMES, count)).round().astype(int).tolist())
    found = [_resized(frame) for index, frame in enumerate(clip.frames()) if index in wanted]
    return np.stack(found)


def _resized(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    larger = max(frame.shape) > SIDE
    return np.asarray(cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA if larger else cv2.INTER_LINEAR))
