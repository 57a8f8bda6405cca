"""Mean absolute error in grey levels."""

import numpy as np

from evalkit.metrics.declare import Map, Metric
from translator.clips.clip import Frame


def absolute_error(reference: Frame, test: Frame) -> Map:
    """|reference - test| at every pixel (H, W), in grey levels 0..255."""
    return np.abs(reference.astype(np.float64) - test.astype(np.float64))


MAE = Metric(
    name="mae",
    map_of=absolute_error,
    unit="grey levels",
    higher_is_better=False,
    bounds=(0.0, 255.0),
    version=1,
    source="",
    summary="mean absolute error",
)
