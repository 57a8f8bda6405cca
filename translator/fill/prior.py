"""Phase prior: a hidden pixel's value at other times of the same clip, weighted by how alike the frames are.

A heart beats and a hand trembles, so what colour hides now is seen in other frames of the same phase. Frames
are compared where both are visible, on a small copy; the weights fall with their distance.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]

SMALL = 28  # side of the copies that are compared [pixels]
SHARPNESS = 0.5  # weight = exp(-D / (SHARPNESS * median of the NEAREST smallest D))
NEAREST = 4
DOUBT = 0.02  # weight of the spatial fill; confidence = S / (S + DOUBT)
TELEA_RADIUS = 3


class Prior(NamedTuple):
    """Value (T, H, W) in grey levels 0..255 and confidence (T, H, W) in 0..1; visible pixels keep their value."""

    value: Values
    confidence: Values
    telea: Values


def phase_prior(grey: NDArray[np.uint8], mask: Mask) -> Prior:
    """Fill hidden pixels from like frames; where no frame shows them, from Telea's inpainting.

    grey: uint8 (T, H, W); mask: bool (T, H, W), True where hidden. Cost grows with T squared: give windows.
    Source of the spatial fill: Telea 2004, doi:10.1080/10867651.2004.10487596.
    """
    telea = telea_fill(grey, mask).astype(np.float32)
    ever = mask.any(axis=0)
    value, confidence = telea.copy(), np.where(mask, np.float32(0), np.float32(1))
    if len(grey) < 3 or not ever.any():
        return Prior(value, confidence, telea)
    weights = _weights(telea, mask)
    visible = ~mask[:, ever]
    pixels = np.where(visible, grey[:, ever], 0).astype(np.float32)
    total = weights @ visible.astype(np.float32)
    seen = (weights @ pixels + DOUBT * telea[:, ever]) / (total + DOUBT)
    value[:, ever] = np.where(visible, grey[:, ever], seen)
    confidence[:, ever] = np.where(visible, np.float32(1), total / (total + DOUBT))
    return Prior(value, confidence, telea)


def telea_fill(grey: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Telea inpainting frame by frame; frames without a mask are returned as they are."""
    out = grey.copy()
    for t in np.flatnonzero(mask.any(axis=(1, 2))):
        rows, columns = (slice(max(0, hit.min() - 8), hit.max() + 9) for hit in np.nonzero(mask[t]))
        hidden = mask[t, rows, columns].astype(np.uint8)
        out[t, rows, columns] = cv2.inpaint(
            np.ascontiguousarray(grey[t, rows, columns]), hidden, TELEA_RADIUS, cv2.INPAINT_TELEA
        )
    return out


def _weights(filled: Values, mask: Mask) -> Values:
    """(T, T) weights from the distance of the frames where both are visible; zero on the diagonal."""
    small = np.stack([cv2.resize(frame, (SMALL, SMALL), interpolation=cv2.INTER_AREA) for frame in filled])
    shown = np.stack([cv2.resize((~m).astype(np.float32), (SMALL, SMALL), interpolation=cv2.INTER_AREA) for m in mask])
    x = small.reshape(len(filled), -1).astype(np.float64)
    v = (shown.reshape(len(filled), -1) > 0.5).astype(np.float64)
    square = (v * x**2) @ v.T + v @ (v * x**2).T - 2 * (v * x) @ (v * x).T
    shared = v @ v.T
    np.fill_diagonal(shared, 0)
    # frames that share no visible pixel say nothing about each other: infinitely far, weight 0
    distance = np.where(shared > 0, np.maximum(square, 0) / np.maximum(shared, 1), np.inf)
    nearest = np.sort(distance, axis=1)[:, : min(NEAREST, len(filled) - 1)]
    known = np.where(np.isfinite(nearest), nearest, np.nan)
    known[np.isnan(known).all(axis=1)] = 1.0  # no neighbour at all: the scale does not matter
    scale = SHARPNESS * np.maximum(np.nanmedian(known, axis=1, keepdims=True), 1e-3)
    return np.asarray(np.exp(-distance / scale), np.float32)
