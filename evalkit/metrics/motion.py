"""Motion disagreement: does the tissue of the translation move as that of the real clip does?

The end-point error of optical flow (Baker et al. 2011, doi:10.1007/s11263-010-0390-2): at each pixel the distance
between where it came from by the flow of the real clip and where by that of the translation, in pixels; the real clip's
flow stands in for the truth. Both by OpenCV's DIS, preset medium, as in `warping`; pixels where the real clip's flow is
occluded or from outside the frame do not count. An error above 16 pixels counts as 16, which is more than tissue moves
between frames. 0..16, lower is better, identical clips have 0.

Where there is no texture, flow is what the surroundings make of it: a blurred fill can move well. It says
nothing of how the tissue looks.
"""

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import mapped
from evalkit.metrics.declare import Moment
from evalkit.metrics.warping import flow, motion_at, pixel_grid
from translator.clips.clip import Mask

MOST = 16.0  # pixels
Map = NDArray[np.float64]
Flow = NDArray[np.float32]


def end_point_error(real: Flow, made: Flow, known: Mask) -> Map:
    """Distance (H, W) of two flows (H, W, 2), 0..16 pixels; NaN where not `known` (bool H, W)."""
    apart = np.hypot(*np.moveaxis(real.astype(np.float64) - made, -1, 0))
    return np.where(known, np.minimum(apart, MOST), np.nan)


def _error_at(moment: Moment) -> Map:
    real, before = motion_at(moment), moment.before
    if real is None or before is None:
        return np.full(moment.made.shape, np.nan)
    at, known = real
    made = moment.of_made("flow by DIS", lambda frame: flow(frame, before.made))
    return end_point_error(at, pixel_grid(*known.shape) + made, known)


MOTION_ERROR = mapped(
    name="motion_error[dis]",
    map_at=_error_at,
    unit="pixels",
    higher_is_better=False,
    bounds=(0.0, MOST),
    version=1,
    source="doi:10.1007/s11263-010-0390-2",
    summary="end-point error of DIS optical flow, translation against real clip, not occluded; at most 16 pixels",
    span=2,
)
