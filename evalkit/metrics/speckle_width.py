"""Width of the speckle's grain: full width at half maximum of the autocovariance of the grey values.

Axial is along the columns of the picture (down), lateral along its rows: exact for a linear probe, and in a sector
only near its middle beam. The grey values are taken as they are shown, so no dynamic range is assumed; the width of the
envelope itself is some percent larger. In each window that lies wholly in the region and is neither flat nor clipped
(`speckle.speckled`), the window's mean is taken off and its variance made 1, so that each counts the same; the mean of
the products of pixels k apart, over all such pairs of all windows of all frames, is the autocovariance at lag k, and
twice the lag at which it crosses half its value at 0, between lags on a straight line, is the width in pixels (Wagner
et al. 1983, doi:10.1109/T-SU.1983.31404). White noise has the width 1. A width above SIDE - 2 = 22 pixels has no value.
With the picture's spacing it is a length in mm. Blur widens it, added noise narrows it; compare with the real clip.
"""

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.windows import SIDE

LAGS = SIDE // 2
Sums = NDArray[np.float64]


def lag_sums(windows: NDArray[np.uint8], axis: int) -> Sums:
    """Sums (SIDE // 2,) over windows (N, SIDE, SIDE) of the products of pixels 0, 1, .. apart along axis 0 or 1.

    Of each window the mean is taken off and the variance made 1; it must not be flat. Divide by `lag_counts`.
    """
    centred = windows.astype(np.float64)
    centred -= centred.mean(axis=(1, 2), keepdims=True)
    centred /= centred.std(axis=(1, 2), keepdims=True)
    lines = np.moveaxis(centred, axis + 1, 0).reshape(SIDE, -1)
    products = lines @ lines.T
    return np.array([np.trace(products, lag) for lag in range(LAGS)])


def lag_counts(windows: int) -> Sums:
    """Pairs of pixels (SIDE // 2,) that `lag_sums` adds up in so many windows."""
    return np.asarray(windows * SIDE * (SIDE - np.arange(LAGS)), np.float64)


def full_width(autocovariance: Sums) -> float | None:
    """Twice the lag at which an autocovariance of lags 0, 1, .. first falls to half its value at 0; None if never."""
    share = autocovariance / autocovariance[0]
    below = np.flatnonzero(share <= 0.5)
    if not below.size:
        return None
    after = int(below[0])
    return float(2 * (after - 1 + (share[after - 1] - 0.5) / (share[after - 1] - share[after])))
