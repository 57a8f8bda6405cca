"""Agreement of readers beyond chance: Fleiss' kappa and Krippendorff's alpha, with intervals over cases.

Design: cases are random, readers fixed (they are the ones whose agreement is asked for). Agreement says nothing about
being right. Fleiss' kappa treats scores as categories and uses cases that every reader scored; Krippendorff's alpha
takes all cases with at least two scores, and the ordinal distance where scores have an order. Both are functions of
sums over cases, so the default bootstrap of evalkit.statistics resamples cases. statsmodels has kappa's value (the
tests agree with it) but not its interval.
Sources: Fleiss 1971, doi:10.1037/h0031619; Krippendorff 2004, doi:10.1111/j.1468-2958.2004.tb00738.x.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import OfSums

Distance = Literal["nominal", "ordinal", "interval"]
MOST_CATEGORIES = 100


def fleiss_kappa(scores: Floats, level: float = 0.95, seed: int = 0) -> Result:
    """Fleiss' kappa of scores (readers, cases), NaN where missing."""
    complete = ~np.isnan(scores).any(axis=0)
    categories = np.unique(scores[:, complete])
    name = "Fleiss' kappa"
    if scores.shape[0] < 2 or not complete.any():
        return Result(
            name, "none", None, level=level, note="not computed: no case was scored by every one of two or more"
        )
    if len(categories) < 2:
        return Result(name, "none", None, level=level, n_subjects=int(complete.sum()), note=_ONE)
    if len(categories) > MOST_CATEGORIES:
        return Result(name, "none", None, level=level, note=_MANY)
    counts = (scores[:, complete, None] == categories).sum(axis=0).astype(np.float64)  # (cases, categories)
    raters = len(scores)
    agreeing = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    table = np.column_stack([np.ones(len(counts)), agreeing, counts / raters])

    def value(sums: Floats) -> Floats:
        observed = sums[..., 1] / sums[..., 0]
        by_chance = ((sums[..., 2:] / sums[..., :1]) ** 2).sum(axis=-1)
        return np.where(by_chance < 1 - 1e-12, (observed - by_chance) / (1 - by_chance), np.nan)

    return _over_cases(name, table, value, level, seed)


def krippendorff_alpha(scores: Floats, distance: Distance, level: float = 0.95, seed: int = 0) -> Result:
    """Krippendorff's alpha of scores (readers, cases), NaN where missing."""
    name = f"Krippendorff's alpha ({distance})"
    paired = (~np.isnan(scores)).sum(axis=0) >= 2
    if not paired.any():
        return Result(name, "none", None, level=level, note="not computed: no case was scored by two readers")
    values = np.unique(scores[:, paired][~np.isnan(scores[:, paired])])
    if len(values) < 2:
        return Result(name, "none", None, level=level, n_subjects=int(paired.sum()), note=_ONE)
    if len(values) > MOST_CATEGORIES:
        return Result(name, "none", None, level=level, note=_MANY)
    counts = (scores[:, paired, None] == values).sum(axis=0).astype(np.float64)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    coincidences = pairs / (counts.sum(axis=1) - 1)[:, None, None]

    def value(sums: Floats) -> Floats:
        table = sums.reshape(*sums.shape[:-1], len(values), len(values))
        of_value = table.sum(axis=-1)
        number = of_value.sum(axis=-1)
        apart = _squared_distances(of_value, values, distance)
        observed = (table * apart).sum(axis=(-1, -2)) * (number - 1)
        expected = (of_value[..., :, None] * of_value[..., None, :] * apart).sum(axis=(-1, -2))
        alpha: Floats = 1 - observed / np.where(expected > 0, expected, np.nan)
        return alpha

    return _over_cases(name, coincidences.reshape(len(counts), -1), value, level, seed)


_ONE = "not computed: all scores are equal"
_MANY = f"not computed: more than {MOST_CATEGORIES} different scores; agreement of categories is not meaningful"


def _over_cases(name: str, table: Floats, value: Callable[[Floats], Floats], level: float, seed: int) -> Result:
    rows = Grouped(table, np.arange(len(table)), len(table))
    found = infer(rows, OfSums(name, "clip-weighted", lambda columns: columns, value), level, seed=seed)
    return replace(found, method=found.method.replace("subjects", "cases"), note=found.note.replace("subject", "case"))


def _squared_distances(of_value: Floats, values: Floats, distance: Distance) -> Floats:
    """(..., values, values): squared distances; ordinal ones depend on how often each value was given."""
    if distance == "nominal":
        return 1 - np.eye(len(values))
    if distance == "interval":
        return (values[:, None] - values[None, :]) ** 2
    middle = np.cumsum(of_value, axis=-1) - of_value / 2
    squared: Floats = (middle[..., :, None] - middle[..., None, :]) ** 2
    return squared
