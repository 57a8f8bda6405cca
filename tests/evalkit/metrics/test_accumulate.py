"""Metrics made of plain functions: by hand on two frames, a region that moves, and what a factory sets and refuses."""

from typing import Any

import numpy as np
import pytest

from evalkit.metrics.accumulate import clipwise, framed, mapped, summed
from evalkit.metrics.declare import Metric, Moment
from evalkit.metrics.mae import MAE
from tests.evalkit.metrics.one_value import Pixels, value

DECLARED: dict[str, Any] = {
    "name": "m", "unit": "grey levels", "bounds": (0.0, 255.0), "version": 1, "source": "", "summary": "",
    "higher_is_better": False,
}  # fmt: skip
REAL = np.zeros((3, 8, 8), np.uint8)
MADE = np.stack([np.full((8, 8), level, np.uint8) for level in (10, 20, 60)])
MASK = np.zeros(REAL.shape, np.bool_)
MASK[0, :2, :2], MASK[1, :2, :4], MASK[2, :4, :4] = True, True, True  # 4, 8, 16 pixels


def _error(real: Pixels, made: Pixels) -> np.ndarray:
    return np.abs(made.astype(float) - real)


def _change(real: Pixels, made: Pixels) -> np.ndarray:
    """Of two pairs (2, H, W): how much more the second changes."""
    return np.asarray(np.diff(made.astype(float), axis=0)[0] - np.diff(real.astype(float), axis=0)[0])


def test_every_pixel_of_a_map_counts_the_same_and_every_frame_of_a_number_a_frame() -> None:
    pooled = mapped(map_of=_error, **DECLARED)
    assert value(pooled, REAL, MADE, MASK, "mask") == pytest.approx((4 * 10 + 8 * 20 + 16 * 60) / 28)
    by_frame = framed(value_of_frame=lambda moment, region: float(moment.made[moment.areas[region]].mean()), **DECLARED)
    assert value(by_frame, REAL, MADE, MASK, "mask") == pytest.approx((10 + 20 + 60) / 3)
    sums = summed(sums_at=lambda moment, region: (float(moment.made[moment.areas[region]].sum()),), **DECLARED)
    assert value(sums, REAL, MADE, MASK, "mask") == pytest.approx((4 * 10 + 8 * 20 + 16 * 60) / 28)
    assert value(MAE, REAL, MADE, MASK, "mask") == pytest.approx((4 * 10 + 8 * 20 + 16 * 60) / 28)


def test_a_map_of_two_frames_has_both_of_either_clip_and_counts_pixels_in_the_region_in_both() -> None:
    pairs = mapped(map_of=_change, span=2, **DECLARED)
    real = REAL.copy()
    real[2] = 15
    assert pairs.temporal
    assert value(pairs, real, MADE, MASK, "mask") == pytest.approx((4 * 10 + 8 * (40 - 15)) / 12)
    assert value(pairs, real[:1], MADE[:1]) == "a clip of one frame shows no change over time"


def test_a_map_within_a_region_is_handed_it_and_is_local() -> None:
    seen: list[int] = []

    def within(real: Pixels, made: Pixels, area: np.ndarray) -> np.ndarray:
        seen.append(int(area.sum()))
        return np.where(area, made.astype(float), np.nan)

    metric = mapped(map_of=within, within_region=True, **DECLARED)
    assert value(metric, REAL, MADE, MASK, "mask") == pytest.approx((4 * 10 + 8 * 20 + 16 * 60) / 28)
    assert seen == [4, 8, 16]
    assert metric.local


def test_several_maps_and_a_margin_come_to_one_value_of_their_means() -> None:
    def two(moment: Moment) -> np.ndarray:
        return np.stack([moment.made[1:-1, 1:-1].astype(float), np.full((6, 6), 2.0)])

    metric = mapped(map_at=two, margin=1, value_of=lambda means: means[0] / means[1], **DECLARED)
    assert value(metric, REAL, MADE) == pytest.approx((10 + 20 + 60) / 3 / 2)
    assert value(metric, REAL, MADE, MASK, "mask") == pytest.approx((1 * 10 + 3 * 20 + 9 * 60) / 13 / 2)


def test_pixels_of_which_one_map_is_nan_count_in_none_and_without_any_there_is_a_reason() -> None:
    def half(real: Pixels, made: Pixels) -> np.ndarray:
        first, second = made.astype(float), np.ones(made.shape)
        second[:, 1:] = np.nan
        return np.stack([first, second])

    metric = mapped(map_of=half, value_of=lambda means: means[0] + means[1], **DECLARED)
    assert value(metric, REAL, MADE, MASK, "mask") == pytest.approx((2 * 10 + 2 * 20 + 4 * 60) / 8 + 1)
    nowhere = mapped(map_of=lambda real, made: np.full(made.shape, np.nan), **DECLARED)
    assert value(nowhere, REAL, MADE, MASK, "mask") == "no pixel of the mask has a value"


def test_a_number_a_frame_is_the_mean_over_frames_that_have_one() -> None:
    def some(moment: Moment, region: str) -> float | str:
        return "too dark" if moment.made[0, 0] < 15 else float(moment.made[0, 0])

    assert value(framed(value_of_frame=some, **DECLARED), REAL, MADE) == pytest.approx(40)
    assert value(framed(value_of_frame=some, **DECLARED), REAL[:1], MADE[:1]) == "too dark"
    steps = framed(value_of_frame=lambda moment, region: 1.0, span=2, **DECLARED)
    assert steps.temporal
    assert value(steps, REAL, MADE) == 1.0


def test_a_factory_leaves_a_declaration_as_it_is_but_for_what_it_knows() -> None:
    made: list[Metric] = [
        mapped(map_of=_error, **DECLARED), framed(value_of_frame=lambda moment, region: 0.0, **DECLARED),
        clipwise(start=MAE.start, **DECLARED), summed(sums_at=lambda moment, region: (0.0,), **DECLARED),
    ]  # fmt: skip
    assert [(each.temporal, each.local) for each in made] == [(False, False)] * 3 + [(False, True)]
    for metric in made:
        assert {key: getattr(metric, key) for key in DECLARED} == DECLARED


def test_a_mapped_metric_has_one_map_and_one_within_a_region_no_shared_one() -> None:
    at = {"map_at": lambda moment: REAL[0]}
    wrong: list[dict[str, Any]] = [{}, {"map_of": _error, **at}, {"within_region": True, **at}]
    for asked in wrong:
        with pytest.raises(ValueError, match="metric m: give either map_of or map_at"):
            mapped(**asked, **DECLARED)
