"""Sign-flip, swap of arms and permutation against scipy's exact tests and by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.randomisation import permutation, sign_flip, swap_arms
from evalkit.statistics.result import Alternative
from evalkit.statistics.statistic import mean, slope

ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "greater", "less")


def _rows(values: Floats) -> Grouped:
    return Grouped.of([f"{i:03d}" for i in range(len(values))], values)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_sign_flip_enumerates_all_and_agrees_with_scipy(alternative: Alternative) -> None:
    values = np.random.default_rng(0).normal(0.4, 1, 9)
    theirs = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative=alternative
    )
    found = sign_flip(_rows(values), alternative=alternative)
    assert found.n_resamples == 2**9
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)
    assert found.smallest_p == (2 if alternative == "two-sided" else 1) / 2**9


def test_all_clips_of_a_subject_flip_together() -> None:
    """Six subjects with all differences positive: p = 2 / 64 however many clips there are."""
    names = [f"{i % 6}" for i in range(60)]
    found = sign_flip(Grouped.of(names, 0.1 + np.arange(60.0)), "clip-weighted")
    assert (found.p, found.smallest_p) == (2 / 64, 2 / 64)


def test_many_subjects_are_drawn_at_random_and_p_counts_the_data() -> None:
    values = np.random.default_rng(1).normal(3, 1, 40)
    found = sign_flip(_rows(values), n_resamples=499)
    assert (found.n_resamples, found.p, found.smallest_p) == (499, 1 / 500, 1 / 500)
    assert sign_flip(_rows(values), n_resamples=499) == found


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_permutation_of_groups_agrees_with_scipy(alternative: Alternative) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=5), rng.normal(0.7, 1, 6)
    theirs = stats.permutation_test(
        (first, second), lambda a, b: a.mean() - b.mean(), n_resamples=np.inf, alternative=alternative
    )
    found = permutation(_rows(np.concatenate([first, second])), [True] * 5 + [False] * 6, mean(), alternative)
    assert found.n_resamples == 462
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)


def test_permutation_on_two_sides_counts_what_is_as_far_from_0_on_either() -> None:
    """Of 0 to 6 the first group holds 5 and 6: of 21 pairs only it, and 0 with 1, have differences so large."""
    found = permutation(_rows(np.arange(7.0)), [False] * 5 + [True] * 2, mean())
    assert found.value == pytest.approx(3.5)
    assert (found.p, found.smallest_p) == (2 / 21, 2 / 21)


def test_swapping_arms_of_a_mean_is_the_sign_flip_of_its_differences() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(size=(2, 8))
    swapped = swap_arms(_rows(ours), _rows(theirs), mean())
    flipped = sign_flip(_rows(ours - theirs))
    assert swapped.p == flipped.p
    assert swapped.value == pytest.approx(flipped.value, abs=1e-12)


def test_arms_of_any_statistic_can_be_swapped() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(8, 3))
    names = np.repeat([f"{i}" for i in range(8)], 3).tolist()
    steep, flat = (Grouped.of(names, x.ravel(), (k * x + 0.1 * rng.normal(size=(8, 3))).ravel()) for k in (2, 0))
    found = swap_arms(steep, flat, slope())
    assert found.value == pytest.approx(2, abs=0.3)
    assert found.p == found.smallest_p == 2 / 2**8


def test_nothing_to_rearrange_is_undefined_with_its_reason() -> None:
    zero = sign_flip(_rows(np.zeros(8)))
    assert (zero.p, zero.note) == (None, "not computed: every rearrangement gives the same value")
    everyone = permutation(_rows(np.arange(7.0)), [True] * 7, mean())
    assert (everyone.value, everyone.note) == (None, "not computed: the statistic does not exist in both arms")
    with pytest.raises(ValueError, match="the arms have 3 and 4 subjects"):
        swap_arms(_rows(np.arange(3.0)), _rows(np.arange(4.0)), mean())
    with pytest.raises(ValueError, match="group of each of 3 subjects"):
        permutation(_rows(np.arange(3.0)), [True], mean())


def test_groups_that_are_too_many_to_enumerate_are_drawn_at_random_and_keep_their_sizes() -> None:
    values = np.random.default_rng(5).normal(0.6 * (np.arange(20) < 8), 1)
    rows, first = _rows(values), [True] * 8 + [False] * 12
    exact = permutation(rows, first, mean(), n_resamples=125_970)
    found = permutation(rows, first, mean(), n_resamples=4_999)
    assert (exact.n_resamples, found.n_resamples) == (125_970, 4_999)
    assert exact.p is not None
    assert found.p == pytest.approx(exact.p, abs=4 * np.sqrt(exact.p * (1 - exact.p) / 4_999))
    assert found.smallest_p == 1 / 5_000
    welch = stats.ttest_ind(values[:8], values[8:]).pvalue
    assert exact.p == pytest.approx(welch, abs=0.03)


def test_what_is_drawn_at_random_is_the_same_for_the_same_seed_alone() -> None:
    values = np.random.default_rng(6).normal(0.1, 1, 30)
    first = [True] * 14 + [False] * 16
    makes: tuple[Callable[[int], float | None], ...] = (
        lambda seed: sign_flip(_rows(values), seed=seed, n_resamples=499).p,
        lambda seed: swap_arms(_rows(values), _rows(np.zeros(30)), mean(), seed=seed, n_resamples=499).p,
        lambda seed: permutation(_rows(values), first, mean(), seed=seed, n_resamples=499).p,
    )
    for make in makes:
        assert make(1) == make(1)
        assert len({make(seed) for seed in range(5)}) > 1


def test_random_rearrangements_are_the_same_test_however_they_are_cut_into_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(7).normal(0.4, 1, 24)
    rows, first = _rows(values), [True] * 12 + [False] * 12
    monkeypatch.setattr("evalkit.statistics.randomisation._AT_ONCE", 100)
    assert (
        sign_flip(_rows(values[:9])).p
        == stats.permutation_test((values[:9],), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    )
    for found in (sign_flip(rows, n_resamples=499), permutation(rows, first, mean(), n_resamples=499)):
        assert found.n_resamples == 499


def test_a_statistic_that_some_rearrangement_lacks_is_undefined_and_says_why() -> None:
    """The slope of a group whose x are all equal does not exist."""
    x, y = np.array([0.0, 0, 0, 1, 1, 2, 3]), np.arange(7.0)
    rows = Grouped.of([f"{i}" for i in range(7)], x, y)
    found = permutation(rows, [False, False, True, True, True, False, False], slope())
    assert found.value is not None
    assert (found.p, found.note) == (None, "not computed: in some rearrangement the statistic does not exist")
