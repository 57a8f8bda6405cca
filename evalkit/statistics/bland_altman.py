"""Limits of agreement of two measurements of the same clips, several clips a subject.

Design: a difference (one method minus the other) for each clip; the true value may vary between a subject's clips. The
bias is the mean over clips. The limits are bias -+ 1.96 standard deviations, whose square is the sum of the variances
between and within subjects by one-way analysis of variance, so that a subject with many clips does not narrow them
(Bland and Altman 2007, doi:10.1080/10543400701329422); with one clip a subject they are the limits of Bland and Altman
1986, doi:10.1016/S0140-6736(86)90837-8. Intervals resample subjects by the default engine
(evalkit.statistics.defaults). Assumes that differences do not grow with what is measured, and are near enough to normal
that 1.96 deviations hold 95 %.
"""

from typing import NamedTuple

import numpy as np

from evalkit.statistics.bootstrap import RESAMPLES
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import OfSums

REACH = 1.959963984540054


class Agreement(NamedTuple):
    """Bias and both limits, each with its interval; and the standard deviation of a difference."""

    bias: Result
    lower: Result
    upper: Result
    deviation: float | None


def limits_of_agreement(
    differences: Grouped, level: float = 0.95, seed: int = 0, n_resamples: int = RESAMPLES
) -> Agreement:
    """Of one column of differences. With fewer than six subjects there are values and no intervals."""
    rows = _with_subject_means(differences)
    bias, lower, upper = (
        infer(rows, OfSums(name, "clip-weighted", _features, value), level, seed=seed, n_resamples=n_resamples)
        for name, value in (("bias", _bias), ("lower limit", _lower), ("upper limit", _upper))
    )
    spread = float(np.sqrt(_variance(_features(rows.columns).sum(axis=0))))
    return Agreement(bias, lower, upper, spread if np.isfinite(spread) else None)


def _with_subject_means(rows: Grouped) -> Grouped:
    """The difference, the mean of its subject, and the number of clips of its subject: (clips, 3)."""
    sizes = rows.sizes()
    means = rows.totals(rows.columns[:, :1])[:, 0] / sizes
    columns = np.column_stack([rows.columns[:, 0], means[rows.subject], sizes[rows.subject]])
    return Grouped(columns, rows.subject, rows.n_subjects)


def _features(columns: Floats) -> Floats:
    """What adds up over clips to: clips, subjects, clips squared by subject, sum, squares, squares between subjects."""
    difference, mean, size = columns.T
    return np.column_stack([np.ones(len(size)), 1 / size, size, difference, difference**2, mean**2])


def _bias(sums: Floats) -> Floats:
    return np.asarray(sums[..., 3] / sums[..., 0], np.float64)


def _lower(sums: Floats) -> Floats:
    return _bias(sums) - REACH * np.sqrt(_variance(sums))


def _upper(sums: Floats) -> Floats:
    return _bias(sums) + REACH * np.sqrt(_variance(sums))


def _variance(sums: Floats) -> Floats:
    """Between plus within subjects; NaN of a single subject. A negative estimate of the former counts as 0."""
    clips, subjects, squared_sizes, total, squares, between = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(clips - subjects > 0.5, np.maximum(squares - between, 0) / (clips - subjects), 0.0)
        of_subjects = (between - total**2 / clips) / (subjects - 1)
        size = (clips - squared_sizes / clips) / (subjects - 1)
        return np.where(subjects > 1.5, within + np.maximum((of_subjects - within) / size, 0), np.nan)
