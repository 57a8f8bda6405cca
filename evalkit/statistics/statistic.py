"""Statistics of subject-grouped rows, made so that they can be resampled by subject.

A resample is a row of counts: how often each subject is in it. Most statistics are functions of sums over rows (a
mean, a slope, F1), so a subject enters through its own sums alone, and ten thousand resamples are one product of
matrices. Any other statistic is a function of columns and row weights, and is called once a resample.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Estimand


class Evaluator(Protocol):
    """A statistic on given rows, as a function of how often each subject counts."""

    @property
    def width(self) -> int:
        """Numbers held in memory for each value at a time."""
        ...

    def values(self, counts: Floats) -> Floats:
        """(resamples, subjects) to (resamples,); NaN where the statistic does not exist."""
        ...

    def without_each(self, counts: Floats) -> Floats:
        """(resamples, subjects) to (resamples, subjects): the value with one copy of each subject taken out."""
        ...


class Statistic(Protocol):
    """What can be resampled."""

    @property
    def name(self) -> str:
        """For the report."""
        ...

    @property
    def estimand(self) -> Estimand:
        """Whether every subject or every clip counts the same."""
        ...

    def on(self, rows: Grouped) -> Evaluator:
        """The statistic on these rows."""
        ...


@dataclass(frozen=True)
class OfSums:
    """A function of sums over rows. features: (clips, columns) to (clips, k); value: (..., k) to (...).

    Subject-weighted: each clip counts 1 / (clips of its subject), so that each subject counts once.
    """

    name: str
    estimand: Estimand
    features: Callable[[Floats], Floats]
    value: Callable[[Floats], Floats]

    def on(self, rows: Grouped) -> "_SumEvaluator":
        """The statistic on these rows."""
        totals = rows.totals(self.features(rows.columns))
        if self.estimand == "subject-weighted":
            totals = totals / rows.sizes()[:, None]
        return _SumEvaluator(totals, self.value)


@dataclass(frozen=True)
class _SumEvaluator:
    totals: Floats
    value: Callable[[Floats], Floats]

    @property
    def width(self) -> int:
        return int(self.totals.shape[1])

    def values(self, counts: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.value(counts @ self.totals)

    def without_each(self, counts: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.value((counts @ self.totals)[:, None, :] - self.totals[None])


@dataclass(frozen=True)
class OfRows:
    """Any function of columns (clips, columns) and row weights (clips,), called once a resample: general and slow."""

    name: str
    estimand: Estimand
    function: Callable[[Floats, Floats], float]

    def on(self, rows: Grouped) -> "_RowEvaluator":
        """The statistic on these rows."""
        own = 1 / rows.sizes()[rows.subject] if self.estimand == "subject-weighted" else np.ones(rows.n_clips)
        return _RowEvaluator(rows, own, self.function)


@dataclass(frozen=True)
class _RowEvaluator:
    rows: Grouped
    own: Floats
    function: Callable[[Floats, Floats], float]

    @property
    def width(self) -> int:
        return 1

    def values(self, counts: Floats) -> Floats:
        return np.array([self._one(row) for row in counts])

    def without_each(self, counts: Floats) -> Floats:
        taken = np.eye(self.rows.n_subjects)
        return np.array([[self._one(row - one) if row @ one else np.nan for one in taken] for row in counts])

    def _one(self, counts: Floats) -> float:
        weights = counts[self.rows.subject] * self.own
        present = weights > 0
        return self.function(self.rows.columns[present], weights[present]) if present.any() else float("nan")


def mean(estimand: Estimand = "subject-weighted") -> OfSums:
    """Mean of the one column."""
    return OfSums(
        "mean", estimand, lambda c: np.column_stack([c[:, 0], np.ones(len(c))]), lambda s: s[..., 0] / s[..., 1]
    )


def slope(estimand: Estimand = "clip-weighted") -> OfSums:
    """Least-squares slope of the second column on the first; undefined where the first does not vary."""

    def features(columns: Floats) -> Floats:
        x, y = (columns - columns[:1]).T  # large offsets would cost digits
        return np.column_stack([np.ones(len(x)), x, y, x * x, x * y])

    def value(sums: Floats) -> Floats:
        n, x, y, xx, xy = np.moveaxis(sums, -1, 0)
        spread = n * xx - x * x
        return np.where(spread > 1e-12 * n * xx, (n * xy - x * y) / spread, np.nan)

    return OfSums("slope", estimand, features, value)
