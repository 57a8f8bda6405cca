"""Limits of agreement: the textbook's with one clip a subject, analysis of variance with several."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from pandas import DataFrame
from statsmodels.stats.anova import anova_lm

from evalkit.statistics.bland_altman import REACH, limits_of_agreement
from evalkit.statistics.grouped import Grouped

FAST = 199


def _subjects(sizes: list[int]) -> list[str]:
    return [f"s{index:02d}" for index, size in enumerate(sizes) for _ in range(size)]


def test_with_one_clip_a_subject_they_are_mean_and_standard_deviation() -> None:
    differences = np.random.default_rng(0).normal(2, 3, 30)
    found = limits_of_agreement(Grouped.of(_subjects([1] * 30), differences), n_resamples=FAST)
    assert found.deviation == pytest.approx(differences.std(ddof=1))
    assert found.bias.value == pytest.approx(differences.mean())
    assert found.upper.value == pytest.approx(differences.mean() + REACH * differences.std(ddof=1))
    assert found.lower.value == pytest.approx(differences.mean() - REACH * differences.std(ddof=1))


def test_with_several_clips_a_subject_variances_are_those_of_anova() -> None:
    rng, sizes = np.random.default_rng(1), [1, 4, 2, 6, 3, 5, 2, 2]
    names = _subjects(sizes)
    effects = dict(zip(sorted(set(names)), rng.normal(0, 3, len(sizes)), strict=True))
    differences = np.array([effects[name] for name in names]) + rng.normal(0, 1, len(names))
    table = anova_lm(smf.ols("d ~ C(s)", DataFrame({"d": differences, "s": names})).fit())
    between, within = table["mean_sq"]
    n, total = len(sizes), sum(sizes)
    size = (total - sum(each**2 for each in sizes) / total) / (n - 1)
    expected = np.sqrt(within + (between - within) / size)
    found = limits_of_agreement(Grouped.of(names, differences), n_resamples=FAST)
    assert found.deviation == pytest.approx(expected)


def test_duplicating_clips_does_not_narrow_them() -> None:
    differences = np.random.default_rng(2).normal(0, 1, 12)
    once = limits_of_agreement(Grouped.of(_subjects([1] * 12), differences), n_resamples=FAST)
    thrice = limits_of_agreement(Grouped.of(_subjects([3] * 12), np.repeat(differences, 3)), n_resamples=FAST)
    assert thrice.deviation == pytest.approx(once.deviation)
    assert thrice.bias.low == pytest.approx(once.bias.low)
    assert thrice.upper.high == pytest.approx(once.upper.high)


def test_intervals_hold_their_values_and_limits_lie_about_the_bias() -> None:
    found = limits_of_agreement(
        Grouped.of(_subjects([2] * 15), np.random.default_rng(3).normal(1, 2, 30)), n_resamples=FAST
    )
    for line in (found.bias, found.lower, found.upper):
        assert line.low is not None
        assert line.value is not None
        assert line.high is not None
        assert line.low < line.value < line.high
    assert (found.lower.value or 0) < (found.bias.value or 0) < (found.upper.value or 0)


def test_no_difference_at_all_has_limits_of_nought_and_no_interval() -> None:
    found = limits_of_agreement(Grouped.of(_subjects([2] * 8), np.zeros(16)), n_resamples=FAST)
    assert (found.lower.value, found.upper.value, found.deviation) == (0, 0, 0)
    assert "no variation" in found.bias.note


def test_one_subject_has_a_bias_and_no_limits() -> None:
    found = limits_of_agreement(Grouped.of(["a", "a"], [1.0, 2.0]), n_resamples=FAST)
    assert found.bias.value == 1.5
    assert found.deviation is None
    assert found.upper.value is None
