"""The scanner's grey map: the line of chroma over luma that uncoloured pixels lie on, and how far they stray.

Many scanners tint their grey (sepia, blue); codecs add chroma noise. What is colour can only be judged against
both. The line is followed to both ends from a luma where grey is common, one of the darker half, which flow pale
enough to pass for grey does not reach. So a luma that only flow reaches takes its chroma from the trend.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]

_BIN = 8  # luma levels of a step along the line
_DARK = 2  # steps below have next to no chroma
_LEAST = 60  # pixels that a step needs
_FLOOR, _SLOPE = 7.0, 0.24  # a tint stays below _FLOOR + _SLOPE * luma; flow lies above 0.33 * luma
_REACH = 9.0  # chroma levels that the line may bend from step to step
_APART = 7  # side of the square around vivid pixels in which bleeding is expected [pixels]
_AT_MOST = 400_000  # pixels that the fit looks at
_VIVID = 40  # chroma levels from neutral that no tint reaches

# squares are whole numbers, and so exact, where lengths are not
_SQUARES = ((np.arange(256) - 128) ** 2).astype(np.uint16)
_GREYISH = np.ceil((_FLOOR + _SLOPE * np.arange(256)) ** 2).astype(np.uint16)  # squares below can be a tint, by luma
_LENGTHS = np.sqrt(np.arange(32769, dtype=np.float32))  # of every square


class GreyMap(NamedTuple):
    """Expected chroma offset (256, 2; Cr, Cb minus 128) for each luma, and the stray of grey pixels [levels].

    `noise` is the 95th percentile of the distance of uncoloured pixels from the line.
    """

    line: Values
    noise: float


def neutral() -> GreyMap:
    """An untinted map without noise."""
    return GreyMap(np.zeros((256, 2), np.float32), 0.0)


def fit_grey_map(frames: NDArray[np.uint8], where: Mask) -> GreyMap:
    """Fit the map to YCrCb frames (T, H, W, 3) inside `where` (bool H, W)."""
    pixels = _grey_candidates(frames, where)
    if len(pixels) < _LEAST:
        return neutral()
    steps = _follow(pixels)
    known = np.flatnonzero(np.isfinite(steps[:, 0]))
    if len(known) == 0:
        return neutral()
    line = _interpolate(steps, known)
    luma = pixels[:, 0]
    red, blue = (pixels[:, c].astype(np.float32) - 128 - line[:, c - 1][luma] for c in (1, 2))
    stray = np.hypot(red, blue)
    near = stray[stray < 3 * _REACH]
    return GreyMap(line, float(np.percentile(near, 95)) if len(near) else 0.0)


def chroma_distance(frame: NDArray[np.uint8], grey_map: GreyMap) -> Values:
    """Distance [chroma levels] of each pixel of an RGB frame (H, W, 3) from what the scanner shows in grey.

    That is the stretch from neutral grey, in which marks and text are drawn, to the grey map's line.
    """
    ycc = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    return _distance(np.asarray(ycc, np.uint8), grey_map)


def farther(frame: NDArray[np.uint8], grey_map: GreyMap, limit: float) -> Mask:
    """Pixels (H, W) of a YCrCb frame whose chroma distance is larger than `limit` (at least 1)."""
    square = chroma_square(frame)
    if not grey_map.line.any():
        return np.asarray(square >= np.searchsorted(_LENGTHS, np.float32(limit), side="right"), np.bool_)
    # none is farther from the stretch than from its neutral end; 1 is ample for rounding
    out = np.asarray(square > (limit - 1) ** 2, np.bool_)
    if out.any():
        out[out] = _distance(frame[out][None], grey_map)[0] > limit
    return out


def chroma_square(frame: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Squared distance (H, W) of each pixel of a YCrCb frame from neutral grey, 0..32768."""
    red, blue = (cv2.LUT(cv2.extractChannel(frame, channel), _SQUARES) for channel in (1, 2))
    return np.asarray(np.add(red, blue, out=red), np.uint16)


def _distance(pixels: NDArray[np.uint8], grey_map: GreyMap) -> Values:
    """Chroma distance (H, W) of YCrCb pixels (H, W, 3)."""
    luma, *chroma = cv2.split(pixels)
    red, blue = (plane.astype(np.float32) - 128 for plane in chroma)
    if not grey_map.line.any():
        return _length(red, blue)
    to_red, to_blue = (cv2.LUT(luma, np.ascontiguousarray(grey_map.line[:, channel])) for channel in (0, 1))
    square = np.maximum(to_red**2 + to_blue**2, 1e-6)
    along = np.clip((red * to_red + blue * to_blue) / square, 0, 1)
    return _length(red - along * to_red, blue - along * to_blue)


