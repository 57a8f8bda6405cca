"""Augmentation of greyscale frames before flow is painted over them, so that every plane stays consistent.

Rotation and noise as in arXiv:2511.03255; beside them size, mirror, gain, contrast, multiplicative speckle and
burned-in text. Compression and tinted grey maps come with the overlay (translator.simulate.overlay).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS = (128, 400)  # heights that clips are scaled to
_TEXTS = ("TIS 0.4 MI 1.2", "12 Hz", "PAT T: 37.0C", "Gn 54", "D 14 cm", "HR 72", "+61.6 cm/s", "2D 58%")


def augmented(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Frames (T, H, W) -> frames (T, H', W'), changed alike in every frame but for noise."""
    height, width = frames.shape[1:]
    rows = int(rng.uniform(ROWS[0], min(ROWS[1], max(ROWS[0] + 1, height))))
    columns = max(16, round(width * rows / height))
    out = np.stack([cv2.resize(f, (columns, rows), interpolation=cv2.INTER_AREA) for f in frames]).astype(np.uint8)
    if rng.random() < 0.3:
        out = _turned(out, float(rng.uniform(-15, 15)))
    if rng.random() < 0.5:
        out = out[:, :, ::-1]
    out = _toned(out, rng)
    if rng.random() < 0.3:
        out = _noisy(out, rng)
    if rng.random() < 0.2:
        out = _labelled(out, rng)
    return np.ascontiguousarray(out)


def _turned(frames: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    height, width = frames.shape[1:]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.stack([cv2.warpAffine(np.ascontiguousarray(f), turn, (width, height)) for f in frames]).astype(np.uint8)


def _toned(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Gain, offset and contrast; black stays black."""
    gain, offset, gamma = rng.uniform(0.75, 1.3), rng.uniform(-10, 10), rng.uniform(0.8, 1.25)
    levels = np.arange(256)
    table = 255 * (levels / 255) ** gamma * gain + offset * (levels > 0)
    return np.asarray(np.rint(np.clip(table, 0, 255)), np.uint8)[frames]


def _noisy(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Multiplicative noise as fine as a pixel or a little coarser, new in every frame."""
    strength, size = float(rng.uniform(0.03, 0.12)), float(rng.choice([0.0, 0.7]))
    out = np.empty_like(frames)
    for t, frame in enumerate(frames):
        noise = rng.standard_normal(frame.shape, dtype=np.float32)
        if size:
            noise = cv2.GaussianBlur(noise, (0, 0), size) * 2
        out[t] = np.rint(np.clip(frame * (1 + strength * noise), 0, 255))
    return out


def _labelled(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A line of text near a corner, the same in every frame."""
    out = frames.copy()
    height, width = frames.shape[1:]
    text, size = str(rng.choice(_TEXTS)), float(rng.uniform(0.3, 0.5))
    at = (int(rng.uniform(0, 0.6) * width), int(rng.choice([0.06, 0.95]) * height))
    level = int(rng.integers(150, 256))
    for t in range(len(out)):
        cv2.putText(out[t], text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (level,), 1, cv2.LINE_AA)
    return out
