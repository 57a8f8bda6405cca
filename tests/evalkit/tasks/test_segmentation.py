"""The task `segmentation`: real against made, against labels, and what it says where there is no number."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.records import REAL
from evalkit.tasks.declare import TaskRows
from evalkit.tasks.registry import make_task
from tests.evalkit.tasks.benches import ArrayBench, array_bench, damaged, discs
from translator.clips.clip import Clip, Frames
from translator.clips.npz import write_npz
from translator.errors import InputError


def bright(frames: Frames) -> Frames:
    """The model that the tests bring: what is bright is class 1."""
    return (frames > 128).astype(np.uint8)


def wrong_shape(frames: Frames) -> Frames:
    """A model that gives one label a frame."""
    return np.zeros(len(frames), np.uint8)


BRIGHT = {"model": f"{__name__}:bright"}


@pytest.fixture
def bench(tmp_path: Path) -> ArrayBench:
    return array_bench(tmp_path)


def _values(found: TaskRows, arm: str, name: str) -> list[float | None]:
    return [row.value for row in found.measurements if row.arm == arm and row.metric == f"seg.{name}"]


def _notes(found: TaskRows, arm: str, name: str) -> set[tuple[str, str]]:
    return {(row.status, row.note) for row in found.measurements if row.arm == arm and row.metric == f"seg.{name}"}


def _measure(bench: ArrayBench, **options: Any) -> TaskRows:
    return make_task("seg", "segmentation", {**BRIGHT, **options}).measure(bench)


def test_synthetic_that_is_the_real_clip_has_dice_1_and_no_error(bench: ArrayBench) -> None:
    frames, labels = discs()
    bench.add("test", "c", "s", frames, {"same": frames}, labels, spacing_mm=(0.3, 0.3))
    found = _measure(bench)
    for name, value in {
        "dice": 1,
        "iou": 1,
        "nsd": 1,
        "hd95": 0,
        "hd95_mm": 0,
        "area_error": 0,
        "area_change_error": 0,
    }.items():
        assert _values(found, "same", name) == [value]
    assert _values(found, "same", "label_dice") == _values(found, REAL, "label_dice") == [1.0]


def test_a_shifted_translation_has_the_dice_of_the_shifted_masks(bench: ArrayBench) -> None:
    (frames, labels), (shifted, moved) = discs(), discs(at=30)
    bench.add("test", "c", "s", frames, {"arm": shifted}, labels)
    by_hand = [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in zip(labels, moved, strict=True)]
    found = _measure(bench)
    assert _values(found, "arm", "dice") == [pytest.approx(np.mean(by_hand))]
    assert _values(found, "arm", "label_dice") == _values(found, "arm", "dice")
    assert _values(found, "arm", "area_error") == [pytest.approx(0, abs=0.05)]


def test_area_change_error_is_the_translations_change_less_the_real_ones(bench: ArrayBench) -> None:
    frames, labels = discs(frames=9, radius=lambda t: 16 - t)
    still, _ = discs(frames=9, radius=lambda t: 12)
    bench.add("test", "c", "s", frames, {"frozen": still})
    areas = labels.sum(axis=(1, 2), dtype=float)
    found = _measure(bench)
    assert _values(found, "frozen", "area_change") == [0.0]
    assert _values(found, "frozen", "area_change_error") == [pytest.approx(-(areas[1] - areas[7]) / areas[1])]


def test_structures_are_told_apart_and_averaged(bench: ArrayBench) -> None:
    frames, labels = discs()
    labels = np.where(labels == 1, 3, 7).astype(np.uint8)
    bench.add("test", "c", "s", frames, {"arm": frames}, labels)
    found = _measure(bench, structures={"disc": 3, "rest": [7, 8]})
    assert _values(found, REAL, "label_dice[disc]") == [1.0]
    assert _values(found, REAL, "label_dice[rest]") == [0.0]  # the model knows one class
    assert _values(found, REAL, "label_dice") == [0.5]


def test_phases_are_where_the_labels_are_largest_and_smallest(bench: ArrayBench) -> None:
    frames, labels = discs(frames=5, radius=lambda t: 16 - 2 * t)
    labels[[0, 2, 3]] = 255  # drawn at 1 and 4
    made = frames.copy()
    made[4] = 0
    bench.add("test", "c", "s", frames, {"arm": made}, labels)
    found = _measure(bench, structures={"disc": 1}, timed_by="disc")
    assert _values(found, "arm", "dice_ed[disc]") == [1.0]
    assert _values(found, "arm", "dice_es[disc]") == [0.0]


def test_frames_that_nobody_drew_are_no_frames_without_the_structure(bench: ArrayBench) -> None:
    frames, labels = discs()
    labels[1:] = 255
    bench.add("test", "c", "s", frames, {"arm": frames}, labels)
    assert _values(_measure(bench), "arm", "label_dice") == [1.0]


def test_a_clip_without_truth_has_the_reason_and_its_own_areas(bench: ArrayBench) -> None:
    frames, _ = discs()
    bench.add("test", "a", "s", None, {"arm": frames})
    bench.add("test", "b", "s", frames, {"arm": frames}, pairing="near")
    bench.add("test", "c", "s", frames, {})
    found = _measure(bench)
    notes = _notes(found, "arm", "dice")
    assert ("undefined", "not computed: pairing is unpaired, so there is no greyscale truth") in notes
    assert ("undefined", "not computed: pairing is near, so there is no greyscale truth") in notes
    assert ("undefined", "not computed: the clip has no colour Doppler") in notes
    assert ("undefined", "not computed: the clip has no labels") in _notes(found, "arm", "label_dice")
    assert [value is not None for value in _values(found, "arm", "area")].count(True) == 2


def test_what_fails_is_a_row_with_its_reason_and_the_others_go_on(bench: ArrayBench) -> None:
    frames, _ = discs()
    bench.add("test", "a", "s", frames, {"arm": damaged})
    bench.add("test", "b", "s", frames, {"arm": frames})
    bench.add("test", "c", "s", frames, {"arm": frames[:3]})
    rows = [row for row in _measure(bench).measurements if row.arm == "arm" and row.metric == "seg.dice"]
    assert [row.status for row in sorted(rows)] == ["failed", "ok", "failed"]
    assert "has 3 frames, the real clip 6" in sorted(rows)[2].note


def test_a_model_that_gives_something_else_is_said_to(bench: ArrayBench) -> None:
    frames, _ = discs()
    bench.add("test", "a", "s", frames, {"arm": frames})
    found = _measure(bench, model=f"{__name__}:wrong_shape")
    assert all("Give uint8 classes" in row.note for row in found.measurements)


def test_finished_masks_are_taken_by_clip_and_arm(bench: ArrayBench, tmp_path: Path) -> None:
    frames, labels = discs()
    _, moved = discs(at=30)
    for arm, masks in ((REAL, labels), ("arm", moved)):
        (tmp_path / "masks" / arm).mkdir(parents=True)
        write_npz(tmp_path / "masks" / arm / "c.npz", Clip.from_array(masks))
    bench.add("test", "c", "s", frames, {"arm": frames, "other": frames})
    found = make_task("seg", "segmentation", {"masks": str(tmp_path / "masks")}).measure(bench)
    by_hand = [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in zip(labels, moved, strict=True)]
    assert _values(found, "arm", "dice") == [pytest.approx(np.mean(by_hand))]
    ((status, note),) = _notes(found, "other", "dice")
    assert status == "failed"
    assert "0 files in other/ are called c.*" in note


def test_every_output_is_declared_and_every_row_is_one(bench: ArrayBench) -> None:
    frames, labels = discs()
    bench.add("test", "c", "s", frames, {"arm": frames}, labels)
    task = make_task("seg", "segmentation", {**BRIGHT, "structures": {"disc": 1}, "timed_by": "disc"})
    names = {row.metric for row in task.measure(bench).measurements if row.arm == "arm"}
    assert names == {each.name for each in task.outputs}


def test_segmentations_are_kept_and_not_made_again(bench: ArrayBench, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, _ = discs()
    bench.add("test", "c", "s", frames, {"arm": frames})
    first = _measure(bench)
    monkeypatch.setitem(globals(), "bright", wrong_shape)
    assert sorted(_measure(bench).measurements) == sorted(first.measurements)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"structure": {"lv": 1}}, "unknown key 'structure'. Did you mean 'structures'?"),
        ({"structures": {"lv": 255}}, "label 255 is not within 1 to 254"),
        ({"structures": {"lv": 1, "la": 1}}, "a label belongs to two structures"),
        ({"timed_by": "lv"}, "no structure 'lv'"),
        ({"model": "nothing"}, "neither"),
        ({"model": "absent.onnx"}, "absent.onnx is not there"),
        ({"model": "no_such_module:x"}, "cannot be imported"),
        ({"masks": "absent"}, "is no folder"),
        ({"side": 100}, "multiple of 32"),
    ],
)
def test_wrong_options_are_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        make_task("seg", "segmentation", options)


def test_all_faults_of_the_options_are_listed_at_once() -> None:
    with pytest.raises(InputError) as error:
        make_task("seg", "segmentation", {"side": 1, "epochs": 0, "epoch": 3})
    assert len(error.value.faults) == 3


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.tasks.options.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"sonoproof\[tasks\]"):
        make_task("seg", "segmentation", {})


def test_without_labelled_training_clips_nothing_is_fitted(bench: ArrayBench) -> None:
    frames, _ = discs()
    bench.add("train", "t", "s", frames)
    with pytest.raises(InputError, match="no clip of split train"):
        make_task("seg", "segmentation", {}).measure(bench)


def test_a_model_that_the_study_names_is_in_its_identity_without_its_path() -> None:
    identity = make_task("seg", "segmentation", BRIGHT).identity
    assert len(identity["model"]["source_sha256"]) == 64


@pytest.mark.slow
class TestFitted:
    """With a network of segmentation-models-pytorch."""

    OPTIONS = {"side": 32, "epochs": 12, "patience": 12, "structures": {"disc": 1}, "learning_rate": 0.01}  # noqa: RUF012

    @staticmethod
    def _filled(bench: ArrayBench) -> None:
        for number in range(4):
            frames, labels = discs(frames=4, at=18 + 4 * number, seed=number)
            labels[0] = 255
            bench.add("train", f"t{number}", f"t{number}", frames, {}, labels)
        frames, labels = discs(at=25, seed=9)
        bench.add("test", "c", "s", frames, {"same": frames, "black": np.zeros_like(frames)}, labels)

    def test_it_learns_a_disc_and_says_what_it_was_trained_on(self, bench: ArrayBench) -> None:
        self._filled(bench)
        found = make_task("seg", "segmentation", self.OPTIONS).measure(bench)
        (truth,) = _values(found, REAL, "label_dice[disc]")
        assert truth is not None
        assert truth > 0.7
        assert _values(found, "same", "dice") == [1.0]
        assert (_values(found, "black", "dice")[0] or 0) < truth
        assert found.details["training_subjects"] == ["t0", "t1", "t2", "t3"][: len(found.details["training_subjects"])]
        assert found.details["training_frames"] == 3 * len(found.details["training_clips"])

    def test_the_fitted_network_is_kept(self, bench: ArrayBench, monkeypatch: pytest.MonkeyPatch) -> None:
        from evalkit.networks import segmenter

        self._filled(bench)
        short = {**self.OPTIONS, "epochs": 1}
        first = make_task("seg", "segmentation", short).measure(bench)
        monkeypatch.setattr(segmenter, "fit", None)
        assert make_task("seg", "segmentation", short).measure(bench) == first

    def test_labels_without_the_structure_are_refused(self, bench: ArrayBench) -> None:
        self._filled(bench)
        with pytest.raises(InputError, match="no training frame is labelled with lv"):
            make_task("seg", "segmentation", {**self.OPTIONS, "structures": {"lv": 9}}).measure(bench)

    def test_an_unknown_architecture_is_refused(self, bench: ArrayBench) -> None:
        self._filled(bench)
        with pytest.raises(InputError, match="Unett with encoder"):
            make_task("seg", "segmentation", {**self.OPTIONS, "architecture": "Unett"}).measure(bench)
