"""Square windows of texture that lie wholly in a region.

Statistics of speckle are of homogeneous tissue; a whole region holds anatomy, whose contrast would drown them. So they
are taken in windows of 24 x 24 pixels, each overlapping the next by half, as parametric imaging does (Tsui et al.,
Ultrasonics 65 (2016) 1), and never across the border of a region. Windows of this side hold about twenty grains of
speckle 3 x 6 pixels wide; as each window's own mean is taken off, on simulated speckle of that size the standard
deviation comes out 2 % too low and the width 3 % (of coarser texture more), for real clip and translation alike.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Moment, part
from translator.clips.clip import Frame, Mask

SIDE = 24  # pixels
STEP = SIDE // 2
Sums = NDArray[np.float64]


def window_sums(plane: NDArray[np.generic]) -> Sums:
    """Sums over each window (R, C) of a plane (H, W); R or C is 0 where the plane is smaller than a window.

    Added up from blocks and not from running sums, so that dark windows beside bright ones keep their digits.
    """
    rows, columns = (max(side // STEP, 1) for side in plane.shape)
    blocks = plane[: rows * STEP, : columns * STEP].astype(np.float64)
    if min(plane.shape) < SIDE:
        return np.zeros((rows - 1 if plane.shape[0] >= SIDE else 0, columns - 1 if plane.shape[1] >= SIDE else 0))
    blocks = blocks.reshape(rows, STEP, columns, STEP).sum(axis=(1, 3))
    pairs = blocks[1:] + blocks[:-1]
    return np.asarray(pairs[:, 1:] + pairs[:, :-1], np.float64)


def windows_within(area: Mask) -> Mask:
    """Which windows (R, C) lie wholly in an area (H, W)."""
    return np.asarray(window_sums(area) == SIDE * SIDE, np.bool_)


def cut_windows(frame: Frame) -> NDArray[np.uint8]:
    """A view of every window (R, C, SIDE, SIDE) of a frame (H, W); empty where the frame is smaller."""
    if min(frame.shape) < SIDE:
        return np.zeros((*window_sums(frame).shape, SIDE, SIDE), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(frame, (SIDE, SIDE))[::STEP, ::STEP]


def windows_in(moment: Moment, region: str) -> Mask:
    """Which windows (R, C) lie wholly in a region, found once for all metrics of all arms."""
    return moment.of_real(f"windows in {region}", lambda _: windows_within(moment.areas[region]))


def median_over_windows(
    moment: Moment, region: str, able: Mask, values: Callable[[Frame], Sums], name: str
) -> float | str:
    """Median of the values (R, C) of the translation's windows that lie in a region and are `able` (R, C).

    `name` tells the values from others, as they are found once for all regions. Says in words why there is none.
    """
    inside = windows_in(moment, region)
    if not inside.any():
        return no_window(region)
    chosen = inside & able
    if not chosen.any():
        return f"every window of the {part(region)} is flat or clipped"
    return float(np.median(moment.of_made(f"windows: {name}", values)[chosen]))


def no_window(region: str) -> str:
    """Why a region without a window has no value."""
    return f"no window of {SIDE} x {SIDE} pixels fits in the {part(region)}"
