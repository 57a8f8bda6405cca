"""KID with an interval, what it would be between real clips alone, and the descriptive figures beside it.

The interval deletes one subject at a time: KID is a U-statistic over subjects, and resampling subjects with replacement
would compare a subject with its copy, which moves every replicate upwards (a plain subject bootstrap hardly ever covers
a true zero: see the test). Where two distributions are equal the jackknife's variance is about twice the true one, so
that the interval is wide there rather than narrow (Efron and Stein 1981, doi:10.1214/aos/1176345462).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evalkit.statistics.set_distances import KernelMeans, kid, kid_without_each
from evalkit.statistics.t_interval import FEWEST

JACKKNIFE = "delete-subject jackknife, t"
LEVEL = 0.95


class SetEstimate(NamedTuple):
    """A value with its interval; what is missing is None, and the note says why."""

    value: float | None
    low: float | None
    high: float | None
    n_subjects: int
    method: str
    note: str


class RealNull(NamedTuple):
    """KID over random splits into disjoint subjects, `n` a side: real against other real ones, and against made ones.

    The splits share subjects, so their spread describes and is no interval.
    """

    n: int
    real: NDArray[np.float64]
    made: NDArray[np.float64]

    @property
    def share_above(self) -> float:
        """Share of the splits in which the made clips are farther from the real ones than other real ones are."""
        return float((self.made > self.real).mean())


def kid_estimate(means: KernelMeans, level: float = LEVEL) -> SetEstimate:
    """KID of all subjects with a jackknife interval; below 6 subjects in either set without one."""
    subjects = len(means.names)
    value = kid(means)
    if value is None:
        real, made = int(means.has_real.sum()), int(means.has_made.sum())
        note = f"not computed: {real} subjects with real and {made} with made clips; pairs of different ones are needed"
        return SetEstimate(None, None, None, subjects, JACKKNIFE, note)
    fewest = min(int(means.has_real.sum()), int(means.has_made.sum()))
    if fewest < FEWEST:
        note = f"no interval: {fewest} subjects, an interval needs {FEWEST}"
        return SetEstimate(value, None, None, subjects, JACKKNIFE, note)
    without = kid_without_each(means)
    error = float(np.sqrt((subjects - 1) / subjects * ((without - without.mean()) ** 2).sum()))
    reach = float(stats.t.ppf(0.5 + level / 2, fewest - 1)) * error
    return SetEstimate(value, value - reach, value + reach, subjects, JACKKNIFE, "")


def real_null(means: KernelMeans, splits: int, seed: int) -> RealNull | None:
    """KID between disjoint subjects at the same n; None where there are too few subjects for two of two.

    In each split A and B are disjoint sets of n subjects with real clips; A is compared with B's real clips and with
    made clips of n subjects that are not in A (those of B where they have them).
    """
    real, made = (np.flatnonzero(has) for has in (means.has_real, means.has_made))
    only_made = np.setdiff1d(made, real)
    n = min(len(real) // 2, max(len(made) // 2, len(only_made)))
    if n < 2:
        return None
    random, found = np.random.default_rng(seed), []
    for _ in range(splits):
        drawn = random.permutation(real)
        a, b = drawn[:n], drawn[n : 2 * n]
        allowed = random.permutation(np.setdiff1d(made, a))
        preferred = np.isin(allowed, b)
        c = np.concatenate([allowed[preferred], allowed[~preferred]])[:n]
        within = _mean_apart(means.real[np.ix_(a, a)])
        found.append(
            (
                within + _mean_apart(means.real[np.ix_(b, b)]) - 2 * float(means.real[np.ix_(a, b)].mean()),
                within + _mean_apart(means.made[np.ix_(c, c)]) - 2 * float(means.cross[np.ix_(a, c)].mean()),
            )
        )
    values = np.array(found)
    return RealNull(n, values[:, 0], values[:, 1])


def _mean_apart(block: NDArray[np.float64]) -> float:
    n = len(block)
    return float((block.sum() - np.trace(block)) / (n * (n - 1)))
