"""Slopes over subjects: against a plain matrix implementation, statsmodels and closed forms, and in simulation.

Independent implementations are met to 1e-9; bands of simulated rates are 3 binomial standard errors wide.
"""

from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from evalkit.statistics.slope import Points, contrast_interval, fit_line, p_not_zero

TOLERANCE = 1e-9
SLOPE = -2.0
REPEATS = 300


def _drawn(
    rng: np.random.Generator, subjects: int, most: int, alike: float, between: bool = False, uneven: bool = False
) -> dict[str, list[tuple[float, float]]]:
    """Clips on a line of slope -2 with subject effects (share `alike` of the variance) and, if asked, with noise that
    grows with the regressor."""
    points = {}
    for index in range(subjects):
        n = int(rng.integers(1, most + 1))
        x = rng.uniform(0.05, 0.4) + (np.zeros(n) if between else rng.uniform(-0.05, 0.05, n))
        noise = np.sqrt(1 - alike) * rng.normal(size=n) * (1 + 5 * x * uneven)
        y = 1 + SLOPE * x + np.sqrt(alike) * rng.normal() + noise
        points[f"s{index:03d}"] = list(zip(x.tolist(), y.tolist(), strict=True))
    return points


def _flat(points: Points) -> tuple[NDArray[np.float64], ...]:
    """Design (N, 2), values, weights and subject numbers of all clips."""
    rows = [(1.0, x, y, 1 / len(clips), i) for i, clips in enumerate(points.values()) for x, y in clips]
    table = np.array(rows)
    return table[:, :2], table[:, 2], table[:, 3], table[:, 4]


def _by_matrices(points: Points, wanted: NDArray[np.float64]) -> tuple[float, float, float]:
    """Value, CR2 error and Satterthwaite df of a contrast, by the definitions with N x N matrices."""
    x, y, w, subject = _flat(points)
    inverse = np.linalg.inv(x.T * w @ x)
    rest = np.eye(len(y)) - x @ inverse @ x.T * w
    spread = rest @ rest.T
    variance, loads = 0.0, []
    for number in np.unique(subject):
        own = subject == number
        values, vectors = np.linalg.eigh(spread[np.ix_(own, own)])
        adjust = vectors @ np.diag(values**-0.5) @ vectors.T
        load = adjust @ (x[own] * w[own, None]) @ inverse @ wanted
        variance += float(load @ (rest @ y)[own]) ** 2
        loads.append(rest[own].T @ load)
    covariance = np.stack(loads) @ np.stack(loads).T
    df = np.trace(covariance) ** 2 / np.sum(covariance**2)
    return float(wanted @ inverse @ (x.T * w @ y)), float(np.sqrt(variance)), float(df)


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_height_agree_with_the_definitions_in_plain_matrices(seed: int) -> None:
    points = _drawn(np.random.default_rng(seed), 6 + 3 * seed, 5, 0.5)
    line = fit_line(points)
    assert line is not None
    assert line.slope == pytest.approx(_by_matrices(points, np.array([0.0, 1.0])), abs=TOLERANCE)
    assert line.height(0.3) == pytest.approx(_by_matrices(points, np.array([1.0, 0.3])), abs=TOLERANCE)


def test_the_slope_is_that_of_statsmodels_weighted_least_squares() -> None:
    points = _drawn(np.random.default_rng(1), 30, 6, 0.3)
    x, y, w, subject = _flat(points)
    fitted = sm.WLS(y, x, weights=w).fit(cov_type="cluster", cov_kwds={"groups": subject})
    line = fit_line(points)
    assert line is not None
    assert line.slope.value == pytest.approx(fitted.params[1], abs=TOLERANCE)
    assert line.height(0.0).value == pytest.approx(fitted.params[0], abs=TOLERANCE)


def test_of_many_subjects_the_error_is_that_of_the_plain_cluster_covariance_of_statsmodels() -> None:
    """The small-sample corrections vanish: 1,000 subjects, within 1 %."""
    points = _drawn(np.random.default_rng(2), 1000, 6, 0.5, uneven=True)
    x, y, w, subject = _flat(points)
    fitted = sm.WLS(y, x, weights=w).fit(cov_type="cluster", cov_kwds={"groups": subject})
    line = fit_line(points)
    assert line is not None
    assert line.slope.error == pytest.approx(fitted.bse[1], rel=0.01)


def test_with_one_clip_a_subject_the_error_is_hc2_of_statsmodels() -> None:
    points = _drawn(np.random.default_rng(3), 14, 1, 0.0)
    x, y, _, _ = _flat(points)
    line = fit_line(points)
    assert line is not None
    assert line.slope.error == pytest.approx(sm.OLS(y, x).fit(cov_type="HC2").bse[1], abs=TOLERANCE)


def test_two_groups_of_subjects_give_the_error_of_welch_and_the_degrees_of_bell_and_mccaffrey() -> None:
    """Closed forms for a regressor of 0 and 1 (Imbens & Kolesár 2016, doi:10.1162/REST_a_00552)."""
    low, high = [1.0, 2.0, 4.0, 3.5, 2.2], [5.0, 7.0, 4.5]
    points = {f"a{i}": [(0.0, y)] for i, y in enumerate(low)} | {f"b{i}": [(1.0, y)] for i, y in enumerate(high)}
    line = fit_line(points)
    assert line is not None
    value, error, df = line.slope
    n0, n1 = len(low), len(high)
    assert value == pytest.approx(np.mean(high) - np.mean(low))
    assert error == pytest.approx(np.sqrt(np.var(low, ddof=1) / n0 + np.var(high, ddof=1) / n1))
    expected = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1) / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1))
    assert df == pytest.approx(expected)


