"""Plans with claims from a file and with exclusions: what is resolved, what is refused, what the document holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.plan import Plan, freeze
from evalkit.study import Study, read_study
from translator.errors import InputError

CopyStudy = Callable[[str], Path]
OWN = {"id": "own", "sentence": "s", "arm": "grey", "metric": "mae", "region": "mask", "relation": "at_most",
       "reference": 9.0}  # fmt: skip
MINE = """
title = "Mine"
[[claims]]
id = "theirs"
sentence = "s"
arm = "generator"
metric = "mae"
region = "mask"
relation = "at_most"
reference = 9.0
[[claims]]
id = "faster"
sentence = "s"
arm = "generator"
against = "slow"
statistic = "times_faster"
relation = "at_least"
reference = 2.0
timings = "times.csv"
"""


def _plan(folder: Path, **more: Any) -> Plan:
    asked = {"title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"], "regions": ["mask"],
             "arms": [{"name": "grey", "translator": "trivial:grey"}], "exhibits": {"metric": "mae"}}  # fmt: skip
    return freeze(Study.model_validate({**asked, **more}), folder, {})


def _claims(folder: Path, text: str = MINE) -> None:
    (folder / "claims").mkdir()
    (folder / "claims" / "mine.toml").write_text(text, encoding="utf-8")
    (folder / "claims" / "times.csv").write_text("system,clip_id,seconds\ngrey,c1,1\nslow,c1,3\n", encoding="utf-8")


def test_a_study_takes_the_claims_of_a_file_beside_its_own_with_arms_for_roles(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _claims(folder)
    plan = _plan(folder, claims=[OWN], claims_file="claims/mine.toml", claims_arms={"generator": "grey"})
    assert [(claim.id, claim.arm) for claim in plan.study.claims] == [
        ("own", "grey"),
        ("theirs", "grey"),
        ("faster", "grey"),
    ]


def test_the_plan_holds_digests_of_what_claims_bring_and_no_path(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _claims(folder)
    plan = _plan(folder, claims_file="claims/mine.toml", claims_arms={"generator": "grey"})
    told = {claim["id"]: claim for claim in plan.document["study"]["claims"]}
    assert told["faster"]["timings"].startswith("sha256:")
    assert len(plan.document["claims_file"]["sha256"]) == 64
    assert str(folder) not in str(plan.document)
    assert "mine.toml" not in str(plan.document)


def test_packaged_claims_that_the_study_cannot_answer_stay_and_say_what_they_need(copy_study: CopyStudy) -> None:
    plan = _plan(copy_study("one"), claims_file="tomic2025", claims_arms={"generator": "grey"})
    needs = {claim.id: claim.needs for claim in plan.study.claims}
    assert len(needs) == 15
    assert needs["ssim-frame"] == "ssim[wang2004] was not measured: the study needs it in `metrics`"
    assert "a task that gives it" in needs["dice"]
    assert "reader study" in needs["clinicians-chance"]
    assert needs["view-f1-same"] == ""  # only the run can tell whether there are predictions


def test_a_population_that_no_clip_has_makes_a_claim_of_a_file_not_evaluable(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _claims(folder, MINE.replace("reference = 9.0", 'reference = 9.0\npopulation = { anatomy = "spleen" }'))
    plan = _plan(folder, claims_file="claims/mine.toml", claims_arms={"generator": "grey"})
    assert plan.study.claims[0].needs == "no clip has anatomy = spleen"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"claims_arms": {"generator": "grey"}}, "is given without claims_file"),
        ({"claims_file": "tomic2025"}, "role 'generator' is played by no arm"),
        ({"claims_file": "tomic202"}, "Did you mean 'tomic2025'"),
        ({"exclusions": [{"clip_id": "absent", "reason": "x"}]}, "no clip of split 'test' has"),
        ({"exclusions": [{"column": "split", "value": "test", "reason": "x"}]}, "leave no clip"),
    ],
)
def test_what_cannot_be_resolved_is_refused(copy_study: CopyStudy, more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        _plan(copy_study("one"), **more)


def test_a_claim_of_a_file_may_not_have_the_id_of_one_of_the_study(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _claims(folder)
    with pytest.raises(InputError, match="claim 'theirs' is given twice"):
        _plan(
            folder, claims=[{**OWN, "id": "theirs"}], claims_file="claims/mine.toml", claims_arms={"generator": "grey"}
        )


def test_excluded_clips_are_not_in_the_plan_but_stand_in_it_with_their_reason(copy_study: CopyStudy) -> None:
    first = {"clip_id": "phantom-11-0002-0", "reason": "motion"}
    again = {"column": "subject_id", "value": "phantom-11-0002", "reason": "twice"}
    plan = _plan(copy_study("one"), exclusions=[first, again])
    assert len(plan.manifest.entries) == 6
    assert [(row["clip_id"], row["reason"]) for row in plan.document["excluded"]] == [("phantom-11-0002-0", "motion")]
    assert plan.document["listed"] == {"clips": 7, "subjects": 7}


@pytest.mark.parametrize(
    ("exclusion", "words"),
    [
        ('clip_id = "a"', "reason: Field required"),
        ('clip_id = "a"\ncolumn = "view"\nvalue = "b"\nreason = "x"', "an exclusion names a `clip_id`, or a `column`"),
        ('column = "view"\nreason = "x"', "an exclusion names a `clip_id`, or a `column`"),
        ('column = "vew"\nvalue = "b"\nreason = "x"', "unknown manifest column 'vew'"),
        ('clipid = "a"\nreason = "x"', "unknown key 'clipid'. Did you mean 'clip_id'?"),
    ],
)
def test_a_bad_exclusion_is_a_fault_of_the_study(exclusion: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    head = 'title = "T"\nmanifest = "m.csv"\n[[arms]]\nname = "a"\ntranslator = "trivial:grey"\n[[exclusions]]\n'
    path.write_text(head + exclusion, encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_study(path)
    assert any(words in str(fault) for fault in found.value.faults)
