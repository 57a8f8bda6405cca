"""Equivalence by two one-sided tests (TOST): is a mean inside a margin that was fixed beforehand?

Design and assumptions: those of evalkit.statistics.paired. The null is that the mean lies outside the open margin; p
is the larger of both one-sided p, and p <= alpha exactly when the 1 - 2 alpha interval lies inside the margin. Where
subjects are strongly skewed it misses its level: a nominal 2.5 % was 5 to 7 % at the edge on the side of the tail, as a
sample that misses the tail has too small a mean and too small a spread (docs/statistics.md).
Source: Schuirmann 1987, doi:10.1007/BF01068419.
"""

from evalkit.statistics.defaults import t_on_subject_means
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.result import Result


def tost(differences: Grouped, low: float, high: float, alpha: float = 0.025) -> Result:
    """Mean of one column, its interval of level 1 - 2 alpha, and p of the null "outside (low, high)".

    Raises: ValueError if the margin is empty.
    """
    if not low < high:
        raise ValueError(f"the margin ({low:g}, {high:g}) is empty")
    return t_on_subject_means(differences, 1 - 2 * alpha, (low, high))
