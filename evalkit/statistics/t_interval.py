"""Means over subjects with Student's t: the default for paired and single means of few subjects.

The unit is the subject: each subject's clips are averaged first, so a subject with many clips counts no more
than one with few (a subject-weighted mean). Below 6 subjects there is no interval and no test.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

METHOD = "t on subject means"
FEWEST = 6


class Mean(NamedTuple):
    """Mean over subjects, its standard error, degrees of freedom; error None where it cannot be had."""

    value: float
    error: float | None
    df: int
    note: str


def subject_mean(values: Mapping[str, Sequence[float]]) -> Mean:
    """Mean of the subject means of {subject: clip values}; needs at least one value."""
    means = np.array([float(np.mean(values[subject])) for subject in sorted(values)])
    n = len(means)
    value = float(means.mean())
    if n < FEWEST:
        return Mean(value, None, n - 1, f"not computed: {n} subjects, an interval needs {FEWEST}")
    error = float(means.std(ddof=1) / np.sqrt(n))
    if error <= 1e-12 * max(1.0, abs(value)):
        return Mean(value, None, n - 1, "not computed: no variation between subjects")
    return Mean(value, error, n - 1, "")


def interval(mean: Mean, level: float) -> tuple[float, float] | None:
    """Two-sided interval of the given level, or None where there is no standard error."""
    if mean.error is None:
        return None
    reach = float(stats.t.ppf(0.5 + level / 2, mean.df)) * mean.error
    return mean.value - reach, mean.value + reach


def p_above(mean: Mean, bound: float) -> float | None:
    """One-sided p of the null "the mean is at most `bound`"; None where there is no standard error."""
    return None if mean.error is None else float(stats.t.sf((mean.value - bound) / mean.error, mean.df))


def p_below(mean: Mean, bound: float) -> float | None:
    """One-sided p of the null "the mean is at least `bound`"; None where there is no standard error."""
    return None if mean.error is None else float(stats.t.cdf((mean.value - bound) / mean.error, mean.df))


def p_within(mean: Mean, low: float, high: float) -> float | None:
    """TOST: the larger of both one-sided p (Schuirmann 1987, doi:10.1007/BF01068419)."""
    above, below = p_above(mean, low), p_below(mean, high)
    return None if above is None or below is None else max(above, below)
