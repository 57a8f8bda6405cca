"""What stays the same on a scanner's screen: sector, static colour, grey map, outline of the colour box.

Found from a sample of frames in one streamed pass.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frames, Mask
from translator.regions.outline import find_outline
from translator.regions.sector import find_sector
from translator.regions.tint import GreyMap, chroma_distance, fit_grey_map, neutral

VERSION = 4
SAMPLE = 32  # frames looked at, evenly spread
_STATIC_STD = 4.0  # chroma of a user interface moves less than this, compression included
_COLOURED = 25.0  # chroma distance of clearly coloured pixels
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
    coded = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb) for frame in sample])
    far = np.stack([np.linalg.norm(f[..., 1:].astype(np.float32) - 128, axis=-1) > _COLOURED for f in coded])
    static = _static_colour(coded[..., 1:], far)
    bars = _colour_bars(np.asarray(far.all(axis=0)))
    sector = find_sector(coded[..., 0], static | bars, clip.header.tissue_boxes)
    grey_map = fit_grey_map(coded, sector & ~static & ~bars)
    outline = _outline(sample, coded, grey_map, sector & ~bars, static)
    return Regions(sector, (static | bars) & ~outline, outline, grey_map)


def _sample(clip: Clip) -> Frames:
    keep = set(np.linspace(0, clip.header.frames - 1, min(SAMPLE, clip.header.frames)).astype(int).tolist())
    return np.stack([frame for i, frame in enumerate(clip.frames()) if i in keep])


def _outline(sample: Frames, coded: NDArray[np.uint8], grey_map: GreyMap, where: Mask, static: Mask) -> Mask:
    limit = max(_VIVID, 3 * grey_map.noise)
    vivid = np.stack([chroma_distance(frame, grey_map) > limit for frame in sample]) & where & ~static
    coloured = np.asarray(vivid.any(axis=0), np.uint8)
    ever = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    thick = 3 if min(where.shape) < 300 else 5  # more than a coloured outline is
    solid = cv2.morphologyEx(ever, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8))
    flow = (solid if solid.sum() > 0.3 * ever.sum() else ever).astype(np.bool_)
    return find_outline(np.median(coded, axis=0).astype(np.uint8), flow, where)


def _static_colour(chroma: NDArray[np.uint8], far: Mask) -> Mask:
    """Patches with one clear colour in every frame: bars, logos, markers. Needs at least 8 frames.

    chroma: Cr, Cb (T, H, W, 2); far: clearly coloured (T, H, W). Pixels of flow stand still too, now and then;
    but not most of the patch that flow ever covers.
    """
    if len(chroma) < 8:
        return np.zeros(chroma.shape[1:3], np.bool_)
    still = np.asarray(far.all(axis=0))
    still[still] = (chroma[:, still].astype(np.float32).std(axis=0) < _STATIC_STD).all(axis=-1)
    count, labels = cv2.connectedComponents(np.asarray(far.any(axis=0), np.uint8), connectivity=8)
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
