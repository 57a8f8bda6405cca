"""Power and sample size against published values, enumeration and statsmodels; detectable effects are their inverse."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from evalkit.statistics.power_auc import auc_variance, detectable_auc, power_auc, subjects_auc
from evalkit.statistics.power_means import (
    detectable_distance,
    detectable_margin,
    power_equivalence,
    power_one_sided,
    sd_of_subject_means,
    subjects_equivalence,
    subjects_one_sided,
    tost_power,
)
from evalkit.statistics.power_proportions import (
    design_effect,
    detectable_mcnemar,
    detectable_proportion,
    power_mcnemar,
    power_proportion,
    subjects_mcnemar,
    subjects_proportion,
)


def test_paired_t_needs_the_34_of_g_power() -> None:
    """d = 0.5, alpha = 0.05 on two sides, power 0.8: G*Power's 34 pairs."""
    assert subjects_one_sided(0.5, 1.0, alpha=0.025) == 34
    assert power_one_sided(33, 0.5, 1.0) < 0.8 <= power_one_sided(34, 0.5, 1.0)
    assert subjects_one_sided(0.0, 1.0) is None


def test_tost_has_the_power_of_rs_powertost() -> None:
    """sampleN.TOST(CV = 0.3): a 2 x 2 crossover, limits 0.8 to 1.25, ratio 0.95: n = 40, power 0.815845."""
    error = math.sqrt(math.log(1 + 0.3**2)) * math.sqrt(2 / 40)
    found = tost_power(error, 38, math.log(0.8), math.log(1.25), math.log(0.95), 0.05)
    assert found == pytest.approx(0.815845, abs=1e-6)


def test_tost_of_a_wide_margin_is_two_one_sided_tests() -> None:
    both = power_equivalence(50, 1.0, -0.5, 100.0, 0.0)
    assert both == pytest.approx(power_one_sided(50, 0.5, 1.0), abs=1e-7)
    assert power_equivalence(10, 1.0, -0.1, 0.1) == pytest.approx(0, abs=1e-3)


def test_sample_sizes_for_equivalence_are_the_fewest() -> None:
    n = subjects_equivalence(1.0, -0.5, 0.5)
    assert n is not None
    assert power_equivalence(n - 1, 1.0, -0.5, 0.5) < 0.8 <= power_equivalence(n, 1.0, -0.5, 0.5)
    assert subjects_equivalence(1.0, -0.5, 0.5, effect=0.6) is None


def test_detectable_effects_invert_the_power() -> None:
    assert power_one_sided(25, detectable_distance(25, 2.0), 2.0) == pytest.approx(0.8, abs=1e-6)
    margin = detectable_margin(25, 2.0, 0.1)
    assert power_equivalence(25, 2.0, -margin, margin, 0.1) == pytest.approx(0.8, abs=1e-6)
    area = detectable_auc(60)
    assert area is not None
    assert power_auc(60, area) == pytest.approx(0.8, abs=1e-6)
    share = detectable_proportion(40, 0.5)
    assert share is not None
    assert power_proportion(40, share, 0.5) == pytest.approx(0.8, abs=1e-6)
    difference = detectable_mcnemar(100, 0.3)
    assert difference is not None
    assert power_mcnemar(100, (0.3 + difference) / 2, (0.3 - difference) / 2) == pytest.approx(0.8, abs=1e-6)
    assert detectable_proportion(6, 0.9) is None
    assert detectable_mcnemar(6, 0.1) is None
    assert detectable_auc(2) is None


def test_more_clips_help_less_the_more_alike_they_are() -> None:
    assert sd_of_subject_means(2.0, 4, 0.0) == pytest.approx(1.0)
    assert sd_of_subject_means(2.0, 4, 1.0) == pytest.approx(2.0)
    assert design_effect(5, 0.25) == pytest.approx(2.0)


def test_power_of_proportions_is_the_sum_over_all_outcomes() -> None:
    tests = [stats.binomtest(k, 12, 0.5, alternative="greater").pvalue <= 0.025 for k in range(13)]
    expected = sum(stats.binom.pmf(k, 12, 0.8) for k, rejected in enumerate(tests) if rejected)
    assert power_proportion(12, 0.8, 0.5) == pytest.approx(expected, abs=1e-12)
    assert power_proportion(12, 0.2, 0.5) == pytest.approx(expected, abs=1e-12)


