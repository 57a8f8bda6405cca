"""Seam: the ring of pixels on both sides of a mask's border, where a translation has to fit its surroundings."""

import cv2
import numpy as np

from translator.clips.clip import Mask

WIDTH = 3  # pixels on each side


def seam(mask: Mask, sector: Mask, width: int = WIDTH) -> Mask:
    """Pixels (H, W) of the sector within `width` (city-block and diagonal) of the mask's border."""
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    painted = mask.astype(np.uint8)
    ring = cv2.dilate(painted, kernel) - cv2.erode(painted, kernel, borderType=cv2.BORDER_REPLICATE)
    return ring.astype(np.bool_) & sector
