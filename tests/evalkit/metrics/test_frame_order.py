"""Frames in the wrong place: drops and repeats worked by hand, and a plain search over lags."""

import numpy as np
import pytest

from evalkit.metrics.declare import Metric
from evalkit.metrics.frame_order import (
    DROPPED_SHARE,
    MISALIGNED_SHARE,
    REPEATED_SHARE,
    Neighbourhood,
    best_lags,
    shares,
)
from tests.evalkit.metrics.one_value import Pixels, number, value
from tests.evalkit.metrics.simulated import speckle

EVERYWHERE = np.ones((18, 21), np.bool_)


def _clip(seed: int, frames: int = 12, speed: int = 2) -> Pixels:
    """Speckle that moves down by `speed` pixels a frame."""
    whole = speckle(seed, 18 + speed * frames, 21, (1.5, 1.5))
    return np.stack([whole[speed * (frames - t) :][:18] for t in range(frames)])


def _lags(real: Pixels, made: Pixels) -> list[int]:
    around = Neighbourhood()
    ready = [around.add(r, m, {"frame": EVERYWHERE}) for r, m in zip(real, made, strict=True)]
    known = [one for one in ready if one is not None]
    return [best_lags(*one)["frame"] for one in (*known, *around.finish())]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (range(12), [0] * 12),
        ([0, 1, 2, 2, 4, 5, 6, 7, 8, 9, 10, 11], [0, 0, 0, -1] + [0] * 8),  # one frame shown twice
        ([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 11], [0, 0, 0] + [1] * 8 + [0]),  # one left out, the end held
        ([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0] + [-1] * 11),  # late from the second frame on
        ([0, 1, 5, 6, 4, 5, 6, 7, 8, 9, 10, 11], [0, 0, 3, 3] + [0] + [0] * 7),
    ],
)
def test_lag_says_which_real_frame_is_shown(shown: list[int], expected: list[int]) -> None:
    real = _clip(1)
    assert _lags(real, real[list(shown)]) == expected


def test_it_does_so_under_noise_and_another_brightness() -> None:
    real = _clip(2)
    late = real[[0, *range(11)]].astype(float) * 0.95 + 8 + np.random.default_rng(3).normal(0, 3, real.shape)
    assert _lags(real, np.clip(late, 0, 255).astype(np.uint8)) == [0] + [-1] * 11


def test_a_still_clip_and_one_that_only_has_noise_raise_no_alarm() -> None:
    still = np.stack([_clip(4)[0]] * 8)
    assert _lags(still, still) == [0] * 8
    assert _lags(still, _clip(5)[:8]) == [0] * 8
    rng = np.random.default_rng(6)
    grainy, other = (np.clip(still + rng.normal(0, 3, still.shape), 0, 255).astype(np.uint8) for _ in range(2))
    assert _lags(grainy, other) == [0] * 8
    assert _lags(grainy, grainy) == [0] * 8


def test_a_translation_unlike_all_real_frames_raises_no_alarm() -> None:
    assert _lags(_clip(7), _clip(8)) == [0] * 12


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 6])
def test_every_frame_of_a_short_clip_gets_one_lag(frames: int) -> None:
    clip = _clip(9)[:frames]
    assert _lags(clip, clip) == [0] * frames


def test_lags_agree_with_a_plain_search_over_the_whole_clip() -> None:
    real = _clip(10, 14)
    order = np.clip(np.arange(14) + np.random.default_rng(11).integers(-3, 4, 14), 0, 13)
    found = _lags(real, real[order])
    for t, lag in enumerate(found):
        window = range(max(t - 3, 0), min(t + 4, 14))
        errors = {k - t: np.abs(real[k].astype(float) - real[order[t]]).mean() for k in window}
        assert errors[lag] == min(errors.values()) == 0


def test_each_region_has_its_own_lag_and_an_empty_one_none() -> None:
    real = _clip(12)
    left = np.zeros_like(EVERYWHERE)
    left[:, :10] = True
    made = np.where(left, real[4], real[6])
    areas = {"left": left, "right": ~left, "nothing": np.zeros_like(left)}
    assert best_lags(made, list(real[3:8]), 2, areas) == {"left": -1, "right": 1}


def test_shares_by_hand() -> None:
    """Of five frames three are out of place; of four steps two go ahead and one back."""
    assert shares([0, 1, 1, 2, -1]) == (0.8, 0.5, 0.25)
    assert shares([0, 0]) == (0.0, 0.0, 0.0)


def test_of_a_clip_the_shares_are_those_of_its_lags() -> None:
    real = _clip(13)
    made = real[[0, 1, 2, 4, 5, 6, 7, 7, 8, 9, 10, 11]]  # one left out at step 3, one shown twice at step 7
    lags = _lags(real, made)
    assert lags == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert value(MISALIGNED_SHARE, real, made) == pytest.approx(4 / 12)
    assert value(DROPPED_SHARE, real, made) == pytest.approx(1 / 11)
    assert value(REPEATED_SHARE, real, made) == pytest.approx(1 / 11)


@pytest.mark.parametrize("metric", [MISALIGNED_SHARE, DROPPED_SHARE, REPEATED_SHARE])
def test_identical_clips_have_0_and_one_frame_or_no_region_none(metric: Metric) -> None:
    real = _clip(14)
    assert value(metric, real, real) == 0
    assert value(metric, real[:1], real[:1]) == "a clip of one frame shows no change over time"
    assert value(metric, real, real, region="mask") == "the mask is empty in every two frames that follow each other"
    assert value(metric, real[:2, :1, :1], real[:2, :1, :1]) == 0
    assert "seam" not in metric.regions


def test_more_dropped_frames_give_a_higher_share() -> None:
    real = _clip(15, 24)
    values = []
    for dropped in ([], [5], [5, 12, 19]):
        kept = [t for t in range(24) if t not in dropped]
        kept += [23] * (24 - len(kept))
        values.append(number(value(DROPPED_SHARE, real, real[kept])))
    assert values == pytest.approx([0, 1 / 23, 3 / 23])


def test_of_several_frames_that_are_nearer_than_its_own_the_nearest_counts_and_of_two_alike_the_one_beside_it() -> None:
    levels = [np.full((4, 4), level, np.uint8) for level in (10, 20, 30, 40, 50, 60)]
    everywhere = {"frame": np.ones((4, 4), np.bool_)}
    assert best_lags(levels[2], levels, 5, everywhere) == {"frame": -3}
    around = [np.full((4, 4), level, np.uint8) for level in (20, 40, 90)]
    assert best_lags(levels[2], around, 2, everywhere) == {"frame": -1}
