"""Temporal error: by hand, against plain loops, and where it does not exist."""

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.metrics.measure import measure_pair
from evalkit.metrics.temporal import TEMPORAL_ERROR, change_error
from translator.clips.clip import Clip, mask_clip

Pixels = NDArray[np.uint8]


def _error(reference: Pixels, test: Pixels, mask: NDArray[np.bool_], region: str = "mask") -> float | str:
    real, made = Clip.from_array(reference), Clip.from_array(test)
    sector = np.ones(mask.shape[1:], np.bool_)
    return measure_pair(real, made, mask_clip(mask, real), sector, [TEMPORAL_ERROR], [region])["temporal_error", region]


def _column(*values: int) -> Pixels:
    return np.array(values, np.uint8)[:, None, None]


def test_map_by_hand_over_the_whole_range_of_uint8() -> None:
    reference = np.array([[[0, 10]], [[255, 12]]], np.uint8)
    test = np.array([[[255, 10]], [[0, 9]]], np.uint8)
    np.testing.assert_array_equal(change_error(reference, test), [[510.0, 3.0]])


def test_an_error_that_stays_the_same_is_no_flicker_and_one_that_comes_and_goes_is() -> None:
    everywhere = np.ones((4, 1, 1), np.bool_)
    assert _error(_column(10, 20, 30, 40), _column(15, 25, 35, 45), everywhere) == 0.0
    assert _error(_column(10, 20, 30, 40), _column(15, 20, 35, 40), everywhere) == 5.0
    assert _error(_column(10, 20, 30, 40), _column(10, 20, 36, 46), everywhere) == 2.0  # 0, 6, 0


def test_a_pixel_counts_where_it_is_in_the_region_in_both_frames() -> None:
    mask = np.array([0, 1, 1, 0, 1], np.bool_)[:, None, None]  # one step: from 1 to 2
    assert _error(_column(0, 0, 0, 0, 0), _column(200, 10, 13, 200, 99), mask) == 3.0


def test_value_agrees_with_plain_loops() -> None:
    rng = np.random.default_rng(1)
    reference, test = rng.integers(0, 256, (2, 5, 9, 8), dtype=np.uint8)
    mask = rng.random(reference.shape) < 0.6
    found = [
        abs((int(reference[t, i, j]) - int(reference[t - 1, i, j])) - (int(test[t, i, j]) - int(test[t - 1, i, j])))
        for t in range(1, 5)
        for i in range(9)
        for j in range(8)
        if mask[t, i, j] and mask[t - 1, i, j]
    ]
    assert _error(reference, test, mask) == pytest.approx(np.mean(found), abs=1e-12)


def test_a_clip_of_one_frame_has_none_and_says_so() -> None:
    found = _error(_column(10), _column(20), np.ones((1, 1, 1), np.bool_))
    assert found == "a clip of one frame shows no change over time"


def test_a_mask_that_is_nowhere_twice_in_a_row_is_empty_in_words() -> None:
    mask = np.array([1, 0, 1], np.bool_)[:, None, None]
    assert (
        _error(_column(1, 2, 3), _column(1, 2, 3), mask)
        == "the mask is empty in every two frames that follow each other"
    )
