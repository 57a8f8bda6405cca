"""Phase prior: a hidden pixel's value at other times of the same clip, weighted by how alike the frames are there.

A heart beats and a hand trembles, so what colour hides now is seen in other frames of the same phase. Frames
are compared on a small copy, around each node of a coarse grid and only where both are visible; the weights
fall with their distance and are interpolated between the nodes. Pixels beside the mask are not used as donors:
colour bleeds past any mask by a pixel, by chroma subsampling and by the mask's own error.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]

SMALL = 32  # side of the copies that are compared [pixels]
NODES = 6  # nodes of the grid along each axis, the outer ones on the border
REACH = 4.5  # standard deviation of the window around a node [pixels of the small copy]
EVERYWHERE = 0.05  # weight of the whole frame's distance in a node's
# weight = (1 + D / scale) ** -TAIL, scale = SHARPNESS * median of the NEAREST smallest D, or of NOISE if that is more.
# The tail is heavy because an unlike frame that shows the pixel still says more than its surroundings do.
SHARPNESS = 0.5
NEAREST = 4
NOISE = 2.0  # squared grey levels by which frames of a still scene differ
TAIL = 2.5
DOUBT = 3e-4  # weight of the spatial fill
ALIKE = 0.02  # sum of weights S at which the confidence S / (S + ALIKE) is one half: one frame at 3.8 scales
TELEA_RADIUS = 3


class Prior(NamedTuple):
    """What other frames and the surroundings show of hidden pixels; visible pixels keep their value.

    value: mean over like frames, 0..255; confidence: 0..1, how alike the frames are that show the pixel; match: the
    value in the likest frame that shows it, with that frame's own speckle; telea: the spatial fill. All (T, H, W).
    """

    value: Values
    confidence: Values
    match: Values
    telea: Values


def trusted(mask: Mask) -> Mask:
    """Pixels (T, H, W) that may stand in for others: visible, and with no hidden neighbour among the eight."""
    square = np.ones((3, 3), np.uint8)
    return np.stack([cv2.dilate(frame.astype(np.uint8), square) == 0 for frame in mask])


def phase_prior(grey: NDArray[np.uint8], mask: Mask) -> Prior:
    """Fill hidden pixels from like frames; where no frame shows them, from Telea's inpainting.

    grey: uint8 (T, H, W); mask: bool (T, H, W), True where hidden. Cost grows with T squared: give windows.
    Source of the spatial fill: Telea 2004, doi:10.1080/10867651.2004.10487596.
    """
    donors = trusted(mask)
    telea = np.where(mask, telea_fill(grey, ~donors), grey).astype(np.float32)
    shown = np.where(mask, np.float32(0), np.float32(1))
    if len(grey) < 2 or not mask.any():
        return Prior(telea.copy(), shown, telea.copy(), telea)
    distance = _distances(telea, donors)
    weights = _weights(distance)
    seen, total = _blend(grey, donors, np.asarray(mask.any(axis=0)), weights)
    mixed = np.minimum((seen + DOUBT * telea) / (total + DOUBT), np.float32(255))
    value = np.where(mask, mixed, grey).astype(np.float32)
    confidence = np.where(mask, total / (total + ALIKE), shown)
    likest = np.argsort(np.asarray(distance.mean(axis=0)), axis=1, kind="stable")
    return Prior(value, confidence, _match(grey, mask, donors, likest, telea), telea)


def telea_fill(grey: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Telea inpainting frame by frame, in OpenCV's number of threads; frames without a mask stay as they are."""
    out = grey.copy()

    def fill(t: int) -> None:
        rows, columns = (slice(max(0, hit.min() - 8), hit.max() + 9) for hit in np.nonzero(mask[t]))
        hidden = mask[t, rows, columns].astype(np.uint8)
        cut = np.ascontiguousarray(grey[t, rows, columns])
        out[t, rows, columns] = cv2.inpaint(cut, hidden, TELEA_RADIUS, cv2.INPAINT_TELEA)

    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as workers:
        list(workers.map(fill, np.flatnonzero(mask.any(axis=(1, 2))).tolist()))
    return out


