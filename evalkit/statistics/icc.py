"""Intraclass correlation: how much of the variance of ratings is between what is rated.

Design: (subjects, raters), complete, one rating of each subject by each rater (average a subject's clips first).
Forms of McGraw and Wong (in brackets Shrout and Fleiss): `1` raters differ from subject to subject (1,1);
`A` two-way, absolute agreement (2,1): the default, as a rater or scanner that reads high is then an error; `C` two-way,
consistency (3,1). `average` is that of the mean of all raters. Assumes normal effects; the interval of A is
Satterthwaite's, the others are exact. Sources: McGraw and Wong 1996, doi:10.1037/1082-989X.1.1.30; Shrout and Fleiss
1979, doi:10.1037/0033-2909.86.2.420.
"""

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evalkit.statistics.grouped import Floats
from evalkit.statistics.result import Result
from evalkit.statistics.t_interval import FEWEST

Form = Literal["1", "A", "C"]


class _Squares(NamedTuple):
    """Mean squares: between subjects, between raters, residual of two-way, within subjects."""

    rows: float
    columns: float
    residual: float
    within: float
    n: int
    k: int


def icc(ratings: ArrayLike, form: Form = "A", average: bool = False, level: float = 0.95) -> Result:
    """The correlation with its two-sided interval; it can be negative.

    Raises: ValueError if ratings are no finite matrix of at least two raters.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise ValueError(f"ratings of shape {table.shape}: give a finite (subjects, raters), at least two raters")
    n, k = table.shape
    base = Result(f"ICC({form},{'k' if average else '1'})", "ANOVA mean squares", None, level=level)
    base = replace(base, estimand="subject-weighted", n_subjects=n, n_clips=n)
    if n < FEWEST:
        return replace(base, note=f"not computed: {n} subject{'s' * (n != 1)}, an interval needs {FEWEST}")
    if np.ptp(table) <= 1e-12 * max(1.0, float(np.abs(table).max())):
        return replace(base, note="not computed: all ratings are equal")
    squares = _squares(table)
    single, ends = _agreement(squares, level) if form == "A" else _one_ratio(squares, form, level)
    if ends is None:
        return replace(base, value=single, note="not computed: raters agree, but for a constant, without any variation")
    value, low, high = (k * r / (1 + (k - 1) * r) if average else r for r in (single, *ends))
    return replace(base, value=value, low=low, high=high)


def _squares(table: Floats) -> _Squares:
    n, k = table.shape
    grand, of_rows, of_columns = table.mean(), table.mean(axis=1), table.mean(axis=0)
    between = k * float(((of_rows - grand) ** 2).sum())
    columns = n * float(((of_columns - grand) ** 2).sum())
    within = float(((table - of_rows[:, None]) ** 2).sum())
    residual = max(within - columns, 0.0)
    return _Squares(between / (n - 1), columns / (k - 1), residual / ((n - 1) * (k - 1)), within / (n * (k - 1)), n, k)


def _one_ratio(s: _Squares, form: Form, level: float) -> tuple[float, tuple[float, float] | None]:
    """Forms 1 and C: a ratio of two mean squares, F distributed."""
    error, df = (s.within, s.n * (s.k - 1)) if form == "1" else (s.residual, (s.n - 1) * (s.k - 1))
    if error <= 1e-12 * s.rows:
        return 1.0, None
    ratio, tail = s.rows / error, 0.5 + level / 2
    low, high = ratio / stats.f.ppf(tail, s.n - 1, df), ratio * stats.f.ppf(tail, df, s.n - 1)
    value, *ends = (float((f - 1) / (f + s.k - 1)) for f in (ratio, low, high))
    return value, (ends[0], ends[1])


def _agreement(s: _Squares, level: float) -> tuple[float, tuple[float, float] | None]:
    """Form A."""
    n, k = s.n, s.k
    value = (s.rows - s.residual) / (s.rows + (k - 1) * s.residual + k / n * (s.columns - s.residual))
    if s.residual <= 1e-12 * (s.rows + s.columns):
        return float(value), None
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    spread = (a * s.columns) ** 2 / (k - 1) + (b * s.residual) ** 2 / ((n - 1) * (k - 1))
    df = (a * s.columns + b * s.residual) ** 2 / spread
    tail, rest = 0.5 + level / 2, k * s.columns + (k * n - k - n) * s.residual
    below, above = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    low = n * (s.rows - below * s.residual) / (below * rest + n * s.rows)
    high = n * (above * s.rows - s.residual) / (rest + n * above * s.rows)
    return float(value), (float(low), float(high))
