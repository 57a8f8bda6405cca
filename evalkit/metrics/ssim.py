"""SSIM in the profile of its authors, wang2004, and in that of scikit-image's defaults, skimage-uniform7.

wang2004           Gaussian window 11 x 11 with sigma 1.5, population covariance (Wang et al. 2004,
                   doi:10.1109/TIP.2003.819861)
skimage-uniform7   uniform window 7 x 7, sample covariance (scikit-image's `structural_similarity` as it is called)

Both: K1 = 0.01, K2 = 0.03, data range 255, valid part of the window only. In a region the map, computed on whole
frames, is averaged over the region. What a map needs of the reference alone is computed once for all arms.
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
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_TAPS = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / (2 * SIGMA**2))
_WINDOW = _TAPS / _TAPS.sum()
Plane = NDArray[np.float64]
Sums = NDArray[np.int32]


class Local(NamedTuple):
    """Of one plane: its values, the Gaussian mean about each pixel, the square of that, and the variance."""

    values: Plane
    mean: Plane
    squared_mean: Plane
    variance: Plane


class Similarity(NamedTuple):
    """The two factors of SSIM at every pixel that has the whole window: luminance, and contrast with structure."""

    luminance: Plane
    structure: Plane


def ssim_map(reference: Frame, test: Frame) -> Map:
    """SSIM wang2004 at every pixel (H, W) of two uint8 frames (H, W); NaN within 5 pixels of the border."""
    luminance, structure = similarity(local(reference.astype(np.float64)), local(test.astype(np.float64)))
    return _framed(luminance * structure, reference.shape, RADIUS)


def ssim_uniform_map(reference: Frame, test: Frame) -> Map:
    """SSIM skimage-uniform7 at every pixel (H, W) of two uint8 frames (H, W); NaN within 3 pixels of the border."""
    inner = _uniform(_box_sums(reference), _box_sums(test), _box_products(reference, test))
    return _framed(inner, reference.shape, SIDE // 2)


def local(plane: Plane) -> Local:
    """Gaussian mean and variance about every pixel of a float64 plane (H, W) that is 5 pixels from the border."""
    mean = blurred(plane)
    squared = mean * mean
    variance = blurred(plane * plane)
    variance -= squared
    return Local(plane, mean, squared, variance)


def similarity(x: Local, y: Local) -> Similarity:
    """Luminance, and contrast with structure, each (H - 10, W - 10), of two planes (H, W)."""
    product, covariance = x.mean * y.mean, blurred(x.values * y.values)
    covariance -= product  # in place, here and below: to allocate a plane takes longer than to fill it
    structure = _quotient(covariance, x.variance + y.variance, C2)
    return Similarity(_quotient(product, x.squared_mean + y.squared_mean, C1), structure)


def _quotient(above: Plane, below: Plane, stable: float) -> Plane:
    """(2 above + stable) / (below + stable), in the place of `below`."""
    above *= 2
    above += stable
    below += stable
    return np.divide(above, below, out=below)


def blurred(plane: Plane) -> Plane:
    """Gaussian mean (H - 10, W - 10) of a plane (H, W), empty where that is smaller than the window."""
    height, width = plane.shape
    if min(height, width) <= 2 * RADIUS:
        return np.zeros((max(height - 2 * RADIUS, 0), max(width - 2 * RADIUS, 0)))
    whole = np.asarray(cv2.sepFilter2D(plane, -1, _WINDOW, _WINDOW), np.float64)
    return whole[RADIUS:-RADIUS, RADIUS:-RADIUS]


def similarity_at(moment: Moment) -> Similarity:
    """`similarity` of the frames of a moment, computed once for all metrics and of the reference once for all arms."""
    real, made = local_of_real(moment), local_of_made(moment)
    return moment.of_pair("gaussian similarity", lambda _, __: similarity(real, made), passing=True)


def local_of_real(moment: Moment) -> Local:
    """`local` of the reference of a moment."""
    return moment.of_real("gaussian moments", lambda frame: local(frame.astype(np.float64)), passing=True)


def local_of_made(moment: Moment) -> Local:
    """`local` of the translation of a moment."""
    return moment.of_made("gaussian moments", lambda frame: local(frame.astype(np.float64)), passing=True)


def ssim_map_at(moment: Moment) -> Map:
    """SSIM wang2004 (H - 10, W - 10) of the frames of a moment."""
    luminance, structure = similarity_at(moment)
    return luminance * structure


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


def _uniform_at(moment: Moment) -> Map:
    real, made = moment.of_real("box sums", _box_sums, passing=True), _box_sums(moment.made)
    return _uniform(real, made, _box_products(moment.real, moment.made))


def _framed(inner: Map, shape: tuple[int, ...], margin: int) -> Map:
    out = np.full(shape, np.nan)
    out[margin:-margin, margin:-margin] = inner
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
