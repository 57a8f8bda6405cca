"""Flow mask: the pixels that colour flow Doppler has painted over, per frame, at native resolution.

A pixel is painted where its chroma lies far from the chroma-luma line of the scanner's grey map, or less
far and connected to one that does (hysteresis). Chroma that merely bleeds from 4:2:0 coding leaves the luma
under it intact, so such pixels are better left alone: precision matters as much as recall.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frame, Mask
from translator.regions.screen import Regions, find_regions

VERSION = 1
STRONG, WEAK = 34.0, 24.0  # chroma distances [8-bit levels]
VALUE_FLOOR = 30  # darker pixels have no colour that could be told from noise


def flow_mask_clip(clip: Clip, regions: Regions | None = None) -> Clip:
    """The flow mask as a lazy clip of 0 and 255. A grey clip has an empty mask."""
    known = regions or find_regions(clip)
    return clip.mapped(lambda frame: flow_mask(frame, known).astype(np.uint8) * np.uint8(255), 1)


def flow_mask(frame: Frame, regions: Regions) -> Mask:
    """The painted pixels (H, W) of one RGB frame (H, W, 3)."""
    if frame.ndim == 2:
        return np.zeros(frame.shape, np.bool_)
    distance = _chroma_distance(frame, regions.tint)
    value = np.maximum(np.maximum(frame[..., 0], frame[..., 1]), frame[..., 2])  # 10 times max(axis=-1)
    allowed = regions.sector & ~regions.static_colour & (value > VALUE_FLOOR)
    weak = (distance > WEAK) & allowed
    # some scanners paint every other line and leave black between: no tissue shows through that
    closed = cv2.morphologyEx(weak.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    weak |= closed.astype(np.bool_) & regions.sector & (value <= VALUE_FLOOR)
    count, labels = cv2.connectedComponents(weak.astype(np.uint8), connectivity=8)
    strong = np.zeros(count, np.bool_)
    strong[labels[(distance > STRONG) & allowed]] = True
    strong[0] = False
    return np.asarray(strong[labels], np.bool_)


def _chroma_distance(frame: Frame, tint: NDArray[np.float32]) -> NDArray[np.float32]:
    ycc = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    expected = tint[ycc[..., 0] // (256 // len(tint))]
    offset = ycc[..., 1:].astype(np.float32) - expected
    return np.asarray(np.hypot(offset[..., 0], offset[..., 1]), np.float32)
