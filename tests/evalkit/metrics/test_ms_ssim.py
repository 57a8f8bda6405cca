"""MS-SSIM: against pytorch-msssim and piq (independent), and by hand scale by scale with SciPy."""

import numpy as np
import pytest
from scipy import ndimage, signal

from evalkit.metrics.ms_ssim import SMALLEST, WEIGHTS, halved, ms_ssim
from tests.evalkit.metrics.fidelity_frames import Pixels, noisy, soft, speckle

PAIRS = {
    "noise": (speckle(1, 176, 192), noisy(speckle(1, 176, 192), 12)),
    "blur": (speckle(2, 200, 184), soft(speckle(2, 200, 184), 1.5)),
    "other speckle": (speckle(3, 176, 176), speckle(4, 176, 176)),
}


def test_weights_are_those_of_the_authors_and_add_up_to_one() -> None:
    assert WEIGHTS == (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    assert sum(WEIGHTS) == pytest.approx(1.0001, abs=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_value_is_that_of_scipys_filters_scale_by_scale(name: str) -> None:
    first, second = (frame.astype(float) for frame in PAIRS[name])
    taps = np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    window = np.outer(taps, taps) / taps.sum() ** 2
    expected = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            first, second = (ndimage.uniform_filter(p, 2, origin=-1, mode="nearest")[::2, ::2] for p in (first, second))
        mx, my, xx, yy, xy = (signal.convolve2d(p, window, "valid") for p in (
            first, second, first * first, second * second, first * second))  # fmt: skip
        structure = (2 * (xy - mx * my) + 58.5225) / (xx - mx**2 + yy - my**2 + 58.5225)
        luminance = (2 * mx * my + 6.5025) / (mx**2 + my**2 + 6.5025) if scale == 4 else 1.0
        expected *= max(float(np.mean(structure * luminance)), 0) ** weight
    assert ms_ssim(*PAIRS[name]) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("name", PAIRS)
def test_value_agrees_with_pytorch_msssim(name: str) -> None:
    """In single precision; sides that are multiples of 8 have no padding, in which it differs."""
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("pytorch_msssim")
    first, second = (torch.from_numpy(frame)[None, None].float() for frame in PAIRS[name])
    if any(side % 16 for side in PAIRS[name][0].shape):
        first, second = first[..., :176, :176], second[..., :176, :176]
    expected = float(theirs.ms_ssim(first, second, data_range=255))
    cropped = tuple(np.ascontiguousarray(frame[: first.shape[2], : first.shape[3]]) for frame in PAIRS[name])
    assert ms_ssim(*cropped) == pytest.approx(expected, abs=2e-5)


def test_half_of_an_odd_side_repeats_its_last_row_and_column_by_hand() -> None:
    plane = np.array([[0.0, 2.0, 5.0], [4.0, 6.0, 7.0], [1.0, 3.0, 9.0]])
    np.testing.assert_array_equal(halved(plane), [[3.0, 6.0], [2.0, 9.0]])


def test_a_mean_below_zero_counts_as_zero() -> None:
    pattern = (np.indices((SMALLEST, SMALLEST)).sum(axis=0) % 2 * 100 + 77).astype(np.uint8)
    assert ms_ssim(pattern, (254 - pattern).astype(np.uint8)) == 0.0


@pytest.mark.parametrize("shape", [(SMALLEST - 1, 400), (48, 48)])
def test_frames_that_are_too_small_have_none_and_say_so(shape: tuple[int, int]) -> None:
    frame: Pixels = np.zeros(shape, np.uint8)
    assert f"{shape[0]} x {shape[1]} are too small" in str(ms_ssim(frame, frame))
