"""What stays the same on a scanner's screen: the sector, the tint of its grey map, static colour.

The sector is where the scanner shows tissue; text, ticks, colour bar and logos lie outside it or are
excluded as static colour. Found from a sample of frames in one streamed pass.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frames, Mask, to_grey

VERSION = 1
SAMPLE = 32  # frames looked at, evenly spread
_LIT = 10  # grey level above which a pixel shows something
_BINS = 16  # luma bins of the tint
_STATIC_STD = 4.0  # chroma of a user interface moves less than this, compression included
_COLOURED = 25.0  # chroma distance of clearly coloured pixels


@dataclass(frozen=True)
class Regions:
    """Static regions of a clip: sector and static colour (bool H,W), tint (16 luma bins x Cr,Cb)."""

    sector: Mask
    static_colour: Mask
    tint: NDArray[np.float32]


def find_regions(clip: Clip) -> Regions:
    """Find the regions of a clip. A blank clip gives an empty sector."""
    sample = _sample(clip)
    grey = to_grey(sample) if sample.ndim == 4 else sample
    if sample.ndim == 3:
        blank = np.zeros(grey.shape[1:], np.bool_)
        return Regions(_sector(grey.max(axis=0), blank), blank, neutral_tint())
    chroma = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)[..., 1:] for frame in sample])
    static = _static_colour(chroma)
    sector = _sector(grey.max(axis=0), static)
    tint = _tint(grey, chroma, sector & ~static)
    return Regions(sector, static | _colour_bars(chroma, sector), tint)


def neutral_tint() -> NDArray[np.float32]:
    """The tint of an untinted grey map."""
    return np.full((_BINS, 2), 128, np.float32)


def _sample(clip: Clip) -> Frames:
    keep = set(np.linspace(0, clip.header.frames - 1, min(SAMPLE, clip.header.frames)).astype(int).tolist())
    return np.stack([frame for i, frame in enumerate(clip.frames()) if i in keep])


def _sector(brightest: NDArray[np.uint8], static: Mask) -> Mask:
    """Convex hull of the largest lit part, after strokes as thin as text are opened away."""
    height, width = brightest.shape
    lit = ((brightest > _LIT) & ~static).astype(np.uint8)
    stroke = max(3, round(min(height, width) / 80) | 1)
    gap = max(3, round(min(height, width) / 40) | 1)
    opened = cv2.medianBlur(lit, 5 if min(height, width) > 64 else 3)
    opened = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    opened = cv2.morphologyEx(opened, cv2.MORPH_OPEN, np.ones((stroke + gap, stroke + gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return np.zeros((height, width), np.bool_)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    points = np.argwhere(labels == largest)[:, ::-1].astype(np.int32)
    hull = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return hull.astype(np.bool_)


def _static_colour(chroma: NDArray[np.uint8]) -> Mask:
    """Pixels with one clear colour in every frame: bars, logos, markers. Needs at least 8 frames."""
    if len(chroma) < 8:
        return np.zeros(chroma.shape[1:3], np.bool_)
    values = chroma.astype(np.float32)
    clear = np.hypot(*(values.mean(axis=0) - 128).transpose(2, 0, 1)) > _COLOURED
    still = (values.std(axis=0) < _STATIC_STD).all(axis=-1)
    grown = cv2.dilate((clear & still).astype(np.uint8), np.ones((3, 3), np.uint8))
    return grown.astype(np.bool_)


def _colour_bars(chroma: NDArray[np.uint8], sector: Mask) -> Mask:
    """Tall narrow filled rectangles of colour near the left or right edge: what stills allow to be known."""
    height, width = sector.shape
    found = np.zeros((height, width), np.bool_)
    far = np.linalg.norm(chroma.astype(np.float32) - 128, axis=-1) > _COLOURED
    everywhere = cv2.morphologyEx(far.all(axis=0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(everywhere)
    for label in range(1, count):
        x, _, w, h, area = (int(value) for value in stats[label])
        at_edge = x + w < 0.12 * width or x > 0.88 * width
        if at_edge and h > 2 * w and h > 8 and area > 0.8 * w * h:
            found |= labels == label
    return cv2.dilate(found.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)


def _tint(grey: NDArray[np.uint8], chroma: NDArray[np.uint8], where: Mask) -> NDArray[np.float32]:
    """Median Cr, Cb of the weakly coloured pixels per luma bin: the chroma line of the grey map."""
    tint = neutral_tint()
    luma, colour = grey[:, where], chroma[:, where]
    offset = np.abs(colour.astype(np.int16) - 128)
    weak = np.maximum(offset[..., 0], offset[..., 1]) < _COLOURED
    bins = luma // (256 // _BINS)
    for index in range(_BINS):
        chosen = colour[weak & (bins == index)]
        if len(chosen) >= 50:
            tint[index] = np.median(chosen, axis=0)
    return tint
