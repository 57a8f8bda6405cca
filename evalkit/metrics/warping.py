"""Warping error E_warp: does the translation move with the tissue?

The previous translated frame is warped by the optical flow of the REAL clip and compared with the translated frame
where the flow is not occluded: mean squared difference, grey values scaled to 0..1 (Lai et al. 2018,
doi:10.1007/978-3-030-01267-0_11). Differences from there: flow by OpenCV's DIS, preset medium (Kroeger et al. 2016,
doi:10.1007/978-3-319-46493-0_29), not FlowNet2; and of the occlusion tests of Ruder et al. 2016
(doi:10.1007/978-3-319-45886-1_3) only the forward-backward one: |w + w'|^2 > 0.01 (|w|^2 + |w'|^2) + 0.5.

Lower is steadier, but a blurred or still picture is steadier than real speckle: compare with the real clip itself,
given as an arm.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Map, Metric
from translator.clips.clip import Frame, Frames, Mask

Flow = NDArray[np.float32]
SMALLEST = 16  # pixels a side that DIS needs at this preset: OpenCV crashes on less
KEPT = 64  # pairs of real frames whose motion is kept, as every arm of a clip needs the same
KEPT_PIXELS = 1 << 18  # of a frame; larger ones are not kept, so that all of it stays below 200 MB


def warped_error(reference: Frames, test: Frames) -> Map:
    """Squared difference (H, W), 0..1, of uint8 pairs (2, H, W); NaN where occluded or from outside the frame.

    All NaN where the frames are smaller than DIS can take.
    """
    height, width = reference.shape[1:]
    if min(height, width) < SMALLEST:
        return np.full((height, width), np.nan)
    find = _motion if height * width <= KEPT_PIXELS else _motion.__wrapped__
    at, known = find(reference[0].tobytes(), reference[1].tobytes(), height)
    warped = _sampled(test[0].astype(np.float32), at)
    error = ((test[1].astype(np.float64) - warped) / 255) ** 2
    return np.where(known, error, np.nan)


@lru_cache(maxsize=KEPT)
def _motion(before: bytes, now: bytes, height: int) -> tuple[Flow, Mask]:
    """Where each pixel of a real frame was in the one before (H, W, 2), column and row; and where that is known."""
    first, second = (np.frombuffer(frame, np.uint8).reshape(height, -1) for frame in (before, now))
    width = first.shape[1]
    back = _flow(second, first)
    at = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))) + back
    forth = _sampled(_flow(first, second), at)
    apart, lengths = ((back + forth) ** 2).sum(axis=-1), (back**2).sum(axis=-1) + (forth**2).sum(axis=-1)
    inside = (at >= 0).all(axis=-1) & (at[..., 0] <= width - 1) & (at[..., 1] <= height - 1)
    return at, np.asarray(inside & (apart <= 0.01 * lengths + 0.5), np.bool_)


def _flow(first: Frame, second: Frame) -> Flow:
    """Displacement (H, W, 2), column and row [pixels], that takes each pixel of the first to the second."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = dis.calc(first, second, None)  # type: ignore[call-overload]  # a flow that is given would be the start
    return np.asarray(found, np.float32)


def _sampled(values: NDArray[np.float32], at: NDArray[np.float32]) -> NDArray[np.float32]:
    columns, rows = at[..., 0], at[..., 1]
    found = cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


WARPING_ERROR = Metric(
    name="warping_error",
    map_of=warped_error,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1007/978-3-030-01267-0_11",
    summary="E_warp: squared difference to the frame before, warped by DIS flow of the real clip, not occluded",
    span=2,
)
