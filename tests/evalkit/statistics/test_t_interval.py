"""Student's t over subjects: by hand, against SciPy and statsmodels, and in simulation.

Independent implementations are met to 1e-10; bands of simulated rates are 3 binomial standard errors wide.
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from evalkit.statistics.t_interval import FEWEST, interval, p_above, p_below, p_within, subject_mean

TOLERANCE = 1e-10
SAMPLE = (0.61, 0.72, 0.55, 0.80, 0.67, 0.70, 0.58, 0.91)


def _one_clip_each(values: Sequence[float]) -> dict[str, list[float]]:
    return {f"s{index:03d}": [value] for index, value in enumerate(values)}


def _bounds(values: Mapping[str, Sequence[float]], level: float = 0.95) -> tuple[float, float]:
    found = interval(subject_mean(values), level)
    assert found is not None
    return found


def _probability(p: float | None) -> float:
    assert p is not None
    return p


def test_mean_and_interval_of_1_to_6_by_hand() -> None:
    """Variance 3.5, error sqrt(3.5 / 6) = 0.763763, t(0.975, 5) = 2.570582: 3.5 +- 1.963315."""
    values = _one_clip_each([1, 2, 3, 4, 5, 6])
    mean = subject_mean(values)
    assert mean.value == pytest.approx(3.5, abs=1e-12)
    assert mean.error == pytest.approx(0.763763, abs=1e-6)
    assert mean.df == 5
    assert _bounds(values) == pytest.approx((1.536685, 5.463315), abs=1e-5)


def test_one_sided_p_of_1_to_6_above_2_by_hand() -> None:
    """t = (3.5 - 2) / 0.763763 = 1.963961 at 5 degrees of freedom: upper tail 0.053373."""
    mean = subject_mean(_one_clip_each([1, 2, 3, 4, 5, 6]))
    assert p_above(mean, 2.0) == pytest.approx(0.053373, abs=1e-6)
    assert p_below(mean, 2.0) == pytest.approx(1 - 0.053373, abs=1e-6)
    assert p_below(mean, 5.0) == pytest.approx(0.053373, abs=1e-6)  # 5 lies as far above as 2 below
    assert p_within(mean, 2.0, 5.0) == pytest.approx(0.053373, abs=1e-6)


def test_a_subject_with_ten_clips_counts_once() -> None:
    """Subject means 1, 2, 3, 4, 5, 6, not the mean 26 / 15 of the 15 clips."""
    values = {**_one_clip_each([2, 3, 4, 5, 6]), "many": [0.5, 1.5] * 5}
    many, single = subject_mean(values), subject_mean(_one_clip_each([1, 2, 3, 4, 5, 6]))
    assert many.value == pytest.approx(3.5, abs=1e-12)
    assert many.error == pytest.approx(0.763763, abs=1e-6)
    assert many == pytest.approx(single)


def test_copies_of_clips_bring_no_precision() -> None:
    values = {f"s{index}": [value, value + 0.1] for index, value in enumerate(SAMPLE)}
    copied = {subject: clips * 7 for subject, clips in values.items()}
    assert _bounds(copied) == pytest.approx(_bounds(values), abs=1e-12)


def test_order_of_the_subjects_does_not_move_a_bit() -> None:
    values = _one_clip_each(SAMPLE)
    assert subject_mean(dict(reversed(values.items()))) == subject_mean(values)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_interval_agrees_with_scipy(level: float) -> None:
    expected = stats.ttest_1samp(SAMPLE, 0.0).confidence_interval(level)
    assert _bounds(_one_clip_each(SAMPLE), level) == pytest.approx((expected.low, expected.high), abs=TOLERANCE)


@pytest.mark.parametrize("bound", [0.5, 0.65, 0.6925, 0.8])
def test_one_sided_p_agrees_with_scipy(bound: float) -> None:
    mean = subject_mean(_one_clip_each(SAMPLE))
    greater = stats.ttest_1samp(SAMPLE, bound, alternative="greater").pvalue
    less = stats.ttest_1samp(SAMPLE, bound, alternative="less").pvalue
    assert p_above(mean, bound) == pytest.approx(greater, abs=TOLERANCE)
    assert p_below(mean, bound) == pytest.approx(less, abs=TOLERANCE)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.9), (0.65, 0.75), (0.6, 2.0), (0.8, 0.9)])
def test_tost_agrees_with_statsmodels(low: float, high: float) -> None:
    expected = DescrStatsW(np.array(SAMPLE)).ttost_mean(low, high)[0]
    assert p_within(subject_mean(_one_clip_each(SAMPLE)), low, high) == pytest.approx(expected, abs=TOLERANCE)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-100, 100), min_size=FEWEST, max_size=20), st.floats(0.005, 0.2), st.floats(-100, 100))
def test_test_and_interval_of_level_1_minus_2_alpha_agree(values: list[float], alpha: float, bound: float) -> None:
    """p <= alpha exactly where the interval lies wholly on that side of the bound."""
    mean = subject_mean(_one_clip_each(values))
    found = interval(mean, 1 - 2 * alpha)
    if found is None:
        return
    if abs(found[0] - bound) > 1e-9:
        assert (_probability(p_above(mean, bound)) <= alpha) == (found[0] > bound)
    if abs(found[1] - bound) > 1e-9:
        assert (_probability(p_below(mean, bound)) <= alpha) == (found[1] < bound)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_than_six_subjects_have_a_mean_but_no_interval_and_no_p(n: int) -> None:
    mean = subject_mean({f"s{index}": [float(index)] * 40 for index in range(n)})
    assert mean.value == pytest.approx((n - 1) / 2, abs=1e-12)
    assert mean.error is None
    assert interval(mean, 0.95) is None
    assert (p_above(mean, 0), p_below(mean, 0), p_within(mean, -1, 1)) == (None, None, None)
    assert mean.note == f"not computed: {n} subjects, an interval needs 6"


def test_six_subjects_have_an_interval() -> None:
    assert subject_mean(_one_clip_each([1, 2, 3, 4, 5, 6])).note == ""
    assert interval(subject_mean(_one_clip_each([1, 2, 3, 4, 5, 6])), 0.95) is not None


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1e6, 0.1])
def test_without_variation_between_subjects_nothing_is_tested(value: float) -> None:
    mean = subject_mean({f"s{index}": [value] * (index + 1) for index in range(9)})
    assert mean.value == pytest.approx(value)
    assert mean.error is None
    assert p_above(mean, value - 1) is None
    assert mean.note == "not computed: no variation between subjects"


def _study(rng: np.random.Generator, subjects: int, clips: int, mean: float) -> dict[str, list[float]]:
    """Clips that share their subject's effect: variance 1 between subjects, 0.25 within."""
    effects = rng.normal(mean, 1.0, subjects)
    return {f"s{i:02d}": list(effect + rng.normal(0, 0.5, clips)) for i, effect in enumerate(effects)}


