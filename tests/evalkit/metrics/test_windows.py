"""Windows of texture, against windows cut out with loops."""

import numpy as np
import pytest

from evalkit.metrics.windows import cut_windows, window_sums, windows_within
from tests.evalkit.metrics.simulated import speckle, squares


@pytest.mark.parametrize("shape", [(24, 24), (35, 37), (61, 50), (24, 71)])
def test_windows_and_their_sums_are_those_of_a_loop(shape: tuple[int, int]) -> None:
    frame = speckle(1, *shape)
    expected = squares(frame)
    np.testing.assert_array_equal(cut_windows(frame).reshape(-1, 24, 24), expected)
    np.testing.assert_array_equal(window_sums(frame).ravel(), [window.astype(int).sum() for window in expected])


@pytest.mark.parametrize("shape", [(1, 1), (23, 40), (40, 23), (11, 11)])
def test_a_frame_smaller_than_a_window_has_none(shape: tuple[int, int]) -> None:
    frame = np.ones(shape, np.uint8)
    assert window_sums(frame).size == windows_within(frame > 0).size == cut_windows(frame).size == 0
    assert window_sums(frame).shape == cut_windows(frame).shape[:2]


def test_a_window_counts_only_if_every_pixel_of_it_is_in_the_area() -> None:
    area = np.ones((48, 36), np.bool_)
    assert windows_within(area).shape == (3, 2)
    area[30, 35] = False  # in the right windows of rows 12 to 35 and 24 to 47
    np.testing.assert_array_equal(windows_within(area), [[True, True], [True, False], [True, False]])


def test_dark_windows_beside_bright_ones_keep_their_digits() -> None:
    plane = np.full((48, 480), 1.0)
    plane[:, 240:] = 1e-12
    assert window_sums(plane)[0, -1] == pytest.approx(576e-12, rel=1e-12)


def test_a_frame_too_small_on_one_side_still_has_the_windows_of_the_other() -> None:
    assert window_sums(np.ones((48, 10))).shape == cut_windows(np.ones((48, 10), np.uint8)).shape[:2] == (3, 0)
    assert window_sums(np.ones((10, 60))).shape == (0, 4)
    assert window_sums(np.ones((10, 10))).shape == (0, 0)
