"""What stays the same on a scanner's screen: sector, static colour, grey map, outline of the colour box.

Found from a sample of frames in one streamed pass.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from translator.clips.clip import Clip, Frames, Mask
from translator.regions.outline import find_outline
from translator.regions.over_time import median_over_time, spread_over_time
from translator.regions.sector import find_sector
from translator.regions.tint import GreyMap, chroma_square, farther, fit_grey_map, neutral

VERSION = 4
SAMPLE = 32  # frames looked at, evenly spread
_STATIC_STD = 4.0  # chroma of a user interface moves less than this, compression included
_COLOURED = 25  # chroma distance of clearly coloured pixels
_VIVID = 40.0  # of pixels that are flow beyond doubt, when the outline's place is judged


@dataclass(frozen=True)
class Regions:
    """Static regions of a clip: sector, static colour and outline of the colour box (bool H, W), and the grey map."""

    sector: Mask
    static_colour: Mask
    outline: Mask
    grey_map: GreyMap


def find_regions(clip: Clip) -> Regions:
    """Find the regions of a clip. A blank clip gives an empty sector, a grey clip no static colour and no outline."""
    sample = _sample(clip)
    blank = np.zeros(sample.shape[1:3], np.bool_)
    if sample.ndim == 3:
        return Regions(find_sector(sample, blank, clip.header.tissue_boxes), blank, blank, neutral())
    always, ever = _clearly_coloured(sample)
    static = _static_colour(sample, always, ever)
    bars = _colour_bars(always)
    luma = np.stack([cv2.extractChannel(frame, 0) for frame in sample])
    sector = find_sector(luma, static | bars, clip.header.tissue_boxes)
    del luma
    grey_map = fit_grey_map(sample, sector & ~static & ~bars)
    outline = _outline(sample, grey_map, sector & ~bars, static)
    return Regions(sector, (static | bars) & ~outline, outline, grey_map)


def _sample(clip: Clip) -> Frames:
    """Evenly spread frames, grey (T, H, W) or YCrCb (T, H, W, 3)."""
    head = clip.header
    chosen = np.linspace(0, head.frames - 1, min(SAMPLE, head.frames)).astype(int).tolist()
    place = {index: at for at, index in enumerate(chosen)}
    out = np.empty((len(place), *head.shape[1:]), np.uint8)
    for index, frame in enumerate(clip.frames()):
        if index in place:
            out[place[index]] = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    return out


def _clearly_coloured(coded: Frames) -> tuple[Mask, Mask]:
    """The pixels (H, W) of YCrCb frames that are clearly coloured in every frame, and in any."""
    always, ever = np.ones(coded.shape[1:3], np.bool_), np.zeros(coded.shape[1:3], np.bool_)
    for frame in coded:
        far = chroma_square(frame) > _COLOURED**2
        always &= far
        ever |= far
    return always, ever


def _outline(coded: Frames, grey_map: GreyMap, where: Mask, static: Mask) -> Mask:
    limit = max(_VIVID, 3 * grey_map.noise)
    vivid = np.zeros(where.shape, np.bool_)
    for frame in coded:
        vivid |= farther(frame, grey_map, limit)
    coloured = np.asarray(vivid & where & ~static, np.uint8)
    ever = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    thick = 3 if min(where.shape) < 300 else 5  # more than a coloured outline is
    solid = cv2.morphologyEx(ever, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
    flow = (solid if solid.sum() > 0.3 * ever.sum() else ever).astype(np.bool_)
    return find_outline(median_over_time(coded), flow, where)


def _static_colour(coded: Frames, always: Mask, ever: Mask) -> Mask:
    """Patches with one clear colour in every frame: bars, logos, markers. Needs at least 8 frames.

    coded: YCrCb (T, H, W, 3); always, ever: clearly coloured (H, W) in every frame, and in any. Pixels of flow stand
    still too, now and then; but not most of the patch that flow ever covers.
    """
    if len(coded) < 8:
        return np.zeros(coded.shape[1:3], np.bool_)
    still = always.copy()
    chroma = np.stack([frame[always, 1:] for frame in coded])
    still[still] = np.all([spread_over_time(chroma[:, :, c]) < _STATIC_STD for c in (0, 1)], axis=0)
    count, labels = cv2.connectedComponents(ever.astype(np.uint8), connectivity=8)
    patch, quiet = np.bincount(labels.ravel(), minlength=count), np.bincount(labels[still], minlength=count)
    static = quiet > 0.5 * patch
    static[0] = False
    return cv2.dilate(static[labels].astype(np.uint8), np.ones((7, 7), np.uint8)).astype(np.bool_)


def _colour_bars(always: Mask) -> Mask:
    """Tall narrow filled rectangles of colour near the left or right edge: what stills allow to be known.

    always: the pixels (H, W) that are clearly coloured in every frame.
    """
    height, width = always.shape
    found = np.zeros((height, width), np.bool_)
    gap = np.ones((max(5, height // 60), 3), np.uint8)  # scales have a black middle
    everywhere = cv2.morphologyEx(always.astype(np.uint8), cv2.MORPH_CLOSE, gap)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(everywhere)
    for label in range(1, count):
        x, _, w, h, area = (int(value) for value in stats[label])
        at_edge = x + w < 0.12 * width or x > 0.88 * width
        if at_edge and h > 2 * w and h > 8 and area > 0.8 * w * h:
            found |= labels == label
    return cv2.dilate(found.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(np.bool_)
