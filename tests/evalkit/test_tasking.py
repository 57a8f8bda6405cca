"""Tasks in a run: their rows beside the metrics', their predictions, and why there are none."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evalkit.plan import freeze
from evalkit.records import REAL, Measurement, Prediction
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from evalkit.tasks.declare import Bench, TaskRows, output
from translator.artefacts import Store
from translator.clips.manifest import read_manifest, write_manifest
from translator.errors import InputError, bad_input

CopyStudy = Callable[[str], Path]
BRIGHT = output("bright", "level", "Mean grey level over 255.", (0, 1), source="tests", descriptive=True)


class _Bright:
    """Says of each version how bright it is, and whether it is brighter than the mean of the training clips."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.name, self.outputs, self.identity = "bright", (BRIGHT,), {"kind": "bright", **options}
        self.options = options

    def measure(self, bench: Bench) -> TaskRows:
        if self.options.get("impossible"):
            raise bad_input("task", "there is one class only", "Give more")
        training = bench.real("train")
        usual = np.mean([version.clip().array().mean() for version in training])
        rows, said = [], []
        for version in (*bench.real("test"), *(each for arm in bench.arms for each in bench.made(arm, "test"))):
            entry, level = version.entry, float(version.clip().array().mean())
            who = version.arm, entry.clip_id, entry.subject_id
            rows.append(Measurement(*who, "bright.level", "frame", entry.pairing, level / 255, "ok"))
            kind = "bright" if level > usual else "dark"
            said.append(Prediction("bright", *who, bench.seed, entry.view, kind, "", "ok"))
        return TaskRows(rows, said, {"training_clips": len(training)})


def bright(name: str, options: Mapping[str, Any]) -> _Bright:
    """The maker that the tests' studies name."""
    assert name == "bright"
    return _Bright(options)


def _run(folder: Path, options: dict[str, Any] | None = None, **more: Any) -> Run:
    manifest = folder / "data" / "manifest.csv"
    entries = [e.model_copy(update={"split": "train" if i < 2 else "test"})
               for i, e in enumerate(read_manifest(manifest).entries)]  # fmt: skip
    write_manifest(manifest, entries)
    task = {"name": "bright", "kind": f"{__name__}:bright", "options": options or {}}
    asked = {"title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"], "tasks": [task],
             "arms": [{"name": "telea", "translator": "trivial:telea"}]}  # fmt: skip
    plan = freeze(Study.model_validate(asked | more), folder, {})
    return run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None)


@pytest.fixture
def done(copy_study: CopyStudy) -> Run:
    """A run with a task, fitted to two clips and measured on five."""
    return _run(copy_study("study"))


def test_a_task_measures_the_real_clips_and_each_arm_of_the_studys_split_alone(done: Run) -> None:
    rows = [row for row in done.measurements if row.metric == "bright.level"]
    assert {row.arm for row in rows} == {REAL, "telea"}
    assert len(rows) == 2 * 5
    assert {row.clip_id for row in rows} == {clip["clip_id"] for clip in done.plan["clips"]}


def test_its_numbers_are_estimated_like_any_metric(done: Run) -> None:
    (estimate,) = [each for each in done.estimates if each.metric == "bright.level" and each.arm == "telea"]
    values = [row.value for row in done.measurements if row.metric == "bright.level" and row.arm == "telea"]
    assert estimate.value == pytest.approx(np.mean([value for value in values if value is not None]))


def test_predictions_and_details_are_sealed_and_read_back(done: Run) -> None:
    assert {"predictions.parquet", "tasks.json"} <= done.record["files"].keys()
    assert {(row.arm, row.seed) for row in done.predictions} == {(REAL, 0), ("telea", 0)}
    assert done.tasks == {"bright": {"training_clips": 2}}


def test_the_plan_names_the_task_its_outputs_and_the_clips_that_it_is_fitted_to(done: Run) -> None:
    assert done.plan["tasks"]["bright"]["kind"] == "bright"
    assert done.plan["task_outputs"]["bright.level"]["unit"] == "1"
    assert len(done.plan["training"]["clips"]) == len(done.plan["training"]["inputs"]) == 2


def test_a_task_that_cannot_be_done_says_why_in_every_row(copy_study: CopyStudy) -> None:
    run = _run(copy_study("study"), {"impossible": True})
    rows = [row for row in run.measurements if row.metric == "bright.level"]
    assert {(row.status, row.note) for row in rows} == {
        ("undefined", "not computed: there is one class only. Give more")
    }
    assert not run.predictions


def test_the_report_shows_the_numbers_of_a_task(done: Run) -> None:
    from reports import write_report

    assert "bright.level" in write_report(done).read_text(encoding="utf-8")


def test_an_unknown_kind_is_refused_with_the_place(copy_study: CopyStudy) -> None:
    asked = {"title": "T", "manifest": "data/manifest.csv", "tasks": [{"name": "x", "kind": "nothing"}],
             "arms": [{"name": "telea", "translator": "trivial:telea"}]}  # fmt: skip
    with pytest.raises(InputError, match="task 'x': unknown kind 'nothing'"):
        freeze(Study.model_validate(asked), copy_study("study"), {})


def test_a_prediction_without_a_class_needs_another_status() -> None:
    row = SimpleNamespace(task="t", arm="a", clip_id="c", subject_id="s", seed=0, label="x", predicted=None)
    with pytest.raises(ValueError, match="status ok"):
        Prediction(**vars(row), probabilities="", status="ok")


def test_a_task_that_names_an_arm_which_is_not_there_is_refused_before_anything_is_measured(
    copy_study: CopyStudy,
) -> None:
    named = {"name": "p", "kind": "privacy", "options": {"generator": "tele", "backbone": "none"}}
    with pytest.raises(InputError, match="names an arm 'tele' that the study has not"):
        _run(copy_study("study"), tasks=[named])
