"""Small pictures of clips: which frames, the mean over the area, half-hidden pixels, kept once."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.records import REAL
from evalkit.tasks import thumbnails
from evalkit.tasks.thumbnails import hidden_thumbnail, thumbnail
from tests.evalkit.tasks.benches import ArrayVersion
from translator.artefacts import Store
from translator.clips.manifest import Entry


def _version(store: Store, frames: np.ndarray, hidden: np.ndarray | None = None) -> ArrayVersion:
    entry = Entry(clip_id="c", subject_id="s", split="test", greyscale="g")
    return ArrayVersion(REAL, entry, store, frames, hidden)


def test_frames_are_evenly_spaced_and_pixels_the_mean_over_their_area(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (15, 128, 192)).astype(np.uint8)
    found = thumbnail(_version(Store(tmp_path), frames))
    chosen = frames[::2].astype(float)
    assert found.shape == (8, 64, 64)
    assert np.abs(found - chosen.reshape(8, 64, 2, 64, 3).mean(axis=(2, 4))).max() <= 0.5 + 1e-6


def test_a_short_clip_gives_all_its_frames_and_a_copy_the_same_picture(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (3, 20, 30)).astype(np.uint8)
    one, again = (thumbnail(_version(Store(tmp_path / name), frames)) for name in "ab")
    assert one.shape == (3, 64, 64)
    assert (one == again).all()


def test_a_pixel_is_hidden_where_half_of_its_area_is(tmp_path: Path) -> None:
    hidden = np.zeros((1, 128, 128), np.uint8)
    hidden[0, :2, :1] = 255  # half of the first pixel's area
    hidden[0, 2, 2] = 255  # a quarter of another's
    found = hidden_thumbnail(_version(Store(tmp_path), hidden, hidden))
    assert found is not None
    assert np.argwhere(found).tolist() == [[0, 0, 0]]
    assert hidden_thumbnail(_version(Store(tmp_path), hidden)) is None


def test_a_thumbnail_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = _version(Store(tmp_path), np.full((2, 64, 64), 7, np.uint8))
    first = thumbnail(version)

    def again(clip: object) -> None:
        raise AssertionError("made twice")

    monkeypatch.setattr(thumbnails, "_reduced", again)
    assert (thumbnail(version) == first).all()
