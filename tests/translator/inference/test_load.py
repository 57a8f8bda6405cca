"""load(): the public way to a generator, for clips and for arrays; no jump where windows meet."""

from pathlib import Path

import numpy as np
import pytest

from translator import load
from translator.clips.clip import Clip, Frames, Mask, mask_clip
from translator.errors import InputError
from translator.inference import generator as generating
from translator.inference.generator import Generator
from translator.regions.flow import hidden_mask_clip
from translator.regions.screen import find_regions
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow
from translator.weights import DEFAULT, shipped_names


@pytest.fixture(scope="module")
def shipped() -> Generator:
    return load(engine="torch", threads=1)


@pytest.fixture(scope="module")
def painted() -> tuple[Frames, Mask]:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, 5, 64, 25.0)
    sector = find_regions(Clip.from_array(grey)).sector
    made = paint_flow(grey, sector, rng, draw_settings(rng, coverage=0.2))
    return made.frames, made.mask


def test_the_default_weights_are_shipped(shipped: Generator) -> None:
    assert DEFAULT in shipped_names()
    assert shipped.card.name == DEFAULT


def test_arrays_give_what_clips_give(shipped: Generator, painted: tuple[Frames, Mask]) -> None:
    frames, mask = painted
    clip = Clip.from_array(frames)
    expected = shipped.translate(clip, mask_clip(mask, clip)).clip.array()
    assert np.array_equal(shipped.translate(frames, mask).clip.array(), expected)
    assert np.array_equal(shipped.translate(clip, mask).clip.array(), expected)


def test_without_a_mask_what_flow_hides_is_found(shipped: Generator, painted: tuple[Frames, Mask]) -> None:
    frames, _ = painted
    clip = Clip.from_array(frames)
    found = hidden_mask_clip(clip, find_regions(clip))
    assert (found.array() > 127).any()
    assert np.array_equal(shipped.translate(frames).clip.array(), shipped.translate(clip, found).clip.array())


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((5, 64, 64), np.uint8), r"mask: is uint8 of shape .* Give bool"),
        (np.zeros((4, 64, 64), np.bool_), r"mask: has \(T, H, W\) = \(4, 64, 64\), the clip has \(5, 64, 64\)"),
        (np.zeros((5, 64), np.bool_), "Give bool of shape"),
        (Clip.from_array(np.zeros((5, 64, 32), np.uint8)), r"has \(T, H, W\) = \(5, 64, 32\)"),
    ],
    ids=["type", "length", "dimensions", "clip"],
)
def test_a_mask_that_does_not_fit_is_refused(
    shipped: Generator, painted: tuple[Frames, Mask], mask: Mask | Clip, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        shipped.translate(painted[0], mask)


def test_frames_of_another_type_are_refused(shipped: Generator) -> None:
    with pytest.raises(InputError, match="Give uint8"):
        shipped.translate(np.zeros((2, 8, 8, 3), np.float32))


def test_a_path_is_loaded_as_a_name_is(tmp_path: Path, shipped: Generator) -> None:
    from translator.weights import SHIPPED

    for suffix in (".safetensors", ".card.json"):
        (tmp_path / f"mine{suffix}").write_bytes((SHIPPED / f"{DEFAULT}{suffix}").read_bytes())
    assert load(str(tmp_path / "mine.safetensors"), "torch", threads=1).identity == shipped.identity


def test_on_a_still_scene_nothing_jumps_where_windows_meet(shipped: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LONGEST", 16), ("SHORTEST", 4), ("OVERLAP", 4)):
        monkeypatch.setattr(generating, name, value)
    rng = np.random.default_rng(1)
    grey = np.repeat(heart_clip(rng, rng, 1, 64, 25.0)[0], 40, axis=0)
    mask = np.zeros(grey.shape, np.bool_)
    for t in range(len(grey)):  # a beat of 9 frames; what it hides in the middle is never seen
        reach = round(4 + 3 * float(np.sin(2 * np.pi * t / 9)))
        mask[t, 30 - reach : 34 + reach, 26 - reach : 34 + reach] = True
    made = shipped.translate(grey, mask).clip.array().astype(float)
    steps = np.abs(np.diff(made, axis=0))[:, 20:44, 16:44].mean(axis=(1, 2))
    borders = [13, 25]  # windows 0..15, 12..27, 24..39 change places between frames 13 and 14, 25 and 26
    elsewhere = np.delete(steps, borders)
    assert elsewhere.max() > 0
    assert steps[borders].max() <= elsewhere.max()
