"""One proportion, exactly: Clopper-Pearson interval, binomial test, and equivalence to a number.

Design: n independent trials, one a subject (one clip each; for several clips of a subject use a bootstrap of subjects,
for several readers evalkit.readers.mrmc). No further assumption: coverage is never below the level, usually above.
Sources: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404; equivalence by two exact one-sided tests, Wellek 2010,
doi:10.1201/EBK1439808184. Interval and tests are SciPy's.
"""

from dataclasses import replace
from typing import Literal

from scipy.stats import binomtest

from evalkit.statistics.result import Range, Result, p_in_range

METHOD = "exact binomial"


def proportion(successes: int, trials: int, level: float = 0.95, null: float | None = None) -> Result:
    """successes / trials with its Clopper-Pearson interval, and p of the two-sided exact test of `null` if given."""
    base = Result("proportion", METHOD, None, level=level, n_subjects=trials, n_clips=trials)
    if trials == 0:
        return replace(base, note="not computed: no trials")
    ends = binomtest(successes, trials).proportion_ci(level, method="exact")
    p = None if null is None else float(binomtest(successes, trials, null).pvalue)
    return replace(base, value=successes / trials, low=float(ends.low), high=float(ends.high), p=p)


def proportion_within(successes: int, trials: int, low: float, high: float, alpha: float = 0.025) -> Result:
    """The same at level 1 - 2 alpha, with p of the null "the proportion lies outside (low, high)"."""
    base = proportion(successes, trials, 1 - 2 * alpha)
    if base.note:
        return base
    p = p_in_range(
        lambda bound: float(binomtest(successes, trials, bound, alternative="greater").pvalue),
        lambda bound: float(binomtest(successes, trials, bound, alternative="less").pvalue),
        (low, high),
    )
    return replace(base, p=p)


def share_of_subjects(hit: int, subjects: int, level: float, bounds: Range) -> Result:
    """Share of subjects, with p of "it lies in the open range `bounds`" by exact tests."""
    base = replace(proportion(hit, subjects, level), statistic="share of subjects", method=f"{METHOD} over subjects")
    p = p_in_range(
        lambda bound: _exact(hit, subjects, bound, "greater"),
        lambda bound: _exact(hit, subjects, bound, "less"),
        bounds,
    )
    return replace(base, p=p)


def _exact(hit: int, subjects: int, bound: float, side: Literal["greater", "less"]) -> float:
    """One-sided p; beyond what a share can be, the answer is known."""
    if not 0 <= bound <= 1:
        return float((bound < 0) != (side == "greater"))
    return float(binomtest(hit, subjects, bound, alternative=side).pvalue)
