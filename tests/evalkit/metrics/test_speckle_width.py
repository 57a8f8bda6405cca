"""Width of the grain: against sums with loops, against the known width of filtered noise, and a triangle by hand."""

import numpy as np
import pytest
from scipy import ndimage, signal

from evalkit.metrics.speckle_width import SPECKLE_WIDTHS, full_width, lag_counts, lag_sums
from tests.evalkit.metrics.one_value import number, value
from tests.evalkit.metrics.simulated import Numbers, Pixels, speckle, squares


def _width(frame: Pixels, axis: int) -> float | None:
    windows = np.stack(squares(frame)).astype(np.uint8)
    return full_width(lag_sums(windows, axis).sum(axis=0) / lag_counts(len(windows)))


def _gaussian_noise(seed: int, sigmas: tuple[float, float]) -> Pixels:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((240, 240)), sigmas)
    return np.asarray(np.clip(128 + 30 * noise / noise.std(), 0, 255), np.uint8)


@pytest.mark.parametrize("axis", [0, 1])
def test_lag_sums_agree_with_scipys_correlation_of_every_line(axis: int) -> None:
    windows = np.stack(squares(speckle(1, 36, 48, (1, 2)))).astype(np.uint8)
    expected = np.zeros(12)
    for window in windows.astype(float):
        unit = (window - window.mean()) / window.std()
        for line in unit if axis == 1 else unit.T:
            expected += signal.correlate(line, line)[23:35]
    np.testing.assert_allclose(lag_sums(windows, axis).sum(axis=0), expected, rtol=1e-9, atol=1e-9)
    pairs = [np.ones(24)[lag:].size * 24 * len(windows) for lag in range(12)]
    np.testing.assert_array_equal(lag_counts(len(windows)), pairs)


def test_filtered_noise_has_the_width_of_its_filter() -> None:
    """White noise through a Gaussian has a Gaussian autocovariance, sqrt 2 wider: FWHM = 4 sigma sqrt(ln 2). The
    window's own mean is taken off, which costs up to a tenth at these widths."""
    frame = _gaussian_noise(2, (1.2, 2.0))
    assert _width(frame, 0) == pytest.approx(4 * 1.2 * np.sqrt(np.log(2)), rel=0.1)
    assert _width(frame, 1) == pytest.approx(4 * 2.0 * np.sqrt(np.log(2)), rel=0.1)


def test_white_noise_is_one_pixel_wide() -> None:
    frame = np.random.default_rng(3).integers(0, 256, (240, 240), dtype=np.uint8)
    assert _width(frame, 0) == pytest.approx(1, abs=0.02)
    assert _width(frame, 1) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("values", "expected"), [([2, 1, 0], 2.0), ([4, 3, 1, 0], 3.0), ([1, 0, 0], 1.0), ([1, 0.9, 0.8], None)]
)
def test_half_height_is_met_on_a_straight_line_between_lags(values: list[float], expected: float | None) -> None:
    found = full_width(np.array(values, np.float64))
    assert found == (None if expected is None else pytest.approx(expected))


def test_blur_widens_and_noise_narrows() -> None:
    frame = speckle(4, 120, 120, (1, 1.5))
    blurred = [_width(frame, 0), *(_width(ndimage.gaussian_filter(frame, sigma), 0) for sigma in (0.8, 1.6))]
    assert blurred == sorted(blurred, key=lambda width: width or 0)
    noise: Numbers = np.random.default_rng(5).normal(0, 15, frame.shape)
    noisy = np.clip(frame + noise, 0, 255).astype(np.uint8)
    narrow, wide = _width(noisy, 1), _width(frame, 1)
    assert narrow is not None
    assert wide is not None
    assert narrow < 0.9 * wide


def test_width_of_a_clip_is_of_all_windows_of_all_frames_in_the_region() -> None:
    frames = np.stack([speckle(seed, 48, 60, (1.0, 2.0)) for seed in (6, 7)])
    mask = np.zeros(frames.shape, np.bool_)
    mask[0, :, :36], mask[1] = True, True
    windows = np.stack([*squares(frames[0][:, :36]), *squares(frames[1])]).astype(np.uint8)
    for axis in (0, 1):
        expected = full_width(lag_sums(windows, axis).sum(axis=0) / lag_counts(len(windows)))
        assert value(SPECKLE_WIDTHS[axis], None, frames, mask, "mask") == pytest.approx(expected, rel=1e-9)


def test_width_in_mm_is_that_in_pixels_times_the_spacing_of_its_axis() -> None:
    frames = np.stack([speckle(8, 60, 60, (1.0, 2.0))])
    axial, lateral, axial_mm, lateral_mm = SPECKLE_WIDTHS
    spacing = (0.2, 0.3)
    down, across = (number(value(metric, None, frames)) for metric in (axial, lateral))
    assert value(axial_mm, None, frames, spacing_mm=spacing) == pytest.approx(0.2 * down)
    assert value(lateral_mm, None, frames, spacing_mm=spacing) == pytest.approx(0.3 * across)
    assert value(axial_mm, None, frames) == "the pixel spacing is not known"
    assert across > 1.5 * down


def test_it_says_why_there_is_none() -> None:
    axial = SPECKLE_WIDTHS[0]
    ramp = np.tile(np.arange(0, 240, 10, dtype=np.uint8)[:, None], (1, 24))[None] // 4 + 60
    column = np.tile(ramp[:, :, :1], (1, 1, 30))
    assert value(axial, None, np.full((1, 30, 30), 9, np.uint8)) == "every window of the frame is flat or clipped"
    assert value(axial, None, column[:, :20]) == "no window of 24 x 24 pixels fits in the frame"
    assert value(axial, None, column, region="mask") == "the mask is empty"
    assert value(SPECKLE_WIDTHS[1], None, column) == "the autocovariance does not fall to a half within 11 pixels"