def test_power_of_mcnemar_is_the_sum_over_all_tables() -> None:
    n, first, second = 12, 0.6, 0.1
    expected = 0.0
    for b, c in product(range(n + 1), repeat=2):
        if b + c <= n and b + c and stats.binomtest(b, b + c).pvalue <= 0.05:
            expected += stats.multinomial.pmf([b, c, n - b - c], n, [first, second, 1 - first - second])
    assert power_mcnemar(n, first, second) == pytest.approx(expected, abs=1e-9)


def test_sample_sizes_hold_their_power_from_there_on() -> None:
    n = subjects_proportion(0.7, 0.5)
    assert n is not None
    assert all(power_proportion(n + more, 0.7, 0.5) >= 0.8 for more in range(10))
    m = subjects_mcnemar(0.25, 0.1)
    assert m is not None
    assert all(power_mcnemar(m + more, 0.25, 0.1) >= 0.8 for more in range(10))
    assert power_mcnemar(m - 1, 0.25, 0.1) < 0.8
    assert subjects_proportion(0.5, 0.5) is None
    assert subjects_mcnemar(0.2, 0.2) is None


def test_auc_variance_under_the_null_is_nearly_mann_whitneys() -> None:
    """At 0.5 Hanley and McNeil's variance is (m + n + 1) / (12 m n), the exact one."""
    assert auc_variance(0.5, 20, 30) == pytest.approx(51 / (12 * 600), abs=1e-12)
    n = subjects_auc(0.7)
    assert n is not None
    assert power_auc(n - 1, 0.7) < 0.8 <= power_auc(n, 0.7)
    assert subjects_auc(0.5) is None


def _power_of_t(n: int, distance: float, sd: float, alpha: float) -> float:
    return float(stats.nct.sf(stats.t.ppf(1 - alpha, n - 1), n - 1, distance / sd * np.sqrt(n)))


@pytest.mark.parametrize(("alpha", "power"), [(0.025, 0.8), (0.05, 0.9), (0.001, 0.6)])
def test_the_fewest_subjects_are_those_of_the_alpha_and_power_that_were_asked_for(alpha: float, power: float) -> None:
    expected = next(n for n in range(6, 400) if _power_of_t(n, 0.7, 2.0, alpha) >= power)
    assert subjects_one_sided(0.7, 2.0, alpha, power) == expected
    n = subjects_equivalence(1.0, -0.5, 0.6, 0.1, alpha, power)
    assert n is not None
    assert power_equivalence(n - 1, 1.0, -0.5, 0.6, 0.1, alpha) < power
    assert power_equivalence(n, 1.0, -0.5, 0.6, 0.1, alpha) >= power
    m = subjects_mcnemar(0.3, 0.1, alpha, power)
    assert m is not None
    assert power_mcnemar(m - 1, 0.3, 0.1, alpha) < power <= power_mcnemar(m, 0.3, 0.1, alpha)
    difference = detectable_mcnemar(120, 0.3, alpha, power)
    assert difference is not None
    found = power_mcnemar(120, 0.15 + difference / 2, 0.15 - difference / 2, alpha)
    assert found == pytest.approx(power, abs=1e-6)


def test_mcnemar_finds_a_difference_whose_p_is_alpha_itself() -> None:
    """Five disagreements on one side: p is 1 / 16 exactly; only those tables count at alpha = 1 / 16."""
    assert power_mcnemar(5, 0.9, 0.1, alpha=0.0625) == pytest.approx(0.9**5 + 0.1**5, abs=1e-12)


def test_a_perfect_auc_is_found_wherever_the_null_can_be_rejected_at_all_and_alpha_decides_that() -> None:
    assert power_auc(8, 1.0) == pytest.approx(1.0)
    assert power_auc(8, 1.0, alpha=0.001) == pytest.approx(0.0)
    assert detectable_auc(8) is not None
    assert detectable_auc(8, alpha=0.001) is None
    area = detectable_auc(40, 0.6, 0.3, 0.1, 0.9)
    assert area is not None
    assert power_auc(40, area, 0.6, 0.3, 0.1) == pytest.approx(0.9, abs=1e-6)
