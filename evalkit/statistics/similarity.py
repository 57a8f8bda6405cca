"""Similarity-sensitive diversity: how many clips, all unlike each other, a set of clips is worth.

Leinster and Cobbold 2012, doi:10.1890/10-2402.1: with shares p and similarities Z (0 to 1, 1 on the diagonal), the
diversity of order q is (sum_i p_i (Zp)_i^(q - 1))^(1 / (1 - q)), at q = 1 its limit. With Z the identity it is the Hill
number. It is computed here rather than by the `sentropy` package because it has to be computed again for every left-out
subject, and without torch; the tests hold both to the same values.

The interval deletes one subject at a time (jackknife): a resample with replacement would hold copies of clips, which
are wholly alike, so that every resample would seem less diverse than the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.hill import When
from evalkit.statistics.jackknife import jackknife
from evalkit.statistics.result import Estimand, Result


def similarity_diversity(shares: Floats, similarity: Floats, order: float) -> Floats:
    """Shares (..., n) that add up to 1 and similarity (n, n), symmetric, to (...): at least 1.

    Raises: ValueError for an order below 0 or a matrix of another size.
    """
    if order < 0 or similarity.shape != (shares.shape[-1],) * 2:
        raise ValueError(f"got order {order:g}, shares of {shares.shape[-1]} and similarity {similarity.shape}")
    usual = shares @ similarity  # how usual what is like it is, for each
    there = shares > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        if order == 1:
            found = np.exp(-np.sum(np.where(there, shares * np.log(usual), 0.0), axis=-1))
        else:
            found = np.sum(np.where(there, shares * usual ** (order - 1), 0.0), axis=-1) ** (1 / (1 - order))
        result: Floats = np.where(there.any(axis=-1), found, np.nan)
    return result


def distances(vectors: Floats) -> Floats:
    """Euclidean distances (n, n) of vectors (n, d), 0 on the diagonal."""
    squares = (vectors**2).sum(axis=1)
    found: Floats = np.sqrt(np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0.0))
    np.fill_diagonal(found, 0.0)
    return found


def nearest_scale(apart: Floats, subjects: Sequence[str]) -> float | None:
    """Median distance (n, n) from a clip to the nearest clip of another subject; None where there is one subject, or
    where it is 0."""
    names = np.asarray(subjects, dtype=str)
    other = np.where(names[:, None] == names, np.inf, apart)
    nearest = other.min(axis=1, initial=np.inf)
    scale = float(np.median(nearest)) if len(nearest) else 0.0
    return scale if np.isfinite(scale) and scale > 0 else None


@dataclass(frozen=True)
class OfSimilarity:
    """The diversity of an order. Columns: row of the similarity matrix, is it there before, is it there after."""

    name: str
    similarity: Floats
    order: float
    when: When
    estimand: Estimand = "clip-weighted"

    def on(self, rows: Grouped) -> "_Evaluator":
        """The statistic on these rows."""
        at = rows.columns[:, 0].astype(int)
        return _Evaluator(rows, self.similarity[np.ix_(at, at)], self.order, self.when)


@dataclass(frozen=True)
class _Evaluator:
    rows: Grouped
    similarity: Floats
    order: float
    when: When

    @property
    def width(self) -> int:
        return self.rows.n_clips

    def values(self, counts: Floats) -> Floats:
        if self.when == "difference":
            return self._at(counts, 2) - self._at(counts, 1)
        return self._at(counts, 1 if self.when == "before" else 2)

    def without_each(self, counts: Floats) -> Floats:
        one_less = [counts - (np.arange(self.rows.n_subjects) == left_out) for left_out in range(self.rows.n_subjects)]
        return np.stack([np.where(less.min(axis=1) < 0, np.nan, self.values(less)) for less in one_less], axis=1)

    def _at(self, counts: Floats, column: int) -> Floats:
        weights = counts[:, self.rows.subject] * self.rows.columns[:, column]
        total = weights.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            shares = np.where(total > 0, weights / total, 0.0)
        return similarity_diversity(shares, self.similarity, self.order)


def similarity_estimate(rows: Grouped, similarity: Floats, order: float, when: When) -> Result:
    """The diversity of the clips before, after, or the difference, with its jackknife interval."""
    return jackknife(rows, OfSimilarity(f"similarity-sensitive diversity of order {order:g}", similarity, order, when))
