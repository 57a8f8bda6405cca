"""Each reader alone, agreement, and chance: by hand, statsmodels, krippendorff, published examples."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import fleiss_kappa as their_kappa
from statsmodels.stats.proportion import proportion_confint

from evalkit.readers.agreement import Distance, fleiss_kappa, krippendorff_alpha
from evalkit.readers.chance import against_chance
from evalkit.readers.list_mode import ReaderStudy
from evalkit.readers.performance import performance, usual_threshold
from evalkit.statistics.result import Result

NAN = np.nan
# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: nominal .743, ordinal .815, interval .849
PUBLISHED = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
])  # fmt: skip


def _study(scores: list[float], truth: list[int]) -> ReaderStudy:
    names = tuple(f"c{i:02d}" for i in range(len(truth)))
    return ReaderStudy(("r",), names, ("m",), np.array(truth, dtype=bool), np.array([[scores]], dtype=float))


def test_performance_by_hand() -> None:
    """Eight positive cases, six of them found; ten negative, three of them alarms; one not scored."""
    truth = [1] * 8 + [0] * 10 + [1]
    scores = [4.0] * 6 + [1.0] * 2 + [5.0] * 3 + [2.0] * 7 + [NAN]
    found = performance(_study(scores, truth), 0, 0, 3)
    assert (found.n_positive, found.n_negative) == (8, 10)
    assert (found.sensitivity.value, found.specificity.value, found.accuracy.value) == (6 / 8, 7 / 10, 13 / 18)
    for result, count, number in ((found.sensitivity, 6, 8), (found.specificity, 7, 10), (found.accuracy, 13, 18)):
        ends = proportion_confint(count, number, 0.05, method="beta")
        assert (result.low, result.high) == pytest.approx(ends, abs=1e-9)
    h, f = stats.norm.ppf(6.5 / 9), stats.norm.ppf(3.5 / 11)
    assert found.d_prime.value == pytest.approx(h - f)
    assert found.bias.value == pytest.approx(-(h + f) / 2)


def test_intervals_of_d_prime_and_bias_cover_at_least_as_often_as_they_say() -> None:
    """All outcomes of 12 and 12 cases at rates .7 and .3: d' = 1.0488, c = 0."""
    from evalkit.readers.performance import _detection

    h, f = stats.norm.ppf(0.7), stats.norm.ppf(0.3)
    missed = [0.0, 0.0]
    for hits in range(13):
        for alarms in range(13):
            chance = stats.binom.pmf(hits, 12, 0.7) * stats.binom.pmf(alarms, 12, 0.3)
            for kind, (result, true) in enumerate(
                zip(_detection(hits, 12, alarms, 12, 0.95), (h - f, 0.0), strict=True)
            ):
                low = -np.inf if result.low is None else result.low
                high = np.inf if result.high is None else result.high
                missed[kind] += chance * (not low <= true <= high)
    assert max(missed) <= 0.05
    assert min(missed) > 0


def test_a_perfect_reader_has_a_d_prime_without_upper_end() -> None:
    found = performance(_study([5.0] * 6 + [1.0] * 6, [1] * 6 + [0] * 6), 0, 0, 3)
    assert found.d_prime.value == pytest.approx(2 * stats.norm.ppf(6.5 / 7))
    assert found.d_prime.low is not None
    assert found.d_prime.high is None
    assert found.auc.note == "not computed: no variation, as the AUC is 1"


def test_a_reader_of_one_truth_alone_has_no_d_prime() -> None:
    found = performance(_study([5.0, 4.0, NAN], [1, 1, 0]), 0, 0, 3)
    assert found.d_prime.note == "not computed: the reader has no case of one of the truths"
    assert found.specificity.note == "not computed: no trials"


def test_the_usual_threshold_is_the_middle_of_the_scale() -> None:
    assert usual_threshold(np.array([1.0, NAN, 5.0, 2.0])) == 3
    assert usual_threshold(np.array([0.0, 1.0])) == 0.5


def test_kappa_is_that_of_statsmodels() -> None:
    scores = np.random.default_rng(0).integers(1, 4, (5, 30)).astype(float)
    scores[1] = scores[0]
    counts = (scores[:, :, None] == np.arange(1, 4)).sum(axis=0)
    found = fleiss_kappa(scores)
    assert found.value == pytest.approx(their_kappa(counts), abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize(("distance", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_published_example(distance: Distance, published: float) -> None:
    assert krippendorff_alpha(PUBLISHED, distance).value == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize("distance", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_the_krippendorff_package(distance: Distance) -> None:
    peer = pytest.importorskip("krippendorff", reason="krippendorff (GPL, for comparison only) is not installed")
    rng = np.random.default_rng(1)
    scores = np.clip(rng.integers(1, 6, 25) + rng.integers(-1, 2, (4, 25)), 1, 5).astype(float)
    scores[rng.random(scores.shape) < 0.15] = NAN
    expected = peer.alpha(reliability_data=scores, level_of_measurement=distance)
    assert krippendorff_alpha(scores, distance).value == pytest.approx(expected, abs=1e-9)


def test_agreement_that_does_not_exist_says_why() -> None:
    same = np.full((3, 8), 2.0)
    assert fleiss_kappa(same).note == krippendorff_alpha(same, "nominal").note == "not computed: all scores are equal"
    alone = np.array([[1.0, 2.0], [NAN, NAN]])
    assert fleiss_kappa(alone).note == "not computed: no case was scored by every one of two or more"
    assert krippendorff_alpha(alone, "nominal").note == "not computed: no case was scored by two readers"
    assert "more than 100 different scores" in fleiss_kappa(np.random.default_rng(0).random((3, 90))).note


def _result(value: float, error: float) -> Result:
    reach = float(stats.t.ppf(0.975, 20)) * error
    p = float(2 * stats.t.sf(abs(value - 0.5) / error, 20))
    return Result("x", "t", value, value - reach, value + reach, p=p, error=error, df=20)


@pytest.mark.parametrize(
    ("value", "error", "conclusion", "words"),
    [
        (0.51, 0.02, "equivalent to chance", "within 0.1 of chance"),
        (0.53, 0.005, "equivalent to chance", "within 0.1 of chance, though not at it"),
        (0.70, 0.05, "told apart", "can tell the two apart"),
        (0.30, 0.05, "told apart, named wrongly", "mistake the one for the other"),
        (0.54, 0.06, "inconclusive", "neither within 0.1 of chance nor away from it"),
    ],
)
def test_chance_is_judged_on_both_sides(value: float, error: float, conclusion: str, words: str) -> None:
    found = against_chance("AUC", "m", _result(value, error), 0.1)
    assert found.conclusion == conclusion
    assert words in found.sentence
    assert found.p_equivalent is not None
    inside = (_result(value, error).low or 0) > 0.4 and (_result(value, error).high or 1) < 0.6
    assert (found.p_equivalent <= 0.025) == inside


def test_chance_without_an_interval_passes_the_reason_on() -> None:
    found = against_chance("AUC", "m", Result("x", "t", None, note="not computed: because"), 0.1)
    assert (found.conclusion, found.sentence) == ("not computed", "AUC: not computed: because.")
    with pytest.raises(ValueError, match=r"margin of 0\.6"):
        against_chance("AUC", "m", _result(0.5, 0.1), 0.6)
