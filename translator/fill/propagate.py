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


def propagate(
    grey: NDArray[np.uint8] | Values, mask: Mask, donors: Mask | None = None
) -> tuple[Propagated, Propagated]:
    """Forward and backward propagation of visible values along time, pixel by pixel.

    grey: (T, H, W); mask: bool (T, H, W), True where hidden; donors: bool (T, H, W), the visible pixels whose
    value may be carried on, all of them if None. A visible pixel has its own value and nearness 1.
    """
    carried = ~mask if donors is None else donors
    forward = _forward(grey, mask, carried)
    backward = _forward(grey[::-1], mask[::-1], carried[::-1])
    return forward, Propagated(backward.value[::-1], backward.nearness[::-1])


def _forward(grey: NDArray[np.uint8] | Values, mask: Mask, donors: Mask) -> Propagated:
    value = np.empty(grey.shape, np.float32)
    nearness = np.empty(grey.shape, np.float32)
    last = np.zeros(grey.shape[1:], np.float32)
    age = np.full(grey.shape[1:], np.inf, np.float32)
    for t in range(len(grey)):
        age += 1
        np.copyto(last, grey[t], where=donors[t])
        np.copyto(age, 0, where=donors[t])
        value[t] = np.where(mask[t], last, grey[t])
        nearness[t] = np.where(mask[t], 1 / (1 + age), 1)
    return Propagated(value, nearness)
