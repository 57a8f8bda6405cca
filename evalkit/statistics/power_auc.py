"""How many subjects, and how small an effect: an AUC against a number, one clip a subject.

Variance after Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747, which assumes exponential scores and is
cautious for most others; normal approximation (Obuchowski and McClish 1997,
doi:10.1002/(SICI)1097-0258(19970715)16:13<1529::AID-SIM565>3.0.CO;2-H). For readers see evalkit.readers.mrmc, which
scales the variance found in a pilot.
"""

import numpy as np
from scipy import optimize, stats

from evalkit.statistics.power_means import fewest_subjects


def auc_variance(auc: float, n_ill: float, n_well: float) -> float:
    """Hanley and McNeil's variance of an empirical AUC."""
    both_above, both_below = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (n_ill - 1) * (both_above - auc**2) + (n_well - 1) * (both_below - auc**2)
    return float((auc * (1 - auc) + spread) / (n_ill * n_well))


def power_auc(n: int, auc: float, null: float = 0.5, share_ill: float = 0.5, alpha: float = 0.05) -> float:
    """Power of the two-sided test of AUC = null with n subjects."""
    n_ill = share_ill * n
    under_null = np.sqrt(auc_variance(null, n_ill, n - n_ill))
    true = np.sqrt(auc_variance(auc, n_ill, n - n_ill)) if 0 < auc < 1 else under_null * 1e-9
    return float(stats.norm.cdf((abs(auc - null) - stats.norm.ppf(1 - alpha / 2) * under_null) / true))


def subjects_auc(
    auc: float, null: float = 0.5, share_ill: float = 0.5, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Fewest subjects for `power_auc`, at least 6; None if the AUC is the null's, or beyond a million."""
    return None if auc == null else fewest_subjects(lambda n: power_auc(n, auc, null, share_ill, alpha), power)


def detectable_auc(
    n: int, null: float = 0.5, share_ill: float = 0.5, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest AUC above the null found with n subjects; None if not even 1 is."""
    top = 1 - 1e-9
    if power_auc(n, top, null, share_ill, alpha) < power:
        return None
    return float(optimize.brentq(lambda auc: power_auc(n, auc, null, share_ill, alpha) - power, null, top))
