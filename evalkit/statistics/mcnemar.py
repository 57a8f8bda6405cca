"""McNemar's test, exactly: two classifiers (or arms) right or wrong on the same independent subjects.

Design: one clip a subject; with more, evalkit.statistics.mcnemar_clustered. Only pairs on which the arms disagree
count; under the null each of them favours either arm with probability one half. No approximation: p is exact, and
conservative. Source: McNemar 1947, doi:10.1007/BF02295996; exact form, Mosteller 1952.
The p is statsmodels', the interval SciPy's (Clopper-Pearson on the disagreeing pairs).
"""

from dataclasses import replace

from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from evalkit.statistics.result import Result


def exact_mcnemar(only_first: int, only_second: int, both: int = 0, neither: int = 0, level: float = 0.95) -> Result:
    """Share of disagreeing pairs that favour the first arm (null: one half), Clopper-Pearson interval, two-sided p."""
    n, disagree = both + only_first + only_second + neither, only_first + only_second
    base = Result("share of disagreements for the first arm", "exact McNemar", None, level=level)
    base = replace(base, n_subjects=n, n_clips=n)
    if disagree == 0:
        return replace(base, note="not computed: the arms never disagree")
    p = float(mcnemar([[both, only_first], [only_second, neither]], exact=True).pvalue)
    ends = binomtest(only_first, disagree).proportion_ci(level, method="exact")
    smallest = min(1.0, 2 * 0.5**disagree)
    found = replace(base, value=only_first / disagree, low=float(ends.low), high=float(ends.high))
    return replace(found, p=min(1.0, p), smallest_p=smallest)
