"""Temporal SSIM, against scikit-image's SSIM of every slice through time."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from skimage import metrics as skimage_metrics

from evalkit.metrics.temporal_ssim import TEMPORAL_SSIM, time_slices_ssim
from tests.evalkit.metrics.one_value import number, value
from tests.evalkit.metrics.simulated import speckle

Pixels = NDArray[np.uint8]
structural_similarity: Any = skimage_metrics.structural_similarity  # it has no types
PROFILE = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "full": True}


def _moving(seed: int, frames: int = 11, height: int = 20, width: int = 23) -> Pixels:
    """Speckle that moves a pixel down and half a pixel to the right in every frame."""
    whole = speckle(seed, height + frames, width + frames, (1.2, 1.2))
    return np.stack([whole[frames - t : frames - t + height, frames - t // 2 :][:, :width] for t in range(frames)])


def test_map_agrees_with_scikit_image_slice_by_slice() -> None:
    real, made = _moving(1), _moving(2)
    made = (made // 2 + real // 2).astype(np.uint8)
    found = time_slices_ssim(real, made)
    expected = np.full(real.shape[1:], np.nan)
    for row in range(5, 15):
        for column in range(5, 18):
            across = structural_similarity(real[:, row], made[:, row], **PROFILE)[1][5, column]
            down = structural_similarity(real[:, :, column], made[:, :, column], **PROFILE)[1][5, row]
            expected[row, column] = (across + down) / 2
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_identical_frames_have_1_and_the_border_has_none() -> None:
    real = _moving(3)
    found = time_slices_ssim(real, real)
    np.testing.assert_allclose(found[5:-5, 5:-5], 1, rtol=0, atol=1e-9)
    assert np.isnan(found).sum() == found.size - 10 * 13


def test_two_constant_clips_by_hand() -> None:
    """No variance: (2 x 100 x 110 + C1) / (100^2 + 110^2 + C1)."""
    real, made = (np.full((11, 16, 16), grey, np.uint8) for grey in (100, 110))
    expected = (22000 + 6.5025) / (22100 + 6.5025)
    np.testing.assert_allclose(time_slices_ssim(real, made)[5:-5, 5:-5], expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(10, 30), (30, 10), (1, 1), (8, 8)])
def test_frames_smaller_than_the_window_have_no_value_anywhere(shape: tuple[int, int]) -> None:
    assert np.isnan(time_slices_ssim(*np.zeros((2, 11, *shape), np.uint8))).all()


def test_it_falls_with_noise_that_flickers_blur_shift_and_a_stop() -> None:
    real, rng = _moving(4), np.random.default_rng(5)

    def value(made: Pixels) -> float:
        return float(np.nanmean(time_slices_ssim(real, made)))

    flicker = [value(np.clip(real + rng.normal(0, s, (11, 1, 1)), 0, 255).astype(np.uint8)) for s in (4, 12, 30)]
    noise = [value(np.clip(real + rng.normal(0, s, real.shape), 0, 255).astype(np.uint8)) for s in (4, 12, 30)]
    blur = [value(ndimage.gaussian_filter(real, (0, s, s))) for s in (0.5, 1.0, 2.0)]
    shift = [value(np.roll(real, s, axis=2)) for s in (1, 2)]
    for values in (flicker, noise, blur, shift):
        assert values == sorted(values, reverse=True)
        assert values[0] < 1
    assert value(np.stack([real[5]] * 11)) < 0.9


def test_of_a_clip_it_is_the_mean_over_the_region_at_every_middle_frame() -> None:
    real, made = _moving(6, 13), _moving(7, 13)
    mask = np.random.default_rng(8).random(real.shape) < 0.5
    maps = [time_slices_ssim(real[t : t + 11], made[t : t + 11]) for t in range(3)]
    chosen = np.concatenate([one[area & ~np.isnan(one)] for one, area in zip(maps, mask[5:8], strict=True)])
    assert value(TEMPORAL_SSIM, real, made, mask, "mask") == pytest.approx(chosen.mean(), abs=1e-12)
    assert value(TEMPORAL_SSIM, real, real) == pytest.approx(1, abs=1e-9)


def test_it_says_why_there_is_none() -> None:
    real = _moving(9, 13)
    short = "a clip of fewer than 11 frames has no slice through time that the window fits in"
    assert value(TEMPORAL_SSIM, real[:10], real[:10]) == short
    assert value(TEMPORAL_SSIM, real, real, region="mask") == "the mask is empty"
    assert value(TEMPORAL_SSIM, real[:, :9], real[:, :9]) == "no pixel of the frame has a value"


def test_the_order_of_frames_matters() -> None:
    real, order = _moving(10, 15), np.random.default_rng(11).permutation(15)
    made = (real // 2 + 40).astype(np.uint8)
    assert TEMPORAL_SSIM.temporal
    assert number(value(TEMPORAL_SSIM, real, made)) > number(value(TEMPORAL_SSIM, real, made[order])) + 0.1
