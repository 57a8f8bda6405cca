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
    luma, offset = _grey_candidates(frames, where)
    if len(luma) < _LEAST:
        return neutral()
    steps = _follow(luma // _BIN, offset)
    known = np.flatnonzero(np.isfinite(steps[:, 0]))
    if len(known) == 0:
        return neutral()
    line = _interpolate(steps, known)
    stray = np.hypot(*(offset - line[luma]).T)
    return GreyMap(line, float(np.percentile(stray[stray < 3 * _REACH], 95)) if (stray < 3 * _REACH).any() else 0.0)


def chroma_distance(frame: NDArray[np.uint8], grey_map: GreyMap) -> Values:
    """Distance [chroma levels] of each pixel of an RGB frame (H, W, 3) from what the scanner shows in grey.

    That is the stretch from neutral grey, in which marks and text are drawn, to the grey map's line.
    """
    ycc = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    red, blue = (ycc[..., channel].astype(np.float32) - 128 for channel in (1, 2))
    if not grey_map.line.any():
        return _length(red, blue)
    to_red, to_blue = (cv2.LUT(ycc[..., 0], np.ascontiguousarray(grey_map.line[:, c])) for c in (0, 1))
    square = np.maximum(to_red**2 + to_blue**2, 1e-6)
    along = np.clip((red * to_red + blue * to_blue) / square, 0, 1)
    return _length(red - along * to_red, blue - along * to_blue)


def _length(red: Values, blue: Values) -> Values:
    # not cv2.magnitude, which rounds otherwise where memory is aligned otherwise: the same clip gave other masks
    return np.asarray(np.sqrt(red * red + blue * blue), np.float32)


def _grey_candidates(frames: NDArray[np.uint8], where: Mask) -> tuple[NDArray[np.uint8], Values]:
    """Luma (N,) and chroma offset (N, 2) of the pixels that can be grey and lie away from vivid colour."""
    lumas, offsets = [], []
    for frame in frames:
        offset = frame[..., 1:].astype(np.float32) - 128
        size = np.hypot(offset[..., 0], offset[..., 1])
        possible = size < _FLOOR + _SLOPE * frame[..., 0]
        vivid = cv2.dilate((size > 40).astype(np.uint8), np.ones((_APART, _APART), np.uint8)).astype(np.bool_)
        chosen = where & possible & ~vivid
        lumas.append(frame[..., 0][chosen])
        offsets.append(offset[chosen])
    luma, offset = np.concatenate(lumas), np.concatenate(offsets)
    stride = max(1, len(luma) // _AT_MOST)
    return luma[::stride], offset[::stride]


def _follow(step: NDArray[np.uint8], offset: Values) -> Values:
    """Median offset per luma step (256 / _BIN, 2), nan where too few pixels lie near the trend."""
    count = 256 // _BIN
    found = np.full((count, 2), np.nan, np.float32)
    groups = [offset[step == index] for index in range(count)]
    shown = step[step >= _DARK]
    half = int(np.median(shown)) if len(shown) else _DARK
    start = max(range(_DARK, half + 1), key=lambda index: len(groups[index]))
    for order in (range(start, count), range(start - 1, -1, -1)):
        last = start
        for index in order:
            group = groups[index]
            if np.isfinite(found[last, 0]):
                trend = found[last] * (index + 0.5) / (last + 0.5)
                group = group[np.hypot(*(group - trend).T) < _REACH]
            if len(group) >= _LEAST:
                found[index], last = np.median(group, axis=0), index
    return found


def _interpolate(steps: Values, known: NDArray[np.intp]) -> Values:
    """The line at every luma: straight between known steps, in proportion to luma beyond them."""
    centre = (known + 0.5) * _BIN
    at = np.arange(256, dtype=np.float32)
    line = np.stack([np.interp(at, centre, steps[known, channel]) for channel in range(2)], axis=1)
    for end, beyond in ((0, at < centre[0]), (-1, at > centre[-1])):
        line[beyond] = steps[known[end]] * (at[beyond] / centre[end])[:, None]
    return line.astype(np.float32)
