"""Effect size of paired data: mean difference over the standard deviation of the differences, with Hedges' correction.

Design: as evalkit.statistics.paired, one mean difference a subject. d is `d_z`, which grows with the correlation of
the arms and must not be compared with d of independent groups. Hedges' factor removes its upward bias at small n. The
interval inverts the noncentral t and is exact for normal differences.
Sources: Hedges 1981, doi:10.3102/10769986006002107; Cumming and Finch 2001, doi:10.1177/0013164401614002.
"""

from dataclasses import replace

import numpy as np
from scipy import optimize, special

from evalkit.statistics.grouped import Grouped
from evalkit.statistics.jackknife import begin
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean
from evalkit.statistics.t_interval import FEWEST, subject_mean

_LARGEST_T = 1e3


def paired_d(differences: Grouped, level: float = 0.95, corrected: bool = True) -> Result:
    """Standardised mean of one column of differences, of either sign, with its interval."""
    name = "Hedges' g of paired differences" if corrected else "Cohen's d of paired differences"
    base = replace(begin(differences, mean(), "noncentral t", level)[0], statistic=name)
    if differences.n_subjects < FEWEST:
        return replace(base, value=None)
    means = differences.totals(differences.columns[:, :1])[:, 0] / differences.sizes()
    found = subject_mean({f"{code:09d}": [float(value)] for code, value in enumerate(means)})
    if found.error is None:
        return replace(base, value=None, note=found.note)
    n = len(means)
    factor = hedges_factor(n - 1) if corrected else 1.0
    t = found.value / found.error
    if abs(t) > _LARGEST_T:
        return replace(base, value=t / float(np.sqrt(n)) * factor, note="not computed: too large for the noncentral t")
    low, high = (_centre(t, n - 1, tail) / np.sqrt(n) * factor for tail in (0.5 + level / 2, 0.5 - level / 2))
    return replace(base, value=t / float(np.sqrt(n)) * factor, low=float(low), high=float(high), df=n - 1)


def hedges_factor(df: int) -> float:
    """The exact factor that makes d unbiased: gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2))."""
    return float(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2))


def _centre(t: float, df: int, tail: float) -> float:
    """The noncentrality at which P(T <= t) is `tail`."""
    if t < 0:
        return -_centre(-t, df, 1 - tail)  # SciPy's noncentral t is NaN in parts of the mirrored half

    def miss(centre: float) -> float:
        return float(special.nctdtr(df, centre, t)) - tail

    # outwards from t, no farther than needed: far on the other side of 0 SciPy's noncentral t is NaN
    away = 1.0 if miss(t) > 0 else -1.0
    while away * miss(t + away) > 0:
        away *= 2
    return float(optimize.brentq(miss, *sorted((t, t + away)), xtol=1e-10))
