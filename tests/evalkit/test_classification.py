"""Figures of a run's predictions: real and translated clips, their difference, and what is left out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.classification import classified, read_classification, write_classification
from evalkit.plan import Plan, described
from evalkit.records import Prediction
from evalkit.study import Study
from translator.clips.manifest import Entry, Manifest

VIEWS = ("A2C", "A4C", "PLAX")


def _plan() -> Plan:
    entries = [Entry(clip_id=f"c{i}", subject_id=f"s{i // 2}", split="test", view=VIEWS[i % 3], greyscale="x")
               for i in range(24)]  # fmt: skip
    study = Study.model_validate(
        {"title": "T", "manifest": "m", "arms": [{"name": "ours", "translator": "trivial:grey"}]}
    )

    class Arm:
        name = "ours"

    document = {"study": study.model_dump(), "clips": [described(entry) for entry in entries]}
    return Plan(study, Manifest(entries, Path()), (Arm(),), (), Path(), {}, document)  # type: ignore[arg-type]


def _row(
    plan: Plan, arm: str, index: int, seed: int, said: str | None, note: str = "", task: str = "view"
) -> Prediction:
    entry = plan.manifest.entries[index]
    sure = "" if said is None else json.dumps({view: 0.8 if view == said else 0.1 for view in VIEWS})
    status = "ok" if said else "failed" if note == "boom" else "undefined"
    return Prediction(task, arm, entry.clip_id, entry.subject_id, seed, entry.view, said, sure, status, note)  # type: ignore[arg-type]


def _rows(plan: Plan, arm: str, wrong: set[int]) -> list[Prediction]:
    said = [VIEWS[(i + (i in wrong)) % 3] for i in range(24)]
    return [_row(plan, arm, i, seed, said[i]) for i in range(24) for seed in (0, 1, 2)]


DETAILS: dict[str, Any] = {"view": {"classification": ["view"], "column": "view"}, "other": {}}


def test_synthetic_that_is_real_differs_by_nought() -> None:
    plan = _plan()
    found = classified(plan, [*_rows(plan, "real", {1, 5}), *_rows(plan, "ours", {1, 5})], DETAILS)["view"]
    against = found["against_real"]["ours"]
    assert against["f1_macro"]["value"] == against["accuracy"]["value"] == 0
    assert {one["note"] for one in against["mcnemar"]} == {"not computed: the arms never disagree"}
    assert found["arms"]["real"] == found["arms"]["ours"]


def test_worse_answers_show_in_every_figure() -> None:
    plan = _plan()
    wrong = set(range(0, 24, 2))
    found = classified(plan, [*_rows(plan, "real", {1}), *_rows(plan, "ours", wrong)], DETAILS)["view"]
    ours, against = found["arms"]["ours"], found["against_real"]["ours"]
    assert ours["accuracy"]["value"] == pytest.approx(0.5)
    assert against["accuracy"]["value"] == pytest.approx(0.5 - 23 / 24)
    assert against["f1_macro"]["high"] < 0
    assert all(one["p"] < 0.05 for one in against["mcnemar"])
    assert np.sum(ours["confusion"][0]) == 24
    assert ours["calibration"]["ece"] == pytest.approx(0.3)


def test_failed_clips_count_as_missed_and_undefined_ones_are_left_out() -> None:
    plan = _plan()
    rows = _rows(plan, "real", set())
    rows += [row for row in _rows(plan, "ours", set()) if row.clip_id not in ("c0", "c1")]
    rows += [_row(plan, "ours", 0, seed, None, "boom") for seed in (0, 1, 2)]
    rows += [_row(plan, "ours", 1, seed, None, "not computed: no view") for seed in (0, 1, 2)]
    found = classified(plan, rows, DETAILS)["view"]
    ours = found["arms"]["ours"]
    assert (ours["n_clips"], ours["n_failed"], ours["left_out"]) == (23, 1, {"not computed: no view": 1})
    assert ours["accuracy"]["value"] == pytest.approx(22 / 23)
    assert found["against_real"]["ours"]["n_clips"] == 23
    assert ours["confusion"][0][0] == [7, 0, 0, 1]


def test_an_interval_that_reaches_beyond_what_f1_can_be_is_cut() -> None:
    plan, wrong = _plan(), {4, 8, 10, 14, 20, 22}  # of one clip a subject: uncut, the macro F1 reaches to 1.36
    rows = [row for arm in ("real", "ours") for row in _rows(plan, arm, wrong) if int(row.clip_id[1:]) % 2 == 0]
    figures = classified(plan, rows, DETAILS)["view"]["arms"]["ours"]
    assert figures["f1_macro"]["high"] == 1
    assert 0 < figures["f1_macro"]["low"] < figures["f1_macro"]["value"]


def test_an_arm_without_answers_says_so() -> None:
    plan = _plan()
    found = classified(plan, _rows(plan, "real", set()), DETAILS)["view"]
    assert found["arms"]["ours"]["note"] == "not computed: no clip has an answer"
    assert found["against_real"]["ours"]["note"] == "not computed: no clip has an answer on both sides"


def test_figures_are_written_and_read_back(tmp_path: Path) -> None:
    plan = _plan()
    found = classified(plan, [*_rows(plan, "real", {3}), *_rows(plan, "ours", {4})], DETAILS)
    assert read_classification(tmp_path) == {}
    write_classification(tmp_path, found)
    assert read_classification(tmp_path) == found
    (tmp_path / "classification.json").write_text('{"schema_version": 2}')
    with pytest.raises(ValueError, match="schema version 1"):
        read_classification(tmp_path)


def test_nothing_is_summed_up_where_no_task_classifies() -> None:
    assert classified(_plan(), [], {"other": {}}) == {}
