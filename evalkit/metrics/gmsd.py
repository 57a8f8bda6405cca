"""Gradient magnitude similarity deviation (Xue et al. 2014, doi:10.1109/TIP.2013.2293423).

Each 2 x 2 block becomes its mean, an odd side is filled with zeros; Prewitt gradients (zeros beyond the border), their
magnitudes m; similarity (2 m_x m_y + 170) / (m_x^2 + m_y^2 + 170) at every pixel. GMSD is the standard deviation
(of a sample) of the similarities: not how bad the gradients are, but how unevenly so. In a region it is that of the
pixels at half the size whose block begins in the region. The clip's value is the mean over frames.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Moment
from translator.clips.clip import Frame, Mask

STABLE = 170.0  # grey levels squared
_ACROSS, _ALONG = np.array([1.0, 0.0, -1.0], np.float32), np.array([1.0, 1.0, 1.0], np.float32)
Plane = NDArray[np.float32]


def gradient_magnitudes(frame: Frame) -> Plane:
    """Three times the Prewitt gradient magnitude at half the size, rounded up, of a uint8 frame (H, W)."""
    height, width = frame.shape
    whole = np.zeros((height + height % 2, width + width % 2), np.float32)
    whole[:height, :width] = frame
    half = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    down = cv2.sepFilter2D(half, -1, _ALONG, _ACROSS, borderType=cv2.BORDER_CONSTANT)
    right = cv2.sepFilter2D(half, -1, _ACROSS, _ALONG, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.magnitude(right, down), np.float32)


def similarity_map(reference: Plane, test: Plane) -> Plane:
    """Similarity, 0..1, of two planes of `gradient_magnitudes`."""
    stable = np.float32(9 * STABLE)  # as the magnitudes are three times theirs
    made = (2 * reference * test + stable) / (reference * reference + test * test + stable)
    return np.asarray(made, np.float32)


def gmsd(reference: Frame, test: Frame) -> float:
    """GMSD of two uint8 frames (H, W), each side of at least three pixels; 0 is best."""
    found = similarity_map(gradient_magnitudes(reference), gradient_magnitudes(test))
    return _deviation(found, np.ones(found.shape, np.bool_))


def _deviation(values: Plane, area: Mask) -> float:
    count = np.count_nonzero(area)
    deviation = cv2.meanStdDev(values, mask=area.view(np.uint8))[1]
    return float(deviation[0, 0] * np.sqrt(count / (count - 1)))


def _value(moment: Moment, region: str) -> float | str:
    def compare(_: Frame, __: Frame) -> Plane:
        return similarity_map(
            moment.of_real("gradients", gradient_magnitudes, passing=True), gradient_magnitudes(moment.made)
        )

    area = moment.of_real(f"half of {region}", lambda _: np.ascontiguousarray(moment.areas[region][::2, ::2]))
    if np.count_nonzero(area) < 2:
        return f"the {region} has fewer than two pixels at half the size, and one has no deviation"
    return _deviation(moment.of_pair("gradient similarity", compare, passing=True), area)


GMSD = framed(
    name="gmsd",
    value_of_frame=_value,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1109/TIP.2013.2293423",
    summary="gradient magnitude similarity deviation; mean over frames",
)
