"""One frame as a panel: scaled to a height, under its caption, with a gap around it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame

GAP, CAPTION = 3, 24  # pixels
LETTERS = 0.5  # size of the letters, in OpenCV's measure
_INK = (220, 220, 220)


def panel(frame: Frame, caption: str, height: int) -> Frame:
    """A frame (H, W) or (H, W, 3) as RGB (height + CAPTION + GAP, about W * height / H + 2 * GAP, 3)."""
    scale = height / frame.shape[0]
    size = (max(1, round(frame.shape[1] * scale)), height)
    scaled = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    cell = np.pad(in_colour(scaled), ((CAPTION, GAP), (GAP, GAP), (0, 0)))
    return written(cell, caption, (GAP, CAPTION - 7))


def written(picture: Frame, text: str, place: tuple[int, int]) -> Frame:
    """The picture with a text in it, whose lower left corner is at `place` (x, y)."""
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, LETTERS, _INK, 1, cv2.LINE_AA)
    return picture


def in_colour(frame: NDArray[Any]) -> Frame:
    """A frame as RGB."""
    return np.asarray(frame if frame.ndim == 3 else frame[..., None].repeat(3, axis=2), np.uint8)
