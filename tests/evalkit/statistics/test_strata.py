"""Strata: which level a clip is in, and estimates on each."""

from typing import Any

import pytest

from evalkit.metrics.registry import METRICS
from evalkit.records import ClipFacts, Measurement, Status, StratumEstimate
from evalkit.statistics.estimates import estimate_mean
from evalkit.statistics.strata import estimate_strata, levels
from evalkit.study import Study

MAE = METRICS["mae"]
CLAIM = {
    "id": "c", "sentence": "s", "arm": "a", "metric": "mae", "region": "mask", "relation": "at_most", "reference": 5.0,
}  # fmt: skip


def _study(**more: Any) -> Study:
    asked: dict[str, Any] = {"title": "T", "manifest": "m.csv", "metrics": ["mae"], "regions": ["mask"]}
    return Study.model_validate(asked | {"arms": [{"name": "a", "translator": "trivial:grey"}]} | more)


def _clip(clip_id: str, **more: str | None) -> dict[str, str | None]:
    return {"clip_id": clip_id, "subject_id": clip_id.partition("-")[0], "view": None, "site": None, **more}


def _row(clip_id: str, value: float | None) -> Measurement:
    subject = clip_id.partition("-")[0]
    status: Status = "ok" if value is not None else "failed"
    return Measurement("a", clip_id, subject, "mae", "mask", "simulated", value, status)


def _estimated(study: Study, rows: list[Measurement], views: dict[str, str]) -> list[StratumEstimate]:
    facts = {clip: ClipFacts(clip, clip, 1, None, None) for clip in views}
    found = levels(study, [_clip(clip, view=view) for clip, view in views.items()], facts)
    placed = {column: dict(zip(views, of_clips, strict=True)) for column, of_clips in found.items()}
    claimed = {claim.id: (frozenset(views), "all") for claim in study.claims}
    return estimate_strata(study, ["a"], {"mae": MAE}, rows, placed, claimed, "all")


def test_levels_of_a_column_are_ordered_and_what_is_not_stated_comes_last() -> None:
    clips = [_clip("s1", view="PLAX"), _clip("s2"), _clip("s3", view="A4C"), _clip("s4", view="PLAX")]
    assert levels(_study(strata=["view"]), clips, {}) == {
        "view": [(1, "PLAX"), (2, "not stated"), (0, "A4C"), (1, "PLAX")]
    }


def test_a_bin_holds_its_lower_edge_and_not_its_upper() -> None:
    values = [0.0, 0.0999, 0.1, 0.29999, 0.3, 1.0, None]
    facts = {f"c{i}": ClipFacts(f"c{i}", "s", 1, None, value) for i, value in enumerate(values)}
    study = _study(strata=["coverage"], bins={"coverage": [0.1, 0.3]})
    found = levels(study, [_clip(clip) for clip in facts], facts)["coverage"]
    assert [name for _, name in found] == [
        "below 10 %", "below 10 %", "10 to 30 %", "10 to 30 %", "30 % or more", "30 % or more", "not measured"
    ]  # fmt: skip
    assert [place for place, _ in found] == [0, 0, 1, 1, 2, 2, 3]


def test_frame_rates_are_binned_in_hertz_and_a_clip_without_one_says_so() -> None:
    facts = {f"c{i}": ClipFacts(f"c{i}", "s", 1, fps, None) for i, fps in enumerate((12.5, 30.0, None))}
    found = levels(_study(strata=["fps"]), [_clip(clip) for clip in facts], facts)["fps"]
    assert [name for _, name in found] == ["below 20 Hz", "30 to 50 Hz", "not stated"]


def test_each_level_has_the_estimate_of_its_own_clips() -> None:
    views = {f"s{i}-0": "A4C" if i < 8 else "PLAX" for i in range(14)}
    rows = [_row(clip, float(i)) for i, clip in enumerate(views)]
    low, high = _estimated(_study(strata=["view"]), rows, views)
    expected = estimate_mean("a", "mask", rows[:8], MAE, "all, view = A4C")
    assert (low.value, low.low, low.high) == (expected.value, expected.low, expected.high)
    assert (low.column, low.level_name, low.population) == ("view", "A4C", "all, view = A4C")
    assert (low.n_subjects, high.n_subjects) == (8, 6)
    assert low.id == "a|mae|mask|view = A4C"
    assert high.value == pytest.approx(10.5)


