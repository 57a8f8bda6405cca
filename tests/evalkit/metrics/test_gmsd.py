"""GMSD: against piq and SciPy (independent), and a case by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.metrics.gmsd import GMSD, gmsd, gradient_magnitudes, similarity_map
from evalkit.metrics.measure import measure_pair
from tests.evalkit.metrics.fidelity_frames import Pixels, noisy, soft, speckle
from translator.clips.clip import Clip, mask_clip

PAIRS = {
    "noise": (speckle(1, 96, 80), noisy(speckle(1, 96, 80), 12)),
    "blur": (speckle(2, 64, 72), soft(speckle(2, 64, 72), 1.5)),
    "odd sides": (speckle(3, 65, 71), speckle(4, 65, 71)),
}


def _similarity(first: Pixels, second: Pixels) -> NDArray[np.float64]:
    """As the authors' code does it, with SciPy."""
    magnitudes = []
    for frame in (first, second):
        height, width = frame.shape
        padded = np.pad(frame.astype(float), ((0, height % 2), (0, width % 2)))
        half = padded.reshape(padded.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
        kernel = np.array([[1, 0, -1]] * 3) / 3
        parts = [ndimage.convolve(half, one, mode="constant") for one in (kernel, kernel.T)]
        magnitudes.append(np.hypot(*parts))
    x, y = magnitudes
    return np.asarray((2 * x * y + 170) / (x * x + y * y + 170), np.float64)


@pytest.mark.parametrize("name", PAIRS)
def test_map_and_value_are_those_of_scipys_filters(name: str) -> None:
    expected = _similarity(*PAIRS[name])
    found = similarity_map(*(gradient_magnitudes(frame) for frame in PAIRS[name]))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert gmsd(*PAIRS[name]) == pytest.approx(np.std(expected, ddof=1), abs=1e-7)


@pytest.mark.parametrize("name", ["noise", "blur"])
def test_value_agrees_with_piq(name: str) -> None:
    """Its deviation is the population's: smaller by the root of (n - 1) / n."""
    torch, piq = pytest.importorskip("torch"), pytest.importorskip("piq")
    first, second = PAIRS[name]
    planes = (torch.from_numpy(frame)[None, None] for frame in (first, second))
    expected = float(piq.gmsd(*planes, data_range=255))
    count = first.size // 4
    assert gmsd(first, second) * np.sqrt((count - 1) / count) == pytest.approx(expected, abs=2e-6)


def test_two_pixels_by_hand() -> None:
    """2 x 4 is two pixels at half the size, 30 and 90. One third of the kernel meets them: the gradients along the
    row are 90 / 3 = 30 and 30 / 3 = 10 in size, those across it 0. Of a black test the similarities are
    170 / (900 + 170) and 170 / (100 + 170); their sample deviation is the difference over the root of two."""
    frame = np.array([[30, 30, 90, 90]] * 2, np.uint8)
    expected = (170 / 270 - 170 / 1070) / np.sqrt(2)
    assert gmsd(frame, np.zeros_like(frame)) == pytest.approx(expected, abs=1e-7)


def test_in_a_region_it_is_the_deviation_over_the_regions_pixels_at_half_the_size() -> None:
    first, second = PAIRS["noise"]
    area = np.random.default_rng(5).random(first.shape) < 0.3
    real = Clip.from_array(first[None])
    rows = measure_pair(real, Clip.from_array(second[None]), mask_clip(area[None], real), area, [GMSD], ["mask"])
    expected = np.std(_similarity(first, second)[area[::2, ::2]], ddof=1)
    assert rows["gmsd", "mask"] == pytest.approx(expected, abs=1e-7)


def test_one_pixel_has_no_deviation() -> None:
    area = np.zeros((12, 12), np.bool_)
    area[4, 4] = True
    real = Clip.from_array(speckle(6, 12, 12)[None])
    rows = measure_pair(real, real, mask_clip(area[None], real), area, [GMSD], ["mask"])
    assert "fewer than two pixels" in str(rows["gmsd", "mask"])
