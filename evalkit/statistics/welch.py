"""Difference of the means of two groups of different subjects, Welch's t on subject means.

Design: subjects are independent within and between the groups; each counts once, by the mean of its clips. Variances
may differ (Welch 1947, doi:10.1093/biomet/34.1-2.28); the interval is SciPy's. Below 6 subjects in a group there is
none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from evalkit.statistics.result import Result
from evalkit.statistics.t_interval import FEWEST

METHOD = "Welch's t on subject means"


def difference_of_groups(
    first: Mapping[str, Sequence[float]], second: Mapping[str, Sequence[float]], level: float = 0.95
) -> Result:
    """Mean of the first group's subjects minus that of the second's, interval, and two-sided p of no difference.

    first, second: subject -> values of its clips, at least one each.
    """
    a, b = ([float(np.mean(values)) for _, values in sorted(group.items())] for group in (first, second))
    clips = sum(len(values) for group in (first, second) for values in group.values())
    base = Result("difference of means", METHOD, None, level=level, estimand="subject-weighted", n_clips=clips)
    base = replace(base, n_subjects=len(first.keys() | second.keys()))
    if not a or not b:
        return replace(base, note="not computed: a group has no clip with this value")
    base = replace(base, value=float(np.mean(a) - np.mean(b)))
    shared = sorted(first.keys() & second.keys())
    if shared:
        many = f"{len(shared)} subject{'s' * (len(shared) != 1)}"
        return replace(base, note=f"not computed: {many} in both groups, which are then not independent")
    if min(len(a), len(b)) < FEWEST:
        return replace(
            base, note=f"not computed: {min(len(a), len(b))} subjects in a group, an interval needs {FEWEST}"
        )
    if np.std(a) <= 1e-12 * max(1.0, abs(a[0])) and np.std(b) <= 1e-12 * max(1.0, abs(b[0])):
        return replace(base, note="not computed: no variation between subjects")
    found = stats.ttest_ind(a, b, equal_var=False)
    ends = found.confidence_interval(level)
    return replace(base, low=float(ends.low), high=float(ends.high), p=float(found.pvalue), df=float(found.df))
