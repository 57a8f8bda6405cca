"""A fixed piece of work that no code of this project is part of: what benchmarks are counted in."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

REFERENCE = "reference_seconds"
_ROUNDS = 15


def reference_seconds(clock: Callable[[], float]) -> float:
    """Best time [s by the clock] of a filter, a sort and a transform of one picture."""
    picture = np.random.default_rng(0).random((384, 384))
    best = float("inf")
    for _ in range(_ROUNDS):
        start = clock()
        smooth = ndimage.gaussian_filter(picture, 3.0)
        np.fft.rfft2(np.sort(smooth * picture, axis=0))
        best = min(best, clock() - start)
    return best
