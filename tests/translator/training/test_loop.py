"""Training loop: weights with a card that says what they saw."""

from pathlib import Path

import numpy as np
import pytest

from translator.artefacts import Store, file_digest
from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Manifest
from translator.clips.npz import write_npz
from translator.inference.generator import Generator
from translator.simulate.heart import heart_clip
from translator.training import loop
from translator.training.config import TrainingConfig

CONFIG = TrainingConfig.model_validate(
    {
        "schema_version": 2, "name": "n", "design": {"preset": "micro"}, "clips_per_subject": 1, "phantom_subjects": 1,
        "window": 4, "kept_pairs": 2, "crop": 32, "steps": 2, "batch": 2, "threads": 1,
    }
)  # fmt: skip


def _heart(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    write_npz(folder / "a.npz", Clip.from_array(heart_clip(rng, rng, 6, 48, 25.0)[0], 25.0))
    return folder / "a.npz"


def test_the_card_names_only_what_was_trained_on(tmp_path: Path) -> None:
    entries = [
        Entry(clip_id="a", subject_id="sa", split="train", greyscale="a.npz", licence="MIT"),
        Entry(clip_id="b", subject_id="sb", split="test", greyscale="a.npz", licence="MIT"),
        Entry(clip_id="c", subject_id="sc", split="train", cfd="a.npz", licence="MIT"),  # nothing to train on
    ]
    file = _heart(tmp_path)
    manifest = Manifest(entries, tmp_path)
    files = loop._training_files(CONFIG, manifest)
    assert files == {"a": file_digest(file)}
    card = loop._card(CONFIG, manifest, files, file, "train it")
    assert card.training_subjects == {"sa", "phantom-1-0000"}
    assert card.training_files == {file_digest(file)}


@pytest.mark.slow
def test_training_writes_weights_that_a_generator_loads_and_the_same_again(tmp_path: Path) -> None:
    _heart(tmp_path)
    entries = [Entry(clip_id="a", subject_id="sa", split="train", greyscale="a.npz", licence="MIT")]
    stages: list[str] = []
    for name in ("one", "two"):
        store = Store(tmp_path / f"store-{name}")
        path = loop.train(
            CONFIG, Manifest(entries, tmp_path), tmp_path / name, store, lambda s, i, n, note: stages.append(s), "again"
        )
        assert Generator(str(path)).card.training_subjects == {"sa", "phantom-1-0000"}
    assert (tmp_path / "one" / "n.safetensors").read_bytes() == (tmp_path / "two" / "n.safetensors").read_bytes()
    assert stages.count("training") == 4
    assert stages.count("clips") == 4


@pytest.mark.slow
def test_samples_are_made_once_for_two_trainings_that_share_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for steps, phantoms, kept in ((1, 1, 1), (2, 1, 1), (1, 2, 2)):
        config = CONFIG.model_copy(update={"steps": steps, "phantom_subjects": phantoms})
        loop.train(config, None, tmp_path / "out", store, lambda s, i, n, note: None, "")
        assert len(list((tmp_path / "store" / "training-pairs").rglob("pairs.npy"))) == kept
