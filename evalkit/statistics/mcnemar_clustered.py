"""McNemar's test for several clips a subject: two arms right or wrong on the same clips.

Design: subjects are independent, their clips are not. Difference of the two proportions, clip-weighted.

obuchowski  the default. p from chi-squared(1) with the variance under the null (Obuchowski 1998,
            doi:10.1002/(SICI)1097-0258(19980715)17:13<1495::AID-SIM863>3.0.CO;2-I); it assumes no model of the
            dependence within subjects. The interval uses the cluster-robust variance about the difference, and
            Student's t with subjects - 1 degrees of freedom, so that at the edge p and interval need not agree.
eliasziw    a cross-check: McNemar's chi-squared over a design effect, under one common correlation within subjects
            (Eliasziw and Donner 1991, doi:10.1002/sim.4780101211).
"""

from dataclasses import replace

import numpy as np
from scipy import stats

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.jackknife import NO_VARIATION, no_variation
from evalkit.statistics.result import Result
from evalkit.statistics.t_interval import FEWEST

NO_DISAGREEMENT = "not computed: the arms never disagree"


def obuchowski(rows: Grouped, level: float = 0.95) -> Result:
    """Proportion of column 0 minus that of column 1 (each 0 or 1): interval, and two-sided p of no difference."""
    wins, sizes = rows.totals(rows.columns[:, :1] - rows.columns[:, 1:2])[:, 0], rows.sizes()
    n = rows.n_subjects
    value = float(wins.sum() / sizes.sum())
    base = Result("difference of proportions", "clustered McNemar (Obuchowski)", value, level=level)
    base = replace(base, estimand="clip-weighted", n_subjects=n, n_clips=rows.n_clips)
    if n < FEWEST:
        return replace(base, note=f"not computed: {n} subject{'s' * (n != 1)}, an interval needs {FEWEST}")
    if not wins.any():
        agree = not (rows.columns[:, 0] != rows.columns[:, 1]).any()
        return replace(base, note=NO_DISAGREEMENT if agree else NO_VARIATION)
    p = float(stats.chi2.sf((n - 1) / n * wins.sum() ** 2 / (wins**2).sum(), 1))
    error = float(np.sqrt(n / (n - 1) * ((wins - sizes * value) ** 2).sum()) / sizes.sum())
    if no_variation(error, value):
        return replace(base, p=p, note=NO_VARIATION)
    reach = float(stats.t.ppf(0.5 + level / 2, n - 1)) * error
    return replace(base, low=value - reach, high=value + reach, p=p, error=error, df=n - 1)


def eliasziw(rows: Grouped) -> Result:
    """The same difference and p by a common correlation of disagreement within subjects; no interval."""
    first, second = rows.columns[:, 0], rows.columns[:, 1]
    cells = rows.totals(np.column_stack([first * second, first * (1 - second), (1 - first) * second,
                                         (1 - first) * (1 - second)]))  # fmt: skip
    value = float((first - second).mean())
    base = Result("difference of proportions", "clustered McNemar (Eliasziw and Donner)", value)
    base = replace(base, estimand="clip-weighted", n_subjects=rows.n_subjects, n_clips=rows.n_clips)
    disagreeing = cells[:, 1] + cells[:, 2]
    informative = int((disagreeing > 0).sum())
    if not disagreeing.any():
        return replace(base, note=NO_DISAGREEMENT)
    if informative < 2 or rows.n_clips == rows.n_subjects:
        return replace(base, note="not computed: a correlation within subjects needs several clips and subjects")
    inflation = 1 + (_effective(disagreeing, informative) - 1) * _correlation(cells)
    only_first, only_second = cells[:, 1].sum(), cells[:, 2].sum()
    chi2 = (only_first - only_second) ** 2 / (only_first + only_second) / inflation
    if inflation <= 0:
        return replace(base, note="not computed: the estimated design effect is not positive")
    return replace(base, p=float(stats.chi2.sf(chi2, 1)))


def _correlation(cells: Floats) -> float:
    """Correlation of disagreements within subjects, from the pooled one of all four cells; cells: (subjects, 4)."""
    sizes = cells.sum(axis=1)
    n, mean_size, total = len(cells), float(sizes.mean()), float(sizes.sum())
    shares = cells.sum(axis=0) / total
    between = float((((cells - np.outer(sizes, shares)) ** 2) / sizes[:, None]).sum()) / n
    within = float((cells * (sizes[:, None] - cells) / sizes[:, None]).sum()) / (n * (mean_size - 1))
    size = mean_size - float(((sizes - mean_size) ** 2).sum()) / (n * (n - 1) * mean_size)
    pooled = (between - within) / (between + (size - 1) * within)
    if pooled == 0:
        return 0.0
    odds = (1 - pooled) / pooled
    return float(1 / (1 + (shares[1] + shares[2]) * odds))


def _effective(disagreeing: Floats, informative: int) -> float:
    """The number of disagreements that a typical subject with some has, as the design effect needs it."""
    mean_number = float(disagreeing.sum()) / informative
    empty = len(disagreeing) - informative
    spread = float(((disagreeing - mean_number) ** 2).sum()) - empty * mean_number**2
    typical = mean_number - spread / (informative * (informative - 1) * mean_number)
    return typical + informative * (mean_number - typical)
