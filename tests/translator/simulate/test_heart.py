"""Simulated heart and kidney: seeded, labelled, moving, and speckled like tissue."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from translator.clips.clip import Frames
from translator.simulate.heart import heart_clip
from translator.simulate.kidney import kidney_clip
from translator.simulate.scanner import MAP_SIZE, Plane, Probe, Tissue, scan

Make = Callable[..., tuple[Frames, Frames, dict[str, Any]]]
ORGANS = pytest.mark.parametrize("make", [heart_clip, kidney_clip], ids=["heart", "kidney"])


def _make(
    make: Make, subject: int, clip: int, frames: int = 4, size: int = 64
) -> tuple[Frames, Frames, dict[str, Any]]:
    return make(np.random.default_rng(subject), np.random.default_rng(1000 + clip), frames, size, 25.0)


@ORGANS
@pytest.mark.parametrize("size", [48, 65])
def test_a_clip_and_its_labels_have_the_size_that_was_asked_for(make: Make, size: int) -> None:
    frames, labels, _ = _make(make, 0, 0, 3, size)
    assert frames.shape == labels.shape == (3, size, size)
    assert frames.dtype == labels.dtype == np.uint8


@ORGANS
def test_the_same_seeds_give_the_same_clip_and_others_do_not(make: Make) -> None:
    frames, labels, parameters = _make(make, 0, 0)
    again, same_labels, same_parameters = _make(make, 0, 0)
    assert np.array_equal(frames, again)
    assert np.array_equal(labels, same_labels)
    assert parameters == same_parameters
    assert not np.array_equal(frames, _make(make, 0, 1)[0])
    assert not np.array_equal(frames, _make(make, 1, 0)[0])


@ORGANS
def test_the_subject_gives_the_anatomy_and_the_clip_gives_the_probe(make: Make) -> None:
    first, second = _make(make, 0, 0)[2], _make(make, 0, 1)[2]
    assert first["shape"] == second["shape"]
    assert first["probe"] != second["probe"]
    other = _make(make, 1, 0)[2]
    assert first["shape"] != other["shape"]
    assert first["probe"] == other["probe"]


def test_a_heart_has_all_its_chambers_and_they_are_darker_than_its_muscle() -> None:
    frames, labels, _ = _make(heart_clip, 3, 0, 4, 96)
    assert set(np.unique(labels)) == {0, 1, 2, 3, 4, 5}
    muscle = frames[labels == 5].mean()
    for chamber in (1, 2, 3, 4):
        assert frames[labels == chamber].mean() < muscle - 20


def test_a_kidney_has_a_bright_sinus_inside_its_cortex() -> None:
    frames, labels, _ = _make(kidney_clip, 3, 0, 4, 96)
    assert {0, 1, 2} <= set(np.unique(labels)) <= {0, 1, 2, 3}
    assert frames[labels == 1].mean() > frames[labels == 2].mean() + 20


def test_the_left_ventricle_contracts_over_a_beat() -> None:
    _, labels, parameters = heart_clip(np.random.default_rng(3), np.random.default_rng(4), 30, 64, 25.0)
    assert 52 <= parameters["shape"]["heart_rate"] <= 105  # 30 frames at 25 Hz hold at least one beat
    area = (labels == 1).sum(axis=(1, 2))
    assert area.min() < 0.9 * area.max()


@ORGANS
def test_nothing_is_shown_outside_the_sector(make: Make) -> None:
    frames, labels, _ = _make(make, 0, 0, 3, 96)
    for corner in (np.s_[:, -6:, :6], np.s_[:, -6:, -6:], np.s_[:, :20, :6]):
        assert not frames[corner].any()
        assert not labels[corner].any()


@ORGANS
def test_frames_move_little_by_little(make: Make) -> None:
    frames = _make(make, 0, 0, 12, 64)[0].astype(float)
    near = np.abs(frames[1:] - frames[:-1]).mean()
    assert near > 0
    tissue = frames.mean(axis=0) > 40
    series = frames[:, tissue] - frames[:, tissue].mean(axis=1, keepdims=True)
    like = np.corrcoef(series)
    assert np.diag(like, 1).mean() > 0.5


def _still(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
    return x, y


def _uniform(blood: float) -> NDArray[np.float64]:
    """Envelope amplitude (T, beams) along one arc of a uniform medium, from the log-compressed frames."""
    flat = np.zeros((MAP_SIZE, MAP_SIZE), np.float32)
    tissue = Tissue(flat, flat + np.float32(blood), flat.astype(np.uint8))
    probe = Probe(0.7, 0.0, 1.2, 2.0, -30.0, 80.0, 0.0, -60.0)
    frames, _ = scan(tissue, probe, _still, 40 if blood else 2, 128, np.random.default_rng(0))
    centre = frames[:, 45:85, 54:74].astype(float)
    return np.asarray(10 ** (centre / 255 * 80 / 20))


def test_blood_shows_fully_developed_speckle_that_is_new_in_every_frame() -> None:
    # Rayleigh: mean / standard deviation = 1.91 (Wagner et al. 1983); over time, so that shadows do not count
    amplitude = _uniform(1.0)
    ratio = amplitude.mean(axis=0) / amplitude.std(axis=0)
    assert ratio.mean() == pytest.approx(1.91, abs=0.25)
    series = amplitude.reshape(len(amplitude), -1)
    assert abs(np.corrcoef(series[0] - series.mean(0), series[1] - series.mean(0))[0, 1]) < 0.3


def test_tissue_that_rests_shows_the_same_speckle_again() -> None:
    first, second = np.log(_uniform(0.0))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.99
