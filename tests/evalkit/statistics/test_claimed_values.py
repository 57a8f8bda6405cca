"""Statistics of measurements beside the mean: clip-weighted mean, slope on coverage, share of failures; and what holds
of all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.metrics.ssim import SSIM
from evalkit.records import Claim, Estimate, Measurement, Status
from evalkit.statistics.coverage import estimate_slope
from evalkit.statistics.defaults import infer
from evalkit.statistics.estimates import Rows, estimate_claim
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.of_measurements import sample_of_failures, sample_of_values
from evalkit.statistics.statistic import mean
from evalkit.statistics.tost import tost

VALUES = st.lists(st.integers(1, 99).map(lambda n: n / 100), min_size=6, max_size=14)
FEW = settings(max_examples=15, deadline=None)


def _row(arm: str, subject: int, clip: int, value: float | None, status: Status = "ok") -> Measurement:
    note = "" if status == "ok" else "because"
    return Measurement(arm, f"s{subject}-{clip}", f"s{subject}", SSIM.name, "mask", "simulated", value, status, note)


def _arm(arm: str, values: list[list[float]]) -> list[Measurement]:
    return [_row(arm, s, c, value) for s, clips in enumerate(values) for c, value in enumerate(clips)]


def _estimate(statistic: str, rows: list[Measurement], coverage: dict[str, float | None] | None = None,
              **more: object) -> Estimate:  # fmt: skip
    asked = {"id": "c", "sentence": "s", "arm": "a", "metric": SSIM.name, "region": "mask", "statistic": statistic,
             "relation": "at_least", "reference": 0.5}  # fmt: skip
    return estimate_claim(Claim.model_validate(asked | more), Rows(rows, (), coverage), SSIM, "all")


def test_the_clip_weighted_mean_is_of_clips_and_the_mean_of_subjects() -> None:
    rows = _arm("a", [[0.9, 0.9, 0.9, 0.8], *([0.3 + 0.01 * s] for s in range(6))])
    values = [row.value for row in rows if row.value is not None]
    assert _estimate("clip_mean", rows).value == pytest.approx(np.mean(values))
    assert _estimate("mean", rows).value == pytest.approx((0.875 + sum(0.3 + 0.01 * s for s in range(6))) / 7)
    assert _estimate("clip_mean", rows).method == "studentised bootstrap of subjects, 9999 resamples, seed 0"


def test_the_slope_is_that_of_the_exploratory_table_and_falls_with_coverage() -> None:
    rng = np.random.default_rng(2)
    coverage: dict[str, float | None] = {
        f"s{s}-{c}": float(rng.uniform(0.05, 0.5)) for s in range(12) for c in range(2)
    }
    rows = [_row("a", s, c, 0.9 - 0.4 * (coverage[f"s{s}-{c}"] or 0) + float(rng.normal(0, 0.01)))
            for s in range(12) for c in range(2)]  # fmt: skip
    found = _estimate("slope", rows, coverage, reference=0.0, margin=0.2)
    assert found.value == pytest.approx(estimate_slope("a", "mask", rows, SSIM, "", coverage).value, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low < -0.4 + 0.1
    assert found.high < -0.2
    lost = _estimate("slope", rows, {**coverage, "s0-0": None})
    assert (lost.n_undefined, lost.n_clips) == (1, 23)


def test_without_coverage_or_where_it_does_not_vary_there_is_no_slope() -> None:
    rows = _arm("a", [[0.5 + 0.01 * s] for s in range(8)])
    assert _estimate("slope", rows, {}).note == "not computed: no clip has both this value and a coverage"
    level: dict[str, float | None] = {row.clip_id: 0.2 for row in rows}
    assert _estimate("slope", rows, level).note == "not computed: the statistic does not exist on these rows"


def test_a_failure_widens_a_slope_to_both_sides() -> None:
    coverage: dict[str, float | None] = {f"s{s}-0": 0.05 * (s + 1) for s in range(10)}
    rows = _arm("a", [[0.8 - 0.03 * s + 0.001 * (s % 3)] for s in range(10)])
    whole = _estimate("slope", rows, coverage)
    found = _estimate("slope", [*rows[:-1], _row("a", 9, 0, None, "failed")], coverage)
    assert found.n_failed == 1
    assert None not in (found.low, found.high, whole.low, whole.high)
    assert (found.low or 0) < (whole.low or 0)
    assert (found.high or 0) > (whole.high or 0)


def test_the_share_of_failures_is_estimated_where_a_mean_could_not_be() -> None:
    rows = [_row("a", s, c, None if (s, c) == (0, 0) else 0.5, "failed" if (s, c) == (0, 0) else "ok")
            for s in range(10) for c in range(2)]  # fmt: skip
    found = _estimate("failed_share", rows, relation="at_most", reference=0.3)
    assert found.value == pytest.approx(0.05)
    assert (found.n_failed, found.n_clips) == (0, 20)


def test_no_failure_at_all_is_judged_exactly_over_subjects() -> None:
    """0 of 40 subjects: the upper end at 95 % is 1 - .025^(1/40) = .0881, and p of 10 % or more is .9^40 = .0148."""
    found = _estimate("failed_share", _arm("a", [[0.5]] * 40), relation="at_most", reference=0.1)
    assert (found.value, found.low, found.high) == pytest.approx((0.0, 0.0, 1 - 0.025 ** (1 / 40)), abs=1e-9)
    assert found.p == pytest.approx(0.9**40, abs=1e-9)
    assert found.method == "exact binomial over subjects"


@FEW
@given(VALUES, st.sampled_from([0.02, 0.1, 0.3]), st.sampled_from([0.025, 0.05]))
def test_tost_holds_exactly_where_the_interval_of_level_1_minus_2_alpha_lies_inside(
    values: list[float], margin: float, alpha: float
) -> None:
    found = tost(Grouped.of([f"s{k}" for k in range(len(values))], values), 0.5 - margin, 0.5 + margin, alpha)
    if found.p is None or found.low is None or found.high is None:
        assert found.note
        return
    assert (found.p <= alpha) == (0.5 - margin < found.low and found.high < 0.5 + margin)


@FEW
@given(VALUES, VALUES)
def test_swapping_the_arms_mirrors_the_interval(ours: list[float], theirs: list[float]) -> None:
    n = min(len(ours), len(theirs))
    rows = _arm("a", [[v] for v in ours[:n]]) + _arm("b", [[v] for v in theirs[:n]])
    one, two = (
        _estimate("mean", rows, arm=arm, against=other, relation="equivalent", margin=0.1, reference=None)
        for arm, other in ("ab", "ba")
    )
    assert one.note == two.note
    assert two.value == pytest.approx(-(one.value or 0), abs=1e-12)
    if one.low is not None and one.high is not None:
        assert (two.low, two.high) == pytest.approx((-one.high, -one.low), abs=1e-12)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.lists(st.integers(1, 99).map(float), min_size=1, max_size=3), min_size=6, max_size=9))
def test_a_clip_that_stands_twice_narrows_nothing(values: list[list[float]]) -> None:
    once = [(f"s{s}", value) for s, clips in enumerate(values) for value in clips]
    for estimand in (mean("subject-weighted"), mean("clip-weighted")):
        one, two = (infer(Grouped.of([s for s, _ in rows], [v for _, v in rows]), estimand, n_resamples=399)
                    for rows in (once, once + once))  # fmt: skip
        assert one.note == two.note
        if one.low is not None and one.high is not None:
            assert (two.low, two.high) == pytest.approx((one.low, one.high), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([[0.5]], "not computed: 1 subject, an interval needs 6"),
        ([[0.5, 0.6]] * 5, "not computed: 5 subjects, an interval needs 6"),
        ([[0.5]] * 9, "not computed: no variation between subjects"),
        ([[0.4, 0.6]] * 9, "not computed: no variation between subjects"),
        ([], "not computed: no clip has this value"),
    ],
)
@pytest.mark.parametrize("statistic", ["mean", "clip_mean"])
def test_what_has_no_interval_says_why(values: list[list[float]], note: str, statistic: str) -> None:
    found = _estimate(statistic, _arm("a", values))
    assert (found.low, found.high, found.p, found.note) == (None, None, None, note)


def test_ties_are_no_trouble() -> None:
    found = _estimate("clip_mean", _arm("a", [[0.5], [0.5], [0.5], [0.6], [0.6], [0.6]]))
    assert found.value == pytest.approx(0.55)
    assert found.low is not None


def test_failures_are_counted_over_all_metrics_of_the_arms_on_clips_that_both_were_given() -> None:
    rows = [_row("a", 0, 0, 0.5), _row("a", 1, 0, None, "failed"), _row("b", 0, 0, None, "failed"),
            _row("b", 1, 0, 0.5), _row("a", 2, 0, 0.5), _row("c", 3, 0, 0.5)]  # fmt: skip
    one, two = sample_of_failures("a", None, rows), sample_of_failures("a", "b", rows)
    assert one.low is not None
    assert two.low is not None
    assert one.low.columns[:, 0].tolist() == [0.0, 1.0, 0.0]
    assert two.low.columns[:, 0].tolist() == [-1.0, 1.0]
    assert (one.n_clips, one.n_undefined, two.n_clips, two.n_undefined) == (3, 0, 2, 1)
    none = sample_of_failures("z", None, rows)
    assert (none.low, none.note) == (None, "not computed: the arm was given no clip")
    assert none.statistic.name == "failed share"


def test_of_a_slope_failures_lie_low_above_the_mean_coverage_and_high_below_it_at_one_end() -> None:
    rows = [_row("a", s, 0, 0.5) for s in range(4)]
    rows[0], rows[3] = _row("a", 0, 0, None, "failed"), _row("a", 3, 0, None, "failed")
    coverage: dict[str, float | None] = {**{f"s{s}-0": 0.1 * s for s in range(4)}, "s9-0": 0.3}
    found = sample_of_values("slope", SSIM, "mask", "a", None, rows, coverage)
    bottom, top = SSIM.bounds
    assert found.low is not None
    assert found.high is not None
    assert found.low.columns[:, 1].tolist() == [top, 0.5, 0.5, bottom]
    assert found.high.columns[:, 1].tolist() == [bottom, 0.5, 0.5, top]
    assert found.low.columns[:, 0] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert (found.n_failed, found.n_undefined, found.n_clips) == (2, 0, 4)
    lost = sample_of_values("slope", SSIM, "mask", "a", None, rows, {})
    assert (lost.n_undefined, lost.n_failed, lost.shown) == (4, 2, None)
    whole = sample_of_values("slope", SSIM, "mask", "a", None, rows[1:3], coverage)
    assert whole.low is whole.high


def test_fewer_failures_are_better_whatever_is_better_of_the_metric() -> None:
    rows = [_row(arm, s, c, *((None, "failed") if arm == "b" and c < s % 3 else (0.5, "ok")))
            for arm in "ab" for s in range(12) for c in range(3)]  # fmt: skip
    found = _estimate("failed_share", rows, against="b", relation="noninferior", margin=0.1, reference=None)
    assert found.value == pytest.approx(-1 / 3)
    assert found.p is not None
    assert found.p < 0.001


def test_clips_without_a_value_are_counted_as_undefined_and_not_as_failed() -> None:
    found = sample_of_values("mean", SSIM, "mask", "a", None, [_row("a", s, 0, None, "undefined") for s in range(2)])
    assert (found.low, found.n_failed, found.n_undefined) == (None, 0, 2)
    assert found.note == "not computed: no clip has this value"