def test_fewer_than_six_subjects_of_a_level_have_a_value_and_no_interval() -> None:
    views = {f"s{i % 5}-{i}": "A4C" for i in range(20)}
    (found,) = _estimated(_study(strata=["view"]), [_row(clip, float(i)) for i, clip in enumerate(views)], views)
    assert (found.n_subjects, found.n_clips) == (5, 20)
    assert found.value == pytest.approx(9.5)
    assert found.low is None
    assert found.note == "not computed: 5 subjects, an interval needs 6"


def test_a_failure_counts_as_the_worst_value_in_its_level() -> None:
    (found,) = _estimated(_study(strata=["view"]), [_row("s1-0", None), _row("s2-0", 1.0)], {"s1-0": "x", "s2-0": "x"})
    assert found.value == pytest.approx((MAE.worst + 1) / 2)
    assert found.n_failed == 1


def test_claims_are_estimated_on_every_level_with_p_adjusted_over_all() -> None:
    views = {f"s{i}-0": "A4C" if i < 7 else "PLAX" for i in range(14)}
    rows = [_row(clip, 1.0 + 0.5 * (i % 7) + 3.0 * (i >= 7)) for i, clip in enumerate(views)]
    found = [e for e in _estimated(_study(strata=["view"], claims=[CLAIM]), rows, views) if e.relation is not None]
    small, large = found
    assert small.id == "c|view = A4C"
    assert small.p is not None
    assert large.p is not None
    assert small.p < 0.01 < large.p
    assert small.p_adjusted == pytest.approx(2 * small.p)
    assert large.p_adjusted == pytest.approx(large.p)


def test_without_strata_nothing_is_estimated() -> None:
    assert _estimated(_study(), [_row("s1-0", 1.0)], {"s1-0": "x"}) == []


def test_what_is_not_stated_comes_after_levels_that_sort_behind_its_name() -> None:
    clips = [_clip("s1", view="zoomed"), _clip("s2"), _clip("s3", view="Apical")]
    assert levels(_study(strata=["view"]), clips, {})["view"] == [(1, "zoomed"), (2, "not stated"), (0, "Apical")]


def test_a_level_whose_clips_all_lack_the_value_is_told_and_one_without_clips_is_not() -> None:
    absent = Measurement("a", "s1-0", "s1", "mae", "mask", "simulated", None, "undefined", "why")
    study = _study(strata=["view"], claims=[CLAIM | {"population": {"view": "PLAX"}}])
    found = _estimated(study, [absent, _row("s2-0", 1.0)], {"s1-0": "A4C", "s2-0": "PLAX"})
    assert [(each.level_name, each.n_clips, each.n_undefined) for each in found if each.relation is None] == [
        ("A4C", 0, 1), ("PLAX", 1, 0)
    ]  # fmt: skip
    placed, claimed = {"view": {"s2-0": (0, "PLAX")}}, {"c": (frozenset[str](), "none")}
    alone = estimate_strata(study, ["a"], {"mae": MAE}, [_row("s2-0", 1.0)], placed, claimed, "all")
    assert [each.id for each in alone] == ["a|mae|mask|view = PLAX"]


def test_subjects_are_a_stratum_by_their_id() -> None:
    assert levels(_study(strata=["subject"]), [_clip("s2-0"), _clip("s1-0")], {}) == {"subject": [(1, "s2"), (0, "s1")]}


def test_claims_on_clip_weighted_means_have_their_level_in_words() -> None:
    views = {f"s{i % 7}-{i}": "A4C" for i in range(20)}
    study = _study(strata=["view"], claims=[CLAIM | {"statistic": "clip_mean"}])
    rows = [_row(clip, 1.0 + 0.1 * i) for i, clip in enumerate(views)]
    (found,) = [each for each in _estimated(study, rows, views) if each.relation is not None]
    assert (found.statistic, found.population, found.n_clips) == ("clip_mean", "all, view = A4C", 20)
