"""One metric of one simulated clip, as a study measures it."""

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Metric
from evalkit.metrics.measure import measure_arms
from translator.clips.clip import Clip, mask_clip

Pixels = NDArray[np.uint8]
Where = NDArray[np.bool_]


def value(
    metric: Metric,
    real: Pixels | None,
    made: Pixels,
    mask: Where | None = None,
    region: str = "frame",
    sector: Where | None = None,
    labels: Pixels | None = None,
    spacing_mm: tuple[float, float] | None = None,
) -> float | str:
    """Value of frames (T, H, W) in a region, or the reason; the mask (T, H, W) is empty where none is given."""
    made_clip = Clip.from_array(made, spacing_mm=spacing_mm)
    hidden = mask_clip(np.zeros(made.shape, np.bool_) if mask is None else mask, made_clip)
    truth = None if real is None else Clip.from_array(real, spacing_mm=spacing_mm)
    inside = np.ones(made.shape[1:], np.bool_) if sector is None else sector
    named = None if labels is None else Clip.from_array(labels)
    found = measure_arms(truth, {"arm": made_clip}, hidden, inside, [metric], [region], labels=named)["arm"]
    if isinstance(found, Exception):
        raise found
    return found[metric.name, region]


def number(found: float | str) -> float:
    """The value, which is a number."""
    assert isinstance(found, float), found
    return found
