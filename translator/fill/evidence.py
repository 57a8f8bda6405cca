"""All that a clip itself shows about its hidden pixels, as input planes for a network.

Planes, in order, float32 in 0..1: visible grey (0 where hidden), mask, phase prior, its confidence, forward
value and nearness, backward value and nearness, likest frame's value, Telea fill.
"""

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask
from translator.fill.prior import phase_prior, trusted
from translator.fill.propagate import propagate

PLANES = 10
VISIBLE, MASK, PRIOR, CONFIDENCE, FORWARD, FORWARD_NEARNESS, BACKWARD, BACKWARD_NEARNESS, MATCH, SPATIAL = range(PLANES)
PLANE_NAMES = (
    "visible", "mask", "prior", "confidence", "forward", "forward nearness", "backward", "backward nearness", "match",
    "spatial",
)  # fmt: skip
VERSION = 4


def evidence_planes(grey: NDArray[np.uint8], mask: Mask) -> NDArray[np.float32]:
    """Planes (T, 10, H, W) for uint8 frames (T, H, W) and mask (bool T, H, W), True where hidden."""
    prior = phase_prior(grey, mask)
    forward, backward = propagate(grey, mask, trusted(mask))
    out = np.empty((len(grey), PLANES, *grey.shape[1:]), np.float32)
    out[:, VISIBLE] = np.where(mask, np.uint8(0), grey)
    out[:, MASK] = mask
    out[:, CONFIDENCE] = prior.confidence
    for plane, value in (
        (PRIOR, prior.value), (FORWARD, forward.value), (BACKWARD, backward.value), (MATCH, prior.match),
        (SPATIAL, prior.telea),
    ):  # fmt: skip
        out[:, plane] = value
    out[:, [VISIBLE, PRIOR, FORWARD, BACKWARD, MATCH, SPATIAL]] /= 255
    out[:, FORWARD_NEARNESS], out[:, BACKWARD_NEARNESS] = forward.nearness, backward.nearness
    return out
