"""Phase prior: what other frames show of a hidden pixel, and Telea where none does."""

import cv2
import numpy as np
import pytest

from translator.clips.clip import Frames, Mask
from translator.fill.prior import ALIKE, DOUBT, TELEA_RADIUS, _hats, _windows, phase_prior, telea_fill, trusted
from translator.simulate.heart import heart_clip


def _scene(seed: int, side: int = 56) -> Frames:
    """One smooth picture (H, W), twice the side of the copies that are compared."""
    noise = np.random.default_rng(seed).uniform(0, 255, (side, side)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 3)
    low, high = blurred.min(), blurred.max()
    return np.asarray((blurred - low) / (high - low) * 255, np.uint8)


def _heart(frames: int) -> tuple[Frames, Mask]:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, frames, 48, 25.0)
    return grey, np.asarray(rng.random(grey.shape) < 0.2, np.bool_)


def test_a_still_is_filled_by_telea_from_pixels_that_do_not_touch_the_mask() -> None:
    grey, mask = _heart(1)
    prior = phase_prior(grey, mask)
    assert np.array_equal(prior.value, prior.telea)
    assert np.array_equal(prior.match, prior.telea)
    assert np.array_equal(prior.telea[mask], telea_fill(grey, ~trusted(mask))[mask])
    assert np.array_equal(prior.confidence, ~mask)


def test_a_pixel_that_a_like_frame_shows_is_recovered() -> None:
    truth = _scene(0)[None].repeat(5, axis=0)
    mask = np.zeros(truth.shape, np.bool_)
    mask[2, 10:30, 12:34] = True
    grey = truth.copy()
    grey[mask] = 255
    prior = phase_prior(grey, mask)
    assert np.abs(prior.value - truth)[mask].max() < 1.5
    assert np.abs(prior.telea - truth.astype(np.float32))[mask].max() > 10  # space alone does not know
    assert prior.confidence[mask] == pytest.approx(4 / (4 + ALIKE), rel=1e-4)  # four frames at weight 1


def test_the_weights_of_four_flat_frames_worked_by_hand() -> None:
    # distances of frame 0 to the others: 10^2, 20^2, 40^2; their median is 400, so the scale is 0.5 * 400 = 200
    grey = np.array([100, 110, 120, 140], np.uint8)[:, None, None].repeat(56, 1).repeat(56, 2)
    mask = np.zeros(grey.shape, np.bool_)
    mask[0, 20:30, 20:30] = True
    weights = np.array([1 + 100 / 200, 1 + 400 / 200, 1 + 1600 / 200]) ** -2.5
    expected = (weights @ [110, 120, 140] + DOUBT * 100) / (weights.sum() + DOUBT)
    prior = phase_prior(grey, mask)
    assert prior.value[mask] == pytest.approx(expected, abs=0.1)  # OpenCV's Telea of a flat picture is 99 to 102
    assert prior.confidence[mask] == pytest.approx(weights.sum() / (weights.sum() + ALIKE), abs=1e-5)


def test_of_two_phases_the_like_one_is_taken() -> None:
    one, other = _scene(0), _scene(1)
    truth = np.stack([one, other, one, other, one, other])
    mask = np.zeros(truth.shape, np.bool_)
    mask[2, 10:26, 12:28] = True
    hidden = one[10:26, 12:28].ravel().astype(np.float32)
    value = phase_prior(truth, mask).value[mask]
    assert np.abs(value - hidden).mean() < 3
    assert np.abs(other[10:26, 12:28].ravel() - hidden).mean() > 20


def test_frames_that_share_no_visible_pixel_say_nothing_about_each_other() -> None:
    scene, other = np.full((32, 32), 60, np.uint8), np.full((32, 32), 200, np.uint8)
    grey = np.stack([scene, other, scene, scene])
    mask = np.zeros(grey.shape, np.bool_)
    mask[0, :, :16] = True
    mask[1, :, 16:] = True  # shows exactly what frame 0 hides, and nothing to compare the two by
    value = phase_prior(grey, mask).value
    assert value[0, 16, 4] == pytest.approx(60, abs=5)


def test_a_pixel_that_no_frame_shows_has_no_confidence_and_telea_s_value() -> None:
    truth = _scene(0)[None].repeat(4, axis=0)
    mask = np.zeros(truth.shape, np.bool_)
    mask[:, 10:20, 10:20] = True
    prior = phase_prior(truth, mask)
    assert (prior.confidence[mask] == 0).all()
    assert prior.value[mask] == pytest.approx(prior.telea[mask], abs=1e-3)
    assert (prior.confidence[~mask] == 1).all()


