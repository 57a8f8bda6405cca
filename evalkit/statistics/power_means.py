"""How many subjects, and how small an effect: means of subjects (single or paired), tested on one side or by TOST.

Design: as evalkit.statistics.paired. `sd` is that of subject means; `sd_of_subject_means` makes it from the spread of
clips, the number of clips a subject, and their intraclass correlation: clips of one subject are worth less than
subjects. Exact for normal data. One-sided power is statsmodels' (noncentral t); TOST's is integrated here, as Owen 1965
(doi:10.1093/biomet/52.3-4.437) and Phillips 1990 (doi:10.1007/BF01063556).
"""

from collections.abc import Callable

import numpy as np
from scipy import integrate, optimize, stats
from statsmodels.stats.power import TTestPower

from evalkit.statistics.t_interval import FEWEST

MOST_SUBJECTS = 1_000_000


def sd_of_subject_means(sd: float, clips: float, correlation: float) -> float:
    """Standard deviation of means of `clips` clips a subject; correlation: between clips of one subject, 0 to 1."""
    return sd * float(np.sqrt(correlation + (1 - correlation) / clips))


def power_one_sided(n: int, distance: float, sd: float, alpha: float = 0.025) -> float:
    """Power to show that a mean lies beyond a bound, at a true mean `distance` beyond it (superior, noninferior)."""
    return float(TTestPower().power(distance / sd, n, alpha, alternative="larger"))


def power_equivalence(n: int, sd: float, low: float, high: float, effect: float = 0.0, alpha: float = 0.025) -> float:
    """Power of TOST for a true mean `effect` against the margin (low, high), with n subjects."""
    return tost_power(sd / float(np.sqrt(n)), n - 1, low, high, effect, alpha)


def tost_power(error: float, df: int, low: float, high: float, effect: float, alpha: float) -> float:
    """Power of TOST where the estimate has this true standard error, estimated with df degrees of freedom."""
    cutoff = float(stats.t.ppf(1 - alpha, df))
    widest = (high - low) / 2 / (cutoff * error)  # of the estimated over the true error, at which the interval fits

    def density(ratio: float) -> float:
        reach = cutoff * error * ratio
        inside = stats.norm.cdf((high - reach - effect) / error) - stats.norm.cdf((low + reach - effect) / error)
        return float(inside * stats.chi.pdf(ratio * np.sqrt(df), df) * np.sqrt(df))

    found, _ = integrate.quad(density, 0, widest, points=[min(1.0, widest / 2)], limit=200)
    return float(np.clip(found, 0, 1))


def fewest_subjects(power_of: Callable[[int], float], power: float = 0.8) -> int | None:
    """The fewest subjects, at least 6, with which a power that grows with them is reached; None beyond a million."""
    low, high = FEWEST, FEWEST
    while power_of(high) < power:
        low, high = high + 1, 2 * high
        if high > MOST_SUBJECTS:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(middle) >= power else (middle + 1, high)
    return low


def subjects_one_sided(distance: float, sd: float, alpha: float = 0.025, power: float = 0.8) -> int | None:
    """Fewest subjects for `power_one_sided`; None if the mean is not beyond the bound."""
    return fewest_subjects(lambda n: power_one_sided(n, distance, sd, alpha), power) if distance > 0 else None


def subjects_equivalence(
    sd: float, low: float, high: float, effect: float = 0.0, alpha: float = 0.025, power: float = 0.8
) -> int | None:
    """Fewest subjects for `power_equivalence`; None if the effect is not inside the margin."""
    if not low < effect < high:
        return None
    return fewest_subjects(lambda n: power_equivalence(n, sd, low, high, effect, alpha), power)


def detectable_distance(n: int, sd: float, alpha: float = 0.025, power: float = 0.8) -> float:
    """The smallest distance beyond a bound that n subjects show with this power."""
    solved = TTestPower().solve_power(None, n, alpha, power, alternative="larger")
    return float(np.squeeze(solved)) * sd


def detectable_margin(n: int, sd: float, effect: float = 0.0, alpha: float = 0.025, power: float = 0.8) -> float:
    """The smallest symmetric margin within which n subjects show equivalence with this power."""

    def miss(margin: float) -> float:
        return power_equivalence(n, sd, -margin, margin, effect, alpha) - power

    start = abs(effect) + 1e-6 * sd
    return float(optimize.brentq(miss, start, start + 100 * sd, xtol=1e-9 * sd))
