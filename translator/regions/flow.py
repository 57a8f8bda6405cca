"""Flow mask: the pixels that colour flow Doppler has painted over, per frame, at native resolution.

A pixel is painted where its chroma lies far from the line of the scanner's grey map, or less far and connected
to one that does, in its own frame or at the same place in a neighbouring one (hysteresis in space and time;
Canny 1986, doi:10.1109/TPAMI.1986.4767851). What counts as far depends on whether the clip's chroma noise shows a
codec. Chroma that merely bleeds from 4:2:0 coding leaves the luma under it intact, and falls below half of the
colour beside it, so such pixels are left alone: precision matters as much as recall.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frame, Frames, Mask
from translator.regions.screen import Regions, find_regions
from translator.regions.tint import chroma_distance

VERSION = 4
_CLEAN_AT = (9.0, 14.0)  # weak and strong chroma distance [levels] in a lossless clip
_CODED_AT = (13.0, 26.0)  # in others; not larger with more noise, of which most is the bleed of the flow itself
CLEAN = 1.2  # chroma noise of a lossless clip at most; there is no bleed in one
_CLEAN_FLOOR = 12
_VALUE_FLOOR = 30  # darker pixels have no colour that could be told from noise
_BLEED = 0.5  # share of the strongest colour beside it below which a pixel is bleed
_NEAR = 5  # side of the square in which that colour is looked for [pixels]
_VIVID = 1.6  # times the strong distance: colour that no codec makes up
_SPECK = 1.6e-4  # share of the frame
_STRIPES, _GAP = 5, 3  # rows of the closing that joins the lines of interlaced flow, and what a codec left of it


@dataclass(frozen=True)
class Seen:
    """One frame's evidence (H, W): weakly, strongly and vividly coloured pixels, and confidence 0..255.

    Confidence is 128 at the threshold. `least` is the size [pixels] that a patch needs unless some of it is
    vivid: codecs leave smaller ones behind.
    """

    weak: Mask
    strong: Mask
    vivid: Mask
    least: float
    confidence: NDArray[np.uint8]


def flow_mask_clip(clip: Clip, regions: Regions | None = None) -> Clip:
    """The flow as a lazy clip of 0 and 255, without the outline. A grey clip has an empty mask."""
    known = regions or find_regions(clip)
    return _lazy(clip, lambda: (mask.astype(np.uint8) * np.uint8(255) for mask, _ in _masks(clip.frames(), known)))


def hidden_mask_clip(clip: Clip, regions: Regions | None = None) -> Clip:
    """What a translation has to mend, as a lazy clip of 0 and 255: the flow, and the outline of the colour box."""
    known = regions or find_regions(clip)
    lines = known.outline.astype(np.uint8) * np.uint8(255)
    return flow_mask_clip(clip, known).mapped(lambda mask: np.maximum(mask, lines), 1)


def confidence_clip(clip: Clip, regions: Regions | None = None) -> Clip:
    """Confidence that a pixel is painted, as a lazy grey clip: 0 none, 128 at the threshold, 255 certain."""
    known = regions or find_regions(clip)
    return _lazy(clip, lambda: (seen for _, seen in _masks(clip.frames(), known)))


def flow_masks(frames: Frames, regions: Regions) -> Mask:
    """The flow (bool T, H, W) of RGB frames (T, H, W, 3)."""
    return np.stack([mask for mask, _ in _masks(frames, regions)])


def _lazy(clip: Clip, stream: Callable[[], Iterator[Frame]]) -> Clip:
    return Clip(replace(clip.header, channels=1), stream)


def _masks(frames: Iterable[Frame], regions: Regions) -> Iterator[tuple[Mask, NDArray[np.uint8]]]:
    """Flow and confidence of each frame; one frame is looked ahead and one behind."""
    before: Mask | None = None
    now: Seen | None = None
    for frame in frames:
        after = see(frame, regions)
        if now is not None:
            yield _connected(now, before, after.strong), now.confidence
            before = now.strong
        now = after
    if now is not None:
        yield _connected(now, before, None), now.confidence


def see(frame: Frame, regions: Regions) -> Seen:
    """The evidence of one frame, RGB (H, W, 3) or grey (H, W), without its neighbours."""
    if frame.ndim == 2:
        nothing = np.zeros(frame.shape, np.bool_)
        return Seen(nothing, nothing, nothing, 0.0, nothing.astype(np.uint8))
    noise = regions.grey_map.noise
    weak_at, strong_at = thresholds(noise)
    distance = chroma_distance(frame, regions.grey_map)
    value = cv2.max(cv2.max(frame[..., 0], frame[..., 1]), frame[..., 2])
    place = regions.sector & ~regions.static_colour & ~regions.outline
    allowed = place & (value > (_VALUE_FLOOR if noise > CLEAN else _CLEAN_FLOOR))
    needed = np.full(distance.shape, weak_at, np.float32)
    if noise > CLEAN:
        needed = np.maximum(needed, _BLEED * cv2.dilate(distance, np.ones((_NEAR, _NEAR), np.uint8)))
    weak = (distance > needed) & allowed
    rows = _STRIPES if _striped(weak) else _GAP if noise > CLEAN else 0
    if rows:
        filled = cv2.morphologyEx(weak.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((rows, 1), np.uint8))
        weak = filled.astype(np.bool_) & place
    confidence = np.clip(distance / needed * 128, 0, 255) * allowed
    strong = weak & allowed & (distance > strong_at)
    least = 0.0 if noise <= CLEAN else _SPECK * frame.shape[0] * frame.shape[1]
    return Seen(weak, strong, strong & (distance > _VIVID * strong_at), least, confidence.astype(np.uint8))


def _striped(mask: Mask) -> bool:
    """Whether the mask is horizontal lines with gaps: some scanners paint every other row."""
    flat = mask.astype(np.uint8)
    across = cv2.erode(flat, np.ones((1, 3), np.uint8)).sum()
    down = cv2.erode(flat, np.ones((3, 1), np.uint8)).sum()
    return bool(across > 0.3 * flat.sum() and down < 0.15 * across)


def thresholds(noise: float) -> tuple[float, float]:
    """The weak and the strong chroma distance [levels] for a clip whose grey pixels stray by `noise`."""
    return _CLEAN_AT if noise <= CLEAN else _CODED_AT


def _connected(now: Seen, before: Mask | None, after: Mask | None) -> Mask:
    """The weak pixels that hang together with strong ones of this frame, or lie on those of a neighbour."""
    seeds = now.strong.copy()
    for neighbour in (before, after):
        if neighbour is not None:
            seeds |= now.weak & neighbour
    count, labels, stats, _ = cv2.connectedComponentsWithStats(now.weak.astype(np.uint8), connectivity=8)
    kept, certain = np.zeros(count, np.bool_), stats[:, cv2.CC_STAT_AREA] >= now.least
    certain[labels[now.vivid]] = True
    kept[labels[seeds]] = True
    kept &= certain
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)
