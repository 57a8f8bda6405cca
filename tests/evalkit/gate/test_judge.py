"""The gate: red on what got worse, green on what did not, and which endpoint, stratum and clips it was."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.gate.judge import Judgement, differences, judge
from evalkit.gate.margins import Endpoint, Margins
from evalkit.gate.tell import as_json, as_junit, as_markdown
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from tests.evalkit.gate.conftest import CLIPS, MakeRun
from translator.errors import InputError

ARMS = ("generator", "generator")
ENDPOINTS = [
    {"metric": "mae", "region": "mask", "margin": 1.0},
    {"metric": "ssim[wang2004]", "region": "mask", "margin": 0.03},
]


def _judge(baseline: Run, candidate: Run, **more: Any) -> Judgement:
    return judge(baseline, candidate, ARMS, Margins.model_validate({"endpoints": ENDPOINTS} | more))


def _states(found: Judgement) -> dict[tuple[str, str | None], str]:
    return {(each.endpoint.metric, each.stratum): each.state for each in found.findings}


def test_the_same_run_is_unchanged_in_everything(make_run: MakeRun) -> None:
    found = _judge(make_run(), make_run(1, noise=0.001))
    assert set(_states(found).values()) == {"unchanged"}
    assert found.passes(strict=True)


def test_a_generator_that_gives_the_very_same_is_unchanged_without_a_test(make_run: MakeRun) -> None:
    found = _judge(make_run(failed=("c04",)), make_run(failed=("c04",)), strata=["view"])
    assert set(_states(found).values()) == {"unchanged"}
    assert found.passes(strict=True)


def test_what_got_worse_by_more_than_the_margin_is_regressed(make_run: MakeRun) -> None:
    worse = make_run(1, 0.01, lambda clip, metric: 2.0 if metric == "mae" else 0.0)
    found = _judge(make_run(), worse)
    assert _states(found) == {("mae", None): "regressed", ("ssim[wang2004]", None): "unchanged"}
    assert not found.passes()


@pytest.mark.parametrize(("metric", "by"), [("mae", -2.0), ("ssim[wang2004]", 0.06)])
def test_what_got_better_is_improved_and_passes(make_run: MakeRun, metric: str, by: float) -> None:
    found = _judge(make_run(), make_run(1, 0.01, lambda clip, name: by if name == metric else 0.0))
    assert _states(found)[metric, None] == "improved"
    assert found.passes(strict=True)


def test_a_change_around_the_margin_is_undecided_and_fails_only_if_strict(make_run: MakeRun) -> None:
    found = _judge(make_run(), make_run(1, 0.05, lambda clip, metric: 1.0 if metric == "mae" else 0.0))
    assert _states(found)["mae", None] == "undecided"
    assert found.passes()
    assert not found.passes(strict=True)


def test_a_drop_in_one_view_is_red_and_names_the_view_and_its_clips(make_run: MakeRun) -> None:
    worse = make_run(1, 0.002, lambda clip, metric: 1.6 if metric == "mae" and clip["view"] == "PLAX" else 0.0)
    found = _judge(make_run(), worse, strata=["view"])
    assert _states(found)["mae", None] != "regressed", "the mean over all views hides it"
    (red,) = found.of("regressed")
    assert red.stratum == "view = PLAX"
    views = {clip["clip_id"]: clip["view"] for clip in CLIPS}
    assert {views[change.clip_id] for change in red.worst} == {"PLAX"}
    assert red.worst[0].worse_by == max(change.worse_by for change in red.worst) > 1.5


def test_of_a_metric_with_a_target_the_distance_to_it_counts(make_run: MakeRun) -> None:
    endpoints = [{"metric": "sharpness_ratio", "region": "mask", "margin": 0.05}]
    for by in (0.5, -0.5):
        found = _judge(make_run(), make_run(1, 0.01, lambda clip, metric, by=by: by), endpoints=endpoints)
        assert _states(found)["sharpness_ratio", None] == "regressed"


def test_more_failures_are_red_whatever_the_values_say(make_run: MakeRun) -> None:
    found = _judge(make_run(failed=("c03",)), make_run(1, 0.001, failed=("c05",)))
    assert found.new_failures == ("c05",)
    assert found.mended_failures == ("c03",)
    assert not found.passes()
    assert _judge(make_run(), make_run(failed=("c05",)), max_new_failures=1).too_many_failures is False


def test_a_clip_that_has_no_value_any_more_is_a_new_failure(make_run: MakeRun) -> None:
    candidate = make_run(1, 0.001)
    rows = [replace(row, value=None, status="undefined", note="gone") if row.clip_id == "c02" else row
            for row in candidate.measurements]  # fmt: skip
    found = _judge(make_run(), replace(candidate, measurements=rows))
    assert found.new_failures == ("c02",)
    assert not found.passes()


def test_a_single_clip_that_is_far_worse_is_red_though_the_mean_is_not(make_run: MakeRun) -> None:
    one = make_run(1, 0.001, lambda clip, metric: 8.0 if (clip["clip_id"], metric) == ("c09", "mae") else 0.0)
    found = _judge(make_run(), one, endpoints=[ENDPOINTS[0] | {"margin": 2.0, "clip_margin": 5.0}])
    assert _states(found) == {("mae", None): "unchanged"}
    assert [each.change.clip_id for each in found.broken] == ["c09"]
    assert not found.passes()


def test_a_single_clip_that_is_far_better_is_told_and_no_reason_to_fail(make_run: MakeRun) -> None:
    one = make_run(1, 0.001, lambda clip, metric: -8.0 if (clip["clip_id"], metric) == ("c09", "mae") else 0.0)
    found = _judge(make_run(), one, endpoints=[ENDPOINTS[0] | {"margin": 2.0, "clip_margin": 5.0}])
    assert [each.change.clip_id for each in found.leaps] == ["c09"]
    assert not found.broken
    assert found.passes(strict=True)


def test_an_endpoint_that_no_run_has_a_value_of_is_refused_as_it_would_be_green_for_ever(make_run: MakeRun) -> None:
    with pytest.raises(InputError, match="mae in the frame: no clip has a value in either run"):
        _judge(make_run(), make_run(1, 0.001), endpoints=[ENDPOINTS[0] | {"region": "frame"}])
    lost: dict[str, Any] = {"value": None, "status": "undefined", "note": "too small"}
    empty = replace(make_run(), measurements=[replace(row, **lost) for row in make_run().measurements])
    with pytest.raises(InputError, match="mae in the mask: no clip has a value in either run"):
        _judge(empty, empty)


def test_under_pseudonyms_no_level_note_or_sentence_has_an_id(make_run: MakeRun) -> None:
    ids = [clip["clip_id"] for clip in CLIPS]
    names = Pseudonyms({clip: f"clip-{place:03d}" for place, clip in enumerate(ids)},
                       {f"s{number}": f"subject-{number:02d}" for number in range(16)})  # fmt: skip
    at = [clip | {"site": f"ward of {clip['clip_id']}"} for clip in CLIPS]
    worse = make_run(1, 0.001, lambda clip, metric: 9.0, failed=("c07",), clips=at)
    asked = Margins(
        note="but for c03",
        strata=["site"],
        endpoints=[Endpoint(metric="mae", region="mask", margin=1.0, clip_margin=2.0)],
    )
    found = judge(make_run(clips=at), worse, ("generator", "generator"), asked).under(names)
    told = json.dumps(as_json(found, strict=False)) + as_markdown(found, strict=False) + as_junit(found, strict=False)
    assert not [clip for clip in ids if clip in told]
    assert "ward of clip-003" in told


def test_refusals_name_clips_only_where_real_ids_may_be_told(make_run: MakeRun) -> None:
    fewer, asked = make_run(clips=CLIPS[:-2]), Margins.model_validate({"endpoints": ENDPOINTS})
    with pytest.raises(InputError, match="2 clips are in the baseline alone: --real-ids names them"):
        judge(make_run(), fewer, ("generator", "generator"), asked, real_ids=False)


def test_the_risk_is_shared_by_endpoints_and_strata(make_run: MakeRun) -> None:
    found = _judge(make_run(), make_run(1, 0.01), strata=["view"])
    levels = {each.stratum: each.estimate.level for each in found.findings if each.endpoint.metric == "mae"}
    assert levels[None] == pytest.approx(1 - 2 * 0.05 / 2 / 2)
    assert levels["view = A4C"] == pytest.approx(1 - 2 * 0.05 / 2 / 2 / 2)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"clips": CLIPS[:-2]}, "2 clips are in the baseline alone: c30, c31"),
        ({"clips": [c | {"pairing": "near"} for c in CLIPS]}, "pairing differs for 32 clips: c00, c01, c02 and 29"),
        ({"inputs": {clip["clip_id"]: {"cfd": "other"} for clip in CLIPS}}, "the files of 32 clips differ"),
        ({"metrics": ["mae|v2|1", "ssim[wang2004]|v1|1"]}, "metric mae was mae|v1|grey levels, is mae|v2"),
        ({"metrics": ["ssim[wang2004]|v1|1"]}, "metric mae is not in one of the runs"),
        ({"weights": {"lpips": "absent"}}, "weights of metrics differ"),
        ({"regions": {"flow": 2}}, "how regions are found differ: flow was 1, is 2"),
        ({"arms": {"generator": {"identity": {"engine": "openvino", "threads": 1}}}}, "engine was torch, is openvino"),
        ({"arms": {"mine": {}}}, "has no arm 'generator': it has mine"),
        ({"study": {"population": {"view": "A4C"}}}, "the population was {}, is"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_runs_that_differ_in_more_than_the_generator_are_refused(
    make_run: MakeRun, other: dict[str, Any], named: str
) -> None:
    with pytest.raises(InputError, match=re.escape(named)):
        _judge(make_run(), make_run(1, 0.01, **other))


def test_a_descriptive_metric_is_no_endpoint(make_run: MakeRun) -> None:
    runs = [make_run(metrics=["change|v1|grey levels"]) for _ in range(2)]
    with pytest.raises(InputError, match="descriptive"):
        _judge(runs[0], runs[1], endpoints=[{"metric": "change", "region": "mask", "margin": 1.0}])


def test_a_sentence_has_difference_interval_unit_margin_and_numbers_or_why_there_are_none(make_run: MakeRun) -> None:
    found = _judge(make_run(), make_run(1, 0.05, lambda clip, metric: 1.0 if metric == "mae" else 0.0))
    (mae, ssim) = found.findings
    shown = f"{mae.estimate.value:+.4g} grey levels [{mae.estimate.low:+.4g}, {mae.estimate.high:+.4g}]"
    assert mae.sentence == (
        f"mae in the mask, all clips: undecided; candidate minus baseline {shown}, margin 1, lower is better "
        "(16 subjects, 32 clips)"
    )
    shown = f"{ssim.estimate.value:+.4g} [{ssim.estimate.low:+.4g}, {ssim.estimate.high:+.4g}]"
    assert shown in ssim.sentence
    assert "higher is better" in ssim.sentence
    few = {"clips": CLIPS[:8], "study": {"population": {"view": "A4C"}}}
    lost = _judge(make_run(**few), make_run(1, 0.01, **few)).findings[0]
    assert lost.estimate.n_subjects == 4
    assert lost.sentence == "mae in the mask, all clips: undecided; not computed: 4 subjects, an interval needs 6"


def test_where_higher_is_better_the_clip_that_dropped_most_is_the_worst(make_run: MakeRun) -> None:
    drop = make_run(0, 0.0, lambda clip, metric: -0.01 * int(clip["clip_id"][1:]) if metric != "mae" else 0.0)
    found = _judge(make_run(), drop).findings[1]
    assert found.state == "regressed"
    assert found.worst[0].clip_id == "c31"
    assert found.worst[0].worse_by == pytest.approx(0.31)
    better = _judge(drop, make_run()).findings[1]
    assert (better.state, better.worst) == ("improved", ())


def test_runs_are_compared_on_the_population_of_their_study(make_run: MakeRun) -> None:
    only = {"study": {"population": {"view": "A4C"}}}
    found = _judge(make_run(**only), make_run(1, 0.01, **only))
    assert {each.estimate.n_clips for each in found.findings} == {16}


def test_the_difference_of_two_runs_is_their_mean_difference_with_an_interval_and_that_of_each_clip(
    make_run: MakeRun,
) -> None:
    found = differences(make_run(), make_run(1, 0.01, lambda clip, metric: 0.5), ARMS, "mae", "mask")
    judged = _judge(make_run(), make_run(1, 0.01, lambda clip, metric: 0.5)).findings[0]
    assert found.mean.value == judged.estimate.value
    assert found.mean.level == 0.95
    assert (found.mean.population, found.mean.n_clips, found.mean.region) == ("all clips", 32, "mask")
    assert (found.mean.arm, found.mean.against) == ("candidate", "baseline")
    assert len(found.clips) == 32
    assert np.mean(found.clips) == pytest.approx(found.mean.value)
    with pytest.raises(InputError, match="not in one of the runs"):
        differences(make_run(), make_run(metrics=[]), ARMS, "mae", "mask")
