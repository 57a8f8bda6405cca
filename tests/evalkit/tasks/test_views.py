"""View classification: who is trained on, what is said of which version, and why nothing is said."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.records import REAL, Prediction
from evalkit.tasks.declare import TaskRows
from evalkit.tasks.registry import make_task
from tests.evalkit.tasks.benches import ArrayBench, ArrayVersion, Maker, stripes, two_views, view_bench
from translator.clips.clip import Frames
from translator.errors import InputError

TINY = {"backbone": "small", "size": 24, "frames": 2, "epochs": 15, "learning_rate": 0.02, "dropout": 0.0}
SEEDS = (0, 1, 2)


def _broken(clip: ArrayVersion) -> Frames:
    raise ValueError("no power")


ARMS: dict[str, Maker] = {
    "copy": lambda clip: clip.frames,
    "turned": lambda clip: clip.frames.transpose(0, 2, 1).copy(),  # the other view
    "broken": _broken,
}


def _measure(bench: ArrayBench, **options: Any) -> TaskRows:
    return make_task("view", "view-classification", {**TINY, **options}).measure(bench)


def _rows(done: TaskRows, arm: str = REAL, task: str = "view") -> list[Prediction]:
    return [row for row in done.predictions if (row.task, row.arm) == (task, arm)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> ArrayBench:
    return two_views(tmp_path_factory.mktemp("views"), ARMS)


@pytest.fixture(scope="module")
def done(bench: ArrayBench) -> TaskRows:
    """All three kinds of training; arms that copy, turn the clip into the other view, and fail."""
    return _measure(bench, train_on=["real", "synthetic", "real+synthetic"])


def test_every_version_of_every_test_clip_is_classified_once_for_each_training_seed(done: TaskRows) -> None:
    for arm in (REAL, "copy", "turned"):
        rows = _rows(done, arm)
        assert sorted((row.clip_id, row.seed) for row in rows) == sorted(
            (f"c{i}", s) for i in range(8, 14) for s in SEEDS
        )
        assert all(sum(json.loads(row.probabilities).values()) == pytest.approx(1) for row in rows)


def test_views_that_differ_plainly_are_told_apart(done: TaskRows) -> None:
    assert all(row.predicted == row.label for row in _rows(done))


def test_a_copy_of_the_real_clip_gets_the_same_answers(done: TaskRows) -> None:
    assert [row.probabilities for row in _rows(done, "copy")] == [row.probabilities for row in _rows(done)]


def test_a_clip_turned_into_the_other_view_is_classified_as_that(done: TaskRows) -> None:
    assert all(row.predicted != row.label for row in _rows(done, "turned"))


def test_an_arm_that_fails_has_failed_rows_with_its_reason(done: TaskRows) -> None:
    assert {(row.status, row.note) for row in _rows(done, "broken")} == {("failed", "ValueError: no power")}


def test_trained_on_what_an_arm_made_and_tested_on_real_clips(done: TaskRows) -> None:
    task = "view.train-synthetic"
    assert all(row.predicted == row.label for row in _rows(done, "copy", task))
    assert all(row.predicted != row.label for row in _rows(done, "turned", task))
    assert [row.predicted for row in _rows(done, REAL, task)] == [row.predicted for row in _rows(done)]
    assert all(row.status == "ok" for row in _rows(done, "turned", "view.train-real+synthetic"))


def test_where_an_arm_made_no_training_clip_the_rows_say_so(done: TaskRows) -> None:
    rows = _rows(done, "broken", "view.train-synthetic")
    note = "not computed: what there is to train on has no view"
    assert {(row.status, row.note) for row in rows} == {("undefined", note)}


def test_numbers_of_clips_are_means_over_the_seeds(done: TaskRows) -> None:
    values = {(m.arm, m.metric): m.value for m in done.measurements}
    assert values["copy", "view.correct"] == values[REAL, "view.correct"] == 1
    assert values["turned", "view.correct"] == 0
    assert values["copy", "view.correct[train-synthetic]"] == 1
    (rows,) = ([row for row in _rows(done) if row.clip_id == "c8"],)
    sure = [json.loads(row.probabilities)["A2C"] for row in rows]
    (found,) = [m.value for m in done.measurements
                if (m.arm, m.clip_id, m.metric) == (REAL, "c8", "view.true_probability")]  # fmt: skip
    assert found == pytest.approx(sum(sure) / 3)
    assert 0.5 < sum(sure) / 3 < 1


def test_every_row_is_of_a_declared_output(done: TaskRows) -> None:
    task = make_task("view", "view-classification", {**TINY, "train_on": ["real", "synthetic", "real+synthetic"]})
    assert {m.metric for m in done.measurements} == {metric.name for metric in task.outputs}


def test_details_tell_of_each_training_and_its_clips(done: TaskRows) -> None:
    card = done.details["models"][0]["trainings"][0]
    assert card["fitted_to"] == {
        "clips": 6,
        "subjects": 6,
        "by_class": {view: {"clips": 3, "subjects": 3} for view in ("A2C", "A4C")},
    }
    assert card["watched_on"]["subjects"] == 2
    assert card["history"]["validation_accuracy"] == 1
    assert done.details["classification"] == ["view", "view.train-synthetic", "view.train-real+synthetic"]


def test_what_was_trained_is_used_again(bench: ArrayBench, done: TaskRows) -> None:
    again = replace(bench, said=[])
    assert _measure(again, train_on=["real", "synthetic", "real+synthetic"]) == done
    assert not any("seed" in stage for stage, _, _ in again.said)


def test_without_a_training_split_it_says_what_to_do(tmp_path: Path) -> None:
    bench = view_bench(tmp_path, {"test": ["A2C", "A4C"]}, ARMS)
    with pytest.raises(InputError, match=r"no real clip of split train has a view.*cross_validate = 5"):
        _measure(bench)


def test_one_class_is_refused_with_its_name(tmp_path: Path) -> None:
    bench = view_bench(tmp_path, {"train": ["A4C"] * 4, "test": ["A4C"]}, {})
    with pytest.raises(InputError, match="all real clips of split train have view 'A4C'"):
        _measure(bench)


def _crossed(folder: Path, views: Sequence[str | None], k: int, **options: Any) -> TaskRows:
    bench = view_bench(folder, {"test": views}, {"copy": ARMS["copy"]})
    return _measure(bench, cross_validate=k, **options)


def test_cross_validation_tests_every_clip_with_subjects_apart(tmp_path: Path) -> None:
    done = _crossed(tmp_path, ["A2C", "A4C"] * 4, 4, epochs=1)
    assert len(_rows(done)) == 8 * 3
    assert all(row.status == "ok" for row in _rows(done))
    cards = [json.loads(file.read_text()) for file in tmp_path.glob("clip-classifier/*/*/card.json")]
    cards = [card for card in cards if card["settings"]["seed"] == 0]
    tested = [{f"c{i} {REAL}" for i in range(8)} - card["inputs"].keys() for card in cards]
    assert [len(one) for one in tested] == [2] * 4
    assert len(set().union(*tested)) == 8


def test_classes_and_folds_that_cannot_be_trained_say_why(tmp_path: Path) -> None:
    done = _crossed(tmp_path, ["A2C", "A4C", "A4C", "A2C", "PLAX", None, "A2C", "A4C"], 2, epochs=1)
    notes = {row.label: row.note for row in _rows(done) if row.status == "undefined"}
    assert notes == {
        "PLAX": "not computed: no clip of the other folds has view 'PLAX'",
        None: "not computed: the clip has no view",
    }
    lone = _crossed(tmp_path, ["A2C", "A4C", "A4C"], 3, epochs=1)
    assert {row.clip_id: row.note for row in _rows(lone) if row.status == "undefined"} == {
        "c0": "not computed: what there is to train on has one view, 'A4C'"
    }


def test_more_folds_than_subjects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 labelled subjects cannot be put into 5 folds"):
        _crossed(tmp_path, ["A2C", "A4C", "A4C"], 5)


def test_without_validation_clips_training_subjects_are_held_out_but_no_classs_last(tmp_path: Path) -> None:
    views = ["A2C", "A4C"] * 5 + ["PLAX"]
    bench = view_bench(tmp_path, {"train": views, "test": ["A2C"]}, {})
    card = _measure(bench, epochs=1).details["models"][0]["trainings"][0]
    assert (card["fitted_to"]["subjects"], card["watched_on"]["subjects"]) == (9, 2)
    assert card["fitted_to"]["by_class"]["PLAX"]["subjects"] == 1


def test_a_class_that_training_never_saw_is_not_asked_about(tmp_path: Path) -> None:
    bench = view_bench(tmp_path, {"train": ["A2C", "A4C"] * 2, "test": ["kidney"]}, {})
    (row, *_) = _measure(bench, epochs_unwatched=1).predictions
    assert (row.status, row.note) == ("undefined", "not computed: no training clip has view 'kidney'")


def test_labels_shuffled_among_training_clips_teach_nothing(tmp_path: Path) -> None:
    def shuffled(view: str | None, number: int) -> Frames:
        return stripes(("A2C", "A4C")[number // 2 % 2], number)  # half of each view's clips show the other

    bench = view_bench(tmp_path, {"test": ["A2C", "A4C"] * 8}, {}, shuffled)
    rows = _measure(bench, cross_validate=2, epochs=5).predictions
    assert 0.2 <= sum(row.predicted == row.label for row in rows) / len(rows) <= 0.8


def test_all_faults_of_the_options_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make_task(
            "view", "view-classification", {"seed": 4, "backbone": "resnet", "seeds": 2, "train_on": ["synthetic"]}
        )
    told = str(caught.value)
    assert "unknown key 'seed'. Did you mean 'seeds'?" in told
    assert "unknown backbone 'resnet'" in told
    assert "options.seeds: Input should be greater than or equal to 3" in told
    assert "train_on holds `real`" in told
