"""All that a clip itself shows about its hidden pixels, as input planes for a network.

Planes, in order, float32 in 0..1: visible grey (0 where hidden), mask, phase prior, its confidence, forward
value and nearness, backward value and nearness, Telea fill.
"""

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask
from translator.fill.prior import phase_prior
from translator.fill.propagate import propagate

PLANES = 9
VISIBLE, MASK, PRIOR, CONFIDENCE = range(4)
VERSION = 2


def evidence_planes(grey: NDArray[np.uint8], mask: Mask) -> NDArray[np.float32]:
    """Planes (T, 9, H, W) for uint8 frames (T, H, W) and mask (bool T, H, W), True where hidden."""
    values = grey.astype(np.float32)
    prior = phase_prior(grey, mask)
    forward, backward = propagate(values, mask)
    planes = [
        np.where(mask, np.float32(0), values / 255),
        mask.astype(np.float32),
        prior.value / 255,
        prior.confidence,
        forward.value / 255,
        forward.nearness,
        backward.value / 255,
        backward.nearness,
        prior.telea / 255,
    ]
    return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=1)
