"""Mean absolute error in grey levels, over all pixels of a region in all frames."""

from evalkit.metrics.accumulate import summed
from evalkit.metrics.pixel_error import absolute_total_at

MAE = summed(
    name="mae",
    sums_at=absolute_total_at,
    unit="grey levels",
    higher_is_better=False,
    bounds=(0.0, 255.0),
    version=1,
    source="",
    summary="mean absolute error",
)
