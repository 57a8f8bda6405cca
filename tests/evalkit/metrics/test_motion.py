"""End-point error of two flows, by hand."""

import numpy as np
import pytest

from evalkit.metrics.motion import MOTION_ERROR, end_point_error
from tests.evalkit.metrics.one_value import Pixels, number, value
from tests.evalkit.metrics.simulated import speckle


def test_distances_by_hand_and_none_where_the_flow_is_not_known() -> None:
    real = np.zeros((2, 2, 2), np.float32)
    made = np.array([[[3, 4], [0, 0]], [[-30, 0], [1, 1]]], np.float32)
    known = np.array([[1, 1], [1, 0]], np.bool_)
    found = end_point_error(real, made, known)
    np.testing.assert_array_equal(found, [[5, 0], [16, np.nan]])  # 30 counts as 16


def test_it_is_the_norm_of_numpy_at_every_pixel() -> None:
    real, made = np.random.default_rng(1).normal(0, 3, (2, 9, 11, 2)).astype(np.float32)
    found = end_point_error(real, made, np.ones((9, 11), np.bool_))
    np.testing.assert_allclose(found, np.linalg.norm(real.astype(float) - made, axis=-1), rtol=1e-6)
    assert end_point_error(real, real, np.ones((9, 11), np.bool_)).max() == pytest.approx(0)


def _moving(seed: int, down: int, right: int, frames: int = 3) -> Pixels:
    whole = speckle(seed, 64 + 4 * frames, 70 + 4 * frames, (2, 2))
    starts = [(4 * frames - down * t, 4 * frames - right * t) for t in range(frames)]
    return np.stack([whole[row:][:60, column:][:, :66] for row, column in starts])


def test_other_texture_that_moves_alike_has_little_and_a_still_one_the_motion() -> None:
    """Motion of (3, 1) pixels a frame: sqrt 10; DIS is right to some tenths of a pixel."""
    real, alike = _moving(2, 3, 1), _moving(3, 3, 1)
    still = np.stack([alike[0]] * 3)
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 12:-12, 12:-12] = True
    assert number(value(MOTION_ERROR, real, alike, mask, "mask")) < 0.8
    assert value(MOTION_ERROR, real, still, mask, "mask") == pytest.approx(np.sqrt(10), rel=0.15)
    assert value(MOTION_ERROR, real, real) == 0


def test_the_wrong_motion_is_as_far_as_the_motions_are_apart() -> None:
    """(2, 0) and (-2, 0) are 4 pixels apart."""
    real, back = _moving(4, 2, 0), _moving(5, -2, 0)
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 16:-16, 16:-16] = True
    assert value(MOTION_ERROR, real, back, mask, "mask") == pytest.approx(4, rel=0.2)


def test_what_is_too_small_or_has_one_frame_has_none() -> None:
    tiny = np.zeros((2, 15, 40), np.uint8)
    assert value(MOTION_ERROR, tiny, tiny) == "no pixel of the frame has a value"
    one = np.zeros((1, 20, 20), np.uint8)
    assert value(MOTION_ERROR, one, one) == "a clip of one frame shows no change over time"
    still = np.zeros((2, 16, 17), np.uint8)
    assert value(MOTION_ERROR, still, still) == 0
