"""The mask benchmark's own measures: worked by hand, and against SciPy and brute force."""

import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import cdist

from translator.clips.clip import Frames, Mask

FILE = Path(__file__).parents[2] / "benchmarks" / "validity" / "masks.py"
if not FILE.is_file():
    pytest.skip(f"no benchmarks beside the tests ({FILE})", allow_module_level=True)
MASKS = runpy.run_path(str(FILE))  # by path: the benchmarks are in no wheel
scores: Callable[[Mask, Mask], dict[str, float | None]] = MASKS["scores"]
boundary_error: Callable[[Mask, Mask], float] = MASKS["boundary_error"]
code: Callable[[Frames, str], Frames] = MASKS["code"]


def _square(top: int, left: int, side: int) -> Mask:
    mask = np.zeros((30, 30), np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def test_scores_of_a_shifted_square_worked_by_hand() -> None:
    # 10 x 10 each, shifted by 2: 80 in common
    found, truth = _square(5, 5, 10)[None], _square(5, 7, 10)[None]
    result = scores(found, truth)
    assert result["precision"] == pytest.approx(0.8)
    assert result["recall"] == pytest.approx(0.8)
    assert result["dice"] == pytest.approx(0.8)


def test_precision_is_of_what_was_found_and_recall_of_what_is_there() -> None:
    result = scores(_square(5, 5, 10)[None], _square(5, 5, 20)[None])
    assert (result["precision"], result["recall"]) == (1.0, 0.25)
    assert result["dice"] == pytest.approx(0.4)


def test_the_boundary_error_of_two_points_and_of_a_point_and_a_pair_worked_by_hand() -> None:
    point, other, pair = (np.zeros((9, 9), np.bool_) for _ in range(3))
    point[1, 1] = other[4, 5] = pair[1, 1] = pair[1, 3] = True
    assert boundary_error(point, other) == pytest.approx(5)
    assert boundary_error(point, pair) == pytest.approx((0 + 0 + 2) / 3)  # from the point; from the pair


def test_the_boundary_error_of_nested_squares_worked_by_hand() -> None:
    # a ring of 16 pixels one inside a ring of 24: 16 at 1; 20 of the outer at 1, its four corners at the root of 2
    assert boundary_error(_square(5, 5, 5), _square(4, 4, 7)) == pytest.approx((16 + 20 + 4 * np.sqrt(2)) / 40)
    assert boundary_error(_square(5, 5, 5), _square(5, 5, 5)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_boundary_error_agrees_with_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pair = [ndimage.gaussian_filter(rng.standard_normal((40, 50)), 3) > 0.03 for _ in range(2)]
    edges = [np.argwhere(mask & ~ndimage.binary_erosion(mask, np.ones((3, 3)), border_value=0)) for mask in pair]
    away = cdist(*edges)
    expected = np.concatenate([away.min(axis=0), away.min(axis=1)]).mean()
    assert boundary_error(pair[0], pair[1]) == pytest.approx(expected)
    assert boundary_error(pair[1], pair[0]) == pytest.approx(expected)


def test_frames_in_which_one_mask_is_empty_count_as_pixels_and_not_as_boundaries() -> None:
    nothing = np.zeros((30, 30), np.bool_)
    found = np.stack([_square(5, 5, 10), nothing, _square(5, 5, 10)])
    truth = np.stack([_square(5, 5, 10), _square(5, 5, 10), nothing])
    result = scores(found, truth)
    assert (result["precision"], result["recall"], result["boundary"]) == (0.5, 0.5, 0.0)


def test_what_cannot_be_said_of_empty_masks_is_missing() -> None:
    nothing, square = np.zeros((1, 30, 30), np.bool_), _square(5, 5, 10)[None]
    assert set(scores(nothing, nothing).values()) == {None}
    assert scores(nothing, square) == {"precision": None, "recall": 0.0, "dice": 0.0, "boundary": None}
    assert scores(square, nothing) == {"precision": 0.0, "recall": None, "dice": 0.0, "boundary": None}


@pytest.mark.parametrize("codec", ["JPEG 2000", "JPEG 85", "MJPEG avi", "MPEG-4 mp4"])
def test_coding_keeps_shape_and_channel_order_of_odd_sizes(codec: str) -> None:
    frames = np.full((3, 45, 63, 3), 60, np.uint8)
    frames[:, 10:30, 10:40] = (220, 40, 20)
    seen = code(frames, codec)
    assert seen.shape == frames.shape
    assert seen.dtype == np.uint8
    assert seen[:, 15:25, 15:35].mean(axis=(0, 1, 2)) == pytest.approx((220, 40, 20), abs=20)
    assert (seen != frames).any()
    assert np.array_equal(code(frames, "none"), frames)
