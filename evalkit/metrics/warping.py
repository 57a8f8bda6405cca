"""Warping error E_warp: does the translation move with the tissue?

The previous translated frame is warped by the optical flow of the REAL clip and compared with the translated frame
where the flow is not occluded: mean squared difference, grey values scaled to 0..1 (Lai et al. 2018,
doi:10.1007/978-3-030-01267-0_11). Differences from there: flow by OpenCV's DIS, preset medium (Kroeger et al. 2016,
doi:10.1007/978-3-319-46493-0_29), not FlowNet2; and of the occlusion tests of Ruder et al. 2016
(doi:10.1007/978-3-319-45886-1_3) only the forward-backward one: |w + w'|^2 > 0.01 (|w|^2 + |w'|^2) + 0.5.

Lower is steadier, but a blurred or still picture is steadier than real speckle: compare with the real clip itself,
given as an arm.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import Map, mapped
from evalkit.metrics.declare import Moment
from translator.clips.clip import Frame, Frames, Mask

Flow = NDArray[np.float32]
Motion = tuple[Flow, Mask]
SMALLEST = 16  # pixels a side that DIS needs at this preset: OpenCV crashes on less


def warped_error(reference: Frames, test: Frames) -> Map:
    """Squared difference (H, W), 0..1, of uint8 pairs (2, H, W); NaN where occluded or from outside the frame.

    All NaN where the frames are smaller than DIS can take.
    """
    return _error(motion(reference[0], reference[1]), test[0], test[1])


def motion(before: Frame, now: Frame) -> Motion | None:
    """Where each pixel of a frame was in the one before (H, W, 2), column and row; and where that is known (H, W).

    None where the frames, uint8 (H, W), are smaller than DIS can take.
    """
    height, width = now.shape
    if min(height, width) < SMALLEST:
        return None
    back = _flow(now, before)
    at = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))) + back
    forth = _sampled(_flow(before, now), at)
    apart, lengths = ((back + forth) ** 2).sum(axis=-1), (back**2).sum(axis=-1) + (forth**2).sum(axis=-1)
    inside = (at >= 0).all(axis=-1) & (at[..., 0] <= width - 1) & (at[..., 1] <= height - 1)
    return at, np.asarray(inside & (apart <= 0.01 * lengths + 0.5), np.bool_)


def motion_at(moment: Moment) -> Motion | None:
    """`motion` of the real frames of a moment and the one before it, found once for all metrics of all arms."""
    before = moment.before
    if before is None:
        raise ValueError("the first frame has none before it")
    return moment.of_real("motion by DIS", lambda real: motion(before.real, real))


def _error_at(moment: Moment) -> Map:
    if moment.before is None:
        raise ValueError("the first frame has none before it")
    return _error(motion_at(moment), moment.before.made, moment.made)


def _error(moved: Motion | None, before: Frame, now: Frame) -> Map:
    if moved is None:
        return np.full(now.shape, np.nan)
    at, known = moved
    warped = _sampled(before.astype(np.float32), at)
    return np.where(known, ((now.astype(np.float64) - warped) / 255) ** 2, np.nan)


def _flow(first: Frame, second: Frame) -> Flow:
    """Displacement (H, W, 2), column and row [pixels], that takes each pixel of the first to the second."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = dis.calc(first, second, None)  # type: ignore[call-overload]  # a flow that is given would be the start
    return np.asarray(found, np.float32)


def _sampled(values: NDArray[np.float32], at: NDArray[np.float32]) -> NDArray[np.float32]:
    columns, rows = at[..., 0], at[..., 1]
    found = cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


WARPING_ERROR = mapped(
    name="warping_error",
    map_at=_error_at,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1007/978-3-030-01267-0_11",
    summary="E_warp: squared difference to the frame before, warped by DIS flow of the real clip, not occluded",
    span=2,
)
