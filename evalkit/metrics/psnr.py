"""Peak signal-to-noise ratio, 10 log10(255^2 / MSE), in dB.

The mean squared error is over all pixels of a region in all frames, so that identical frames count as frames without
error. (A mean of the ratios of single frames would be infinite as soon as one frame is identical, and so would say
nothing of the others.) Where a whole clip has no error, or so little that the ratio is above 100 dB (one grey level
at one of 150,000 pixels), the value is 100 dB.
"""

import math

from evalkit.metrics.accumulate import Means, summed
from evalkit.metrics.pixel_error import squared_total_at

CEILING = 100.0  # dB
PEAK = 255.0  # grey levels


def decibels(squared_error: float) -> float:
    """PSNR [dB] of a mean squared error [grey levels squared], at most 100."""
    least = PEAK**2 / 10 ** (CEILING / 10)
    return 10 * math.log10(PEAK**2 / max(squared_error, least))


def _decibels(means: Means) -> float | str:
    return decibels(means[0])


PSNR = summed(
    name="psnr",
    sums_at=squared_total_at,
    value_of=_decibels,
    unit="dB",
    higher_is_better=True,
    bounds=(0.0, CEILING),
    version=1,
    source="",
    summary="peak signal-to-noise ratio, peak 255, of the MSE over all frames; identical clips count as 100 dB",
)
