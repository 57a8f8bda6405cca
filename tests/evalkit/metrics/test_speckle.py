"""Speckle statistics: NumPy window by window, what theory says of fully developed speckle, and two greys by hand."""

import numpy as np
import pytest
from scipy import ndimage

from evalkit.metrics.declare import Metric
from evalkit.metrics.nakagami import NAKAGAMI_LOG_MOMENTS, NAKAGAMI_MOMENTS
from evalkit.metrics.speckle import (
    SPECKLE_SNR_ENVELOPE,
    SPECKLE_SNR_GREY,
    SPECKLE_STD,
    envelope,
    level_db,
    speckle_snr,
    speckle_std_db,
    speckled,
)
from tests.evalkit.metrics.one_value import number, value
from tests.evalkit.metrics.simulated import log_compressed, rayleigh, speckle, squares

GREY = np.arange(256.0)
NAKAGAMI = (NAKAGAMI_MOMENTS, NAKAGAMI_LOG_MOMENTS)


def test_grey_0_is_minus_60_db_and_255_is_0_db() -> None:
    assert level_db()[[0, 51, 255]] == pytest.approx([-60, -48, 0])
    assert envelope()[[0, 127, 255]] == pytest.approx([1e-3, 10 ** (-60 * 128 / 255 / 20), 1.0])
    assert level_db(40.0)[0] == -40


def test_all_three_agree_with_numpy_window_by_window() -> None:
    frame = speckle(2, 61, 50, (1, 2))
    levels = [window / 255 * 60 - 60 for window in squares(frame)]
    linear = [10 ** (window / 20) for window in levels]
    snr = [window.mean() / window.std(ddof=1) for window in linear]
    grey = [window.mean() / window.std(ddof=1) for window in squares(frame)]
    np.testing.assert_allclose(speckle_snr(frame, envelope()).ravel(), snr, rtol=1e-9)
    np.testing.assert_allclose(speckle_snr(frame, GREY).ravel(), grey, rtol=1e-9)
    np.testing.assert_allclose(speckle_std_db(frame).ravel(), [np.std(w, ddof=1) for w in levels], rtol=1e-9)


def test_two_greys_by_hand() -> None:
    """Half 100, half 110: sample standard deviation 5 sqrt(576 / 575), mean 105."""
    frame = np.full((24, 24), 100, np.uint8)
    frame[:, ::2] = 110
    spread = 5 * np.sqrt(576 / 575)
    assert speckle_snr(frame, GREY)[0, 0] == pytest.approx(105 / spread, rel=1e-12)
    assert speckle_std_db(frame)[0, 0] == pytest.approx(spread * 60 / 255, rel=1e-12)
    assert speckle_std_db(frame, 85.0)[0, 0] == pytest.approx(spread / 3, rel=1e-12)


@pytest.mark.parametrize("level", [-30.0, -22.0, -15.0])
def test_fully_developed_speckle_has_1_91_and_5_57_db_whatever_the_gain(level: float) -> None:
    """sqrt(pi / (4 - pi)) and 10 / ln 10 * pi / sqrt 6; to 1 %, of 1,600 windows and whole grey levels."""
    frame = log_compressed(rayleigh(3, 492, 492), level)
    assert np.median(speckle_snr(frame, envelope())) == pytest.approx(1.913, rel=0.01)
    assert np.median(speckle_std_db(frame)) == pytest.approx(5.570, rel=0.01)


def test_the_grey_ratio_is_not_gain_free_but_that_of_the_envelope_is() -> None:
    dark, bright = (log_compressed(rayleigh(4, 120, 120), level) for level in (-30.0, -15.0))
    assert np.median(speckle_snr(bright, GREY)) > 1.3 * np.median(speckle_snr(dark, GREY))


def test_more_blur_raises_both_ratios_and_lowers_the_spread() -> None:
    frame = speckle(5, 120, 120)
    blurred = [frame] + [ndimage.gaussian_filter(frame, sigma) for sigma in (0.6, 1.0, 1.5)]
    assert np.all(np.diff([np.median(speckle_snr(one, envelope())) for one in blurred]) > 0)
    assert np.all(np.diff([np.median(speckle_snr(one, GREY)) for one in blurred]) > 0)
    assert np.all(np.diff([np.median(speckle_std_db(one)) for one in blurred]) < 0)


