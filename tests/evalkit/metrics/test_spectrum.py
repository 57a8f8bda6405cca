"""Radial power spectrum: against SciPy's periodogram and loops over frequencies, and a wave by hand."""

import numpy as np
import pytest
from scipy import ndimage, signal

from evalkit.metrics.spectrum import ROUNDING, SPECTRUM_DISTANCE, WORST_DB, log_spectral_distance, window_spectra
from tests.evalkit.metrics.one_value import number, value
from tests.evalkit.metrics.simulated import Numbers, Pixels, speckle, squares


def _radial(window: Numbers) -> Numbers:
    """Periodograms of SciPy along one axis, then a plain transform along the other; averaged ring by ring."""
    hann = signal.get_window("hann", 24)
    tapered = np.outer(hann, hann) * (window - window.mean())
    power = np.abs(np.fft.fft2(tapered)) ** 2 / (np.outer(hann, hann) ** 2).sum()
    rings: list[list[float]] = [[] for _ in range(13)]
    for row in range(24):
        for column in range(24):
            down, right = (k if k <= 12 else k - 24 for k in (row, column))
            length = round(float(np.hypot(down, right)))
            if 1 <= length <= 12:
                rings[length].append(power[row, column])
    found: Numbers = np.array([np.mean(ring) for ring in rings[1:]])
    return found


def _density(frame: Pixels) -> Numbers:
    found: Numbers = window_spectra(frame).mean(axis=(0, 1))
    return found


def test_every_windows_density_agrees_with_a_loop_over_all_frequencies() -> None:
    frame = speckle(1, 37, 49, (1, 2))
    expected = [_radial(window.astype(np.float64)) for window in squares(frame)]
    np.testing.assert_allclose(window_spectra(frame).reshape(-1, 12), expected, rtol=2e-4, atol=1e-3)


def test_white_noise_has_its_variance_at_every_frequency() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (480, 480), dtype=np.uint8)
    np.testing.assert_allclose(_density(noise)[1:], (256**2 - 1) / 12, rtol=0.05)


def test_a_wave_of_6_pixels_stands_in_the_fourth_ring() -> None:
    wave = np.rint(128 + 50 * np.sin(2 * np.pi * np.arange(48) / 6)).astype(np.uint8)
    found = _density(np.tile(wave, (48, 1)))
    assert np.argmax(found) == 3
    assert found[[0, 1, 6, 11]].max() < 1e-3 * found[3]


def test_twice_the_contrast_is_6_db_and_equal_spectra_are_0() -> None:
    density = np.full(12, 1e9)
    assert log_spectral_distance(density, 4 * density) == pytest.approx(20 * np.log10(2))
    assert log_spectral_distance(4 * density, density) == pytest.approx(20 * np.log10(2))
    assert log_spectral_distance(density, density) == 0


def test_distance_by_hand_with_a_flat_fill() -> None:
    """Half of the rings 10 dB above rounding, half 20: root of (100 + 400) / 2."""
    real = ROUNDING * np.repeat([9.0, 99.0], 6)
    assert log_spectral_distance(real, np.zeros(12)) == pytest.approx(np.sqrt(250))


def test_no_two_frames_are_farther_apart_than_the_bound() -> None:
    rows, columns = np.indices((24, 24))
    loudest = 255 * ((rows // 12 + columns // 12) % 2).astype(np.uint8)
    assert log_spectral_distance(_density(loudest), np.zeros(12)) < WORST_DB


def test_distance_grows_with_blur_and_with_noise() -> None:
    frame = speckle(3, 120, 120, (1, 1))
    real, rng = _density(frame), np.random.default_rng(4)
    blurred = [log_spectral_distance(real, _density(ndimage.gaussian_filter(frame, s))) for s in (0.5, 1, 2)]
    noisy = [
        log_spectral_distance(real, _density(np.clip(frame + rng.normal(0, s, frame.shape), 0, 255).astype(np.uint8)))
        for s in (5, 10, 20)
    ]
    assert blurred == sorted(blurred)
    assert noisy == sorted(noisy)
    assert min(blurred[0], noisy[0]) > 0.2


def test_of_a_clip_it_is_of_the_mean_density_of_the_windows_in_the_region() -> None:
    real, made = (np.stack([speckle(s, 50, 60, (1, grain)) for s in (5, 6)]) for grain in (1, 2))
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 8:, :50] = True
    inside = [[window_spectra(frame)[1:, :3] for frame in frames] for frames in (real, made)]
    densities = [np.mean(spectra, axis=(0, 1, 2)) for spectra in inside]
    assert value(SPECTRUM_DISTANCE, real, made, mask, "mask") == pytest.approx(log_spectral_distance(*densities))
    assert value(SPECTRUM_DISTANCE, real, real) == 0


def test_what_lies_beyond_the_masks_edge_does_not_count() -> None:
    real, made = (np.stack([speckle(s, 50, 60)]) for s in (7, 8))
    mask = np.zeros(real.shape, np.bool_)
    mask[:, :40, 5:] = True
    other = np.where(mask, made, 255).astype(np.uint8)
    found, same = (number(value(SPECTRUM_DISTANCE, real, one, mask, "mask")) for one in (made, other))
    assert found == pytest.approx(same, rel=1e-6)
    assert value(SPECTRUM_DISTANCE, real, made) != value(SPECTRUM_DISTANCE, real, other)


def test_it_says_why_there_is_none_and_a_flat_clip_is_0_from_a_flat_one() -> None:
    flat = np.full((1, 30, 30), 90, np.uint8)
    assert value(SPECTRUM_DISTANCE, flat, flat + 9) == 0
    assert value(SPECTRUM_DISTANCE, flat, flat, region="mask") == "the mask is empty"
    assert value(SPECTRUM_DISTANCE, flat[:, :9], flat[:, :9]) == "no window of 24 x 24 pixels fits in the frame"
