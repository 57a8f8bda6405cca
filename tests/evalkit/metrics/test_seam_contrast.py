"""Contrast across the seam: against loops over the border, and steps by hand."""

import numpy as np
import pytest
from scipy import ndimage

from evalkit.metrics.seam_contrast import SEAM_FLICKER, SEAM_VISIBILITY, border, seam_contrast
from tests.evalkit.metrics.one_value import Pixels, Where, number, value
from tests.evalkit.metrics.simulated import speckle


def _square(height: int = 21, width: int = 26) -> Where:
    hidden = np.zeros((height, width), np.bool_)
    hidden[6:14, 8:17] = True
    return hidden


def test_contrast_agrees_with_loops_over_the_border() -> None:
    frame, rng = speckle(1, 21, 26, (1, 1)), np.random.default_rng(2)
    hidden, sector = _square() ^ (rng.random((21, 26)) < 0.1), np.ones((21, 26), np.bool_)
    sector[:, 15:] = False
    expected = []
    for row, column in np.argwhere(hidden & sector):
        beside = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        if not any(0 <= r < 21 and 0 <= c < 26 and sector[r, c] and not hidden[r, c] for r, c in beside):
            continue
        near = np.s_[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4]
        inside, outside = hidden[near] & sector[near], ~hidden[near] & sector[near]
        expected.append(frame[near][inside].mean() - frame[near][outside].mean())
    assert len(expected) > 20
    np.testing.assert_allclose(seam_contrast(frame, hidden, sector), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("step", [-100, -10, 0, 10, 100])
def test_a_step_is_itself_with_its_sign(step: int) -> None:
    hidden, everywhere = _square(), np.ones((21, 26), np.bool_)
    frame = np.where(hidden, 110 + step, 110).astype(np.uint8)
    np.testing.assert_allclose(seam_contrast(frame, hidden, everywhere), step, rtol=0, atol=1e-9)


def test_the_border_is_the_rim_of_the_hidden_part() -> None:
    hidden, everywhere = _square(), np.ones((21, 26), np.bool_)
    assert border(hidden, everywhere).sum() == 2 * (8 + 9) - 4
    assert not (border(hidden, everywhere) & ~hidden).any()


def test_where_the_mask_ends_at_the_sector_there_is_no_seam() -> None:
    hidden = _square()
    assert not border(hidden, hidden).any()
    assert seam_contrast(speckle(3, 21, 26), hidden, hidden).size == 0
    half = hidden.copy()
    half[:, 20:] = True  # sector: the square, and a strip that does not touch it
    assert not border(hidden, half).any()


@pytest.mark.parametrize("value", [True, False])
def test_a_mask_of_all_or_nothing_has_no_border(value: bool) -> None:
    assert not border(np.full((9, 9), value), np.ones((9, 9), np.bool_)).any()


def test_a_feathered_step_has_less_contrast_than_a_hard_one() -> None:
    hidden, everywhere = _square(), np.ones((21, 26), np.bool_)
    hard = np.where(hidden, 160, 100).astype(np.uint8)
    soft = hard.copy()
    soft[border(hidden, everywhere)] = 130
    assert (
        np.abs(seam_contrast(soft, hidden, everywhere)).mean() < np.abs(seam_contrast(hard, hidden, everywhere)).mean()
    )


def _pair(step: list[int], frames: int = 3) -> tuple[Pixels, Pixels, Where]:
    """A real clip 10 levels brighter within the mask, and one that is `step` brighter."""
    mask = np.stack([_square()] * frames)
    real = np.where(mask, 110, 100).astype(np.uint8)
    made = np.stack([np.where(one, 100 + more, 100) for one, more in zip(mask, step, strict=True)]).astype(np.uint8)
    return real, made, mask


@pytest.mark.parametrize(("step", "expected"), [(10, 1.0), (30, 3.0), (0, 0.0), (-20, 2.0)])
def test_visibility_is_the_ratio_of_the_contrasts(step: int, expected: float) -> None:
    real, made, mask = _pair([step] * 3)
    assert value(SEAM_VISIBILITY, real, made, mask, "seam") == pytest.approx(expected)
    assert value(SEAM_FLICKER, real, made, mask, "seam") == pytest.approx(0)


def test_flicker_is_the_mean_change_of_the_contrast_less_the_real_clips() -> None:
    """10, 14, 4 against a steady 10: changes of 4 and 10."""
    real, made, mask = _pair([10, 14, 4])
    assert value(SEAM_FLICKER, real, made, mask, "seam") == pytest.approx(7)
    assert SEAM_FLICKER.temporal
    assert not SEAM_VISIBILITY.temporal


def test_identical_clips_have_the_best_of_both_also_where_the_mask_moves() -> None:
    real = np.stack([speckle(s, 21, 26) for s in (4, 5, 6)])
    mask = np.stack([np.roll(_square(), shift, axis=1) for shift in (0, 3, 7)])
    assert value(SEAM_VISIBILITY, real, real, mask, "seam") == 1
    assert value(SEAM_FLICKER, real, real, mask, "seam") == 0


def test_a_hole_is_seen_more_than_its_blur_and_that_more_than_the_truth() -> None:
    real = np.stack([speckle(s, 21, 26, (1, 1)) for s in (7, 8)])
    mask = np.stack([_square()] * 2)
    hole = np.where(mask, 0, real).astype(np.uint8)
    soft = np.where(mask, ndimage.gaussian_filter(hole, (0, 2, 2)), real).astype(np.uint8)
    values = [number(value(SEAM_VISIBILITY, real, made, mask, "seam")) for made in (real, soft, hole)]
    assert values == sorted(values)
    assert values[2] > 3


def test_they_say_why_there_is_none() -> None:
    real, made, mask = _pair([10] * 3)
    for metric in (SEAM_VISIBILITY, SEAM_FLICKER):
        assert str(value(metric, real, made, region="seam")).startswith("the seam is empty")
    flat = np.full_like(real, 90)
    found = value(SEAM_VISIBILITY, flat, made, mask, "seam")
    assert found == "the real clip has no contrast there: 0.0 grey levels, 0.5 are needed"
    assert value(SEAM_FLICKER, real[:1], made[:1], mask[:1], "seam") == "a clip of one frame shows no change over time"
    tiny = np.ones((2, 2, 1), np.uint8)
    assert isinstance(value(SEAM_VISIBILITY, tiny, tiny, tiny == 1, "seam"), str)


def test_a_single_hidden_pixel_is_its_own_mean_and_the_only_visible_one_too() -> None:
    frame, everywhere = np.full((9, 9), 100, np.uint8), np.ones((9, 9), np.bool_)
    frame[4, 4] = 130
    alone = np.zeros((9, 9), np.bool_)
    alone[4, 4] = True
    assert seam_contrast(frame, alone, everywhere).tolist() == [30.0]
    assert seam_contrast(frame, ~alone, everywhere) == pytest.approx(-30.0)


def test_contrast_of_the_real_clip_is_judged_by_its_mean_over_the_border() -> None:
    mask = np.stack([_square()] * 4)
    real = np.full(mask.shape, 100, np.uint8)
    real[0][mask[0]] = 101  # a contrast of 1 in a quarter of the frames
    found = value(SEAM_VISIBILITY, real, np.where(mask, 110, 100).astype(np.uint8), mask, "seam")
    assert found == "the real clip has no contrast there: 0.2 grey levels, 0.5 are needed"
    real[1:3][mask[1:3]] = 101
    assert value(SEAM_VISIBILITY, real, np.where(mask, 110, 100).astype(np.uint8), mask, "seam") == pytest.approx(
        10 / 0.75
    )
