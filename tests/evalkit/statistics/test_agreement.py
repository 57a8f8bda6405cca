"""Limits of agreement: by hand, against the plain limits, and against variance components that are known."""

import numpy as np
import pytest

from evalkit.statistics.agreement import REACH, Agreement, limits_of_agreement
from evalkit.statistics.grouped import Grouped


def test_with_one_clip_a_subject_they_are_the_plain_limits() -> None:
    differences = np.random.default_rng(1).normal(2.0, 3.0, 30)
    found = limits_of_agreement(Grouped.of([f"s{i}" for i in range(30)], differences))
    spread = REACH * differences.std(ddof=1)
    assert found.bias == pytest.approx(differences.mean())
    assert (found.low, found.high) == pytest.approx((found.bias - spread, found.bias + spread))


def test_by_hand_with_two_clips_a_subject() -> None:
    """Six subjects with means 0, 0, 0, 6, 6, 6 and clips 1 about each: 10.8 - 1 = 9.8 between, 2 within."""
    means = np.repeat([0.0, 0.0, 0.0, 6.0, 6.0, 6.0], 2)
    values = means + np.tile([-1.0, 1.0], 6)
    found = limits_of_agreement(Grouped.of([f"s{i // 2}" for i in range(12)], values))
    within = 12 * 1.0 / (12 - 6)
    between = (2 * 6 * 9.0 / 5 - within) / 2
    assert found.bias == pytest.approx(3.0)
    assert found.high == pytest.approx(3.0 + REACH * np.sqrt(between + within))


def test_unequal_numbers_of_clips_recover_the_variances_that_made_them() -> None:
    random = np.random.default_rng(7)
    sizes = random.integers(1, 9, 3000)
    subject = np.repeat(np.arange(3000), sizes)
    values = random.normal(0, 2.0, 3000)[subject] + random.normal(0, 1.0, len(subject))
    found = limits_of_agreement(Grouped.of([f"{code:05d}" for code in subject], values))
    assert found.high is not None
    assert (found.high - found.bias) / REACH == pytest.approx(np.sqrt(5.0), rel=0.03)


def test_clips_that_are_alike_within_subjects_do_not_make_the_limits_narrower() -> None:
    few = limits_of_agreement(Grouped.of(list("abcdef"), [0.0, 1, 2, 3, 4, 5]))
    many = limits_of_agreement(Grouped.of(list("abcdef") * 20, [0.0, 1, 2, 3, 4, 5] * 20))
    assert (many.low, many.high) == pytest.approx((few.low, few.high))


def test_below_six_subjects_there_is_a_bias_and_the_reason_why_no_more() -> None:
    found = limits_of_agreement(Grouped.of(list("aabbc"), [1.0, 2, 3, 4, 5]))
    assert (found.bias, found.low, found.high) == (3.0, None, None)
    assert found.note == "not computed: 3 subjects, limits need 6"


def test_one_small_difference_a_subject_has_limits_of_its_own_spread_and_says_of_how_many() -> None:
    values = np.array([0.01, 0.03, -0.02, 0.0, 0.02, 0.05, -0.01])
    found = limits_of_agreement(Grouped.of([f"{i}" for i in range(7)], values))
    bias, reach = values.mean(), 1.96 * values.std(ddof=1)
    assert (found.low, found.high) == pytest.approx((bias - reach, bias + reach))
    assert (found.n_subjects, found.n_clips, found.note) == (7, 7, "")


def test_too_few_subjects_are_counted_with_their_clips() -> None:
    found = limits_of_agreement(Grouped.of(["a", "a", "b"], [1.0, 2.0, 3.0]))
    assert found == Agreement(2.0, None, None, 2, 3, "not computed: 2 subjects, limits need 6")