def test_visible_pixels_are_never_touched() -> None:
    grey, mask = _heart(8)
    prior = phase_prior(grey, mask)
    assert np.array_equal(prior.value[~mask], grey[~mask])
    assert np.array_equal(prior.match[~mask], grey[~mask])
    assert np.array_equal(prior.telea[~mask], grey[~mask])
    assert (prior.confidence[~mask] == 1).all()


def test_values_and_confidence_stay_in_their_range() -> None:
    grey, mask = _heart(8)
    mask[3] = True  # a frame that is hidden altogether
    prior = phase_prior(grey, mask)
    for plane, most in ((prior.value, 255), (prior.confidence, 1), (prior.match, 255), (prior.telea, 255)):
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
        assert plane.min() >= 0
        assert plane.max() <= most
    assert (prior.confidence[mask] < 1).all()


def test_a_clip_without_a_mask_is_its_own_prior() -> None:
    grey, _ = _heart(4)
    prior = phase_prior(grey, np.zeros(grey.shape, np.bool_))
    assert np.array_equal(prior.value, grey)
    assert (prior.confidence == 1).all()


def test_telea_on_the_cut_agrees_with_telea_on_the_whole_frame() -> None:
    frame = _scene(2)
    mask = np.zeros((1, 56, 56), np.bool_)
    mask[0, 20:25, 18:27] = True
    whole = cv2.inpaint(frame, mask[0].astype(np.uint8), TELEA_RADIUS, cv2.INPAINT_TELEA)
    assert np.array_equal(telea_fill(frame[None], mask)[0], whole)


def test_telea_leaves_frames_without_a_mask_and_its_input_alone() -> None:
    grey, mask = _heart(3)
    mask[1] = False
    before = grey.copy()
    filled = telea_fill(grey, mask)
    assert np.array_equal(filled[1], grey[1])
    assert np.array_equal(grey, before)


def test_in_a_still_scene_frames_that_show_a_pixel_beat_its_surroundings_however_alike_the_others_are() -> None:
    scene = _scene(0)[None].repeat(8, axis=0).astype(np.float32)
    noise = np.random.default_rng(3).normal(0, 1, scene.shape)
    noise[5:] += np.random.default_rng(4).normal(0, 3, scene[5:].shape)  # those that show it are a little less alike
    grey = np.clip(np.rint(scene + noise), 0, 255).astype(np.uint8)
    mask = np.zeros(grey.shape, np.bool_)
    mask[:5, 18:36, 18:36] = True
    prior = phase_prior(grey, mask)
    error = np.abs(prior.value - scene)[mask].mean()
    assert error < 3
    assert np.abs(prior.telea - scene)[mask].mean() > 4 * error


def test_pixels_beside_the_mask_are_never_donors() -> None:
    truth = _scene(0)[None].repeat(4, axis=0)
    mask = np.zeros(truth.shape, np.bool_)
    mask[1, 20:30, 20:30] = True
    grey = truth.copy()
    ring = ~trusted(mask) & ~mask
    assert ring.sum() == 12 * 12 - 10 * 10
    grey[ring] = 255  # colour that bled past the mask, in the one frame that has it
    mask[2, 15:35, 15:35] = True
    prior = phase_prior(grey, mask)
    assert np.abs(prior.value - truth)[mask].max() < 8  # Telea has a little weight; a bled pixel would be 100 off
    assert np.abs(prior.match - truth.astype(np.float32))[mask].max() == 0


def test_the_match_is_one_frame_s_own_value_and_the_likest_frame_s() -> None:
    grey = np.array([100, 112, 103, 140], np.uint8)[:, None, None].repeat(56, 1).repeat(56, 2)
    mask = np.zeros(grey.shape, np.bool_)
    mask[0, 20:30, 20:30] = True
    mask[2, 20:25, 20:30] = True  # the likest frame shows the lower half only
    match = phase_prior(grey, mask).match[0]
    assert (match[26:29, 20:30] == 103).all()
    assert (match[20:25, 20:30] == 112).all()


def test_two_halves_of_a_frame_may_follow_different_frames() -> None:
    one, other = _scene(0, 96), _scene(1, 96)
    mixed = np.where(np.arange(96)[None] < 48, one, other).astype(np.uint8)
    grey = np.stack([mixed, one, other])
    mask = np.zeros(grey.shape, np.bool_)
    mask[0, 40:56, 4:16] = mask[0, 40:56, 80:92] = True
    error = np.abs(phase_prior(grey, mask).value[0] - mixed)
    assert error[40:56, 4:16].mean() < 6
    assert error[40:56, 80:92].mean() < 6


def test_the_weights_of_the_nodes_add_up_to_one_in_every_pixel() -> None:
    for length in (1, 2, 5, 96, 301):
        assert _hats(length).sum(axis=0) == pytest.approx(1, abs=1e-6)
    assert _windows().sum(axis=2) == pytest.approx(1)
