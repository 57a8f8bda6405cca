"""SSIM in the profile of its authors, wang2004, and in that of scikit-image's defaults, skimage-uniform7.

wang2004           Gaussian window 11 x 11 with sigma 1.5, population covariance (Wang et al. 2004,
                   doi:10.1109/TIP.2003.819861)
skimage-uniform7   uniform window 7 x 7, sample covariance (scikit-image's `structural_similarity` as it is called)

Both: K1 = 0.01, K2 = 0.03, data range 255, valid part of the window only. In a region the map, computed on whole
frames, is averaged over the region. What a map needs of the reference alone is computed once for all arms.

The native map of frame-analytics 0.7 takes less than half the time and is not used: it is in single precision, 1e-5 off
on speckle and 1e-4 where bright pixels hardly differ (the test holds both), and the golden study allows 1e-9.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import Map, mapped
from evalkit.metrics.declare import Moment
from translator.clips.clip import Frame

RADIUS, SIGMA = 5, 1.5  # of the Gaussian window
SIDE = 7  # of the uniform window
TILE = (64, 502)  # pixels (rows, columns) computed at once: the fastest of those tried at 708 x 1016
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_TAPS = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * SIGMA**2))
_WINDOW = _TAPS / _TAPS.sum()
Plane = NDArray[np.float64]
Pixels = Frame | Plane
Products = NDArray[np.uint16] | Plane
Sums = NDArray[np.int32]


class Similarity(NamedTuple):
    """SSIM at every pixel that has the whole window (H - 10, W - 10), and the mean there of contrast with structure."""

    ssim: Plane
    structure: float


def ssim_map(reference: Frame, test: Frame) -> Map:
    """SSIM wang2004 at every pixel (H, W) of two uint8 frames (H, W); NaN within 5 pixels of the border."""
    out = _bordered(reference.shape, RADIUS)
    _fill(out[RADIUS:-RADIUS, RADIUS:-RADIUS], reference, test, None)
    return out


def ssim_uniform_map(reference: Frame, test: Frame) -> Map:
    """SSIM skimage-uniform7 at every pixel (H, W) of two uint8 frames (H, W); NaN within 3 pixels of the border."""
    out, margin = _bordered(reference.shape, SIDE // 2), SIDE // 2
    out[margin:-margin, margin:-margin] = _uniform(
        _box_sums(reference), _box_sums(test), _box_products(reference, test)
    )
    return out


def similarity(x: Pixels, y: Pixels, mean_of_x: Plane | None = None) -> Similarity:
    """SSIM of two planes (H, W), both uint8 or both float64; `blurred(x)` is made where it is not given."""
    height, width = (max(side - 2 * RADIUS, 0) for side in x.shape)
    out = np.empty((height, width))
    return Similarity(out, _fill(out, x, y, mean_of_x))


def blurred(plane: Pixels) -> Plane:
    """Gaussian mean (H, W) of a plane (H, W); within 5 pixels of the border of no meaning."""
    return np.asarray(cv2.sepFilter2D(plane, cv2.CV_64F, _WINDOW, _WINDOW), np.float64)


def _fill(out: Plane, x: Pixels, y: Pixels, mean_of_x: Plane | None) -> float:
    """Write SSIM into `out`, tile by tile, so that what lies between stays in the cache; the mean of structure.

    Four means instead of five, of x, y, (x - y)^2 and 2xy: with e the square of the difference of means, p twice their
    product and c = E[2xy] - p twice the covariance, SSIM = (p + C1) / (p + e + C1) x (c + C2) / (c + E[(x - y)^2] - e +
    C2). Equal windows have exactly 1.
    """
    (height, width), border, total = out.shape, 2 * RADIUS, 0.0
    if not out.size:
        return 0.0
    rows, columns = min(TILE[0], height), min(TILE[1], width)
    room = (rows + border) * (columns + border)
    means = np.empty((5, room))
    products: Products = np.empty((2, room), np.uint16) if x.dtype == np.uint8 else np.empty((2, room))
    for left in range(0, width, columns):
        for top in range(0, height, rows):
            target = out[top : top + rows, left : left + columns]
            tall, wide = (side + border for side in target.shape)
            tile = np.s_[top : top + tall, left : left + wide]
            scratch = means[:, : tall * wide].reshape(5, tall, wide), products[:, : tall * wide].reshape(2, tall, wide)
            known = None if mean_of_x is None else mean_of_x[tile]
            total += _fill_tile(target, x[tile], y[tile], known, *scratch)
    return total / out.size


def _fill_tile(target: Plane, x: Pixels, y: Pixels, known: Plane | None, scratch: Plane, products: Products) -> float:
    """SSIM of one tile, all in place: to allocate a plane takes longer than to fill it. The sum of structure."""
    valid, inner = np.s_[RADIUS:-RADIUS], np.s_[:, RADIUS:-RADIUS]  # whole rows are contiguous, and quicker
    apart, both = products
    _multiply(x, y, apart, both)
    mean_x = (_blur(x, scratch[0], _WINDOW) if known is None else known)[valid]
    mean_y, power, structure = (
        _blur(plane, into, taps)[valid]
        for plane, into, taps in zip((y, apart, both), scratch[1:4], (_WINDOW, _WINDOW, 2 * _WINDOW), strict=True)
    )
    product, offset = scratch[0, valid], scratch[4, valid]
    np.subtract(mean_x, mean_y, out=offset)
    offset *= offset
    np.multiply(mean_x, mean_y, out=product)
    product *= 2
    structure -= product
    structure += C2
    product += C1
    np.add(product, offset, out=mean_y)
    power -= offset
    power += structure
    structure /= power
    product /= mean_y
    np.multiply(product[inner], structure[inner], out=target)
    return float(structure[inner].sum())


def _multiply(x: Pixels, y: Pixels, apart: Products, both: Products) -> None:
    """(x - y)^2 and xy; of bytes in 16 bits, which hold both."""
    difference = cv2.absdiff(x, y)
    np.multiply(difference, difference, out=apart, dtype=apart.dtype)
    np.multiply(x, y, out=both, dtype=both.dtype)


def _blur(plane: Frame | Products, into: Plane, taps: Plane) -> Plane:
    cv2.sepFilter2D(plane, cv2.CV_64F, _WINDOW, taps, dst=into)
    return into


def similarity_at(moment: Moment) -> Similarity:
    """`similarity` of the frames of a moment, computed once for all metrics and of the reference once for all arms."""
    mean = moment.of_real("gaussian mean", blurred, passing=True)
    return moment.of_pair("gaussian similarity", lambda real, made: similarity(real, made, mean), passing=True)


def ssim_map_at(moment: Moment) -> Map:
    """SSIM wang2004 (H - 10, W - 10) of the frames of a moment."""
    return similarity_at(moment).ssim


class _Box(NamedTuple):
    """Of one frame, whole numbers (H - 6, W - 6): 7 x 7 sums, their squares, and 49 x 49 times the variance there."""

    sums: Sums
    squared_sums: Sums
    variance: Sums


def _box_sums(frame: Frame) -> _Box:
    sums = _box(frame)
    squared, variance = sums * sums, _box_products(frame, frame) * (SIDE * SIDE)
    variance -= squared
    return _Box(sums, squared, variance)


def _box_products(reference: Frame, test: Frame) -> Sums:
    return _box(np.asarray(cv2.multiply(reference, test, dtype=cv2.CV_16U), np.uint16))


def _box(plane: NDArray[np.uint8] | NDArray[np.uint16]) -> Sums:
    edge, (height, width) = SIDE // 2, plane.shape
    if min(height, width) < SIDE:
        return np.zeros((max(height - 2 * edge, 0), max(width - 2 * edge, 0)), np.int32)
    whole = np.asarray(cv2.boxFilter(plane, cv2.CV_32S, (SIDE, SIDE), normalize=False), np.int32)
    return whole[edge:-edge, edge:-edge]


def _uniform(x: _Box, y: _Box, products: Sums) -> Map:
    """SSIM (H - 6, W - 6); until the quotient all is in whole numbers below 2^31."""
    count = SIDE * SIDE
    product, squared_sums = x.sums * y.sums, x.squared_sums + y.squared_sums
    covariance = products * count
    covariance -= product
    variances = x.variance + y.variance
    luminance = _quotient(product.astype(np.float64), squared_sums.astype(np.float64), C1 * count**2)
    luminance *= _quotient(covariance.astype(np.float64), variances.astype(np.float64), C2 * count * (count - 1))
    return luminance


def _quotient(above: Plane, below: Plane, stable: float) -> Plane:
    """(2 above + stable) / (below + stable), in the place of `below`."""
    above *= 2
    above += stable
    below += stable
    return np.divide(above, below, out=below)


def _uniform_at(moment: Moment) -> Map:
    real, made = moment.of_real("box sums", _box_sums, passing=True), _box_sums(moment.made)
    return _uniform(real, made, _box_products(moment.real, moment.made))


def _bordered(shape: tuple[int, ...], margin: int) -> Map:
    """An array with NaN at its border, and nothing yet within."""
    out = np.empty(shape)
    for edge in (np.s_[:margin], np.s_[-margin:], np.s_[:, :margin], np.s_[:, -margin:]):
        out[edge] = np.nan
    return out


SSIM = mapped(
    name="ssim[wang2004]",
    map_at=ssim_map_at,
    margin=RADIUS,
    unit="1",
    higher_is_better=True,
    bounds=(-1.0, 1.0),
    version=1,
    source="doi:10.1109/TIP.2003.819861",
    summary="structural similarity, Gaussian 11/1.5, population covariance, range 255",
)
SSIM_UNIFORM = mapped(
    name="ssim[skimage-uniform7]",
    map_at=_uniform_at,
    margin=SIDE // 2,
    unit="1",
    higher_is_better=True,
    bounds=(-1.0, 1.0),
    version=1,
    source="doi:10.1109/TIP.2003.819861",
    summary="structural similarity, uniform 7, sample covariance, range 255 (scikit-image's defaults)",
)
