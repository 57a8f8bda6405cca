"""Trivial arms, by hand. Frames are (T, H, W) uint8; the mask is True where hidden."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.arms.trivial import SUMMARIES, TRIVIAL, TrivialArm, temporal_median
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


def test_median_fills_a_hidden_pixel_with_the_median_of_when_it_was_visible() -> None:
    frames, mask = _column([10, 99, 30, 70, 99], [0, 1, 0, 0, 1])
    made = temporal_median(frames, mask)
    assert made[:, 4, 4].tolist() == [10, 30, 30, 70, 30]


def test_median_of_an_even_number_of_values_is_their_middle() -> None:
    frames, mask = _column([10, 21, 99], [0, 0, 1])
    assert temporal_median(frames, mask)[2, 4, 4] == 16  # 15.5, to the even neighbour


def test_median_leaves_every_visible_pixel_as_it_was() -> None:
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (6, 12, 12), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.4
    made = temporal_median(frames, mask)
    np.testing.assert_array_equal(made[~mask], frames[~mask])
    assert (made[mask] != frames[mask]).any()


def test_median_agrees_with_numpys_masked_median_where_a_pixel_was_ever_visible() -> None:
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (7, 9, 11), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.5
    mask[:, 4, 5] = True  # never visible
    expected = np.ma.median(np.ma.array(frames.astype(float), mask=mask), axis=0)  # type: ignore[no-untyped-call]
    known = ~np.ma.getmaskarray(expected)
    wanted = np.broadcast_to(np.rint(expected.filled(0)), frames.shape)
    chosen = mask & known
    np.testing.assert_array_equal(temporal_median(frames, mask)[chosen], wanted[chosen])


def test_a_pixel_that_is_never_visible_gets_teleas_fill() -> None:
    rng = np.random.default_rng(3)
    frames = rng.integers(50, 200, (3, 20, 20), dtype=np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    mask[:, 8:11, 8:11] = True
    mask[0, 2, 2] = True  # seen in frames 1 and 2
    made = temporal_median(frames, mask)
    for t in range(3):
        telea = cv2.inpaint(frames[t], mask[t].astype(np.uint8), 3, cv2.INPAINT_TELEA)
        np.testing.assert_array_equal(made[t, 8:11, 8:11], telea[8:11, 8:11])
    assert made[0, 2, 2] == np.rint((int(frames[1, 2, 2]) + int(frames[2, 2, 2])) / 2)


def test_median_without_anything_hidden_changes_nothing() -> None:
    frames = np.random.default_rng(4).integers(0, 256, (3, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(temporal_median(frames, np.zeros(frames.shape, np.bool_)), frames)


def test_median_looks_no_further_than_64_frames() -> None:
    frames, mask = _column([10] * 64 + [90, 0], [0] * 65 + [1])
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
    arms = [TrivialArm(name, fill) for name, fill in TRIVIAL.items()]
    assert all(isinstance(arm, Translator) for arm in arms)
    assert len({str(arm.identity) for arm in arms}) == len(arms) == 3
    assert set(SUMMARIES) == set(TRIVIAL)
