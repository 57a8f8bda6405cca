"""The task `discriminability`: what it says of versions that are alike, unlike, or betrayed by something else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from evalkit.records import Prediction
from evalkit.tasks.declare import TaskRows
from evalkit.tasks.registry import make_task
from evalkit.tasks.texture_features import NAMES, SHARE, texture_features
from tests.evalkit.tasks.benches import ArrayBench, Content, array_bench, damaged
from translator.clips.clip import Clip, Frames
from translator.errors import InputError

SUBJECTS = 8


def _speckle(seed: int, frames: int = 5, height: int = 48, width: int = 60) -> Frames:
    """Log-compressed Rayleigh noise of some grain, with another brightness in each clip."""
    rng = np.random.default_rng((7, seed))
    parts = rng.normal(size=(2, frames, height, width))
    smooth = [[cv2.GaussianBlur(frame, (0, 0), 1.0) for frame in part] for part in parts]
    envelope = np.hypot(*np.array(smooth))
    level = 20 * np.log10(envelope / envelope.mean() + 1e-3) * 255 / 60 + 120 + rng.normal() * 5
    return np.asarray(np.clip(level, 0, 255), np.uint8)


def _bench(folder: Path, made_of: Callable[[Frames, int], Content], clips_each: int = 1) -> ArrayBench:
    bench = array_bench(folder)
    for index in range(SUBJECTS * clips_each):
        real = _speckle(index)
        bench.add("test", f"c{index:02d}", f"s{index // clips_each}", real, {"arm": made_of(real, index)})
    return bench


def _measure(bench: ArrayBench, **options: Any) -> TaskRows:
    chosen = {"features": "texture", "permutations": 99, **options}
    return make_task("told", "discriminability", chosen).measure(bench)


def _shortcuts(found: TaskRows) -> dict[str, str]:
    return {each["fact"]: each["why"] for each in found.details["arms"]["arm"]["facts"]["shortcuts"]}


def _blurred(frames: Frames, index: int) -> Frames:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), 1.5) for frame in frames])


def test_synthetic_that_is_the_real_clip_has_an_auc_of_a_half_and_a_p_of_one(tmp_path: Path) -> None:
    found = _measure(_bench(tmp_path, lambda real, index: real))
    told = found.details["arms"]["arm"]
    assert (told["auc"], told["p"]) == (0.5, 1.0)
    assert (told["facts"]["auc"], told["facts"]["p"], told["facts"]["shortcuts"]) == (0.5, 1.0, [])
    assert len(found.predictions) == 2 * SUBJECTS
    by_clip: dict[str, set[str]] = {}
    for row in found.predictions:
        by_clip.setdefault(row.clip_id, set()).add(row.probabilities)
    assert all(len(said) == 1 for said in by_clip.values())


def test_a_blur_is_found_and_named(tmp_path: Path) -> None:
    told = _measure(_bench(tmp_path, _blurred)).details["arms"]["arm"]
    assert told["auc"] > 0.9
    assert told["p"] == pytest.approx(max(0.01, told["smallest_p"]), abs=0.021)
    named = {each["name"]: each["larger_in"] for each in told["texture"]["features"]}
    assert any(name.startswith("power at") and where == "real" for name, where in named.items())
    assert named.get("speckle_width[axial]", "synthetic") == "synthetic"
    assert {each["auc_alone"] for each in told["texture"]["features"]} <= {0.0, 1.0}


def test_predictions_tell_version_and_arm_and_add_up_to_one(tmp_path: Path) -> None:
    rows = _measure(_bench(tmp_path, _blurred)).predictions
    assert {(row.arm, row.label, row.status) for row in rows} == {("arm", "real", "ok"), ("arm", "synthetic", "ok")}
    for row in rows:
        said = json.loads(row.probabilities)
        assert sum(said.values()) == pytest.approx(1)
        assert row.predicted == max(said, key=said.__getitem__)


def _as_jpeg(frames: Frames) -> Frames:
    coded = (cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 20])[1] for frame in frames)
    return np.stack([np.asarray(cv2.imdecode(each, cv2.IMREAD_GRAYSCALE), np.uint8) for each in coded])


@pytest.mark.parametrize(
    ("plant", "fact", "words"),
    [
        (lambda frames, i: frames[:, 1:], "height", "differs in 8 of 8 clips"),
        (lambda frames, i: frames[:, :, :-1] if i == 3 else frames, "width", "differs in 1 of 8 clips"),
        (lambda frames, i: frames[:-1], "frames", "differs in 8 of 8 clips"),
        (lambda frames, i: np.concatenate([frames[:, :-1], np.full_like(frames[:, :1], 255)], axis=1),
         "step at the bottom border", "by itself (AUC 1.00)"),
        (lambda frames, i: frames // 8 * 8, "grey levels in use", "by itself (AUC 0.00)"),
        (lambda frames, i: frames // 2 * 2, "share of odd grey levels", "by itself (AUC 0.00)"),
        (lambda frames, i: frames[[0, 0, 1, 1, 2]], "share of repeated frames", "by itself (AUC 1.00)"),
        (lambda frames, i: _as_jpeg(frames), "steps on an 8-pixel grid", "by itself (AUC 1.00)"),
    ],
    ids=["row", "one clip", "frame", "border", "few greys", "even greys", "repeats", "codec"],
)  # fmt: skip
def test_a_planted_shortcut_is_found_and_reported(
    tmp_path: Path, plant: Callable[[Frames, int], Frames], fact: str, words: str
) -> None:
    found = _shortcuts(_measure(_bench(tmp_path, plant)))
    assert words in found[fact]


def test_a_fill_that_moves_greys_by_a_hair_is_no_shortcut(tmp_path: Path) -> None:
    def filled(real: Frames, index: int) -> Frames:
        made = real.copy()
        made[:, 20:24, 20:24] = made[:, 20:24, 20:24] // 2 * 2
        return made

    told = _measure(_bench(tmp_path, filled)).details["arms"]["arm"]["facts"]
    assert (told["auc"], told["p"], told["shortcuts"]) == (0.5, 1.0, [])


def test_a_shortcut_of_so_few_subjects_that_no_p_can_be_small_is_reported_all_the_same(tmp_path: Path) -> None:
    bench = array_bench(tmp_path)
    for index in range(10):  # two clips a subject: swapped together, p cannot go below 1/16
        real = _speckle(index)
        bench.add("test", f"c{index}", f"s{index // 2}", real, {"arm": real // 8 * 8})
    assert "too few subjects" in _shortcuts(_measure(bench))["grey levels in use"]


def test_clips_with_one_version_say_which_is_missing(tmp_path: Path) -> None:
    bench = _bench(tmp_path, _blurred)
    bench.add("test", "only-real", "x", _speckle(50), {})
    bench.add("test", "only-made", "y", None, {"arm": _speckle(51)})
    rows = {(row.clip_id, row.label): row for row in _measure(bench).predictions if row.status != "ok"}
    assert "no synthetic version" in rows["only-real", "real"].note
    assert "no real version" in rows["only-made", "synthetic"].note


def test_a_clip_that_fails_is_two_rows_and_the_others_go_on(tmp_path: Path) -> None:
    found = _measure(_bench(tmp_path, lambda real, index: damaged if index == 2 else real))
    rows = {row.label: row for row in found.predictions if row.clip_id == "c02"}
    assert (rows["synthetic"].status, rows["real"].status) == ("failed", "undefined")
    assert "is damaged" in rows["synthetic"].note
    assert found.details["arms"]["arm"]["clips"] == SUBJECTS - 1


def test_one_subject_has_no_test_and_every_row_says_so(tmp_path: Path) -> None:
    bench = array_bench(tmp_path)
    for index in range(3):
        bench.add("test", f"c{index}", "s", _speckle(index), {"arm": _speckle(index)})
    found = _measure(bench)
    assert {row.status for row in found.predictions} == {"undefined"}
    assert "1 subject with both versions" in found.details["arms"]["arm"]["not_computed"]


def test_texture_of_the_mask_alone_sees_only_what_was_hidden(tmp_path: Path) -> None:
    real = _speckle(0)
    hidden = np.zeros_like(real)
    hidden[:, :, :30] = 255
    made = real.copy()
    made[:, :, 31:] = 0
    region = Clip.from_array(hidden)
    inside = [texture_features(Clip.from_array(frames), region) for frames in (real, made)]
    assert inside[0] == pytest.approx(inside[1], nan_ok=True)
    whole = [texture_features(Clip.from_array(frames)) for frames in (real, made)]
    assert whole[0] != pytest.approx(whole[1], nan_ok=True)


def test_a_flat_fill_is_told_by_its_lack_of_texture(tmp_path: Path) -> None:
    told = _measure(_bench(tmp_path, lambda real, index: np.full_like(real, 90))).details["arms"]["arm"]
    assert told["auc"] == 1.0
    assert told["texture"]["features"][0]["name"] == "share of windows with texture"


def test_where_no_window_fits_nothing_is_called_chance(tmp_path: Path) -> None:
    bench = array_bench(tmp_path)
    for index in range(SUBJECTS):
        small = _speckle(index, height=20)
        bench.add("test", f"c{index}", f"s{index}", small, {"arm": small})
    found = _measure(bench)
    assert {row.note for row in found.predictions} == {"not computed: no window of 24 x 24 pixels fits in the frame"}
    assert (
        "of 8 clips with both versions none could be looked at, mostly: no window"
        in found.details["arms"]["arm"]["not_computed"]
    )
    beside = _measure(bench, features="facts").details["arms"]["arm"]
    assert "no window" in beside["texture"]["not_computed"]


def test_texture_of_flat_frames_is_missing() -> None:
    flat = texture_features(Clip.from_array(np.full((3, 40, 40), 9, np.uint8)))
    assert np.isnan(flat[:SHARE]).all()
    assert flat[SHARE] == 0
    assert np.isnan(texture_features(Clip.from_array(_speckle(0, height=20)))).all()
    assert np.isnan(texture_features(Clip.from_array(_speckle(0, frames=1)))).tolist() == [
        name == "change to the next frame" for name in NAMES
    ]


def test_frozen_features_of_identical_versions_give_a_half(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    bench = array_bench(tmp_path)
    for index in range(3):
        real = _speckle(index, frames=1)
        bench.add("test", f"c{index}", f"s{index}", real, {"arm": real})
    told = _measure(bench, features="efficientnet-lite0", permutations=19).details["arms"]["arm"]
    assert (told["auc"], told["p"]) == (0.5, 1.0)


def test_absent_weights_are_the_reason_of_the_whole_task(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="weights absent"):
        _measure(_bench(tmp_path, _blurred), features="inception-fid")


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'features'"):
        make_task("told", "discriminability", {"feature": "texture"})


def _order(row: Prediction) -> tuple[str, str]:
    return row.clip_id, row.label or ""


def test_what_was_computed_of_a_version_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = _bench(tmp_path, _blurred)
    first = _measure(bench)
    monkeypatch.setattr("evalkit.tasks.texture_features.texture_features", None)
    again = _measure(bench)
    assert sorted(again.predictions, key=_order) == sorted(first.predictions, key=_order)
