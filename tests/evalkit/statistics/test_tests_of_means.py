"""Paired t, TOST, non-inferiority and effect size against scipy and statsmodels; TOST and its interval agree."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from evalkit.statistics.effect_size import hedges_factor, paired_d
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.noninferiority import noninferiority
from evalkit.statistics.paired import paired_t
from evalkit.statistics.result import Alternative
from evalkit.statistics.tost import tost

OURS = np.array([0.81, 0.78, 0.90, 0.66, 0.72, 0.85, 0.79, 0.88])
THEIRS = np.array([0.70, 0.71, 0.88, 0.60, 0.74, 0.69, 0.77, 0.80])
differences = st.lists(st.floats(-10, 10, allow_nan=False), min_size=6, max_size=30)


def _rows(values: np.ndarray | list[float], clips: int = 1) -> Grouped:
    names = [f"{i:03d}" for i in range(len(values))]
    return Grouped.of(names * clips, np.tile(np.asarray(values, dtype=float), clips))


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_paired_t_is_scipys(alternative: Alternative) -> None:
    found = paired_t(_rows(OURS - THEIRS), alternative=alternative)
    theirs = stats.ttest_rel(OURS, THEIRS, alternative=alternative)
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)
    ends = stats.ttest_rel(OURS, THEIRS).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-12)


@pytest.mark.parametrize("margin", [0.05, 0.1, 0.3])
def test_tost_is_that_of_statsmodels(margin: float) -> None:
    found = tost(_rows(OURS - THEIRS), -margin, margin)
    assert found.p == pytest.approx(ttost_paired(OURS, THEIRS, -margin, margin)[0], abs=1e-12)


@pytest.mark.parametrize(("higher", "side"), [(True, "greater"), (False, "less")])
def test_noninferiority_is_a_one_sided_t_at_the_margin(higher: bool, side: str) -> None:
    found = noninferiority(_rows(OURS - THEIRS), 0.02, higher)
    bound = -0.02 if higher else 0.02
    assert found.p == pytest.approx(stats.ttest_1samp(OURS - THEIRS, bound, alternative=side).pvalue, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(values=differences, low=st.floats(-5, 4), width=st.floats(0.01, 10), alpha=st.floats(0.001, 0.2))
def test_tost_holds_exactly_where_the_interval_lies_inside_the_margin(
    values: list[float], low: float, width: float, alpha: float
) -> None:
    found = tost(_rows(values), low, low + width, alpha)
    assume(found.p is not None and abs(found.p - alpha) > 1e-9)
    assert found.p is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.p <= alpha) == (found.low > low and found.high < low + width)


@settings(max_examples=50, deadline=None)
@given(values=differences)
def test_swapping_arms_mirrors_the_interval(values: list[float]) -> None:
    ours, theirs = paired_t(_rows(values)), paired_t(_rows([-value for value in values]))
    assert ours.status == theirs.status
    if ours.low is not None and ours.high is not None:
        assert (theirs.low, theirs.high) == pytest.approx((-ours.high, -ours.low), abs=1e-9)
        assert theirs.p == pytest.approx(ours.p, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(values=differences, clips=st.integers(2, 5))
def test_duplicating_clips_does_not_narrow_it(values: list[float], clips: int) -> None:
    once, often = paired_t(_rows(values)), paired_t(_rows(values, clips))
    assert (often.status, often.df) == (once.status, once.df)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=1e-9)


def test_effect_size_interval_inverts_the_noncentral_t() -> None:
    values = OURS - THEIRS
    found = paired_d(_rows(values), corrected=False)
    assert found.value == pytest.approx(values.mean() / values.std(ddof=1), abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    t = stats.ttest_rel(OURS, THEIRS).statistic
    tails = [float(stats.nct.cdf(t, 7, end * np.sqrt(8))) for end in (found.low, found.high)]
    assert tails == pytest.approx([0.975, 0.025], abs=1e-6)


def test_hedges_factor_is_near_its_usual_approximation_and_shrinks_the_effect() -> None:
    assert [hedges_factor(df) for df in (5, 20, 100)] == pytest.approx(
        [1 - 3 / (4 * df - 1) for df in (5, 20, 100)], abs=3e-3
    )
    plain, corrected = (paired_d(_rows(OURS - THEIRS), corrected=c) for c in (False, True))
    assert plain.value is not None
    assert corrected.value == pytest.approx(plain.value * hedges_factor(7), abs=1e-12)


@pytest.mark.slow
def test_effect_size_agrees_with_pingouin() -> None:
    pingouin = pytest.importorskip("pingouin", reason="pingouin (GPL, for comparison only) is not installed")
    theirs = pingouin.ttest(OURS - THEIRS, 0)
    found = paired_d(_rows(OURS - THEIRS), corrected=False)
    column = next(name for name in theirs.columns if name.lower().startswith("cohen"))
    assert found.value == pytest.approx(float(theirs[column].iloc[0]), abs=1e-6)


def test_what_cannot_be_tested_is_undefined_with_its_reason() -> None:
    for found in (paired_t(_rows([0.3] * 9)), tost(_rows([0.3] * 9), -1, 1), paired_d(_rows([0.3] * 9))):
        assert (found.p, found.low, found.status) == (None, None, "undefined")
        assert found.note == "not computed: no variation between subjects"
    for found in (paired_t(_rows([0.1, 0.2])), paired_d(_rows([0.1, 0.2]))):
        assert found.note == "not computed: 2 subjects, an interval needs 6"
    with pytest.raises(ValueError, match="empty"):
        tost(_rows(OURS), 1, -1)
    with pytest.raises(ValueError, match="not above 0"):
        noninferiority(_rows(OURS), 0, True)


def test_an_effect_beyond_the_noncentral_t_has_a_value_and_no_interval() -> None:
    found = paired_d(_rows(1e6 + np.arange(8.0)))
    assert found.value is not None
    assert found.note == "not computed: too large for the noncentral t"


def test_a_margin_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        tost(_rows(OURS - THEIRS), 0.1, 0.1)


def test_hedges_correction_is_the_default_and_degrees_of_freedom_are_subjects_less_one() -> None:
    found, plain = paired_d(_rows(OURS - THEIRS)), paired_d(_rows(OURS - THEIRS), corrected=False)
    assert (found.df, plain.df) == (7, 7)
    assert found.value == pytest.approx((plain.value or 0) * hedges_factor(7))


def _noncentral_cdf(t: float, df: int, centre: float) -> float:
    """P((Z + centre) / (chi / sqrt(df)) <= t) as a mean over chi, since SciPy's own is NaN in places."""
    share = (np.arange(20_000) + 0.5) / 20_000
    return float(stats.norm.cdf(t * stats.chi.ppf(share, df) / np.sqrt(df) - centre).mean())


