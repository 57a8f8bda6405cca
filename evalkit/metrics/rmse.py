"""Root mean square error in grey levels: the mean is over all pixels of a region in all frames."""

import math

from evalkit.metrics.accumulate import Means, summed
from evalkit.metrics.pixel_error import squared_total_at


def _root(means: Means) -> float | str:
    return math.sqrt(means[0])


RMSE = summed(
    name="rmse",
    sums_at=squared_total_at,
    value_of=_root,
    unit="grey levels",
    higher_is_better=False,
    bounds=(0.0, 255.0),
    version=1,
    source="",
    summary="root of the mean squared error over the region's pixels of all frames",
)
