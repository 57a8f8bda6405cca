"""Multi-scale SSIM (Wang et al. 2003, doi:10.1109/ACSSC.2003.1292216): five scales, their authors' weights.

At each scale contrast with structure is averaged over the valid part of the window (as in ssim[wang2004]), at the
coarsest luminance times both; the value is the product of the five means to the power of their weights. A mean below
zero counts as zero, as a power of it is no number. From scale to scale each 2 x 2 block becomes its mean; of an odd
side the last row or column is repeated. The frame alone is a region of it: a mask has no meaning at the coarse scales.
The clip's value is the mean over frames.
"""

from typing import NamedTuple

import cv2
import numpy as np

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Moment
from evalkit.metrics.ssim import RADIUS, Plane, Similarity, blurred, similarity, similarity_at
from translator.clips.clip import Frame

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SMALLEST = 2 * RADIUS * 2 ** (len(WEIGHTS) - 1) + 1  # pixels a side that leave the coarsest scale one window


def ms_ssim(reference: Frame, test: Frame) -> float | str:
    """MS-SSIM, 0..1, of two uint8 frames (H, W), or why there is none."""
    return ms_ssim_at(Moment(reference, test, {}), "frame")


def ms_ssim_at(moment: Moment, _region: str) -> float | str:
    """MS-SSIM of the frames of a moment; the finest scale is shared with SSIM, and the reference with all arms."""
    height, width = moment.made.shape
    if min(height, width) < SMALLEST:
        return f"frames of {height} x {width} are too small: five scales need {SMALLEST} pixels a side"
    found, made, value = similarity_at(moment), _as_plane(moment.made), 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            real, made = _real(moment, scale), halved(made)
            found = similarity(real.values, made, real.mean)
        value *= _mean(found, scale == len(WEIGHTS) - 1) ** weight
    return value


def _mean(found: Similarity, coarsest: bool) -> float:
    return max(float(found.ssim.mean()) if coarsest else found.structure, 0.0)


class _Scale(NamedTuple):
    """The reference at a coarser scale, and its Gaussian means."""

    values: Plane
    mean: Plane


def _real(moment: Moment, scale: int) -> _Scale:
    def make(frame: Frame) -> _Scale:
        values = halved(_as_plane(frame) if scale == 1 else _real(moment, scale - 1).values)
        return _Scale(values, blurred(values))

    return moment.of_real(f"gaussian mean {scale}", make, passing=True)


def _as_plane(frame: Frame) -> Plane:
    return frame.astype(np.float64)


def halved(plane: Plane) -> Plane:
    """Means of the 2 x 2 blocks of a float64 plane (H, W), whose last row or column is repeated if odd."""
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = np.pad(plane, ((0, height % 2), (0, width % 2)), "edge")
    return np.asarray(cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float64)


MS_SSIM = framed(
    name="ms-ssim",
    value_of_frame=ms_ssim_at,
    unit="1",
    higher_is_better=True,
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1109/ACSSC.2003.1292216",
    summary="multi-scale structural similarity, five scales; mean over frames",
    regions=("frame",),
)
