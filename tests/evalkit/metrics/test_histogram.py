"""Histogram distances, against SciPy on the pixels themselves."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from evalkit.metrics.declare import Metric
from evalkit.metrics.histogram import (
    HISTOGRAM_JENSEN_SHANNON,
    HISTOGRAM_WASSERSTEIN,
    grey_counts,
    jensen_shannon,
    wasserstein,
)
from tests.evalkit.metrics.one_value import value
from tests.evalkit.metrics.simulated import speckle


def test_both_agree_with_scipy_also_where_one_has_more_pixels() -> None:
    first, second = speckle(1, 37, 23), speckle(2, 50, 41, (1, 1)) // 2
    counts = [np.bincount(frame.ravel(), minlength=256) for frame in (first, second)]
    assert wasserstein(*counts) == pytest.approx(
        stats.wasserstein_distance(first.ravel().astype(int), second.ravel().astype(int)), abs=1e-10
    )
    assert jensen_shannon(*counts) == pytest.approx(distance.jensenshannon(*counts, base=2), abs=1e-10)


def test_by_hand() -> None:
    """Two of three pixels move, by 10 and by 20 levels. Half of the mass in common: 1 - 1/2 is the divergence."""
    levels = np.eye(256, dtype=np.int64)
    real, made = levels[0] + levels[10] + levels[20], levels[10] + levels[20] + levels[30]
    assert wasserstein(real, made) == pytest.approx(10)
    assert wasserstein(levels[0], levels[255]) == pytest.approx(255)
    assert jensen_shannon(levels[0] + levels[1], levels[1] + levels[2]) == pytest.approx(np.sqrt(0.5))
    assert jensen_shannon(levels[0], levels[1]) == 1


def test_equal_shares_are_no_distance_apart_at_any_count() -> None:
    counts = np.bincount(speckle(3, 30, 30).ravel(), minlength=256)
    assert wasserstein(counts, 7 * counts) == pytest.approx(0, abs=1e-12)
    assert jensen_shannon(counts, 7 * counts) == pytest.approx(0, abs=1e-7)


def test_counts_are_of_the_area_alone() -> None:
    frame = np.array([[0, 255, 3], [3, 3, 9]], np.uint8)
    counts = grey_counts(frame, np.array([[1, 1, 1], [1, 0, 0]], np.bool_))
    assert counts.sum() == 4
    assert counts[[0, 3, 255]].tolist() == [1, 2, 1]


@pytest.mark.parametrize("metric", [HISTOGRAM_WASSERSTEIN, HISTOGRAM_JENSEN_SHANNON])
def test_of_a_clip_it_is_of_all_pixels_of_the_region_and_0_for_itself(metric: Metric) -> None:
    real, made = (np.stack([speckle(s, 20, 23) for s in seeds]) for seeds in ((4, 5), (6, 7)))
    made = (made // 2).astype(np.uint8)
    mask = np.random.default_rng(8).random(real.shape) < 0.4
    counts = [np.bincount(frames[mask], minlength=256) for frames in (real, made)]
    one = wasserstein if metric is HISTOGRAM_WASSERSTEIN else jensen_shannon
    assert value(metric, real, made, mask, "mask") == pytest.approx(one(*counts), abs=1e-12)
    assert value(metric, real, made[::-1], mask[::-1] & False, "frame") == value(metric, real, made)
    assert value(metric, real, real) == 0
    assert value(metric, real, made, region="mask") == "the mask is empty"
    assert value(metric, real, made) != value(metric, real, made, mask, "mask")


def test_a_brighter_clip_is_as_far_as_it_is_brighter() -> None:
    real = np.clip(np.stack([speckle(9, 24, 31)] * 2), 0, 200).astype(np.uint8)
    for step in (1, 10, 55):
        assert value(HISTOGRAM_WASSERSTEIN, real, (real + step).astype(np.uint8)) == pytest.approx(step)
