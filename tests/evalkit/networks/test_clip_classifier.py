"""The small classifier: the same seed gives the same bytes, frozen features are standardised, timm trunks are made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from safetensors.torch import save_file

from evalkit.networks.clip_classifier import ClipClassifier, Settings, predict, train
from translator.errors import InputError

FROZEN = Settings(trunk="frozen", width=5, pooling="mean-std", dropout=0.0, epochs=60, epochs_unwatched=20, patience=5,
                  batch=4, learning_rate=0.05, weight_decay=0.01, balanced=False)  # fmt: skip


def _nothing(done: int, total: int) -> None:
    """Nobody watches."""


def _features(n: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Features (n, 3 frames, 5), far from 0, of two classes that differ in one feature's mean."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 2
    values = rng.normal(1000, 1, (n, 3, 5)) + 4 * codes[:, None, None] * np.eye(5)[0]
    return values.astype(np.float32), codes.astype(np.intp)


@pytest.mark.parametrize("pooling", ["mean-std", "attention"])
def test_classes_that_differ_are_learnt_from_features_of_any_scale(tmp_path: Path, pooling: str) -> None:
    settings = replace(FROZEN, pooling=pooling)  # type: ignore[arg-type]
    history = train(settings, _features(16, 1), _features(8, 2), 2, 0, tmp_path, _nothing)
    inputs, codes = _features(20, 3)
    said = predict(settings, 2, tmp_path / "model.safetensors", inputs)
    assert (said.argmax(axis=1) == codes).mean() > 0.9
    assert said.sum(axis=1) == pytest.approx(np.ones(20))
    assert history.validation_accuracy == 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    models = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        train(FROZEN, _features(8, 1), None, 2, seed, tmp_path / name, _nothing)
        models.append((tmp_path / name / "model.safetensors").read_bytes())
    assert models[0] == models[1] != models[2]


def test_training_stops_when_the_validation_loss_no_longer_falls(tmp_path: Path) -> None:
    wrong = _features(8, 2)[0], 1 - _features(8, 2)[1]
    history = train(FROZEN, _features(16, 1), wrong, 2, 0, tmp_path, _nothing)
    assert history.epochs == history.best_epoch + FROZEN.patience < FROZEN.epochs
    done = train(FROZEN, _features(8, 1), None, 2, 0, tmp_path, _nothing)
    assert (done.epochs, done.validation_loss) == (FROZEN.epochs_unwatched, None)


def test_weights_of_classes_change_what_is_learnt(tmp_path: Path) -> None:
    few = np.r_[0:16:2, 1]  # eight clips of one class, one of the other
    inputs, codes = _features(16, 1)[0][few], _features(16, 1)[1][few]
    said = []
    for balanced in (False, True):
        settings = replace(FROZEN, balanced=balanced, epochs_unwatched=2)
        train(settings, (inputs, codes), None, 2, 0, tmp_path, _nothing)
        said.append(predict(settings, 2, tmp_path / "model.safetensors", inputs)[:, 1].mean())
    assert said[1] > said[0]


@pytest.mark.slow
def test_a_timm_trunk_is_made_and_started_from_a_file_of_three_channels(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    whole = timm.create_model("test_resnet", pretrained=False)
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    file = str(tmp_path / "w.safetensors")
    settings = replace(FROZEN, trunk="timm:test_resnet", trunk_weights=file, epochs_unwatched=1)
    made = ClipClassifier(settings, 2)
    ours = {key.removeprefix("trunk."): value for key, value in made.state_dict().items()}
    shared = [key for key, value in load_file(file).items() if key in ours and value.shape == tuple(ours[key].shape)]
    assert len(shared) > 5
    assert all(np.allclose(load_file(file)[key], ours[key].numpy()) for key in shared)
    clips = np.zeros((2, 2, 64, 64), np.uint8)
    train(settings, (clips, np.array([0, 1])), None, 2, 0, tmp_path, _nothing)
    assert predict(settings, 2, tmp_path / "model.safetensors", clips).shape == (2, 2)
    with pytest.raises(InputError, match="timm:nothing': cannot be made"):
        ClipClassifier(replace(settings, trunk="timm:nothing"), 2)
