"""Trivial arms, by hand. Frames are (T, H, W) uint8; the mask is True where hidden."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.arms.trivial import TRIVIAL, TrivialArm
from translator.clips.clip import Clip, mask_clip
from translator.translation import Translator

Pixels = NDArray[np.uint8]
Where = NDArray[np.bool_]


def _translate(name: str, frames: Pixels, mask: Where) -> Pixels:
    clip = Clip.from_array(frames, fps=25.0, source="clip-1")
    return TrivialArm(name, TRIVIAL[name]).translate(clip, mask_clip(mask, clip)).clip.array()


def _column(values: Sequence[int], hidden: Sequence[int]) -> tuple[Pixels, Where]:
    """One pixel through time amid visible 8 x 8 frames of 200."""
    frames = np.full((len(values), 8, 8), 200, np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    frames[:, 4, 4], mask[:, 4, 4] = values, hidden
    return frames, mask


def test_median_looks_no_further_than_64_frames() -> None:
    frames, mask = _column([10] * 48 + [90] * 17 + [0], [0] * 65 + [1])
    assert np.median(frames[:65, 4, 4]) == 10
    assert _translate("temporal-median", frames, mask)[65, 4, 4] == 90


def test_grey_leaves_the_luma_of_the_colour_frame() -> None:
    """BT.601: 0.299 R + 0.587 G + 0.114 B."""
    frames = np.zeros((2, 3, 4, 3), np.uint8)
    frames[0, 0, 0], frames[0, 0, 1], frames[0, 0, 2] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    frames[0, 1, 0], frames[1, 2, 3] = (100, 150, 200), (77, 77, 77)
    made = _translate("grey", frames, np.ones((2, 3, 4), np.bool_))
    assert made[0, 0, :3].tolist() == [76, 150, 29]
    assert made[0, 1, 0] == round(0.299 * 100 + 0.587 * 150 + 0.114 * 200)  # 140.75
    assert made[1, 2, 3] == 77


def test_telea_fills_hidden_pixels_as_opencv_does_and_leaves_the_others() -> None:
    frames = np.random.default_rng(5).integers(40, 220, (2, 24, 24), dtype=np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    mask[0, 9:14, 10:13] = True
    made = _translate("telea", frames, mask)
    expected = cv2.inpaint(frames[0], mask[0].astype(np.uint8), 3, cv2.INPAINT_TELEA)
    np.testing.assert_array_equal(made[0][mask[0]], expected[mask[0]])
    np.testing.assert_array_equal(made[~mask], frames[~mask])


@pytest.mark.parametrize("name", TRIVIAL)
def test_translation_is_grey_of_the_clips_size_and_rate_over_several_windows(name: str) -> None:
    frames = np.random.default_rng(6).integers(0, 256, (70, 12, 14, 3), dtype=np.uint8)
    clip = Clip.from_array(frames, fps=30.0, source="clip-1")
    mask = np.zeros((70, 12, 14), np.bool_)
    mask[::2, 5:7, 5:7] = True
    made = TrivialArm(name, TRIVIAL[name]).translate(clip, mask_clip(mask, clip)).clip
    assert made.header.shape == (70, 12, 14)
    assert made.header.fps == 30.0
    assert made.array().shape == (70, 12, 14)
    assert "clip-1" in made.header.source


def test_every_trivial_arm_is_a_translator_with_its_own_identity_and_a_summary() -> None:
    arms = [TrivialArm(name, trivial) for name, trivial in TRIVIAL.items()]
    assert all(isinstance(arm, Translator) for arm in arms)
    assert len({str(arm.identity) for arm in arms}) == len(arms) == 8
    assert all(trivial.summary for trivial in TRIVIAL.values())
    assert all(trivial.source.startswith("doi:") for trivial in TRIVIAL.values() if trivial.source)


def test_the_identity_of_an_arm_whose_fill_has_no_version_follows_its_code() -> None:
    assert set(TrivialArm("temporal-fill", TRIVIAL["temporal-fill"]).identity) == {"trivial", "version", "source"}
    assert TrivialArm("telea", TRIVIAL["telea"]).identity == {"trivial": "telea", "version": 1}


def test_temporal_arms_pass_from_window_to_window_without_a_jump() -> None:
    """Seen in the first and the last frame alone, 10 and 90: windows 0..63 and 48..99 pass over in 48..63."""
    frames, mask = _column([10] + [0] * 98 + [90], [0] + [1] * 98 + [0])
    made = _translate("nearest", frames, mask)[:, 4, 4].astype(int)
    assert made[:48].tolist() == [10] * 48
    assert made[64:].tolist() == [90] * 36
    assert made[48:64].tolist() == [round(10 + 80 * (i + 1) / 17) for i in range(16)]


@pytest.mark.parametrize("name", ["temporal-median", "nearest", "temporal-fill"])
@pytest.mark.parametrize("count", [1, 63, 64, 65, 112, 113])
def test_every_frame_is_made_once_and_visible_pixels_stay_whatever_the_length(name: str, count: int) -> None:
    rng = np.random.default_rng(count)
    frames = rng.integers(0, 256, (count, 8, 9), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.3
    made = _translate(name, frames, mask)
    assert made.shape == frames.shape
    np.testing.assert_array_equal(made[~mask], frames[~mask])
