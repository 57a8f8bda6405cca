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


@pytest.mark.parametrize(
    ("higher", "target", "descriptive"),
    [(None, None, False), (True, 1.0, False), (False, 0.0, False), (True, None, True), (None, 1.0, True)],
)
def test_a_metric_without_a_direction_or_with_two_is_refused(
    higher: bool | None, target: float | None, descriptive: bool
) -> None:
    with pytest.raises(ValueError, match="either higher_is_better or target"):
        replace(SSIM, higher_is_better=higher, target=target, descriptive=descriptive)


def test_of_a_descriptive_metric_nothing_is_best() -> None:
    plain = replace(SSIM, higher_is_better=None, descriptive=True)
    assert plain.better == "neither higher nor lower"
    for ask in ("best", "worst"):
        with pytest.raises(ValueError, match="descriptive"):
            getattr(plain, ask)


def test_bounds_without_an_end_are_refused_as_a_failed_clip_counts_as_one() -> None:
    with pytest.raises(ValueError, match="must be finite"):
        replace(MAE, bounds=(0.0, float("inf")))


def test_a_region_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown regions \['masks'\]"):
        replace(MAE, regions=("masks",))


def test_a_target_outside_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="lies outside"):
        replace(SHARPNESS, target=-1.0)


def test_every_metric_is_registered_under_its_name_and_says_what_it_is() -> None:
    assert {"ssim[wang2004]", "mae", "sharpness_ratio", "temporal_error", "warping_error"} <= set(METRICS)
    assert all(name == metric.name and metric.summary and metric.unit for name, metric in METRICS.items())


def test_a_target_may_be_either_bound() -> None:
    for target, worst in ((0.0, 1.0), (1.0, 0.0)):
        found = replace(SHARPNESS, bounds=(0.0, 1.0), target=target)
        assert (found.best, found.worst) == (target, worst)
