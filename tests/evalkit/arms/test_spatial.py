"""Fills of one frame at a time: by hand, against SciPy and OpenCV on whole frames."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.arms.spatial import black_hole, blur, grey_conversion, navier_stokes

Pixels = NDArray[np.uint8]
Fill = Callable[[Pixels, NDArray[np.bool_]], Pixels]


def _frames(seed: int, height: int = 24, width: int = 30) -> Pixels:
    return np.random.default_rng(seed).integers(40, 220, (2, height, width), dtype=np.uint8)


def _hole(frames: Pixels, rows: slice, columns: slice) -> NDArray[np.bool_]:
    mask = np.zeros(frames.shape, np.bool_)
    mask[0, rows, columns] = True
    return mask


@pytest.mark.parametrize("fill", [grey_conversion, black_hole, blur, navier_stokes])
def test_visible_pixels_stay_as_they_were(fill: Fill) -> None:
    frames = _frames(1)
    mask = _hole(frames, slice(5, 14), slice(8, 20))
    before = frames.copy()
    np.testing.assert_array_equal(fill(frames, mask)[~mask], before[~mask])
    np.testing.assert_array_equal(frames, before)


def test_grey_conversion_leaves_hidden_pixels_too_and_a_black_hole_is_black() -> None:
    frames = _frames(2)
    mask = _hole(frames, slice(5, 14), slice(8, 20))
    np.testing.assert_array_equal(grey_conversion(frames, mask), frames)
    assert black_hole(frames, mask)[mask].max() == 0


def test_blur_agrees_with_the_normalised_gaussian_of_scipy() -> None:
    frames = _frames(3, 40, 50)
    mask = _hole(frames, slice(10, 22), slice(15, 30))
    visible = (~mask[0]).astype(float)
    total, weight = (
        ndimage.gaussian_filter(plane, 8.0, mode="constant", truncate=12.0) for plane in (visible * frames[0], visible)
    )
    np.testing.assert_allclose(blur(frames, mask)[0][mask[0]], (total / weight)[mask[0]], rtol=0, atol=0.51)


def test_blur_reaches_the_middle_of_a_hole_wider_than_its_first_reach() -> None:
    frames = np.full((2, 9, 200), 77, np.uint8)
    mask = _hole(frames, slice(0, 9), slice(5, 195))
    frames[mask] = 255
    assert (blur(frames, mask) == 77).all()


def test_blur_is_smooth_across_a_hole_of_80_pixels() -> None:
    """From 100 above to 140 below: without an edge where one reach ends."""
    frames = np.full((1, 120, 20), 100, np.uint8)
    frames[:, 60:] = 140
    mask = np.zeros(frames.shape, np.bool_)
    mask[:, 20:100] = True
    made = blur(frames, mask)[0, :, 10].astype(int)
    assert (np.diff(made) >= 0).all()
    assert np.diff(made).max() < 20  # an edge would be 40


def test_a_frame_without_a_visible_pixel_becomes_black() -> None:
    frames = _frames(4)
    assert blur(frames, np.ones(frames.shape, np.bool_)).max() == 0


def test_navier_stokes_is_opencvs_of_the_whole_frame() -> None:
    frames = _frames(5, 60, 70)
    mask = _hole(frames, slice(25, 33), slice(30, 41))
    expected = cv2.inpaint(frames[0], mask[0].astype(np.uint8), 3, cv2.INPAINT_NS)
    made = navier_stokes(frames, mask)
    np.testing.assert_array_equal(made[0][mask[0]], expected[mask[0]])
    assert (made[mask] != frames[mask]).any()