def _length(red: Values, blue: Values) -> Values:
    # not cv2.magnitude, which rounds otherwise where memory is aligned otherwise: the same clip gave other masks
    return np.asarray(np.sqrt(red * red + blue * blue), np.float32)


def _grey_candidates(frames: NDArray[np.uint8], where: Mask) -> NDArray[np.uint8]:
    """The pixels (N, 3), YCrCb, that can be grey and lie away from vivid colour; at most about _AT_MOST, evenly taken.

    They are counted first and taken then: of a large clip all of them would fill the memory.
    """
    chosen = [_can_be_grey(frame) & where for frame in frames]
    counts = [int(np.count_nonzero(mask)) for mask in chosen]
    stride = max(1, sum(counts) // _AT_MOST)
    taken, start = [np.empty((0, 3), np.uint8)], 0
    for frame, mask, count in zip(frames, chosen, counts, strict=True):
        taken.append(frame.reshape(-1, 3)[np.flatnonzero(mask)[-start % stride :: stride]])
        start += count
    return np.concatenate(taken)


def _can_be_grey(frame: NDArray[np.uint8]) -> Mask:
    square = chroma_square(frame)
    possible = square < cv2.LUT(cv2.extractChannel(frame, 0), _GREYISH)
    vivid = cv2.dilate((square > _VIVID**2).astype(np.uint8), np.ones((_APART, _APART), np.uint8))
    return np.asarray(possible & (vivid == 0), np.bool_)


def _follow(pixels: NDArray[np.uint8]) -> Values:
    """Median offset per luma step (256 / _BIN, 2) of pixels (N, 3), nan where too few lie near the trend.

    Pixels of one step and chroma are counted, not kept: they are few kinds.
    """
    steps = 256 // _BIN
    kind = (pixels[:, 0] // _BIN).astype(np.int32) << 16 | pixels[:, 1].astype(np.int32) << 8 | pixels[:, 2]
    counts = np.bincount(kind, minlength=steps << 16)
    kinds = np.flatnonzero(counts)
    counts, step = counts[kinds], kinds >> 16
    chroma = np.stack([kinds >> 8 & 255, kinds & 255], axis=1)
    offset = chroma.astype(np.float32) - 128
    sizes = np.bincount(step, counts, steps).astype(int)
    groups = np.split(np.arange(len(kinds)), np.searchsorted(step, np.arange(1, steps)))
    found = np.full((steps, 2), np.nan, np.float32)
    shown = step >= _DARK
    half = int(_median(step[shown], counts[shown])) if shown.any() else _DARK
    start = max(range(_DARK, half + 1), key=lambda index: sizes[index])
    for order in (range(start, steps), range(start - 1, -1, -1)):
        last = start
        for index in order:
            group = groups[index]
            if np.isfinite(found[last, 0]):
                trend = found[last] * (index + 0.5) / (last + 0.5)
                group = group[np.hypot(*(offset[group] - trend).T) < _REACH]
            if counts[group].sum() >= _LEAST:
                found[index] = [_median(chroma[group, c], counts[group]) - 128 for c in (0, 1)]
                last = index
    return found


def _median(values: NDArray[np.intp], counts: NDArray[np.intp]) -> float:
    """Median of whole numbers 0..255 of which each is there `counts` times."""
    reached = np.cumsum(np.bincount(values, counts, 256)).astype(int)
    low, high = np.searchsorted(reached, [(reached[-1] - 1) // 2, reached[-1] // 2], side="right")
    return float(low + high) / 2


def _interpolate(steps: Values, known: NDArray[np.intp]) -> Values:
    """The line at every luma: straight between known steps, in proportion to luma beyond them."""
    centre = (known + 0.5) * _BIN
    at = np.arange(256, dtype=np.float32)
    line = np.stack([np.interp(at, centre, steps[known, channel]) for channel in range(2)], axis=1)
    for end, beyond in ((0, at < centre[0]), (-1, at > centre[-1])):
        line[beyond] = steps[known[end]] * (at[beyond] / centre[end])[:, None]
    return line.astype(np.float32)
