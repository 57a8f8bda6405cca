"""The metrics that a study can name."""

import difflib

from evalkit.metrics.declare import Metric
from evalkit.metrics.mae import MAE
from evalkit.metrics.sharpness import SHARPNESS
from evalkit.metrics.ssim import SSIM
from evalkit.metrics.temporal import TEMPORAL_ERROR
from evalkit.metrics.warping import WARPING_ERROR
from translator.errors import bad_input

METRICS: dict[str, Metric] = {metric.name: metric for metric in (SSIM, MAE, SHARPNESS, TEMPORAL_ERROR, WARPING_ERROR)}


def find_metric(name: str, where: str) -> Metric:
    """The metric of that name.

    Raises: InputError with the nearest name if there is none.
    """
    if name in METRICS:
        return METRICS[name]
    near = difflib.get_close_matches(name, METRICS, 1, 0.3)
    raise bad_input(
        where,
        f"unknown metric {name!r}",
        f"Did you mean {near[0]}" if near else f"Known: {', '.join(METRICS)}",
    )
