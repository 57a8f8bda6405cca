"""How many subjects, and how small an effect: one proportion, and McNemar's test of two arms on the same subjects.

Design: one clip a subject, as evalkit.statistics.binomial and evalkit.statistics.mcnemar; multiply the number of clips
by
`design_effect` where a subject has several. Power is that of the exact tests, summed over all outcomes, with no
approximation; as it is saw-toothed, the number returned is one from which on the power holds for the next ones too.
Sources: saw-toothed power, Chernick and Liu 2002 (The American Statistician 56:149); exact McNemar, Duffy 1984
(Biometrics 40:1005); design effect, Donner and Klar 2000.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from evalkit.statistics.t_interval import FEWEST

_RUN = 10  # numbers in a row that must hold the power
_MOST = 20_000


def design_effect(clips: float, correlation: float) -> float:
    """By how much `clips` correlated clips a subject raise a variance over as many independent ones."""
    return 1 + (clips - 1) * correlation


def power_proportion(n: int, true: float, null: float, alpha: float = 0.025) -> float:
    """Power of the exact one-sided binomial test of `null`, on the side of the true proportion."""
    if true < null:
        true, null = 1 - true, 1 - null
    counts = np.arange(n + 1)
    rejected = stats.binom.sf(counts - 1, n, null) <= alpha
    return float(stats.binom.pmf(counts, n, true)[rejected].sum())


def power_mcnemar(n: int, only_first: float, only_second: float, alpha: float = 0.05) -> float:
    """Power of the exact two-sided McNemar test; arguments: probabilities that only the one arm is right."""
    disagree = only_first + only_second
    numbers = np.arange(n + 1)
    critical = stats.binom.ppf(alpha / 2, numbers, 0.5)
    critical = np.where(stats.binom.cdf(critical, numbers, 0.5) <= alpha / 2, critical, critical - 1)
    share = only_first / disagree
    low = np.where(critical >= 0, stats.binom.cdf(critical, numbers, share), 0.0)
    high = np.where(critical >= 0, stats.binom.cdf(critical, numbers, 1 - share), 0.0)
    return float((stats.binom.pmf(numbers, n, disagree) * (low + high)).sum())


def subjects_proportion(true: float, null: float, alpha: float = 0.025, power: float = 0.8) -> int | None:
    """Fewest subjects for `power_proportion`, at least 6; None beyond 20,000."""
    return None if true == null else _from_where_it_holds(lambda n: power_proportion(n, true, null, alpha), power)


def subjects_mcnemar(only_first: float, only_second: float, alpha: float = 0.05, power: float = 0.8) -> int | None:
    """Fewest subjects for `power_mcnemar`, at least 6; None beyond 20,000."""
    if only_first == only_second:
        return None
    return _from_where_it_holds(lambda n: power_mcnemar(n, only_first, only_second, alpha), power)


def detectable_proportion(n: int, null: float, alpha: float = 0.025, power: float = 0.8) -> float | None:
    """The smallest proportion above `null` that n subjects show with this power; None if not even 1 is."""
    if power_proportion(n, 1.0, null, alpha) < power:
        return None
    return float(optimize.brentq(lambda true: power_proportion(n, true, null, alpha) - power, null, 1.0))


def detectable_mcnemar(n: int, disagree: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest difference of two proportions found where arms differ on a share `disagree`; None if none is."""
    if power_mcnemar(n, disagree, 0.0, alpha) < power:
        return None

    def miss(difference: float) -> float:
        return power_mcnemar(n, (disagree + difference) / 2, (disagree - difference) / 2, alpha) - power

    return float(optimize.brentq(miss, 0.0, disagree))


def _from_where_it_holds(power_of: Callable[[int], float], power: float) -> int | None:
    high = FEWEST
    while power_of(high) < power:
        high *= 2
        if high > _MOST:
            return None
    n = max(FEWEST, high // 2 - _RUN)
    held = 0
    while held < _RUN:
        held = held + 1 if power_of(n) >= power else 0
        n += 1
    return n - _RUN
