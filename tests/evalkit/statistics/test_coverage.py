"""The slope of a metric on coverage: which clips count, and what is said where there is none."""

import numpy as np
import pytest

from evalkit.metrics.registry import METRICS
from evalkit.records import Measurement, Status
from evalkit.statistics.coverage import adjusted, estimate_slope
from evalkit.statistics.slope import contrast_interval, fit_line, p_not_zero

MAE = METRICS["mae"]


def _row(subject: int, clip: int, value: float | None, status: Status = "ok", arm: str = "a") -> Measurement:
    return Measurement(arm, f"s{subject}-{clip}", f"s{subject}", "mae", "mask", "simulated", value, status)


def _drawn(slope: float = 40.0) -> tuple[list[Measurement], dict[str, float | None]]:
    """Two clips of each of 10 subjects; mean absolute error rises with coverage."""
    rng = np.random.default_rng(0)
    coverage: dict[str, float | None] = {f"s{s}-{c}": float(rng.uniform(0.05, 0.4)) for s in range(10) for c in (0, 1)}
    rows = [
        _row(s, c, 5 + slope * (coverage[f"s{s}-{c}"] or 0.0) + float(rng.normal(0, 0.5)))
        for s in range(10)
        for c in (0, 1)
    ]
    return rows, coverage


def test_it_is_the_fitted_slope_with_its_interval_and_p() -> None:
    rows, coverage = _drawn()
    found = estimate_slope("a", "mask", rows, MAE, "all", coverage)
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        points.setdefault(row.subject_id, []).append((coverage[row.clip_id] or 0.0, row.value or 0.0))
    line = fit_line(points)
    assert line is not None
    assert (found.value, found.df) == (line.slope.value, line.slope.df)
    assert (found.low, found.high) == contrast_interval(line.slope, 0.95)
    assert found.p == p_not_zero(line.slope)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 40 < found.high
    assert (found.n_subjects, found.n_clips, found.n_undefined, found.n_failed) == (10, 20, 0, 0)
    assert (found.id, found.statistic) == ("a|mae|mask|coverage", "slope on coverage")


def test_the_drawn_line_spans_the_coverages_and_lies_in_its_band() -> None:
    rows, coverage = _drawn()
    line = estimate_slope("a", "mask", rows, MAE, "all", coverage).line
    shares = [share for share in coverage.values() if share is not None]
    assert (line[0].coverage, line[-1].coverage) == (min(shares), max(shares))
    assert all(p.low is not None and p.high is not None and p.low < p.value < p.high for p in line)
    widths = [(p.high or 0) - (p.low or 0) for p in line]
    assert min(widths) < widths[0]
    assert min(widths) < widths[-1]


def test_clips_without_value_or_coverage_are_left_out_and_counted() -> None:
    rows, coverage = _drawn()
    whole = estimate_slope("a", "mask", rows[2:], MAE, "all", coverage)
    rows[0] = _row(0, 0, None, "undefined")
    coverage["s0-1"] = None
    found = estimate_slope("a", "mask", rows, MAE, "all", coverage)
    assert (found.n_undefined, found.n_clips) == (2, 18)
    assert found.value == whole.value


def test_a_failure_counts_as_the_worst_value() -> None:
    rows, coverage = _drawn()
    rows[0] = _row(0, 0, None, "failed")
    worst = estimate_slope("a", "mask", [_row(0, 0, MAE.worst), *rows[1:]], MAE, "all", coverage)
    found = estimate_slope("a", "mask", rows, MAE, "all", coverage)
    assert (found.value, found.n_failed) == (worst.value, 1)


def test_rows_of_other_arms_and_regions_do_not_count() -> None:
    rows, coverage = _drawn()
    others = [_row(s, 0, 99.0, arm="b") for s in range(10)]
    assert estimate_slope("a", "mask", rows + others, MAE, "all", coverage) == estimate_slope(
        "a", "mask", rows, MAE, "all", coverage
    )


@pytest.mark.parametrize(
    ("coverage", "note"),
    [
        ({}, "not computed: no clip has both this value and a coverage"),
        ({f"s{s}-{c}": 0.2 for s in range(10) for c in (0, 1)}, "not computed: all clips have one coverage"),
    ],
)
def test_without_different_coverages_there_is_a_reason_and_no_slope(
    coverage: dict[str, float | None], note: str
) -> None:
    found = estimate_slope("a", "mask", _drawn()[0], MAE, "all", coverage)
    assert (found.value, found.low, found.p, found.line, found.note) == (None, None, None, (), note)


def test_below_six_subjects_the_slope_stands_alone() -> None:
    rows, coverage = _drawn()
    found = estimate_slope("a", "mask", rows[:10], MAE, "all", coverage)
    assert found.value is not None
    assert (found.low, found.p) == (None, None)
    assert found.note == "not computed: 5 subjects, an interval needs 6"


def test_p_are_adjusted_over_all_slopes_that_have_one() -> None:
    rows, coverage = _drawn()
    steep, none = estimate_slope("a", "mask", rows, MAE, "all", coverage), _drawn(0.0)
    flat = estimate_slope("a", "mask", none[0], MAE, "all", none[1])
    absent = estimate_slope("a", "mask", rows, MAE, "all", {})
    first, second, third = adjusted([steep, absent, flat])
    assert steep.p is not None
    assert first.p_adjusted == pytest.approx(2 * steep.p)
    assert second.p_adjusted is None
    assert third.p_adjusted == flat.p


def test_it_names_arm_region_metric_and_population() -> None:
    rows, coverage = _drawn()
    found = estimate_slope("a", "mask", rows, MAE, "all", coverage)
    assert (found.arm, found.region, found.metric, found.population) == ("a", "mask", "mae", "all")
    assert (found.against, found.relation, found.level, found.p_adjusted) == (None, None, 0.95, None)
