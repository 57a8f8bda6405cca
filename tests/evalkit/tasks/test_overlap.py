"""Numbers of two masks: worked by hand, against an implementation of our own, and what empty masks count as."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.tasks import overlap
from evalkit.tasks.segmentation import compare_masks

Masks = NDArray[np.bool_]


def _square(top: int, left: int, side: int = 10, frame: int = 32) -> Masks:
    masks = np.zeros((1, frame, frame), bool)
    masks[0, top : top + side, left : left + side] = True
    return masks


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(mask & ~ndimage.binary_erosion(mask), np.bool_)


def _distances(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], spacing: tuple[float, float]) -> NDArray[np.float64]:
    """Of each pixel of one outline to the other outline."""
    found = ndimage.distance_transform_edt(~_edge(theirs), sampling=spacing)[_edge(ours)]
    return np.asarray(found, np.float64)


def test_a_square_shifted_by_two_of_its_ten_pixels() -> None:
    found = compare_masks(_square(8, 8), _square(8, 10), (0.5, 0.5), 2.0)
    assert found["dice"] == pytest.approx(2 * 80 / 200)
    assert found["iou"] == pytest.approx(80 / 120)
    assert found["hd95"] == pytest.approx(2 / np.hypot(32, 32))
    assert found["hd95_mm"] == pytest.approx(1.0)
    assert found["nsd"] == pytest.approx(1.0)
    assert found["area_error"] == 0.0


def test_a_square_of_half_the_width_has_two_thirds_of_dice_and_of_area_error() -> None:
    narrow = _square(8, 8)
    narrow[0, :, 13:] = False
    found = compare_masks(_square(8, 8), narrow, None, 2.0)
    assert found["dice"] == pytest.approx(2 / 3)
    assert found["area_error"] == pytest.approx(2 * 50 / 150)
    assert found["hd95_mm"] == "the pixel spacing is not known"


@pytest.mark.parametrize("seed", range(4))
def test_distances_agree_with_distance_transforms(seed: int) -> None:
    rng = np.random.default_rng(seed)
    blobs = [ndimage.gaussian_filter(rng.normal(size=(40, 50)), 4) for _ in range(2)]
    ours, theirs = ((blob > np.quantile(blob, 0.7))[None] for blob in blobs)
    spacing = (0.4, 0.7)
    there, back = _distances(ours[0], theirs[0], spacing), _distances(theirs[0], ours[0], spacing)
    found = compare_masks(ours, theirs, spacing, 3.0)
    assert found["hd95_mm"] == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)), rel=1e-5)
    near = [_distances(ours[0], theirs[0], (1, 1)) <= 3, _distances(theirs[0], ours[0], (1, 1)) <= 3]
    assert found["nsd"] == pytest.approx(np.concatenate(near).mean(), rel=1e-5)


def test_equal_masks_are_perfect() -> None:
    found = compare_masks(_square(8, 8), _square(8, 8), (1, 1), 2.0)
    assert found == {"dice": 1, "iou": 1, "hd95": 0, "hd95_mm": 0, "nsd": 1, "area_error": 0}


def test_a_frame_with_one_empty_mask_counts_as_the_worst() -> None:
    empty = np.zeros((1, 32, 32), bool)
    found = compare_masks(_square(8, 8), empty, (1, 1), 2.0)
    assert found == {
        "dice": 0,
        "iou": 0,
        "hd95": 1,
        "hd95_mm": pytest.approx(np.hypot(32, 32)),
        "nsd": 0,
        "area_error": 2,
    }


def test_a_frame_with_two_empty_masks_is_left_out() -> None:
    with_empty = np.concatenate([_square(8, 8), np.zeros((3, 32, 32), bool)])
    shifted = np.concatenate([_square(8, 10), np.zeros((3, 32, 32), bool)])
    assert compare_masks(with_empty, shifted, None, 1.0) == compare_masks(_square(8, 8), _square(8, 10), None, 1.0)


def test_two_clips_without_the_structure_have_no_number() -> None:
    empty = np.zeros((2, 32, 32), bool)
    assert set(compare_masks(empty, empty, (1, 1), 2.0).values()) == {overlap.BOTH_EMPTY}


def test_area_change_ignores_a_single_bad_frame() -> None:
    assert overlap.area_change(np.array([100.0, 90, 80, 0, 60, 70, 80])) == pytest.approx((90 - 60) / 90)


def test_area_change_needs_three_frames_and_a_structure() -> None:
    assert overlap.area_change(np.array([1.0, 2.0])) == "a change of area needs 3 frames, there are 2"
    assert overlap.area_change(np.zeros(5)) == "the structure is not found"
