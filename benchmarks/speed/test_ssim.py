"""SSIM of one 256 x 256 frame against scikit-image, same profile; the figure in brackets is the ratio."""

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from skimage.metrics import structural_similarity

from evalkit.metrics.ssim import ssim_map


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    real = rng.integers(0, 256, (256, 256)).astype(np.uint8)
    made = np.clip(real.astype(int) + rng.integers(-20, 20, real.shape), 0, 255).astype(np.uint8)
    return real, made


@pytest.mark.benchmark(group="ssim, one frame of 256 x 256")
def test_sonoproof(benchmark: BenchmarkFixture, pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert 0 < np.nanmean(benchmark(ssim_map, *pair)) < 1


@pytest.mark.benchmark(group="ssim, one frame of 256 x 256")
def test_scikit_image(benchmark: BenchmarkFixture, pair: tuple[np.ndarray, np.ndarray]) -> None:
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "full": True}
    assert 0 < benchmark(structural_similarity, *pair, **options)[0] < 1
