"""Sharpness ratio: by hand, and against SciPy's Gaussian filter. Tolerances are absolute."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.metrics.measure import measure_pair
from evalkit.metrics.sharpness import SHARPNESS, fine_power
from translator.clips.clip import Clip, mask_clip

Pixels = NDArray[np.uint8]


def _ratio(reference: Pixels, test: Pixels, mask: NDArray[np.bool_]) -> float | str:
    real, made = Clip.from_array(reference), Clip.from_array(test)
    rows = measure_pair(real, made, mask_clip(mask, real), np.ones(mask.shape[1:], np.bool_), [SHARPNESS], ["mask"])
    return rows["sharpness_ratio", "mask"]


def _chequers(contrast: int, frames: int = 1, side: int = 40) -> Pixels:
    rows, columns = np.indices((side, side))
    return np.stack([128 + contrast * (1 - 2 * ((rows + columns) % 2))] * frames).astype(np.uint8)


def _noise(seed: int, frames: int = 3) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (frames, 37, 44), dtype=np.uint8)


def _fine(frame: Pixels, area: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Frame minus the Gaussian mean of the area's pixels, by SciPy."""
    inside = area.astype(float)
    total, weight = (
        ndimage.gaussian_filter(plane, 2.0, mode="constant", truncate=4.0) for plane in (frame * inside, inside)
    )
    return np.where(area, frame - total / np.where(area, weight, 1), np.nan)


def test_both_maps_agree_with_scipys_gaussian_filter_within_the_area() -> None:
    first, second = _noise(1)[:2]
    area = ndimage.gaussian_filter(np.random.default_rng(9).standard_normal(first.shape), 3) > 0
    expected = [_fine(frame, area) ** 2 for frame in (first, second)]
    np.testing.assert_allclose(fine_power(first, second, area), expected, rtol=0, atol=1e-8)


def test_value_is_the_ratio_of_two_root_mean_squares_over_the_region_of_the_whole_clip() -> None:
    reference, test = _noise(2), _noise(3) // 3
    mask = np.random.default_rng(4).random(reference.shape) < 0.3
    mask[2] = False  # a frame without the region
    sums = [0.0, 0.0]
    for t in range(3):
        for index, frames in enumerate((reference, test)):
            fine = _fine(frames[t], mask[t])
            for row, column in np.argwhere(mask[t]):
                sums[index] += float(fine[row, column]) ** 2
    assert _ratio(reference, test, mask) == pytest.approx(np.sqrt(sums[1] / sums[0]), abs=1e-10)


def test_two_pixels_by_hand() -> None:
    """Side by side, alone in the area: the taps at 0 and 1 are as 1 to exp(-1/8), so the mean of 10 and 30 is
    10 + 20 e / (1 + e) at the first, and the fine parts are -+ 20 e / (1 + e) with e = exp(-1/8) = .8824969."""
    area = np.zeros((20, 20), np.bool_)
    area[9, 9:11] = True
    frame = np.full((20, 20), 200, np.uint8)
    frame[9, 9:11] = 10, 30
    found = fine_power(frame, frame, area)
    assert found[0][area] == pytest.approx([(20 * 0.8824969 / 1.8824969) ** 2] * 2, abs=1e-5)
    assert np.isnan(found[0][~area]).all()


def test_a_hole_of_one_grey_has_no_texture_however_high_the_step_around_it() -> None:
    reference = _noise(6)
    mask = np.zeros(reference.shape, np.bool_)
    mask[:, 10:20, 10:25] = True
    assert _ratio(reference, np.where(mask, 0, reference).astype(np.uint8), mask) == pytest.approx(0, abs=1e-10)
    assert _ratio(reference, np.where(mask, reference, 255).astype(np.uint8), mask) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(("contrast", "expected"), [(40, 1.0), (20, 0.5), (60, 1.5), (0, 0.0)])
def test_chequers_of_another_contrast_have_the_ratio_of_the_contrasts(contrast: int, expected: float) -> None:
    """Around the same mean, so that every fine part is the contrast times the same pattern."""
    mask = np.ones((2, 40, 40), np.bool_)
    assert _ratio(_chequers(40, 2), _chequers(contrast, 2), mask) == pytest.approx(expected, abs=1e-10)


def test_a_brighter_copy_is_as_sharp_and_a_blurred_one_is_not() -> None:
    rng = np.random.default_rng(5)
    frames = rng.integers(40, 160, (2, 50, 50), dtype=np.uint8)
    mask = np.ones(frames.shape, np.bool_)
    assert _ratio(frames, (frames + 60).astype(np.uint8), mask) == pytest.approx(1.0, abs=1e-10)
    smooth = np.stack([ndimage.gaussian_filter(f, 1.0) for f in frames])
    made = _ratio(frames, smooth, mask)
    assert isinstance(made, float)
    assert 0.05 < made < 0.5


def test_a_flat_truth_has_no_ratio_and_says_so() -> None:
    flat = np.full((1, 40, 40), 90, np.uint8)
    found = _ratio(flat, _chequers(30), np.ones(flat.shape, np.bool_))
    assert found == "the real clip is flat there: 0.0 grey levels of fine texture, 0.5 are needed"


def test_the_largest_value_there_can_be_is_the_upper_bound() -> None:
    assert SHARPNESS.bounds == (0.0, 510.0)  # 255 grey levels over half a one
