"""Nearest visible value before and after each hidden pixel, with how far away in time it was."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]


class Propagated(NamedTuple):
    """Value (T, H, W) in the unit of the frames, and nearness 1 / (1 + age in frames), 0 where never seen."""

    value: Values
    nearness: Values


def propagate(grey: Values, mask: Mask) -> tuple[Propagated, Propagated]:
    """Forward and backward propagation of visible values along time, pixel by pixel.

    grey: (T, H, W); mask: bool (T, H, W), True where hidden. A visible pixel has its own value and nearness 1.
    """
    forward = _forward(grey, mask)
    backward = _forward(grey[::-1], mask[::-1])
    return forward, Propagated(backward.value[::-1], backward.nearness[::-1])


def _forward(grey: Values, mask: Mask) -> Propagated:
    value = np.zeros(grey.shape, np.float32)
    nearness = np.zeros(grey.shape, np.float32)
    last = np.zeros(grey.shape[1:], np.float32)
    age = np.full(grey.shape[1:], np.inf, np.float32)
    for t in range(len(grey)):
        last = np.where(mask[t], last, grey[t])
        age = np.where(mask[t], age + 1, np.float32(0))
        value[t], nearness[t] = last, 1 / (1 + age)
    return Propagated(value, nearness)
