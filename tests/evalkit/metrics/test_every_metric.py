"""What holds for every metric that a study can name: identical clips, tiny ones, and constant ones."""

import numpy as np
import pytest
from scipy import ndimage

from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import METRICS
from tests.evalkit.metrics.one_value import Pixels, Where, number, value
from tests.evalkit.metrics.simulated import speckle

EVERY = [pytest.param(metric, id=name) for name, metric in METRICS.items()]

NOT_BEST_FOR_ITSELF = ("warping_error",)  # real speckle is not steady


def _clips(frames: int = 12) -> tuple[Pixels, Pixels, Where, Pixels]:
    """Speckle that moves a pixel a frame, its blur, a mask that stands still, and labels."""
    whole = speckle(1, 48 + frames, 52, (1.2, 1.2))
    real = np.stack([whole[frames - t :][:48] for t in range(frames)])
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 8:38, 10:42] = True
    made = np.where(mask, ndimage.gaussian_filter(real, (0, 1, 1)), real).astype(np.uint8)
    labels = np.zeros(real.shape, np.uint8)
    labels[:, 15:25, 20:30] = 1
    return real, made, mask, labels


def _region(metric: Metric) -> str:
    return "mask" if "mask" in metric.regions else metric.regions[0]


def _value(metric: Metric, real: Pixels, made: Pixels, mask: Where, labels: Pixels) -> float | str:
    return value(metric, real, made, mask, _region(metric), labels=labels, spacing_mm=(0.3, 0.3))


@pytest.mark.parametrize("metric", EVERY)
def test_identical_clips_have_the_best_value_and_blurred_ones_a_worse_one_within_bounds(metric: Metric) -> None:
    real, made, mask, labels = _clips()
    found, same = (_value(metric, real, one, mask, labels) for one in (made, real))
    if isinstance(found, str):
        pytest.skip(found)
    assert metric.bounds[0] <= found <= metric.bounds[1]
    if not metric.descriptive and metric.name not in NOT_BEST_FOR_ITSELF:
        assert same == pytest.approx(metric.best, abs=1e-6)
        assert metric.distance(found) >= metric.distance(number(same))


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 30, 30), (2, 3, 5), (12, 7, 9)])
def test_tiny_clips_have_a_value_within_bounds_or_a_reason(metric: Metric, shape: tuple[int, int, int]) -> None:
    real, made = np.random.default_rng(2).integers(0, 256, (2, *shape), dtype=np.uint8)
    labels, mask = np.ones(shape, np.uint8), np.ones(shape, np.bool_)
    for found in (_value(metric, real, made, mask, labels), _value(metric, real, made, mask & False, labels)):
        assert found if isinstance(found, str) else metric.bounds[0] <= found <= metric.bounds[1]


@pytest.mark.parametrize("metric", EVERY)
def test_a_constant_clip_has_a_value_within_bounds_or_a_reason(metric: Metric) -> None:
    real, _, mask, labels = _clips()
    flat = np.full_like(real, 90)
    for pair in ((flat, flat), (real, flat), (flat, real)):
        found = _value(metric, *pair, mask, labels)
        assert found if isinstance(found, str) else metric.bounds[0] <= found <= metric.bounds[1]