def test_windows_that_are_flat_or_clipped_are_not_judged() -> None:
    frame = speckle(6, 24, 96)
    frame[:, :24] = 90
    frame[:10, 48:72] = 0  # 10 of 24 rows of the windows from 48 on; 5 of 24 columns less
    np.testing.assert_array_equal(speckled(frame), [[False, True, True, False, False, False, True]])
    frame[:, 72:96] = 255
    assert not speckled(frame)[0, -1]


def test_a_flat_window_has_no_ratio() -> None:
    assert np.isnan(speckle_snr(np.full((24, 24), 7, np.uint8), GREY)).all()


def test_value_of_a_clip_is_the_mean_over_frames_of_the_median_over_the_windows_in_the_region() -> None:
    frames = np.stack([speckle(seed, 60, 72, (1, 1)) for seed in range(3)])
    mask = np.zeros(frames.shape, np.bool_)
    mask[:2, 10:60, :50] = True  # three rows and three columns of windows: those from row 12 and column 0 on
    expected = np.mean([np.median(speckle_std_db(frame)[1:, :3]) for frame in frames[:2]])
    assert value(SPECKLE_STD, None, frames, mask, "mask") == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "expected"), [(SPECKLE_SNR_ENVELOPE, 1.913), (SPECKLE_STD, 5.570), (NAKAGAMI_LOG_MOMENTS, 1.0)]
)
def test_rayleigh_speckle_has_its_values_in_an_odd_region_and_needs_no_truth(metric: Metric, expected: float) -> None:
    frames = np.stack([speckle(seed, 151, 173) for seed in (11, 12)])
    rows, columns = np.indices((151, 173))
    mask = np.stack([np.hypot(rows - 75, columns - 80) < 70] * 2)
    assert value(metric, None, frames, mask, "mask") == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("metric", [SPECKLE_SNR_GREY, SPECKLE_SNR_ENVELOPE, SPECKLE_STD, *NAKAGAMI])
def test_each_says_why_there_is_none_and_is_descriptive(metric: Metric) -> None:
    noise = np.stack([speckle(13, 30, 30)] * 2)
    hole = np.zeros(noise.shape, np.bool_)
    hole[:, 3:26, :] = True
    assert value(metric, None, noise, region="mask") == "the mask is empty"
    assert value(metric, None, noise, hole, "mask") == "no window of 24 x 24 pixels fits in the mask"
    assert value(metric, None, noise[:, :20]) == "no window of 24 x 24 pixels fits in the frame"
    assert value(metric, None, np.full_like(noise, 77)) == "every window of the frame is flat or clipped"
    assert metric.descriptive
    assert metric.needs == "translation"
    low, high = metric.bounds
    assert low < number(value(metric, None, noise[:1])) < high


def test_bounds_hold_for_the_least_scatter_that_is_judged() -> None:
    """One pixel 12 levels below the rest has the highest ratio that is judged; half a level is another end."""
    spike = np.full((1, 24, 24), 254, np.uint8)
    spike[0, 3, 3] = 242
    half = np.where(np.indices((24, 24)).sum(axis=0) % 2, 100, 101).astype(np.uint8)[None]
    for metric in (SPECKLE_SNR_GREY, SPECKLE_SNR_ENVELOPE, *NAKAGAMI):
        for frames in (spike, half):
            assert 0 < number(value(metric, None, frames)) < metric.bounds[1]


@pytest.mark.parametrize("end", [0, 255])
def test_a_window_that_is_clipped_in_part_at_either_end_is_not_judged(end: int) -> None:
    """A twentieth of 576 pixels may be at an end: 28, and no more."""
    frame = np.clip(speckle(6, 24, 24), 1, 254)
    for many, judged in ((28, True), (29, False)):
        clipped = frame.copy()
        clipped.ravel()[:many] = end
        assert speckled(clipped).tolist() == [[judged]]
