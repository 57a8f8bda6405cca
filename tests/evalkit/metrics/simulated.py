"""Speckle that is simulated, and windows cut out with loops: what the tests of texture share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.float64]


def rayleigh(seed: int, height: int, width: int, grain: tuple[float, float] = (0.0, 0.0)) -> Numbers:
    """Envelope (H, W) of fully developed speckle with mean power 1; `grain` are the sigmas of its point spread."""
    rng = np.random.default_rng(seed)
    parts = rng.standard_normal((2, height, width))
    if any(grain):
        parts = np.stack([ndimage.gaussian_filter(part, grain) for part in parts])
    envelope = np.hypot(*parts)
    return np.asarray(envelope / np.sqrt((envelope**2).mean()), np.float64)


def log_compressed(envelope: Numbers, level_db: float = -22.0, range_db: float = 60.0) -> Pixels:
    """Grey values (H, W) of an envelope: 0 dB is 255, -range_db is 0; `level_db` is that of mean power."""
    levels = 20 * np.log10(envelope + 1e-12) + level_db
    return np.asarray(np.clip(np.rint(255 * (1 + levels / range_db)), 0, 255), np.uint8)


def speckle(seed: int, height: int, width: int, grain: tuple[float, float] = (0.0, 0.0)) -> Pixels:
    """A log-compressed picture of fully developed speckle."""
    return log_compressed(rayleigh(seed, height, width, grain))


def squares(frame: NDArray[Any]) -> list[NDArray[Any]]:
    """Every window of 24 x 24 pixels, 12 apart, row by row, cut out with loops."""
    height, width = frame.shape
    return [
        frame[top : top + 24, left : left + 24]
        for top in range(0, height - 23, 12)
        for left in range(0, width - 23, 12)
    ]
