"""Visual information fidelity in the pixel domain, VIF-P (Sheikh and Bovik 2006, doi:10.1109/TIP.2005.859378).

The multi-scale pixel version that its authors published (vifp_mscale): four scales with Gaussian windows of 17, 9, 5
and 3 pixels a side (sigma a fifth of that), valid part only; the information that the test keeps of the reference over
the information in the reference, noise variance 2. It is 1 for identical frames, and above 1 where the test has more
contrast than the reference; above 10 it counts as 10. Nearest to 1 is best: the index was made to reward an enhanced
photograph, but a translation is to be like the real frame, and one of more contrast shows what was not there; were
higher better, an exaggerated picture would pass for better than the truth. The frame alone is a region of it, as it is
one sum over all scales. The clip's value is the mean over the frames whose reference has any structure. Version 2 has
the values of version 1, which called higher better.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Moment
from translator.clips.clip import Frame

NOISE = 2.0  # variance of the visual noise [grey levels squared]
CEILING = 10.0
_SIDES = (17, 9, 5, 3)
_EPS = 1e-10
Plane = NDArray[np.float64]


class _Scale(NamedTuple):
    """One plane at one scale: values, local mean, local variance."""

    values: Plane
    mean: Plane
    variance: Plane


def vif(reference: Frame, test: Frame) -> float | str:
    """VIF-P of two uint8 frames (H, W), or why there is none."""
    return _vif(pyramid(reference), pyramid(test))


def pyramid(frame: Frame) -> list[_Scale]:
    """The four scales of a uint8 frame (H, W); fewer where it is too small for them."""
    plane, scales = frame.astype(np.float64), []
    for index, side in enumerate(_SIDES):
        window = _window(side)
        if index:
            plane = np.ascontiguousarray(_valid(plane, window)[::2, ::2])
        if min(plane.shape) < side:
            break
        mean = _valid(plane, window)
        variance = _valid(plane * plane, window)
        variance -= mean * mean
        scales.append(_Scale(plane, mean, np.maximum(variance, 0, out=variance)))
    return scales


def _vif(real: list[_Scale], made: list[_Scale]) -> float | str:
    if len(real) < len(_SIDES):
        return "the frames are too small: four scales need 41 pixels a side"
    kept = there = 0.0
    for side, x, y in zip(_SIDES, real, made, strict=True):
        covariance = _valid(x.values * y.values, _window(side))
        covariance -= x.mean * y.mean
        kept += _information(x.variance, y.variance, covariance)
        there += float(np.log(np.where(x.variance < _EPS, 0, x.variance) / NOISE + 1).sum())
    if there <= 0:
        return "the real frames are flat, and hold no information to keep"
    return min(kept / there, CEILING)


def _information(real: Plane, made: Plane, covariance: Plane) -> float:
    """What the test keeps of the reference: a gain times it, plus noise of the remaining variance."""
    gain = covariance / (real + _EPS)
    noise = made - gain * covariance
    flat, dull, turned = real < _EPS, made < _EPS, gain < 0
    gain[flat | dull | turned] = 0
    noise = np.where(flat | turned, made, noise)
    noise[dull] = 0
    np.maximum(noise, _EPS, out=noise)
    return float(np.log(gain * gain * real / (noise + NOISE) + 1).sum())


def _window(side: int) -> Plane:
    taps = np.exp(-((np.arange(side) - side // 2) ** 2) / (2 * (side / 5) ** 2))
    return np.asarray(taps / taps.sum(), np.float64)


def _valid(plane: Plane, window: Plane) -> Plane:
    """Gaussian mean where the whole window lies in the plane; empty where the plane is smaller."""
    edge, (height, width) = len(window) // 2, plane.shape
    if min(height, width) <= 2 * edge:
        return np.zeros((max(height - 2 * edge, 0), max(width - 2 * edge, 0)))
    whole = np.asarray(cv2.sepFilter2D(plane, -1, window, window), np.float64)
    return whole[edge:-edge, edge:-edge]


def _value(moment: Moment, _region: str) -> float | str:
    return _vif(moment.of_real("vif pyramid", pyramid, passing=True), pyramid(moment.made))


VIF = framed(
    name="vif[pixel]",
    value_of_frame=_value,
    unit="1",
    target=1.0,
    bounds=(0.0, CEILING),
    version=2,
    source="doi:10.1109/TIP.2005.859378",
    summary="visual information fidelity in the pixel domain, four scales; mean over frames",
    regions=("frame",),
)
