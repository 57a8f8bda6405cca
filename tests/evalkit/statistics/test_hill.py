"""Hill numbers and similarity-sensitive diversity: worked by hand, against sentropy, and their intervals."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit
from scipy.stats import entropy

from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.hill import NO_RICHNESS, hill_estimate, hill_number, of_levels, share_estimate
from evalkit.statistics.jackknife import jackknife
from evalkit.statistics.similarity import (
    OfSimilarity,
    distances,
    nearest_scale,
    similarity_diversity,
    similarity_estimate,
)

CLIPS = np.array([6.0, 3.0, 1.0])


def test_hill_numbers_worked_by_hand() -> None:
    assert hill_number(CLIPS, 0) == 3
    assert hill_number(CLIPS, 1) == pytest.approx(np.exp(-(0.6 * np.log(0.6) + 0.3 * np.log(0.3) + 0.1 * np.log(0.1))))
    assert hill_number(CLIPS, 2) == pytest.approx(1 / 0.46)  # .36 + .09 + .01


@pytest.mark.parametrize("order", [0, 1, 2, 3.5])
def test_equally_common_levels_are_worth_their_number_and_a_level_without_clips_nothing(order: float) -> None:
    assert hill_number(np.array([4.0, 4.0, 4.0, 0.0]), order) == pytest.approx(3)


def test_it_is_continuous_at_order_1_and_shannons_entropy_there() -> None:
    assert hill_number(CLIPS, 1) == pytest.approx(np.exp(entropy(CLIPS)))
    assert hill_number(CLIPS, 1 + 1e-7) == pytest.approx(float(hill_number(CLIPS, 1)), abs=1e-5)


def test_no_clips_have_no_diversity() -> None:
    assert np.isnan(hill_number(np.zeros(3), 1))


def test_an_order_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match="orders begin at 0"):
        hill_number(CLIPS, -1)


def _rows(subjects: int = 12) -> Grouped:
    """Each subject has 3 clips of level 0 before, and subject by subject one of level 0 or 1 that is added."""
    names, level, before = [], [], []
    for subject in range(subjects):
        names += [f"s{subject:02d}"] * 4
        level += [0, 0, 1 if subject < 2 else 0, 1 if subject % 3 else 0]
        before += [1, 1, 1, 0]
    return Grouped.of(names, level, before, np.ones(len(names)))


def test_the_share_rises_by_what_is_added_and_the_difference_is_that_of_both() -> None:
    before, after, difference = (share_estimate(_rows(), 2, [1], when) for when in
                                 ("before", "after", "difference"))  # fmt: skip
    assert before.value == pytest.approx(2 / 36)
    assert after.value == pytest.approx((2 + 8) / 48)
    assert difference.value == pytest.approx(10 / 48 - 2 / 36)
    assert None not in (difference.low, difference.high)
    assert (difference.low or 0) < (difference.value or 0) < (difference.high or 0)
    assert (difference.n_subjects, difference.n_clips) == (12, 48)


def test_intervals_stay_within_what_the_numbers_can_be() -> None:
    share, hill = share_estimate(_rows(), 2, [1], "before"), hill_estimate(_rows(), 2, 1, "after", 0, 499)
    assert 0 < (share.low or 0) < (share.value or 0) < (share.high or 1) < 1
    assert 1 <= (hill.low or 0) < (hill.value or 0) < (hill.high or 9) <= 2


def test_a_level_that_most_resamples_lack_gives_no_interval_and_says_why() -> None:
    found = hill_estimate(_rows(24), 2, 1, "before", 0, 499)  # two of 24 subjects have it
    assert (found.low, found.note) == (None, "not computed: too many resamples have no variation")


def test_a_share_of_nothing_is_0_without_an_interval_and_says_why() -> None:
    rows = Grouped.of([f"s{index}" for index in range(8)], np.zeros(8), np.ones(8), np.ones(8))
    found = share_estimate(rows, 2, [1], "before")
    assert (found.value, found.low, found.note) == (0, None, "not computed: no variation between subjects")


def test_richness_is_a_count_without_an_interval_and_says_why() -> None:
    found = hill_estimate(_rows(), 2, 0, "after", 0, 199)
    assert (found.value, found.low, found.note) == (2, None, NO_RICHNESS)


def test_the_same_clips_twice_give_the_same_interval() -> None:
    one = _rows()
    twice = Grouped(np.vstack([one.columns, one.columns]), np.concatenate([one.subject, one.subject]), one.n_subjects)
    found, again = (hill_estimate(rows, 2, 2, "after", 3, 299) for rows in (one, twice))
    assert (again.value, again.low, again.high) == pytest.approx((found.value, found.low, found.high))


def _similarity(n: int, seed: int = 0) -> np.ndarray:
    return np.exp(-distances(np.random.default_rng(seed).normal(size=(n, 3))))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_similarity_sensitive_diversity_is_that_of_sentropy(order: float) -> None:
    sentropy = pytest.importorskip("sentropy")
    counts, similarity = np.array([5, 2, 2, 1]), _similarity(4)
    theirs = sentropy.sentropy(counts, similarity=similarity, q=order)
    ours = similarity_diversity(counts / counts.sum(), similarity, order)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_without_similarity_it_is_the_hill_number_and_of_clips_all_alike_1(order: float) -> None:
    shares = CLIPS / CLIPS.sum()
    assert similarity_diversity(shares, np.eye(3), order) == pytest.approx(float(hill_number(CLIPS, order)))
    assert similarity_diversity(shares, np.ones((3, 3)), order) == pytest.approx(1)


def test_two_like_clips_and_one_unlike_worked_by_hand() -> None:
    similarity = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    shares = np.full(3, 1 / 3)
    assert similarity_diversity(shares, similarity, 2) == pytest.approx(1 / (1 / 9 * (1.5 + 1.5 + 1)))


def test_left_out_subjects_are_what_leaving_their_rows_out_gives() -> None:
    similarity = _similarity(9)
    names = [f"s{index // 3}" for index in range(9)]
    before = np.array([1, 1, 0] * 3)
    rows = Grouped.of(names, np.arange(9), before, np.ones(9))
    for when, chosen in (("before", before), ("after", np.ones(9))):
        evaluator = OfSimilarity("d", similarity, 1, when).on(rows)  # type: ignore[arg-type]
        (found,) = evaluator.without_each(np.ones((1, 3)))
        for subject in range(3):
            kept = (np.arange(9) // 3 != subject) & (chosen > 0)
            part = similarity[np.ix_(kept, kept)]
            assert found[subject] == pytest.approx(
                float(similarity_diversity(np.full(kept.sum(), 1 / kept.sum()), part, 1))
            )


def test_unlike_clips_that_are_added_raise_it_and_the_interval_says_so() -> None:
    rng = np.random.default_rng(1)
    of_subject = np.repeat(np.arange(20), 3)
    vectors = rng.normal(size=(60, 5)) * np.where(np.arange(60) % 3 == 2, 4.0, 1.0)[:, None]
    rows = Grouped.of([f"s{s}" for s in of_subject], np.arange(60), np.arange(60) % 3 < 2, np.ones(60))
    apart = distances(vectors)
    scale = nearest_scale(apart, [f"s{s}" for s in of_subject])
    assert scale is not None
    found = similarity_estimate(rows, np.exp(-apart / scale), 1, "difference")
    assert found.low is not None
    assert found.low > 0
    assert found.method == "delete-subject jackknife"


def test_the_scale_is_the_median_distance_to_another_subjects_nearest_clip() -> None:
    apart = distances(np.array([[0.0], [0.1], [1.0], [4.0]]))
    assert nearest_scale(apart, ["a", "a", "b", "c"]) == pytest.approx(np.median([1.0, 0.9, 0.9, 3.0]))
    assert nearest_scale(apart, ["a"] * 4) is None
    assert nearest_scale(np.zeros((2, 2)), ["a", "b"]) is None


def test_clips_that_are_not_there_count_for_nothing_whatever_they_are_like() -> None:
    shares = np.array([0.6, 0.4, 0.0])
    for order in (0, 1, 2):
        assert similarity_diversity(shares, np.eye(3), order) == pytest.approx(float(hill_number(shares, order)))


def test_diversity_is_of_the_clips_of_the_table_and_the_difference_is_after_less_before() -> None:
    similarity, at = _similarity(9), np.array([7, 2, 5, 0])
    rows = Grouped.of(["a", "b", "c", "d"], at, [1, 1, 0, 0], [1, 1, 1, 0])
    before, after, difference = (
        similarity_estimate(rows, similarity, 2, when).value for when in ("before", "after", "difference")
    )
    assert before == pytest.approx(1 / similarity[np.ix_(at[:2], at[:2])].mean())
    assert after == pytest.approx(1 / similarity[np.ix_(at[:3], at[:3])].mean())
    assert difference == pytest.approx((after or 0) - (before or 0))
    assert similarity_estimate(rows, similarity, 2, "before").estimand == "clip-weighted"


def test_a_subject_that_was_not_drawn_cannot_be_left_out_of_that_resample_alone() -> None:
    rows = Grouped.of(["a", "b", "c"], [0, 1, 2], *np.ones((2, 3)))
    found = OfSimilarity("d", _similarity(3), 2, "after").on(rows).without_each(np.array([[2.0, 1.0, 0.0], [1.0] * 3]))
    assert np.isnan(found).tolist() == [[False, False, True], [False, False, False]]


def test_no_clips_have_no_scale() -> None:
    assert nearest_scale(np.zeros((0, 0)), []) is None


def test_the_interval_of_a_share_is_the_jackknife_of_its_log_odds() -> None:
    rows = _rows()
    level, before = rows.columns[:, 0], rows.columns[:, 1] > 0
    of = [logit(np.mean(level[before & (rows.subject != left)] == 1)) for left in range(12)]
    reach = stats.t.ppf(0.975, 11) * np.sqrt(11 * np.var(of))
    found = share_estimate(rows, 2, [1], "before")
    assert (found.low, found.high) == pytest.approx((expit(logit(2 / 36) - reach), expit(logit(2 / 36) + reach)))


def test_a_share_that_is_0_without_some_subject_has_a_value_and_no_interval() -> None:
    rows = Grouped.of([f"s{index}" for index in range(8)], [1] + [0] * 7, np.ones(8), np.ones(8))
    found = share_estimate(rows, 2, [1], "before")
    assert found.value == 1 / 8
    assert (found.low, found.high) == (None, None)
    assert found.note == "not computed: the statistic does not exist without some subject"


def test_the_difference_of_hill_numbers_is_after_less_before_with_a_jackknife_interval() -> None:
    rows = _rows()
    before, after = (float(hill_number(np.array(counts), 2)) for counts in ([34.0, 2.0], [38.0, 10.0]))
    found = hill_estimate(rows, 2, 2, "difference", 0, 99)
    assert found.value == pytest.approx(after - before)
    statistic = of_levels("Hill number of order 2", 2, lambda counts: hill_number(counts, 2), "difference")
    assert found == jackknife(rows, statistic)


def test_few_subjects_have_a_hill_number_and_no_interval() -> None:
    found = hill_estimate(_rows(5), 2, 2, "before", 0, 99)
    assert found.value == pytest.approx(float(hill_number(np.array([13.0, 2.0]), 2)))
    assert (found.method, found.low, found.note) == ("none", None, "not computed: 5 subjects, an interval needs 6")
    assert infer(_rows(5), of_levels("x", 2, lambda c: hill_number(c, 2), "before")).value == found.value


def test_an_interval_of_a_hill_number_is_cut_off_at_the_number_of_levels() -> None:
    mixed = [(0, 1), (0, 0), (1, 1), (0, 1), (1, 0), (0, 0), (1, 1), (0, 1), (0, 0), (1, 0)]
    names = [f"s{subject}" for subject in range(10) for _ in range(2)]
    rows = Grouped.of(names, np.ravel(mixed), np.ones(20), np.ones(20))
    found = hill_estimate(rows, 2, 2, "after", 0, 999)
    free = infer(rows, of_levels("x", 2, lambda c: hill_number(c, 2), "after"), n_resamples=999)
    assert free.high is not None
    assert free.high > 2
    assert (found.low, found.high) == (free.low, 2.0)
