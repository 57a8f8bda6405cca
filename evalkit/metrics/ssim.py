"""SSIM in the profile of its authors: wang2004.

Gaussian window 11 x 11 with sigma 1.5, population covariance, K1 = 0.01, K2 = 0.03, data range 255, valid
part only (Wang et al. 2004, doi:10.1109/TIP.2003.819861). In a region the map, computed on whole frames, is
averaged over the region.
"""

import cv2
import numpy as np

from evalkit.metrics.declare import Map, Metric
from translator.clips.clip import Frame

_RADIUS, _SIGMA = 5, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_TAPS = np.exp(-(np.arange(-_RADIUS, _RADIUS + 1) ** 2) / (2 * _SIGMA**2))
_WINDOW = _TAPS / _TAPS.sum()


def ssim_map(reference: Frame, test: Frame) -> Map:
    """SSIM at every pixel (H, W) of two uint8 frames (H, W); NaN within 5 pixels of the border."""
    x, y = reference.astype(np.float64), test.astype(np.float64)
    mean_x, mean_y, xx, yy, xy = (cv2.sepFilter2D(p, -1, _WINDOW, _WINDOW) for p in (x, y, x * x, y * y, x * y))
    covariance = xy - mean_x * mean_y
    variances = xx - mean_x**2 + yy - mean_y**2
    numerator = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    out = np.full(x.shape, np.nan)
    valid = np.s_[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
    out[valid] = (numerator / ((mean_x**2 + mean_y**2 + _C1) * (variances + _C2)))[valid]
    return out


SSIM = Metric(
    name="ssim[wang2004]",
    map_of=ssim_map,
    unit="1",
    higher_is_better=True,
    bounds=(-1.0, 1.0),
    version=1,
    source="doi:10.1109/TIP.2003.819861",
    summary="structural similarity, Gaussian 11/1.5, population covariance, range 255",
)