@pytest.mark.parametrize("centre", [0.0, 0.4, -1.2, 1.2, 3.0, -3.0, 40.0, -40.0])
def test_the_interval_of_an_effect_of_any_size_and_sign_inverts_the_noncentral_t(centre: float) -> None:
    values = centre + np.array([0.3, -0.7, 1.1, -0.2, 0.4, -0.9, 0.1, 0.6])
    t = float(stats.ttest_1samp(values, 0).statistic)
    found = paired_d(_rows(values), 0.9, corrected=False)
    assert found.value == pytest.approx(t / np.sqrt(8))
    assert found.low is not None
    assert found.high is not None
    assert _noncentral_cdf(t, 7, found.low * np.sqrt(8)) == pytest.approx(0.95, abs=1e-4)
    assert _noncentral_cdf(t, 7, found.high * np.sqrt(8)) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("subjects", [6, 13, 40, 300])
def test_every_effect_has_an_interval_about_it(subjects: int) -> None:
    pattern = np.linspace(-1, 1, subjects)
    for shift in np.linspace(-4, 4, 33):
        found = paired_d(_rows(pattern + shift))
        assert found.low is not None
        assert found.high is not None
        assert found.low < (found.value or 0.0) < found.high


def test_an_effect_is_of_subjects_means_however_many_clips_each_has() -> None:
    once = paired_d(_rows(OURS - THEIRS))
    sizes = [1, 3, 2, 1, 4, 2, 1, 2]
    names = [f"{i:03d}" for i, many in enumerate(sizes) for _ in range(many)]
    often = paired_d(Grouped.of(names, np.repeat(OURS - THEIRS, sizes)))
    assert (often.value, often.low, often.high) == pytest.approx((once.value, once.low, once.high))


def test_an_effect_beyond_the_noncentral_t_has_its_corrected_value_alone() -> None:
    values = 1.0 + 1e-5 * np.arange(8.0)
    found = paired_d(_rows(values))
    assert found.value == pytest.approx(hedges_factor(7) * values.mean() / values.std(ddof=1))
    assert (found.low, found.note) == (None, "not computed: too large for the noncentral t")