def _distances(filled: Values, donors: Mask) -> NDArray[np.float64]:
    """(NODES^2, T, T) mean squared difference around each node where both frames are visible; infinite on the diagonal.

    Frames that share no visible pixel say nothing about each other: infinitely far.
    """
    size = (SMALL, SMALL)
    small = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in filled])
    shown = np.stack([cv2.resize(d.astype(np.float32), size, interpolation=cv2.INTER_AREA) for d in donors])
    x = small.reshape(len(filled), -1).astype(np.float64)
    v = (shown.reshape(len(filled), -1) > 0.5).astype(np.float64)
    square, shared = _pairs(x, v, np.full((1, 1, SMALL**2), 1 / SMALL**2))
    near_square, near_shared = _pairs(x, v, _windows())
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = np.where(shared > 0, square / shared, np.inf)
        mixed = (near_square + EVERYWHERE * overall) / (near_shared + EVERYWHERE)
    mixed[:, np.arange(len(x)), np.arange(len(x))] = np.inf
    return np.asarray(mixed)


def _pairs(
    x: NDArray[np.float64], v: NDArray[np.float64], windows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each window (N, 1, pixels): sum of squared differences and of jointly visible weight, (N, T, T) each."""
    vx, vxx = v * x, v * x**2
    square = (windows * vxx) @ v.T + (windows * v) @ vxx.T - 2 * (windows * vx) @ vx.T
    return np.maximum(square, 0), (windows * v) @ v.T


def _windows() -> NDArray[np.float64]:
    """Gaussian windows (NODES^2, 1, SMALL^2) around the nodes, each with sum 1."""
    centres = np.linspace(0, SMALL - 1, NODES)
    line = np.exp(-((np.arange(SMALL)[None] - centres[:, None]) ** 2) / (2 * REACH**2))
    both = (line[:, None, :, None] * line[None, :, None, :]).reshape(NODES**2, 1, SMALL**2)
    return np.asarray(both / both.sum(axis=2, keepdims=True))


def _weights(distance: NDArray[np.float64]) -> Values:
    """Weights (N, T, T) from distances, with the scale of each frame from its nearest neighbours."""
    nearest = np.sort(distance, axis=2)[:, :, : min(NEAREST, distance.shape[2] - 1)]
    known = np.where(np.isfinite(nearest), nearest, np.nan)
    known[np.isnan(known).all(axis=2)] = 1.0  # no neighbour at all: the scale does not matter
    scale = SHARPNESS * np.maximum(np.nanmedian(known, axis=2, keepdims=True), NOISE)
    return np.asarray((1 + distance / scale) ** -TAIL, np.float32)


def _blend(grey: NDArray[np.uint8], donors: Mask, ever: Mask, weights: Values) -> tuple[Values, Values]:
    """Weighted sum of the donors' values and sum of their weights, (T, H, W); 0 where a pixel is never hidden."""
    height, width = grey.shape[1:]
    seen, total = np.zeros(grey.shape, np.float32), np.zeros(grey.shape, np.float32)
    hats_down, hats_across = _hats(height), _hats(width)
    for node, weight in enumerate(weights):
        down, across = hats_down[node // NODES], hats_across[node % NODES]
        rows, columns = slice(*_span(down)), slice(*_span(across))
        where = ever[rows, columns]
        if not where.any():
            continue
        hat = (down[rows, None] * across[None, columns])[where]
        shown = donors[:, rows, columns][:, where].astype(np.float32)
        values = grey[:, rows, columns][:, where] * shown
        seen[:, rows, columns][:, where] += hat * (weight @ values)
        total[:, rows, columns][:, where] += hat * (weight @ shown)
    return seen, total


def _hats(length: int) -> Values:
    """Linear interpolation weights (NODES, length) of the nodes at each pixel; they add up to 1."""
    at = np.linspace(0, NODES - 1, length) if length > 1 else np.zeros(1)
    return np.asarray(np.maximum(0, 1 - np.abs(at[None] - np.arange(NODES)[:, None])), np.float32)


def _span(hat: Values) -> tuple[int, int]:
    hit = np.flatnonzero(hat)
    return (int(hit[0]), int(hit[-1]) + 1) if len(hit) else (0, 0)


def _match(grey: NDArray[np.uint8], mask: Mask, donors: Mask, likest: NDArray[np.intp], telea: Values) -> Values:
    """Hidden pixels from the likest frame that shows them, in the order `likest` (T, T); Telea where none does."""
    out = telea.copy()
    for t in np.flatnonzero(mask.any(axis=(1, 2))):
        left = np.flatnonzero(mask[t])
        for other in likest[t]:
            if other == t or not len(left):
                continue
            found = donors[other].ravel()[left]
            out[t].ravel()[left[found]] = grey[other].ravel()[left[found]]
            left = left[~found]
    return out
