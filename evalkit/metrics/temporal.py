"""Temporal error: flicker, as the difference between the changes from frame to frame."""

import numpy as np

from evalkit.metrics.accumulate import Map, mapped
from translator.clips.clip import Frames


def change_error(reference: Frames, test: Frames) -> Map:
    """|(x_t - x_(t-1)) - (y_t - y_(t-1))| at every pixel (H, W) of uint8 pairs (2, H, W), grey levels 0..510."""
    before, now = reference.astype(np.float64) - test.astype(np.float64)
    return np.asarray(np.abs(now - before), np.float64)


TEMPORAL_ERROR = mapped(
    name="temporal_error",
    map_of=change_error,
    unit="grey levels",
    higher_is_better=False,
    bounds=(0.0, 510.0),
    version=1,
    source="",
    summary="mean absolute error of the change from frame to frame: flicker",
    span=2,
    local=True,
)
