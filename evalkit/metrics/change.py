"""How much an arm changed what it was given: mean absolute difference to the luma of its input, in grey levels.

It compares with no truth. Outside the mask nothing was hidden, and a generator should leave every pixel as it is; there
the value says whether it did. (The error there, `mae`, does not: on a tinted screen the luma of the input is not the
greyscale clip itself.)
"""

from evalkit.metrics.accumulate import summed
from evalkit.metrics.declare import Moment
from evalkit.metrics.pixel_error import absolute_total


def _changed_at(moment: Moment, region: str) -> tuple[float]:
    return (absolute_total(moment.given, moment.made, moment.areas[region]),)


CHANGE = summed(
    name="change",
    sums_at=_changed_at,
    unit="grey levels",
    descriptive=True,
    bounds=(0.0, 255.0),
    version=1,
    source="",
    summary="mean absolute difference to the luma of the input; above 0 in `unmasked`, pixels were altered there",
    needs="given",
)
