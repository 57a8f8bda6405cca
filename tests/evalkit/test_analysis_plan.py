"""Analysis plans: frozen once, with sizes and detectable effects; every departure of a run; claims not fixed in it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evalkit.analysis_plan import (
    CLOCK,
    TOKEN,
    Departure,
    Frozen,
    keep_departures,
    read_analysis_plan,
    read_departures,
    write_analysis_plan,
)
from evalkit.plan import Plan, freeze
from evalkit.run import run_study
from evalkit.study import Study
from translator.artefacts import Store, file_digest
from translator.errors import InputError

CopyStudy = Callable[[str], Path]
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CLAIM = {"id": "first", "sentence": "s", "arm": "grey", "metric": "mae", "region": "mask", "relation": "at_most",
         "reference": 200.0, "assumed_sd": 3.0}  # fmt: skip


def _plan(folder: Path, **more: Any) -> Plan:
    asked = {"title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"], "regions": ["mask"],
             "arms": [{"name": "grey", "translator": "trivial:grey"}], "claims": [CLAIM]}  # fmt: skip
    return freeze(Study.model_validate({**asked, "exhibits": {"metric": "mae"}, **more}), folder, {})


def _frozen(folder: Path, plan: Plan) -> Frozen:
    write_analysis_plan(folder / "plan.json", plan, AT)
    return read_analysis_plan(folder / "plan.json")


def test_a_frozen_plan_says_what_when_and_by_whose_clock_and_its_digest_is_the_files(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    plan = _plan(folder)
    sha256 = write_analysis_plan(folder / "plan.json", plan, AT)
    found = read_analysis_plan(folder / "plan.json")
    assert found.sha256 == sha256 == file_digest(folder / "plan.json")
    document = found.document
    assert (document["frozen_at"], document["clock"]) == ("2026-03-04T05:06:07+00:00", CLOCK)
    assert document["plan_sha256"] == plan.sha256
    assert document["size"] == {"clips": 7, "subjects": 7}
    assert document["plan"]["inputs"].keys() == {entry.clip_id for entry in plan.manifest.entries}
    assert document["threads"]["opencv"] == document["plan"]["environment"]["opencv_threads"]
    [claim] = document["claims"]
    assert (claim["id"], claim["clips"], claim["subjects"]) == ("first", 7, 7)
    assert claim["detectable"]["effect"] == pytest.approx(3 * claim["detectable"]["in_sd"])
    assert str(folder) not in (folder / "plan.json").read_text(encoding="utf-8")


def test_a_frozen_plan_is_never_overwritten_and_another_file_is_no_plan(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _frozen(folder, _plan(folder))
    with pytest.raises(InputError, match="A frozen plan is never changed"):
        write_analysis_plan(folder / "plan.json", _plan(folder), AT)
    (folder / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="is no analysis plan"):
        read_analysis_plan(folder / "other.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_analysis_plan(folder / "absent.json")


def test_nothing_departs_from_the_plan_that_was_frozen(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    frozen = _frozen(folder, _plan(folder))
    assert frozen.departures(_plan(folder)) == []
    assert frozen.not_fixed(_plan(folder)) == frozenset()


def test_every_departure_is_named_with_what_was_frozen_and_what_was_found(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    frozen = _frozen(folder, _plan(folder))
    second = {**CLAIM, "id": "second"}
    changed = _plan(folder, seed=4, claims=[{**CLAIM, "reference": 100.0}, second],
                    exclusions=[{"clip_id": "phantom-11-0003-0", "reason": "blurred"}])  # fmt: skip
    found = {departure.field: departure for departure in frozen.departures(changed)}
    assert found["study.seed"] == Departure("study.seed", "0", "4")
    assert found["study.claims.first.reference"] == Departure("study.claims.first.reference", "200.0", "100.0")
    assert found["study.claims.second"].frozen is None
    assert found["clips.phantom-11-0003-0"].found is None
    assert found["inputs.phantom-11-0003-0"].found is None
    assert "excluded" in found
    assert frozen.not_fixed(changed) == {"first", "second"}


def test_a_run_under_a_plan_keeps_it_its_departures_and_calls_new_claims_post_hoc(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    frozen = _frozen(folder, _plan(folder))
    plan = _plan(folder, claims=[CLAIM, {**CLAIM, "id": "second", "reference": 150.0}])
    run = run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None, frozen)
    assert {"departures.json", "analysis_plan.json", "flow.json"} <= run.record["files"].keys()
    told = read_departures(run.folder)
    assert told is not None
    assert [departure["field"] for departure in told["departures"]] == ["study.claims.second"]
    assert told["claims_not_fixed"] == ["second"]
    assert told["timestamp"] == {"status": "no token"}
    assert [(verdict.claim, verdict.standing) for verdict in run.verdicts] == [
        ("first", "fixed beforehand"), ("second", "post hoc"),
    ]  # fmt: skip
    assert run.verdicts[0].p_adjusted == run.estimates[-2].p  # the family that was frozen is not made larger
    flow = json.loads((run.folder / "flow.json").read_text(encoding="utf-8"))
    assert flow["arms"][0]["measured"] == {"clips": 7, "subjects": 7}
    with pytest.raises(InputError, match="was begun under a frozen plan"):
        keep_departures(run.folder, plan, None)


def test_a_run_that_was_begun_under_one_plan_is_not_gone_on_with_under_another(
    copy_study: CopyStudy, tmp_path: Path
) -> None:
    folder = copy_study("one")
    frozen = _frozen(folder, _plan(folder))
    write_analysis_plan(folder / "second.json", _plan(folder, seed=5), AT)
    out = tmp_path / "out"
    out.mkdir()
    keep_departures(out, _plan(folder), frozen)
    keep_departures(out, _plan(folder), frozen)
    with pytest.raises(InputError, match="another frozen plan"):
        keep_departures(out, _plan(folder), read_analysis_plan(folder / "second.json"))
    (tmp_path / "free").mkdir()
    keep_departures(tmp_path / "free", _plan(folder), None)
    assert read_departures(tmp_path / "free") is None


def test_the_response_that_stamped_the_plan_is_kept_beside_it_byte_for_byte(
    copy_study: CopyStudy, tmp_path: Path
) -> None:
    folder = copy_study("one")
    write_analysis_plan(folder / "plan.json", _plan(folder), AT)
    said = {"status": "verified", "time": "2026-03-05T00:00:00+00:00"}
    for name, token in (("stamped", b"a response"), ("bare", None)):
        (tmp_path / name).mkdir()
        keep_departures(tmp_path / name, _plan(folder), read_analysis_plan(folder / "plan.json", said, token))
    assert (tmp_path / "stamped" / TOKEN).read_bytes() == b"a response"
    assert not (tmp_path / "bare" / TOKEN).exists()


def test_where_what_is_measured_departs_no_claim_stays_fixed(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    frozen = _frozen(folder, _plan(folder))
    assert frozen.not_fixed(_plan(folder)) == frozenset()
    assert frozen.not_fixed(_plan(folder, seed=9)) == {"first"}
    other = [{"name": "grey", "translator": "trivial:black-hole"}]
    assert frozen.not_fixed(_plan(folder, arms=other)) == {"first"}


def test_a_frozen_claim_that_is_not_asked_any_more_still_counts_in_its_family(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    second = {**CLAIM, "id": "second", "reference": 100.0}
    frozen = _frozen(folder, _plan(folder, claims=[CLAIM, second]))
    now = _plan(folder, claims=[CLAIM])
    assert frozen.lost(now) == {"second": "primary"}
    alone = run_study(now, folder / "alone", Store(folder / "cache"), lambda stage, done, total: None)
    under = run_study(now, folder / "under", Store(folder / "cache"), lambda stage, done, total: None, frozen)
    (p,), (adjusted,) = ([v.p_adjusted for v in run.verdicts] for run in (alone, under))
    assert p is not None
    assert adjusted == pytest.approx(min(1.0, 2 * p))


def test_a_run_that_was_begun_without_a_plan_does_not_come_under_one(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    plan = _plan(folder)
    frozen = _frozen(folder, plan)
    (folder / "out").mkdir()
    with pytest.raises(InputError, match="not begun under a frozen plan"):
        keep_departures(folder / "out", plan, frozen, begun=True)
