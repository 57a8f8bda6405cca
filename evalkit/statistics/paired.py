"""Paired t test on subject means: does one arm differ from the other, or a mean from a number?

Design: the same clips under two arms; each subject's clip differences are averaged first, so n is subjects.
Assumes subjects are independent, and means of their differences near enough to normal. Where subjects are strongly
skewed (skewness 6) it misses its level: a nominal 95 % interval covers 90 to 94 %, and a one-sided 2.5 % away from the
tail is 5 to 7 % (docs/statistics.md).
A large p is no evidence that arms are alike: for that, evalkit.statistics.tost.
Source: Student 1908, doi:10.1093/biomet/6.1.1; on subject means, Altman and Bland 1997, doi:10.1136/bmj.314.7098.1874.
"""

from dataclasses import replace

from evalkit.statistics.defaults import t_on_subject_means
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.result import Alternative, Result


def paired_t(
    differences: Grouped, null: float = 0.0, level: float = 0.95, alternative: Alternative = "two-sided"
) -> Result:
    """Mean difference, its two-sided interval, and p of the null that it is `null` (at most, at least it if one-sided).

    `greater` tests for a mean above the null. The p of both sides is twice the smaller one.
    """
    above = t_on_subject_means(differences, level, (null, None))
    below = t_on_subject_means(differences, level, (None, null))
    if above.p is None or below.p is None:
        return above
    p = {"greater": above.p, "less": below.p, "two-sided": min(1.0, 2 * min(above.p, below.p))}[alternative]
    return replace(above, p=p)
