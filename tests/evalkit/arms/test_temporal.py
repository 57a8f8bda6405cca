"""Fills from other frames, by hand. Frames are (T, H, W) uint8; the mask is True where hidden."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.arms.temporal import nearest_in_time, temporal_fill, temporal_median
from translator.fill.prior import phase_prior

Pixels = NDArray[np.uint8]
Where = NDArray[np.bool_]
Fill = Callable[[Pixels, Where], Pixels]


def _column(values: Sequence[int], hidden: Sequence[int]) -> tuple[Pixels, Where]:
    """One pixel through time amid visible 8 x 8 frames of 200."""
    frames = np.full((len(values), 8, 8), 200, np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    frames[:, 4, 4], mask[:, 4, 4] = values, hidden
    return frames, mask


def test_median_fills_a_hidden_pixel_with_the_median_of_when_it_was_visible() -> None:
    frames, mask = _column([10, 99, 30, 70, 99], [0, 1, 0, 0, 1])
    made = temporal_median(frames, mask)
    assert made[:, 4, 4].tolist() == [10, 30, 30, 70, 30]


def test_median_of_an_even_number_of_values_is_their_middle() -> None:
    frames, mask = _column([10, 21, 99], [0, 0, 1])
    assert temporal_median(frames, mask)[2, 4, 4] == 16  # 15.5, to the even neighbour


def test_median_leaves_every_visible_pixel_as_it_was() -> None:
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (6, 12, 12), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.4
    made = temporal_median(frames, mask)
    np.testing.assert_array_equal(made[~mask], frames[~mask])
    assert (made[mask] != frames[mask]).any()


def test_median_agrees_with_numpys_masked_median_where_a_pixel_was_ever_visible() -> None:
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (7, 9, 11), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.5
    mask[:, 4, 5] = True  # never visible
    expected = np.ma.median(np.ma.array(frames.astype(float), mask=mask), axis=0)  # type: ignore[no-untyped-call]
    known = ~np.ma.getmaskarray(expected)
    wanted = np.broadcast_to(np.rint(expected.filled(0)), frames.shape)
    chosen = mask & known
    np.testing.assert_array_equal(temporal_median(frames, mask)[chosen], wanted[chosen])


def test_a_pixel_that_is_never_visible_gets_teleas_fill() -> None:
    rng = np.random.default_rng(3)
    frames = rng.integers(50, 200, (3, 20, 20), dtype=np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    mask[:, 8:11, 8:11] = True
    mask[0, 2, 2] = True  # seen in frames 1 and 2
    made = temporal_median(frames, mask)
    for t in range(3):
        telea = cv2.inpaint(frames[t], mask[t].astype(np.uint8), 3, cv2.INPAINT_TELEA)
        np.testing.assert_array_equal(made[t, 8:11, 8:11], telea[8:11, 8:11])
    assert made[0, 2, 2] == np.rint((int(frames[1, 2, 2]) + int(frames[2, 2, 2])) / 2)


def test_median_without_anything_hidden_changes_nothing() -> None:
    frames = np.random.default_rng(4).integers(0, 256, (3, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(temporal_median(frames, np.zeros(frames.shape, np.bool_)), frames)


def test_nearest_takes_the_value_of_the_nearest_frame_and_of_two_the_earlier() -> None:
    frames, mask = _column([10, 99, 99, 99, 50, 99, 99], [0, 1, 1, 1, 0, 1, 1])
    assert nearest_in_time(frames, mask)[:, 4, 4].tolist() == [10, 10, 10, 50, 50, 50, 50]


def test_nearest_agrees_with_a_search_pixel_by_pixel() -> None:
    rng = np.random.default_rng(7)
    frames = rng.integers(0, 256, (9, 6, 5), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.6
    made = nearest_in_time(frames, mask)
    telea = [cv2.inpaint(f, m.astype(np.uint8), 3, cv2.INPAINT_TELEA) for f, m in zip(frames, mask, strict=True)]
    for t, i, j in np.ndindex(frames.shape):
        shown = [s for s in range(9) if not mask[s, i, j]]
        nearest = min(shown, key=lambda s: (abs(s - t), s), default=None)
        assert made[t, i, j] == (telea[t][i, j] if nearest is None else frames[nearest, i, j])


def test_the_fill_in_time_is_the_phase_prior_in_whole_grey_levels() -> None:
    rng = np.random.default_rng(8)
    frames = rng.integers(0, 256, (5, 20, 20), dtype=np.uint8)
    mask = rng.random(frames.shape) < 0.3
    made = temporal_fill(frames, mask)
    assert made.dtype == np.uint8
    assert np.abs(made - phase_prior(frames, mask).value).max() <= 0.5
    np.testing.assert_array_equal(made[~mask], frames[~mask])


@pytest.mark.parametrize("fill", [temporal_median, nearest_in_time])
def test_a_still_gets_teleas_fill(fill: Fill) -> None:
    frames = np.random.default_rng(9).integers(50, 200, (1, 20, 20), dtype=np.uint8)
    mask = np.zeros(frames.shape, np.bool_)
    mask[0, 8:11, 8:11] = True
    telea = cv2.inpaint(frames[0], mask[0].astype(np.uint8), 3, cv2.INPAINT_TELEA)
    np.testing.assert_array_equal(fill(frames, mask)[0], telea)


def test_the_generators_fill_of_a_still_is_teleas_from_pixels_that_do_not_touch_the_mask() -> None:
    frames = np.random.default_rng(9).integers(50, 200, (1, 20, 20), dtype=np.uint8)
    mask, wider = np.zeros(frames.shape, np.bool_), np.zeros((20, 20), np.uint8)
    mask[0, 8:11, 8:11] = True
    wider[7:12, 7:12] = 1
    telea = cv2.inpaint(frames[0], wider, 3, cv2.INPAINT_TELEA)
    np.testing.assert_array_equal(temporal_fill(frames, mask)[0], np.where(mask[0], telea, frames[0]))
