"""Frozen frames by hand, and against SciPy's city-block distance."""

import numpy as np
import pytest
from scipy.spatial.distance import cityblock

from evalkit.metrics.frozen import FROZEN_SHARE, is_frozen, mean_change
from tests.evalkit.metrics.one_value import Pixels, value


def test_mean_change_agrees_with_the_city_block_distance_of_scipy() -> None:
    first, second = np.random.default_rng(1).integers(0, 256, (2, 17, 13), dtype=np.uint8)
    area = np.random.default_rng(2).random((17, 13)) < 0.4
    expected = cityblock(first[area].astype(int), second[area].astype(int)) / area.sum()
    assert mean_change(first, second, area) == pytest.approx(expected, abs=1e-12)


def test_change_of_the_full_range_in_both_directions() -> None:
    first, second = np.array([[0, 255]], np.uint8), np.array([[255, 0]], np.uint8)
    assert mean_change(first, second, np.ones((1, 2), np.bool_)) == 255


@pytest.mark.parametrize(
    ("real", "made", "expected"),
    [
        (5.0, 0.0, True),
        (5.0, 0.5, True),  # a codec's noise
        (5.0, 0.51, False),
        (5.0, 5.0, False),
        (1.0, 0.0, True),
        (0.99, 0.0, None),  # the real clip is all but still: no alarm
        (0.0, 0.0, None),
        (0.0, 9.0, None),
    ],
)
def test_a_step_is_frozen_where_the_real_clip_moves_and_the_translation_does_not(
    real: float, made: float, expected: bool | None
) -> None:
    assert is_frozen(real, made) is expected


def _clip(frames: int = 9) -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (frames, 15, 17), dtype=np.uint8)


def test_share_is_of_the_steps_in_which_the_real_clip_moves() -> None:
    real = _clip()
    real[4] = real[3]  # really still there: seven moving steps are left
    made = real.copy()
    made[7:] = made[6]  # two steps stand still
    assert value(FROZEN_SHARE, real, made) == pytest.approx(2 / 7)
    assert value(FROZEN_SHARE, real, real) == 0


def test_a_clip_that_is_really_still_raises_no_alarm() -> None:
    still = np.stack([_clip()[0]] * 5)
    assert value(FROZEN_SHARE, still, still) == "the real clip does not move in the frame"


def test_a_fill_that_stands_still_shows_in_the_mask_alone() -> None:
    real = _clip()
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 3:9, 2:11] = True
    made = np.where(mask, real[0], real)
    assert value(FROZEN_SHARE, real, made, mask, "mask") == 1
    assert value(FROZEN_SHARE, real, made, mask, "unmasked") == 0


def test_more_frames_held_give_a_higher_share() -> None:
    real = _clip()
    values = [value(FROZEN_SHARE, real, real[np.arange(9) // every * every]) for every in (1, 2, 3, 9)]
    assert values == [0, 0.5, 0.75, 1]


def test_one_frame_and_an_empty_mask_have_none() -> None:
    assert value(FROZEN_SHARE, _clip(1), _clip(1)) == "a clip of one frame shows no change over time"
    nothing = value(FROZEN_SHARE, _clip(), _clip(), region="mask")
    assert nothing == "the mask is empty in every two frames that follow each other"


def test_what_moves_outside_the_region_does_not_make_it_move() -> None:
    real = _clip()
    mask = np.zeros(real.shape, np.bool_)
    mask[:, 3:9, 2:11] = True
    real = np.where(mask, real[0], real)
    assert value(FROZEN_SHARE, real, real, mask, "mask") == "the real clip does not move in the mask"
    assert value(FROZEN_SHARE, real, real, mask, "unmasked") == 0


def test_of_a_mask_that_moves_what_is_in_it_in_both_frames_counts() -> None:
    real = np.stack([_clip()[0]] * 2)
    mask = np.zeros(real.shape, np.bool_)
    mask[0, 3:9], mask[1, 6:12] = True, True
    real[1, 3:6] += 50  # in the mask of the first frame alone
    assert value(FROZEN_SHARE, real, real, mask, "mask") == "the real clip does not move in the mask"