def _as_if_independent(values: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return _one_clip_each([value for clips in values.values() for value in clips])


def _rate(replicates: int, mean: float, judge: Callable[[Mapping[str, Sequence[float]]], bool], clips: bool) -> float:
    """Share of seeded replicates of 12 subjects with 8 clips each of which `judge` says yes."""
    rng, hits = np.random.default_rng(20251103), 0
    for _ in range(replicates):
        values = _study(rng, 12, 8, mean)
        hits += judge(_as_if_independent(values) if clips else values)
    return hits / replicates


def test_nominal_95_percent_interval_covers_by_subjects_and_not_by_clips() -> None:
    def covers(values: Mapping[str, Sequence[float]]) -> bool:
        low, high = _bounds(values)
        return low <= 0.3 <= high

    band = 3 * sqrt(0.95 * 0.05 / 400)  # 0.0327
    assert _rate(400, 0.3, covers, clips=False) == pytest.approx(0.95, abs=band)
    assert _rate(400, 0.3, covers, clips=True) < 0.75  # about 0.56: the standard error is 0.39 of the true one


def test_one_sided_test_keeps_its_type_1_error_by_subjects_and_not_by_clips() -> None:
    def rejects(values: Mapping[str, Sequence[float]]) -> bool:
        return _probability(p_above(subject_mean(values), 0.3)) <= 0.025

    band = 3 * sqrt(0.025 * 0.975 / 400)  # 0.0234
    assert _rate(400, 0.3, rejects, clips=False) == pytest.approx(0.025, abs=band)
    assert _rate(400, 0.3, rejects, clips=True) > 0.12  # about 0.22


def test_tost_at_the_margin_keeps_its_type_1_error_by_subjects_and_not_by_clips() -> None:
    """The true mean lies on the margin of 2, so that "within the margin" is false."""

    def rejects(values: Mapping[str, Sequence[float]]) -> bool:
        return _probability(p_within(subject_mean(values), -2.0, 2.0)) <= 0.025

    band = 3 * sqrt(0.025 * 0.975 / 400)
    assert _rate(400, 2.0, rejects, clips=False) == pytest.approx(0.025, abs=band)
    assert _rate(400, 2.0, rejects, clips=True) > 0.12


@pytest.mark.parametrize("n", [2, 5, 6, 9])
def test_degrees_of_freedom_are_subjects_less_one_also_without_an_interval(n: int) -> None:
    assert subject_mean({f"s{k}": [float(k)] for k in range(n)}).df == n - 1


def test_equal_subjects_keep_their_degrees_of_freedom_and_say_why_there_is_no_interval() -> None:
    found = subject_mean({f"s{k}": [0.5] for k in range(8)})
    assert (found.value, found.error, found.df) == (0.5, None, 7)
    assert found.note == "not computed: no variation between subjects"
