"""RMSE and PSNR: by hand, and PSNR against scikit-image (independent). Tolerances are absolute."""

from typing import Any

import numpy as np
import pytest
from skimage import metrics as skimage_metrics

from evalkit.metrics.measure import measure_pair
from evalkit.metrics.pixel_error import squared_total
from evalkit.metrics.psnr import CEILING, PSNR, decibels
from evalkit.metrics.rmse import RMSE
from tests.evalkit.metrics.fidelity_frames import Pixels, noisy, speckle
from translator.clips.clip import Clip, mask_clip

peak_signal_noise_ratio: Any = skimage_metrics.peak_signal_noise_ratio  # it has no types
mean_squared_error: Any = skimage_metrics.mean_squared_error


def _values(real: Pixels, made: Pixels) -> tuple[float | str, float | str]:
    clip, everywhere = Clip.from_array(real), np.ones(real.shape, np.bool_)
    rows = measure_pair(
        clip, Clip.from_array(made), mask_clip(everywhere, clip), everywhere[0], [RMSE, PSNR], ["frame"]
    )
    return rows["rmse", "frame"], rows["psnr", "frame"]


def test_squares_by_hand_over_the_whole_range() -> None:
    reference, test = np.array([[0, 10, 255]], np.uint8), np.array([[255, 7, 250]], np.uint8)
    assert squared_total(reference, test, np.ones((1, 3), np.bool_)) == 255**2 + 9 + 25
    assert squared_total(reference, test, np.array([[False, True, True]])) == 34


def test_sums_of_large_frames_are_exact() -> None:
    black, white = np.zeros((1100, 1300), np.uint8), np.full((1100, 1300), 255, np.uint8)
    assert squared_total(black, white, np.ones(black.shape, np.bool_)) == 1100 * 1300 * 255**2


def test_both_are_those_of_scikit_image_of_all_frames_together() -> None:
    real = np.stack([speckle(seed, 40, 50) for seed in range(3)])
    made = np.stack([noisy(frame, 4 + 5 * t, t) for t, frame in enumerate(real)])
    rmse, psnr = _values(real, made)
    assert rmse == pytest.approx(np.sqrt(mean_squared_error(real, made)), abs=1e-10)
    assert psnr == pytest.approx(peak_signal_noise_ratio(real, made, data_range=255), abs=1e-10)


def test_an_identical_frame_counts_as_one_without_error() -> None:
    """One frame of 10 levels' error and one of none: MSE 50, and not the mean of 28.13 dB and infinity."""
    real, made = np.full((2, 8, 8), 100, np.uint8), np.full((2, 8, 8), 100, np.uint8)
    made[1] = 110
    rmse, psnr = _values(real, made)
    assert rmse == pytest.approx(np.sqrt(50), abs=1e-12)
    assert psnr == pytest.approx(31.1411035, abs=1e-6)


def test_identical_clips_count_as_100_decibels() -> None:
    frames = speckle(3, 20, 20)[None]
    assert _values(frames, frames.copy()) == (0.0, CEILING)
    assert decibels(255**2 / 1e10) == pytest.approx(100.0, abs=1e-9)
    assert decibels(255**2 / 1e9) == pytest.approx(90.0, abs=1e-9)
    assert decibels(255**2) == 0.0