def test_interval_and_p_agree_with_each_other_and_with_student() -> None:
    line = fit_line(_drawn(np.random.default_rng(4), 10, 3, 0.5))
    assert line is not None
    value, error, df = line.slope
    assert error is not None
    assert df is not None
    p = p_not_zero(line.slope)
    assert p == pytest.approx(2 * stats.t.cdf(-abs(value) / error, df))
    assert p is not None
    at_p = contrast_interval(line.slope, 1 - p)
    assert at_p is not None
    assert min(abs(at_p[0]), abs(at_p[1])) == pytest.approx(0.0, abs=1e-9)


def test_a_subject_with_copies_of_its_clips_counts_the_same() -> None:
    points = _drawn(np.random.default_rng(5), 9, 3, 0.5)
    copied = {subject: clips * (5 if subject == "s003" else 1) for subject, clips in points.items()}
    one, other = fit_line(points), fit_line(copied)
    assert one is not None
    assert other is not None
    assert other.slope.value == pytest.approx(one.slope.value, abs=TOLERANCE)
    assert other.slope.error == pytest.approx(one.slope.error, rel=0.02)  # the working model counts clips


def test_order_of_subjects_and_clips_does_not_move_a_bit() -> None:
    points = _drawn(np.random.default_rng(6), 8, 4, 0.5)
    turned = {subject: clips[::-1] for subject, clips in reversed(points.items())}
    one, other = fit_line(points), fit_line(turned)
    assert one is not None
    assert other is not None
    assert one.slope == other.slope


@pytest.mark.parametrize(
    ("subjects", "draw"),
    [
        (8, lambda rng, n: _drawn(rng, n, 1, 0.0)),
        (12, lambda rng, n: _drawn(rng, n, 4, 0.5)),
        (12, lambda rng, n: _drawn(rng, n, 4, 0.9, between=True)),
        (20, lambda rng, n: _drawn(rng, n, 6, 0.3, uneven=True)),
    ],
)
def test_the_interval_holds_the_true_slope_as_often_as_it_says(
    subjects: int, draw: Callable[[np.random.Generator, int], Points]
) -> None:
    """At least 95 % less 3 binomial errors; with few subjects it is a little too wide, never above 99.5 %."""
    rng, hits = np.random.default_rng(7), 0
    for _ in range(REPEATS):
        line = fit_line(draw(rng, subjects))
        assert line is not None
        found = contrast_interval(line.slope, 0.95)
        assert found is not None
        hits += found[0] <= SLOPE <= found[1]
    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / REPEATS) <= hits / REPEATS <= 0.995


def test_clips_taken_for_subjects_would_hold_it_too_seldom() -> None:
    """What clustering is for: clips of a subject alike in coverage and error, each counted as a subject."""
    rng, hits = np.random.default_rng(8), 0
    for _ in range(REPEATS):
        points = _drawn(rng, 12, 8, 0.9, between=True)
        alone = {f"{s}-{i}": [clip] for s, clips in points.items() for i, clip in enumerate(clips)}
        line = fit_line(alone)
        assert line is not None
        found = contrast_interval(line.slope, 0.95)
        assert found is not None
        hits += found[0] <= SLOPE <= found[1]
    assert hits / REPEATS < 0.85


def test_below_six_subjects_there_is_a_slope_and_no_interval() -> None:
    line = fit_line(_drawn(np.random.default_rng(9), 5, 3, 0.0))
    assert line is not None
    assert line.slope.error is None
    assert contrast_interval(line.slope, 0.95) is None
    assert p_not_zero(line.slope) is None
    assert line.note == "not computed: 5 subjects, an interval needs 6"


def test_points_on_a_line_have_its_slope_and_no_interval() -> None:
    line = fit_line({f"s{i}": [(0.1 * i, 3 - 2 * 0.1 * i)] for i in range(8)})
    assert line is not None
    assert line.slope.value == pytest.approx(-2.0)
    assert line.height(0.0).value == pytest.approx(3.0)
    assert line.slope.error is None
    assert line.note == "not computed: no variation around the line"


@pytest.mark.parametrize("points", [{"a": [(0.2, 1.0)]}, {"a": [(0.2, 1.0), (0.2, 2.0)], "b": [(0.2, 5.0)]}])
def test_a_regressor_that_does_not_vary_has_no_line(points: Points) -> None:
    assert fit_line(points) is None


def test_where_one_subject_alone_decides_the_slope_there_is_no_interval() -> None:
    """Its residual is 0 whatever its value is, so the others would tell a false precision."""
    line = fit_line({f"s{i}": [(0.1, float(i))] for i in range(7)} | {"far": [(0.4, 3.5)]})
    assert line is not None
    assert line.slope.value == pytest.approx((3.5 - 3.0) / 0.3)
    assert contrast_interval(line.slope, 0.95) is None
    assert "one subject alone" in line.note


def test_six_subjects_have_an_interval() -> None:
    rng = np.random.default_rng(3)
    points = {f"s{s}": [(float(x), float(2 * x + 0.3 * rng.normal())) for x in rng.normal(size=3)] for s in range(6)}
    line = fit_line(points)
    assert line is not None
    assert contrast_interval(line.slope, 0.95) is not None
    assert line.note == ""
