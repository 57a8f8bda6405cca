"""Temporal SSIM: structural similarity of the slices through time, x-t and y-t.

A slice through time shows how one line of the picture moves: motion is slanted lines, flicker stripes, a frozen frame
a break. In each slice SSIM is taken as its authors do in a picture (wang2004: Gaussian 11 x 11, sigma 1.5, population
covariance, K1 = 0.01, K2 = 0.03, range 255; doi:10.1109/TIP.2003.819861), with one side of the window along time, as
slices are compared by Vu, Vu and Chandler (ICIP 2011, p. 2505). A pixel's value is the mean of that in its x-t
and in its y-t slice; that of a region the mean over its pixels in the frames that have one. None within 5 pixels of the
border and 5 frames of either end: a clip of fewer than 11 frames has no value. -1..1, identical clips have 1.

Only eleven frames of each clip are held.
"""

from collections import deque
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import NO_CHANGE, Moment, part
from translator.clips.clip import Frame, Frames, Mask

FRAMES = 11  # that the window is long
MIDDLE = FRAMES // 2
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_TAPS = np.exp(-(np.arange(-MIDDLE, MIDDLE + 1) ** 2) / (2 * 1.5**2))
_WINDOW = _TAPS / _TAPS.sum()
_ALONE = np.ones(1)
Map = NDArray[np.float64]


def time_slices_ssim(reference: Frames, test: Frames) -> Map:
    """Mean (H, W) of x-t and y-t SSIM at the middle of eleven frames (11, H, W) uint8; NaN near the border."""
    shape = reference.shape[1:]
    over_time = _over_time(reference, test)
    across = _ssim([cv2.sepFilter2D(plane, -1, _WINDOW, _ALONE) for plane in over_time])
    down = _ssim([cv2.sepFilter2D(plane, -1, _ALONE, _WINDOW) for plane in over_time])
    out = np.full(shape, np.nan)
    valid = np.s_[MIDDLE:-MIDDLE, MIDDLE:-MIDDLE]
    out[valid] = ((across + down) / 2)[valid]
    return out


def _over_time(reference: Frames, test: Frames) -> list[Map]:
    """Weighted sums over time (H, W) of x, y, xx, yy and xy."""
    shape = reference.shape[1:]
    x, y = (frames.reshape(FRAMES, -1).astype(np.float64) for frames in (reference, test))
    weighted_x, weighted_y = _WINDOW[:, None] * x, _WINDOW[:, None] * y
    sums = [weighted_x.sum(axis=0), weighted_y.sum(axis=0)]
    sums += [np.einsum("tp,tp->p", *pair) for pair in ((weighted_x, x), (weighted_y, y), (weighted_x, y))]
    return [plane.reshape(shape) for plane in sums]


def _ssim(moments: list[NDArray[np.generic]]) -> Map:
    mean_x, mean_y, xx, yy, xy = (np.asarray(plane, np.float64) for plane in moments)
    covariance = xy - mean_x * mean_y
    variances = xx - mean_x**2 + yy - mean_y**2
    numerator = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    return np.asarray(numerator / ((mean_x**2 + mean_y**2 + _C1) * (variances + _C2)), np.float64)


class _Slices:
    """The last eleven frames, and the sums of the maps of each region at the middle one."""

    def __init__(self) -> None:
        self.held: deque[tuple[Frame, Frame, Mapping[str, Mask]]] = deque(maxlen=FRAMES)
        self.totals: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self.pixels: dict[str, int] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Take in one frame."""
        areas = {region: moment.areas[region] for region in regions}
        self.held.append((moment.real, moment.made, areas))
        if len(self.held) < FRAMES:
            return
        real, made = np.stack([one[0] for one in self.held]), np.stack([one[1] for one in self.held])
        found = time_slices_ssim(real, made)
        known = ~np.isnan(found)
        for region, area in self.held[MIDDLE][2].items():
            chosen = area & known
            self.totals[region] = self.totals.get(region, 0.0) + float(found[chosen].sum())
            self.counts[region] = self.counts.get(region, 0) + int(chosen.sum())
            self.pixels[region] = self.pixels.get(region, 0) + int(area.sum())

    def value(self, region: str) -> float | str:
        """The mean, or why there is none."""
        if region not in self.counts and len(self.held) < 2:
            return NO_CHANGE
        if region not in self.counts:
            return f"a clip of fewer than {FRAMES} frames has no slice through time that the window fits in"
        if not self.pixels[region]:
            return empty(region)
        if not self.counts[region]:
            return f"no pixel of the {part(region)} has a value"
        return self.totals[region] / self.counts[region]


TEMPORAL_SSIM = clipwise(
    name="temporal_ssim[slices-wang2004]",
    start=_Slices,
    unit="1",
    higher_is_better=True,
    bounds=(-1.0, 1.0),
    version=1,
    source="doi:10.1109/TIP.2003.819861",
    summary="structural similarity of x-t and y-t slices, Gaussian 11/1.5, population covariance, range 255",
    temporal=True,
)
