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

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import Metric, Moment, part
from evalkit.metrics.speckle import speckled
from evalkit.metrics.windows import SIDE, cut_windows, no_window, windows_in
from translator.clips.clip import Frame

LAGS = SIDE // 2
MOST_MM = 5.0  # spacing that no scanner's picture exceeds: for the bounds alone
Sums = NDArray[np.float64]


def lag_sums(windows: NDArray[np.uint8], axis: int) -> Sums:
    """Sums (.., SIDE // 2) in windows (.., SIDE, SIDE) of the products of pixels 0, 1, .. apart along axis 0 or 1.

    Of each window the mean is taken off and the variance made 1; a flat one has sums of 0. Divide by `lag_counts`.
    """
    centred = windows.astype(np.float64)
    centred -= centred.mean(axis=(-2, -1), keepdims=True)
    spread = centred.std(axis=(-2, -1), keepdims=True)
    centred /= np.where(spread > 0, spread, 1)
    turned = np.swapaxes(centred, -2, -1)
    products = centred @ turned if axis == 0 else turned @ centred
    return np.stack([np.trace(products, lag, axis1=-2, axis2=-1) for lag in range(LAGS)], axis=-1)


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


def _lag_sums_of(axis: int, frame: Frame) -> Sums:
    return lag_sums(cut_windows(frame), axis)


class _Width:
    """Autocovariance along one axis, summed over the windows of each region."""

    def __init__(self, axis: int, in_mm: bool) -> None:
        self.axis, self.in_mm = axis, in_mm
        self.spacing: float | None = None
        self.sums: dict[str, Sums] = {}
        self.counts: dict[str, int] = {}
        self.why: dict[str, str] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add the windows of one frame."""
        if moment.spacing_mm is not None:
            self.spacing = moment.spacing_mm[self.axis]
        able = moment.of_made("windows with speckle", speckled)
        for region in regions:
            inside = windows_in(moment, region)
            chosen = inside & able
            if chosen.any():
                sums = moment.of_made(f"lags along {self.axis}", partial(_lag_sums_of, self.axis))
                self.sums[region] = self.sums.get(region, np.zeros(LAGS)) + sums[chosen].sum(axis=0)
                self.counts[region] = self.counts.get(region, 0) + int(chosen.sum())
            elif inside.any():
                self.why[region] = f"every window of the {part(region)} is flat or clipped"
            elif moment.areas[region].any():
                self.why[region] = no_window(region)
            else:
                self.why.setdefault(region, empty(region))

    def value(self, region: str) -> float | str:
        """Width, or why there is none."""
        if region not in self.counts:
            return self.why[region]
        if self.in_mm and self.spacing is None:
            return "the pixel spacing is not known"
        width = full_width(self.sums[region] / lag_counts(self.counts[region]))
        if width is None:
            return f"the autocovariance does not fall to a half within {LAGS - 1} pixels"
        return width * self.spacing if self.in_mm and self.spacing is not None else width


def _metric(axis: int, in_mm: bool) -> Metric:
    name, way = (("axial", "down"), ("lateral", "across"))[axis]
    most = 2.0 * (LAGS - 1)
    return clipwise(
        name=f"speckle_width[{name}{'-mm' if in_mm else ''}]",
        start=lambda: _Width(axis, in_mm),
        unit="mm" if in_mm else "pixels",
        bounds=(0.0, most * MOST_MM if in_mm else most),
        version=1,
        source="doi:10.1109/T-SU.1983.31404",
        summary=f"full width at half maximum of the autocovariance of grey values {way} the picture",
        needs="translation",
        descriptive=True,
        local=True,
    )


SPECKLE_WIDTHS = tuple(_metric(axis, in_mm) for in_mm in (False, True) for axis in (0, 1))
