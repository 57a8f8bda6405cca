"""Measurements to estimates: weighting, failures, what is undefined, direction; by hand and against SciPy."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from evalkit.metrics.declare import Metric
from evalkit.metrics.mae import MAE
from evalkit.metrics.sharpness import SHARPNESS
from evalkit.metrics.ssim import SSIM
from evalkit.records import Claim, Estimate, Measurement, Relation, Status
from evalkit.statistics.estimates import estimate_claim, estimate_difference, estimate_mean, supported_range

TOLERANCE = 1e-10
OURS = (0.81, 0.78, 0.90, 0.66, 0.72, 0.85, 0.79, 0.88)
THEIRS = (0.70, 0.71, 0.88, 0.60, 0.74, 0.69, 0.77, 0.80)


def _row(
    arm: str,
    subject: str,
    clip: int,
    value: float | None,
    status: Status = "ok",
    metric: Metric = SSIM,
    region: str = "mask",
) -> Measurement:
    note = "" if status == "ok" else "because"
    return Measurement(arm, f"{subject}-{clip}", subject, metric.name, region, "simulated", value, status, note)


def _arm(arm: str, values: Iterable[float], metric: Metric = SSIM) -> list[Measurement]:
    """One clip of each of s0, s1, ..."""
    return [_row(arm, f"s{index}", 0, value, metric=metric) for index, value in enumerate(values)]


def _claim(relation: Relation, metric: Metric = SSIM, **more: object) -> Claim:
    asked: dict[str, object] = {"reference": 0.5} if relation in ("at_least", "at_most") else {"against": "b"}
    return Claim.model_validate(
        {"id": "c", "sentence": "s", "arm": "a", "metric": metric.name, "region": "mask", "relation": relation}
        | asked | more
    )  # fmt: skip


def _both(metric: Metric = SSIM) -> list[Measurement]:
    return _arm("a", OURS, metric) + _arm("b", THEIRS, metric)


def test_difference_of_two_arms_by_hand() -> None:
    """Differences .1 .2 .3 .4 .5 .6: mean .35, error sqrt(.035 / 6) = .0763763, t(.975, 5) = 2.570582."""
    rows = _arm("a", [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) + _arm("b", [0.2] * 6)
    found = estimate_claim(_claim("superior"), rows, SSIM, "all")
    assert found.value == pytest.approx(0.35, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((0.1536685, 0.5463315), abs=1e-6)
    assert (found.n_subjects, found.n_clips, found.n_undefined, found.n_failed) == (6, 6, 0, 0)
    assert (found.id, found.arm, found.against, found.relation) == ("c", "a", "b", "superior")
    assert found.population == "all"
    assert found.method == "t on subject means"


def test_interval_of_a_difference_agrees_with_scipys_paired_t() -> None:
    found = estimate_claim(_claim("superior"), _both(), SSIM, "")
    expected = stats.ttest_rel(OURS, THEIRS).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=TOLERANCE)
    assert found.level == pytest.approx(0.95)


def test_p_of_superior_agrees_with_scipys_one_sided_paired_t() -> None:
    found = estimate_claim(_claim("superior"), _both(), SSIM, "")
    assert found.p == pytest.approx(stats.ttest_rel(OURS, THEIRS, alternative="greater").pvalue, abs=TOLERANCE)


def test_p_of_superior_where_lower_is_better_is_the_other_tail() -> None:
    found = estimate_claim(_claim("superior", MAE), _both(MAE), MAE, "")
    assert found.p == pytest.approx(stats.ttest_rel(OURS, THEIRS, alternative="less").pvalue, abs=TOLERANCE)


@pytest.mark.parametrize("metric", [SSIM, MAE])
def test_p_of_noninferior_shifts_the_bound_to_the_worse_side(metric: Metric) -> None:
    found = estimate_claim(_claim("noninferior", metric, margin=0.02), _both(metric), metric, "")
    difference, better = np.subtract(OURS, THEIRS), "greater" if metric.higher_is_better else "less"
    bound = -0.02 if metric.higher_is_better else 0.02
    assert found.p == pytest.approx(stats.ttest_1samp(difference, bound, alternative=better).pvalue, abs=TOLERANCE)


@pytest.mark.parametrize("metric", [SSIM, MAE])
@pytest.mark.parametrize("margin", [0.05, 0.1, 0.5])
def test_p_of_equivalent_is_the_tost_of_statsmodels(metric: Metric, margin: float) -> None:
    found = estimate_claim(_claim("equivalent", metric, margin=margin), _both(metric), metric, "")
    expected = ttost_paired(np.array(OURS), np.array(THEIRS), -margin, margin)[0]
    assert found.p == pytest.approx(expected, abs=TOLERANCE)


def test_p_of_equivalent_to_a_number_is_the_tost_around_it() -> None:
    claim = _claim("equivalent", against=None, reference=0.8, margin=0.1)
    found = estimate_claim(claim, _both(), SSIM, "")
    low = stats.ttest_1samp(OURS, 0.7, alternative="greater").pvalue
    high = stats.ttest_1samp(OURS, 0.9, alternative="less").pvalue
    assert found.p == pytest.approx(max(low, high), abs=TOLERANCE)
    assert found.value == pytest.approx(np.mean(OURS), abs=1e-12)


@pytest.mark.parametrize(("relation", "tail", "bound"), [("at_least", "greater", 0.7), ("at_most", "less", 0.8)])
@pytest.mark.parametrize("metric", [SSIM, MAE])
def test_p_of_at_least_and_at_most_looks_at_the_number_and_not_at_what_is_better(
    metric: Metric, relation: Relation, tail: str, bound: float
) -> None:
    """Reference .75, relaxed by a margin of .05."""
    claim = _claim(relation, metric, reference=0.75, margin=0.05)
    found = estimate_claim(claim, _both(metric), metric, "")
    assert found.p == pytest.approx(stats.ttest_1samp(OURS, bound, alternative=tail).pvalue, abs=TOLERANCE)


@pytest.mark.parametrize("alpha", [0.005, 0.025, 0.05])
def test_interval_has_level_1_minus_2_alpha_so_that_it_agrees_with_the_test(alpha: float) -> None:
    found = estimate_claim(_claim("superior", alpha=alpha), _both(), SSIM, "")
    expected = stats.ttest_rel(OURS, THEIRS).confidence_interval(1 - 2 * alpha)
    assert found.level == pytest.approx(1 - 2 * alpha)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=TOLERANCE)


@pytest.mark.parametrize(
    ("relation", "ssim", "mae"),
    [
        ("superior", (0.1, None), (None, -0.1)),
        ("noninferior", (-0.1, None), (None, 0.1)),
        ("equivalent", (-0.1, 0.1), (-0.1, 0.1)),
        ("at_least", (0.4, None), (0.4, None)),
        ("at_most", (None, 0.6), (None, 0.6)),
    ],
)
def test_range_in_which_each_claim_is_true(
    relation: Relation, ssim: tuple[float | None, float | None], mae: tuple[float | None, float | None]
) -> None:
    """Margin .1; reference .5 where there is one."""
    assert supported_range(_claim(relation, margin=0.1), True) == pytest.approx(ssim)
    assert supported_range(_claim(relation, MAE, margin=0.1), False) == pytest.approx(mae)


def test_a_subject_with_ten_clips_counts_once() -> None:
    """s0 has ten clips of .9, five subjects one clip of .3: (.9 + 5 x .3) / 6 = .4, not 10.5 / 15 = .7."""
    rows = [_row("a", "s0", clip, 0.9) for clip in range(10)] + [_row("a", f"s{i}", 0, 0.3) for i in range(1, 6)]
    found = estimate_mean("a", "mask", rows, SSIM, "")
    assert found.value == pytest.approx(0.4, abs=1e-12)
    assert (found.n_subjects, found.n_clips) == (6, 15)
    assert found.id == "a|ssim[wang2004]|mask"
    assert (found.p, found.relation, found.level) == (None, None, 0.95)


def test_clips_are_paired_before_subjects_are_averaged() -> None:
    """s0 has differences .2 and .4 (mean .3), the others .1 to .5; a clip without its partner is left out."""
    rows = [_row("a", "s0", 0, 0.7), _row("b", "s0", 0, 0.5), _row("a", "s0", 1, 0.9), _row("b", "s0", 1, 0.5)]
    rows += [_row("a", "s0", 2, 1.0)]  # arm b has no row here
    for index, difference in enumerate((0.1, 0.2, 0.3, 0.4, 0.5), start=1):
        rows += [_row("a", f"s{index}", 0, 0.2 + difference), _row("b", f"s{index}", 0, 0.2)]
    found = estimate_claim(_claim("superior"), rows, SSIM, "")
    assert found.value == pytest.approx((0.3 + 0.1 + 0.2 + 0.3 + 0.4 + 0.5) / 6, abs=1e-12)
    assert (found.n_subjects, found.n_clips, found.n_undefined) == (6, 7, 1)


@pytest.mark.parametrize(("metric", "worst"), [(SSIM, -1.0), (MAE, 255.0)])
def test_a_failed_clip_counts_as_the_worst_value(metric: Metric, worst: float) -> None:
    rows = [*_arm("a", [0.5, 0.6, 0.7, 0.8, 0.9], metric), _row("a", "s5", 0, None, "failed", metric)]
    found = estimate_mean("a", "mask", rows, metric, "")
    assert found.value == pytest.approx((3.5 + worst) / 6, abs=1e-12)
    assert (found.n_failed, found.n_clips, found.n_subjects) == (1, 6, 6)


@pytest.mark.parametrize(("metric", "worst"), [(SSIM, -1.0), (MAE, 255.0)])
def test_a_failure_of_the_arm_makes_its_difference_worse(metric: Metric, worst: float) -> None:
    ours: list[Measurement] = [*_arm("a", OURS[:7], metric), _row("a", "s7", 0, None, "failed", metric)]
    found = estimate_claim(_claim("superior", metric), ours + _arm("b", THEIRS, metric), metric, "")
    expected = (sum(OURS[:7]) - sum(THEIRS[:7]) + worst - THEIRS[7]) / 8
    assert found.value == pytest.approx(expected, abs=1e-10)
    assert found.n_failed == 1


def test_a_clip_that_failed_in_both_arms_is_one_failed_clip() -> None:
    rows = _both() + [_row(arm, "s0", 1, None, "failed") for arm in ("a", "b")]
    found = estimate_claim(_claim("superior"), rows, SSIM, "")
    assert (found.n_failed, found.n_clips) == (1, 9)


@pytest.mark.parametrize("arm", ["a", "b"])
def test_a_clip_that_is_undefined_in_either_arm_is_dropped_from_both(arm: str) -> None:
    rows = [row for row in _both() if (row.arm, row.subject_id) != (arm, "s0")]
    rows += [_row(arm, "s0", 0, None, "undefined")]
    found = estimate_claim(_claim("superior"), rows, SSIM, "")
    assert found.value == pytest.approx(np.mean(np.subtract(OURS, THEIRS)[1:]), abs=TOLERANCE)
    assert (found.n_subjects, found.n_clips, found.n_undefined, found.n_failed) == (7, 7, 1, 0)


def test_undefined_clips_neither_add_to_a_mean_nor_count_as_clips() -> None:
    rows = [*_arm("a", OURS), _row("a", "s0", 1, None, "undefined"), _row("a", "s9", 0, None, "undefined")]
    found = estimate_mean("a", "mask", rows, SSIM, "")
    assert found.value == pytest.approx(np.mean(OURS), abs=TOLERANCE)
    assert (found.n_subjects, found.n_clips, found.n_undefined) == (8, 8, 2)


def test_rows_of_other_arms_metrics_and_regions_do_not_matter() -> None:
    other = _arm("c", [0.0] * 8) + _arm("a", [99.0] * 8, MAE)
    other += [_row("a", f"s{index}", 0, 0.0, region="frame") for index in range(8)]
    claim = _claim("superior")
    assert estimate_claim(claim, other + _both(), SSIM, "") == estimate_claim(claim, _both(), SSIM, "")


def test_order_of_the_rows_does_not_move_a_bit() -> None:
    rows = _both() + [_row("a", "s0", clip, 0.1 * clip) for clip in range(1, 6)]
    assert estimate_mean("a", "mask", rows[::-1], SSIM, "") == estimate_mean("a", "mask", rows, SSIM, "")


def _nothing_computed(found: Estimate) -> bool:
    return (found.low, found.high, found.p) == (None, None, None)


def test_five_subjects_give_a_value_but_no_interval_however_many_clips() -> None:
    rows = [_row("a", f"s{index}", clip, 0.5 + index / 10) for index in range(5) for clip in range(20)]
    found = estimate_claim(_claim("at_least"), rows, SSIM, "")
    assert found.value == pytest.approx(0.7, abs=1e-12)
    assert _nothing_computed(found)
    assert found.note == "not computed: 5 subjects, an interval needs 6"


def test_no_variation_gives_a_value_but_no_interval() -> None:
    found = estimate_claim(_claim("at_least"), _arm("a", [0.6] * 9), SSIM, "")
    assert found.value == pytest.approx(0.6, abs=1e-12)
    assert _nothing_computed(found)
    assert found.note == "not computed: no variation between subjects"


@pytest.mark.parametrize("rows", [[], _arm("b", THEIRS), [_row("a", "s0", 0, None, "undefined")]])
def test_without_any_value_there_is_no_number_but_a_reason(rows: list[Measurement]) -> None:
    found = estimate_claim(_claim("at_least"), rows, SSIM, "")
    assert found.value is None
    assert _nothing_computed(found)
    assert (found.n_subjects, found.n_clips) == (0, 0)
    assert found.note == "not computed: no clip has this value"


@pytest.mark.parametrize("fails", ["a", "b"])
@pytest.mark.parametrize(
    ("relation", "more"),
    [
        ("superior", {}),
        ("noninferior", {"margin": 0.1}),
        ("equivalent", {"margin": 0.1}),
        ("equivalent", {"margin": 0.1, "against": None, "reference": 0.9}),
        ("at_least", {}),
        ("at_most", {}),
    ],
)
def test_a_failed_clip_can_have_any_value(relation: Relation, more: dict[str, object], fails: str) -> None:
    """p is the larger, the interval the hull, of both tests by hand with s0's failure at SSIM's -1 and at 1."""
    claim = _claim(relation, SSIM, **more)
    if fails == "b" and claim.against is None:
        return  # there is no other arm that could fail
    rows = [row for row in _both() if (row.arm, row.subject_id) != (fails, "s0")]
    rows.append(_row(fails, "s0", 0, None, "failed"))
    found = estimate_claim(claim, rows, SSIM, "all")
    ends = []
    for bound in (-1.0, 1.0):
        filled = [row for row in rows if row.status == "ok"] + [_row(fails, "s0", 0, bound)]
        ends.append(estimate_claim(claim, filled, SSIM, "all"))
    assert found.p == max(end.p or 0.0 for end in ends)
    assert found.low == min(end.low or 0.0 for end in ends)
    assert found.high == max(end.high or 0.0 for end in ends)
    assert (found.n_failed, found.n_clips) == (1, 8)


def test_failures_turn_no_refuted_equivalence_into_a_supported_one() -> None:
    """A true difference of 0.22 against a margin of 0.2: ten failures of a hundred must not pull it inside."""
    rng = np.random.default_rng(0)
    theirs = 0.6 + 0.01 * rng.standard_normal(100)
    ours = theirs + 0.22 + 0.005 * rng.standard_normal(100)
    claim = _claim("equivalent", margin=0.2)
    whole = estimate_claim(claim, _arm("a", ours) + _arm("b", theirs), SSIM, "all")
    assert whole.low is not None
    assert whole.low > 0.2  # refuted
    rows = [
        _row("a", f"s{i}", 0, None, "failed") if i < 10 else _row("a", f"s{i}", 0, float(ours[i])) for i in range(100)
    ]
    failing = estimate_claim(claim, rows + _arm("b", theirs), SSIM, "all")
    assert failing.p is not None
    assert failing.p > 0.5


def test_a_failure_on_a_clip_without_truth_does_not_enter_the_mean() -> None:
    """A success there has no value; were failures counted, they alone would be."""
    rows = _arm("a", [0.5] * 6)
    rows.append(Measurement("a", "s9-0", "s9", SSIM.name, "mask", "unpaired", None, "failed", "because"))
    found = estimate_mean("a", "mask", rows, SSIM, "all")
    assert (found.value, found.n_clips, found.n_failed, found.n_undefined) == (0.5, 6, 0, 1)


def test_a_difference_without_a_claim_has_the_interval_of_scipys_paired_t_and_no_test() -> None:
    found = estimate_difference("a", "b", "mask", _both(), SSIM, "all")
    expected = stats.ttest_rel(OURS, THEIRS).confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(np.subtract(OURS, THEIRS)), abs=TOLERANCE)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=TOLERANCE)
    assert (found.arm, found.against, found.relation, found.p) == ("a", "b", None, None)
    assert found.id == "a minus b|ssim[wang2004]|mask"


def test_a_failure_widens_a_difference_without_a_claim_as_one_with_it() -> None:
    rows = [*_both()[1:], _row("a", "s0", 0, None, "failed")]
    found = estimate_difference("a", "b", "mask", rows, SSIM, "all")
    claimed = estimate_claim(_claim("superior"), rows, SSIM, "all")
    assert (found.value, found.low, found.high) == (claimed.value, claimed.low, claimed.high)
    assert found.n_failed == 1


@pytest.mark.parametrize("relation", ["superior", "noninferior"])
def test_better_has_no_meaning_where_a_target_is_best(relation: Relation) -> None:
    claim = _claim(relation, SHARPNESS, margin=0.1)
    with pytest.raises(ValueError, match="needs a metric of which more, or less, is better"):
        estimate_claim(claim, _both(SHARPNESS), SHARPNESS, "")


def test_nearness_to_a_target_is_tested_as_equivalence_to_it() -> None:
    claim = _claim("equivalent", SHARPNESS, against=None, reference=1.0, margin=0.3)
    found = estimate_claim(claim, _both(SHARPNESS), SHARPNESS, "")
    low = stats.ttest_1samp(OURS, 0.7, alternative="greater").pvalue
    high = stats.ttest_1samp(OURS, 1.3, alternative="less").pvalue
    assert found.p == pytest.approx(max(low, high), abs=TOLERANCE)
    assert supported_range(claim, None) == (0.7, 1.3)


PLAIN = replace(SSIM, higher_is_better=None, descriptive=True)
LONE = replace(PLAIN, needs="translation")


def test_of_a_descriptive_metric_a_failure_is_left_out_of_the_mean_and_counted() -> None:
    rows = [*_arm("a", OURS), _row("a", "s9", 0, None, "failed")]
    found = estimate_mean("a", "mask", rows, PLAIN, "all")
    assert found.value == pytest.approx(np.mean(OURS), abs=TOLERANCE)
    assert (found.n_clips, found.n_failed) == (len(OURS), 1)


def test_of_a_descriptive_metric_a_failure_still_supports_no_claim() -> None:
    rows = [*_both()[1:], _row("a", "s0", 0, None, "failed")]
    claim = _claim("equivalent", margin=0.5)
    found, directed = (estimate_claim(claim, rows, metric, "all") for metric in (PLAIN, SSIM))
    assert (found.low, found.high, found.p) == (directed.low, directed.high, directed.p)


def test_a_metric_of_the_translation_alone_counts_unpaired_clips() -> None:
    rows = [replace(row, pairing="unpaired") for row in _arm("a", [0.5] * 6)]
    assert estimate_mean("a", "mask", rows, LONE, "all").n_clips == 6
    assert estimate_mean("a", "mask", rows, PLAIN, "all").n_clips == 0
