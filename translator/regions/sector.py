"""Sector: where the scanner shows tissue. Text, ticks, logos, ECG and menus beside it stay out.

Tissue fills its area with middling greys; text does not. So the sector is the largest region that is dense with
them, without what never changes in a living clip, taken as its convex hull less the dark pocket that the hull
of a curved array's image has above the probe.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Box, Mask
from translator.regions.over_time import mean_over_time, spread_over_time

_LIT = 10  # grey levels above the background at which a pixel shows something
_WHITE = 190  # text is white on black, tissue mostly lies between
_DENSE = 0.65  # share of middling pixels in a window of tissue; text stays below
_SOLID = 0.97  # share of lit pixels, white ones too, that no text reaches
_LIVE = 1.2  # least temporal standard deviation [levels] of living tissue
_ENOUGH = 6  # frames from which "never changes" says something


def find_sector(luma: NDArray[np.uint8], static_colour: Mask, boxes: tuple[Box, ...] = ()) -> Mask:
    """The sector (bool H, W) of a sample of luma frames (T, H, W); `boxes` from the header limit it.

    A blank clip gives an empty sector.
    """
    height, width = luma.shape[1:]
    background = _background(luma)
    mean = mean_over_time(luma)
    if background:  # a grey screen, on which tissue can be darker too
        above, below = luma.max(axis=0) > background + _LIT, luma.min(axis=0) < background - _LIT
        lit = (above | below) & ~static_colour
    else:
        lit = (luma.max(axis=0) > _LIT) & (mean > _LIT / 2) & ~static_colour
    middling = lit & (mean < _WHITE)
    if boxes:
        inside = np.zeros((height, width), np.bool_)
        for top, left, bottom, right in boxes:
            inside[top:bottom, left:right] = True
        lit &= inside
        middling &= inside
    window = max(3, round(min(height, width) / 32) | 1)
    core = _dense(middling, window, _DENSE) | _dense(lit, window, _SOLID)
    if len(luma) >= _ENOUGH:
        core = _living(core, luma, window)
    core = _large(_close(core, 2 * window + 1))
    if not core.any():
        return core
    return _fill(core, lit, window)


def _background(luma: NDArray[np.uint8]) -> int:
    """The level of the empty screen: the commonest one if it is dark and common, else black."""
    counts = np.bincount(luma[0].ravel(), minlength=256)
    level = int(counts[:80].argmax())
    return level if counts[level] > 0.15 * counts.sum() else 0


def _dense(lit: Mask, window: int, share_at_least: float) -> Mask:
    """Pixels in whose window such a share is lit; beyond the frame counts as its edge does."""
    share = cv2.blur(lit.astype(np.float32), (window, window), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(share > share_at_least, np.bool_)


def _living(core: Mask, luma: NDArray[np.uint8], window: int) -> Mask:
    """Only the parts of `core` in which something moves; all of it if nothing moves anywhere (a frozen clip)."""
    spread = spread_over_time(luma)
    moving = max(_LIVE, 0.3 * float(np.percentile(spread[core], 75))) if core.any() else _LIVE
    share = cv2.blur((spread > moving).astype(np.float32), (window, window), borderType=cv2.BORDER_REPLICATE)
    alive = share > 0.3
    if (alive & core).sum() <= 0.1 * core.sum():  # or there is no core
        return core
    count, labels = cv2.connectedComponents(core.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    living = np.bincount(labels[alive], minlength=count) > 0.1 * area
    living[0] = False
    kept = living[labels]
    # a still bar that touches the picture is cut off by rows and columns without life
    rows = np.flatnonzero((alive & kept).sum(axis=1) > 0.02 * kept.sum(axis=1).max())
    columns = np.flatnonzero((alive & kept).sum(axis=0) > 0.02 * kept.sum(axis=0).max())
    cut = np.zeros_like(kept)
    cut[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return np.asarray(kept & cut, np.bool_)


def _close(mask: Mask, side: int) -> Mask:
    """Closing with a disc of diameter `side`, by distances: the time does not grow with the disc."""
    radius = side // 2
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), side, side, side, side, cv2.BORDER_CONSTANT, value=0)
    if not padded.any():
        return mask
    grown = cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5) <= radius
    closed = cv2.distanceTransform(grown.astype(np.uint8), cv2.DIST_L2, 5) > radius
    return np.asarray(closed[side:-side, side:-side] | mask, np.bool_)


def _large(mask: Mask) -> Mask:
    """The largest part, and others of at least a fifth of it: a dark vessel can cut a picture in two."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    return np.asarray((area >= max(1, 0.2 * area.max()))[labels], np.bool_)


def _fill(core: Mask, lit: Mask, window: int) -> Mask:
    """Hull of the core and of the lit pixels at its rim, less the dark pocket above a curved array's image."""
    near = cv2.dilate(core.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, window // 4))
    tissue = core | (lit & near.astype(np.bool_))
    points = np.argwhere(tissue)[:, ::-1].astype(np.int32)
    filled = np.zeros(core.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    hull = filled.astype(np.bool_)
    empty = hull & ~_close(tissue, 4 * window + 1)
    top, bottom = points[:, 1].min(), points[:, 1].max()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(empty.astype(np.uint8))
    for label in range(1, count):
        pocket = labels == label
        high = stats[label, cv2.CC_STAT_TOP] + stats[label, cv2.CC_STAT_HEIGHT] < top + 0.25 * (bottom - top)
        above = np.vstack([~hull[:1], ~hull[:-1]])  # outside lies directly above
        if high and (pocket & above).any():
            hull &= ~pocket
    return hull


def sector_kind(sector: Mask) -> str:
    """What shape a sector (bool H, W) has: phased, convex, linear, full frame, or none.

    By its outline alone: a linear sector fills its bounding box, a phased one begins in a point.
    """
    if not sector.any():
        return "none"
    if sector.mean() > 0.97:
        return "full frame"
    rows, columns = np.flatnonzero(sector.any(axis=1)), np.flatnonzero(sector.any(axis=0))
    inside = sector[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if inside.mean() > 0.9:
        return "linear"
    widths = inside.sum(axis=1)
    top = widths[: max(1, len(widths) // 20)].max()
    return "phased" if top < 0.35 * widths.max() else "convex"
