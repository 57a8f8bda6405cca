"""Randomisation tests over subjects: sign-flip of paired differences, swap of two arms, permutation of two groups.

sign_flip    one column of paired differences. Null: each subject's differences are as likely with either sign (so the
             test is about a mean of 0, and assumes symmetry).
swap_arms    any statistic of two arms on the same subjects. Null: the arms are exchangeable within each subject.
permutation  any statistic of two groups of different subjects. Null: the groups are exchangeable.

All of a subject's clips move together. Where there are no more rearrangements than resamples asked for, all are
enumerated and p is exact; else p = (count + 1) / (n + 1), the data being the added one (Phipson and Smyth 2010,
doi:10.2202/1544-6115.1585). `smallest_p` is the least that could have come out. There is no interval.

Where subjects are strongly skewed the sign-flip misses its level: a nominal 5 % was 6 to 8 % (docs/statistics.md).
Source: Fisher 1935; Good 2005, doi:10.1007/b138696.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.bootstrap import RESAMPLES
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Alternative, Estimand, Result
from evalkit.statistics.statistic import Statistic, mean

_AT_ONCE = 2**16
NO_VALUE = "not computed: the statistic does not exist in both arms"
Rearranged = Iterator[Floats]


def sign_flip(
    rows: Grouped,
    estimand: Estimand = "subject-weighted",
    alternative: Alternative = "two-sided",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Result:
    """Test of the mean of one column of differences against 0."""
    evaluator = mean(estimand).on(rows)
    n = rows.n_subjects
    share = evaluator.totals / evaluator.totals[:, 1].sum()  # each subject's part of the mean
    base = Result("mean", "sign-flip of subjects", float(share[:, 0].sum()), estimand=estimand, seed=seed)
    base = replace(base, n_subjects=n, n_clips=rows.n_clips)
    return _test(
        base, lambda flipped: (1 - 2 * flipped) @ share[:, 0], _subsets(n, n_resamples, seed), 2**n, alternative
    )


def swap_arms(
    ours: Grouped,
    theirs: Grouped,
    statistic: Statistic,
    alternative: Alternative = "two-sided",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Result:
    """Test of statistic(ours) - statistic(theirs), arms of the same subjects, against 0.

    Raises: ValueError if the arms differ in their subjects.
    """
    if ours.n_subjects != theirs.n_subjects:
        raise ValueError(f"the arms have {ours.n_subjects} and {theirs.n_subjects} subjects; they need the same")
    n = ours.n_subjects
    stacked = Grouped(
        np.concatenate([ours.columns, theirs.columns]), np.concatenate([ours.subject, theirs.subject + n]), 2 * n
    )
    evaluator = statistic.on(stacked)

    def difference(swapped: Floats) -> Floats:
        first = evaluator.values(np.hstack([1 - swapped, swapped]))
        return first - evaluator.values(np.hstack([swapped, 1 - swapped]))

    base = Result(statistic.name, "swap of arms within subjects", float(difference(np.zeros((1, n)))[0]), seed=seed)
    base = replace(base, estimand=statistic.estimand, n_subjects=n, n_clips=ours.n_clips)
    return _test(base, difference, _subsets(n, n_resamples, seed), 2**n, alternative)


def permutation(
    rows: Grouped,
    in_first: Sequence[bool],
    statistic: Statistic,
    alternative: Alternative = "two-sided",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Result:
    """Test of the statistic of the first group of subjects minus that of the others; in_first: (subjects,).

    Raises: ValueError if in_first does not name the group of each subject.
    """
    first = np.asarray(in_first, dtype=bool)
    if first.shape != (rows.n_subjects,):
        raise ValueError(f"in_first has shape {first.shape}; give the group of each of {rows.n_subjects} subjects")
    evaluator = statistic.on(rows)

    def difference(member: Floats) -> Floats:
        return evaluator.values(member) - evaluator.values(1 - member)

    base = Result(statistic.name, "permutation of subjects", float(difference(first[None].astype(float))[0]), seed=seed)
    base = replace(base, estimand=statistic.estimand, n_subjects=rows.n_subjects, n_clips=rows.n_clips)
    possible = comb(rows.n_subjects, int(first.sum()))
    return _test(base, difference, _groups(first, possible, n_resamples, seed), possible, alternative)


def _test(
    base: Result, of: Callable[[Floats], Floats], rearranged: Rearranged, possible: int, alternative: Alternative
) -> Result:
    observed = base.value
    if observed is None or not np.isfinite(observed):
        return replace(base, value=None, note=NO_VALUE)
    values = np.concatenate([of(chunk) for chunk in rearranged])
    if np.isnan(values).any():
        return replace(base, note="not computed: in some rearrangement the statistic does not exist")
    if np.ptp(values) <= 1e-12 * max(1.0, abs(observed)):
        return replace(base, note="not computed: every rearrangement gives the same value")
    exact = len(values) == possible
    extreme, key = _sided(values, alternative), float(_sided(np.array([observed]), alternative)[0])
    slack = 1e-12 * max(1.0, abs(observed))  # so that sums in another order still tie
    count = int((extreme >= key - slack).sum())
    p = count / possible if exact else (count + 1) / (len(values) + 1)
    smallest = int((extreme >= extreme.max() - slack).sum()) / possible if exact else 1 / (len(values) + 1)
    return replace(base, p=p, smallest_p=smallest, n_resamples=len(values))


def _sided(values: Floats, alternative: Alternative) -> Floats:
    return np.abs(values) if alternative == "two-sided" else values if alternative == "greater" else -values


def _subsets(n: int, n_resamples: int, seed: int) -> Rearranged:
    """Zeros and ones, (chunk, n): all 2**n, or as many random ones as asked for."""
    at_once = max(1, _AT_ONCE // max(n, 1))
    everything = n < 63 and 2**n <= n_resamples
    rng = np.random.default_rng(seed)
    total = 2**n if everything else n_resamples
    for start in range(0, total, at_once):
        many = min(at_once, total - start)
        if everything:
            yield (((start + np.arange(many))[:, None] >> np.arange(n)) & 1).astype(np.float64)
        else:
            yield rng.integers(0, 2, (many, n)).astype(np.float64)


def _groups(first: NDArray[np.bool_], possible: int, n_resamples: int, seed: int) -> Rearranged:
    """Memberships of the first group, (chunk, subjects): all, or as many random ones as asked for."""
    n, size = len(first), int(first.sum())
    if possible <= n_resamples:
        member = np.zeros((possible, n))
        for row, chosen in enumerate(combinations(range(n), size)):
            member[row, list(chosen)] = 1
        yield member
        return
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, n_resamples, at_once):
        many = min(at_once, n_resamples - start)
        yield rng.permuted(np.tile(first.astype(np.float64), (many, 1)), axis=1)
