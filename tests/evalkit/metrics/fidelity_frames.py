"""Simulated frames for the tests of frame fidelity: log-compressed speckle, and ways to spoil it."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def speckle(seed: int, height: int, width: int) -> Pixels:
    """Log-compressed Rayleigh speckle with grains of some pixels and slow shading, uint8 (H, W)."""
    rng = np.random.default_rng(seed)
    grains = [cv2.GaussianBlur(part, (0, 0), 1.2) for part in rng.standard_normal((2, height, width))]
    shading = 40 * np.cos(np.linspace(0, 3, height))[:, None] * np.ones(width)
    return np.asarray(np.clip(110 + shading + 45 * np.log(np.hypot(*grains) + 0.05), 0, 255), np.uint8)


def noisy(frame: Pixels, sigma: float, seed: int = 0) -> Pixels:
    """The frame with Gaussian noise of a standard deviation in grey levels."""
    noise = np.random.default_rng(seed).normal(0, sigma, frame.shape)
    return np.clip(np.rint(frame + noise), 0, 255).astype(np.uint8)


def soft(frame: Pixels, sigma: float) -> Pixels:
    """The frame with a Gaussian blur of so many pixels."""
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8)


def shifted(frame: Pixels, pixels: int) -> Pixels:
    """The frame moved to the right, with the pixels that leave it coming in at the left."""
    return np.roll(frame, pixels, axis=1)
