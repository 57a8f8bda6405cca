"""What a declaration says of direction: higher, lower, or nearest to a target."""

from dataclasses import replace

import pytest

from evalkit.metrics.mae import MAE
from evalkit.metrics.registry import METRICS
from evalkit.metrics.sharpness import SHARPNESS
from evalkit.metrics.ssim import SSIM


def test_best_and_worst_are_the_ends_of_the_bounds() -> None:
    assert (SSIM.best, SSIM.worst, SSIM.better) == (1.0, -1.0, "higher")
    assert (MAE.best, MAE.worst, MAE.better) == (0.0, 255.0, "lower")


def test_of_a_target_the_best_is_the_target_and_the_worst_the_farther_bound() -> None:
    assert (SHARPNESS.best, SHARPNESS.worst, SHARPNESS.better) == (1.0, 510.0, "nearer to 1")
    assert replace(SHARPNESS, bounds=(-9.0, 10.0)).worst == -9.0


def test_half_as_sharp_and_half_as_much_again_are_equally_far_from_the_truth() -> None:
    assert SHARPNESS.distance(0.5) == SHARPNESS.distance(1.5) == 0.5
    assert SSIM.distance(0.75) == 0.25
    assert MAE.distance(3.0) == 3.0


@pytest.mark.parametrize(("higher", "target"), [(None, None), (True, 1.0), (False, 0.0)])
def test_a_metric_without_a_direction_or_with_two_is_refused(higher: bool | None, target: float | None) -> None:
    with pytest.raises(ValueError, match="either higher_is_better or target"):
        replace(SSIM, higher_is_better=higher, target=target)


def test_a_target_outside_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="lies outside"):
        replace(SHARPNESS, target=-1.0)


def test_every_metric_is_registered_under_its_name_and_says_what_it_is() -> None:
    assert list(METRICS) == ["ssim[wang2004]", "mae", "sharpness_ratio", "temporal_error", "warping_error"]
    assert all(name == metric.name and metric.summary and metric.unit for name, metric in METRICS.items())
