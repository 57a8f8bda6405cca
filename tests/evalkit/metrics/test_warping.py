"""Warping error: a shift worked by hand, and against SciPy's interpolation with loops for what is occluded."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from evalkit.metrics.measure import measure_pair
from evalkit.metrics.warping import WARPING_ERROR, motion, warped_error
from translator.clips.clip import Clip, mask_clip

Pixels = NDArray[np.uint8]
DOWN, RIGHT = 3, 2


def _speckle(seed: int, height: int, width: int) -> Pixels:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((height, width)), 2)
    return np.asarray(np.clip(128 + 60 * noise / noise.std(), 0, 255), np.uint8)


def _moving(seed: int) -> Pixels:
    """A pair of 60 x 70: speckle that moves 3 pixels down and 2 to the right."""
    whole = _speckle(seed, 80, 90)
    return np.stack([whole[10:70, 10:80], whole[10 - DOWN : 70 - DOWN, 10 - RIGHT : 80 - RIGHT]])


def _value(reference: Pixels, test: Pixels) -> float | str:
    real, made = Clip.from_array(reference), Clip.from_array(test)
    everywhere = np.ones(reference.shape, np.bool_)
    rows = measure_pair(real, made, mask_clip(everywhere, real), everywhere[0], [WARPING_ERROR], ["mask"])
    return rows["warping_error", "mask"]


def test_what_moves_with_the_tissue_has_none_and_what_stands_still_has_that_of_the_shift() -> None:
    reference, other = _moving(1), _moving(2)
    assert np.nanmean(warped_error(reference, other)) < 2e-3  # other texture, the same motion
    still = np.stack([other[0], other[0]])
    shifted = ((other[0, DOWN:, RIGHT:].astype(float) - other[0, :-DOWN, :-RIGHT]) / 255) ** 2
    found = warped_error(reference, still)
    assert np.nanmean(found) == pytest.approx(shifted.mean(), rel=0.1)
    assert np.nanmean(found) > 0.02


def test_without_motion_it_is_the_squared_change_by_hand() -> None:
    frame = _speckle(3, 40, 40)
    reference, test = np.stack([frame, frame]), np.zeros((2, 40, 40), np.uint8)
    test[1] = 51  # a fifth of 255
    np.testing.assert_allclose(warped_error(reference, test), 0.04, rtol=0, atol=1e-12)


def test_what_came_from_outside_the_frame_has_no_value() -> None:
    found = warped_error(_moving(4), _moving(5))
    assert np.isnan(found[: DOWN - 1, 10:-10]).all()
    assert np.isnan(found[10:-10, : RIGHT - 1]).all()
    assert np.isfinite(found[DOWN + 8 : -8, RIGHT + 8 : -8]).mean() > 0.95


def test_map_agrees_with_scipys_interpolation_and_the_occlusion_rule_pixel_by_pixel() -> None:
    """OpenCV rounds positions to 1/32 pixel: up to 1.5e-3 at a pixel of this contrast, 1e-5 in the mean."""
    reference, test = (
        np.stack([_speckle(6, 40, 48), _speckle(7, 40, 48)]),
        np.stack([_speckle(8, 40, 48), _speckle(9, 40, 48)]),
    )
    reference[1] = np.rint(0.8 * reference[0] + 0.2 * reference[1])  # it moves a little and changes in places
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    back, forth = dis.calc(reference[1], reference[0], None), dis.calc(reference[0], reference[1], None)  # type: ignore[call-overload]
    expected = np.full((40, 48), np.nan)
    for row, column in np.ndindex(40, 48):
        dx, dy = (float(v) for v in back[row, column])
        y, x = row + dy, column + dx
        if not (0 <= y <= 39 and 0 <= x <= 47):
            continue
        ex, ey = (ndimage.map_coordinates(forth[..., axis], [[y], [x]], order=1)[0] for axis in (0, 1))
        if (dx + ex) ** 2 + (dy + ey) ** 2 > 0.01 * (dx**2 + dy**2 + ex**2 + ey**2) + 0.5:
            continue
        before = ndimage.map_coordinates(test[0].astype(float), [[y], [x]], order=1)[0]
        expected[row, column] = ((float(test[1, row, column]) - before) / 255) ** 2
    found = warped_error(reference, test)
    assert 0.02 < np.isnan(expected).mean() < 0.98
    assert (np.isnan(found) == np.isnan(expected)).mean() > 0.998  # of the rule's rim
    both = np.isfinite(found) & np.isfinite(expected)
    np.testing.assert_allclose(found[both], expected[both], rtol=0, atol=3e-3)
    assert found[both].mean() == pytest.approx(expected[both].mean(), abs=3e-5)


def test_order_of_the_pair_is_the_real_clips_flow_and_not_the_translations() -> None:
    reference, still = _moving(10), np.stack([_speckle(11, 60, 70)] * 2)
    assert np.nanmean(warped_error(reference, still)) > 10 * np.nanmean(warped_error(still, still))
    np.testing.assert_allclose(warped_error(still, still), 0, atol=1e-12)


def test_value_is_the_mean_over_the_pixels_that_have_one() -> None:
    reference, test = _moving(12), _moving(13)
    assert _value(reference, test) == pytest.approx(np.nanmean(warped_error(reference, test)), abs=1e-15)


def test_frames_that_are_too_small_for_the_flow_have_none_and_say_so() -> None:
    tiny = np.zeros((3, 15, 40), np.uint8)
    assert _value(tiny, tiny) == "no pixel of the mask has a value"
    smallest = np.zeros((2, 16, 400), np.uint8)
    assert _value(smallest, smallest) == 0.0


def test_a_clip_of_one_frame_has_none_and_says_so() -> None:
    one = np.zeros((1, 20, 20), np.uint8)
    assert _value(one, one) == "a clip of one frame shows no change over time"


@pytest.mark.parametrize(("miss", "known"), [(0.0, True), (1.45, True), (-1.45, True), (1.5, False), (-1.8, False)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_motion_that_is_not_undone_by_its_way_back_is_occluded(
    miss: float, known: bool, axis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10 pixels back: |back + forth|^2 <= 0.01 (|back|^2 + |forth|^2) + 0.5 is 2.23 at 1.45, 2.22 at 1.5."""
    back, forth = np.zeros((2, 40, 40, 2), np.float32)
    back[..., axis], forth[..., axis] = 10, -10 + miss
    before, now = _speckle(1, 40, 40), _speckle(2, 40, 40)
    monkeypatch.setattr("evalkit.metrics.warping.flow", lambda first, _: back if first is now else forth)
    found = motion(before, now)
    assert found is not None
    at, where = found
    assert at[5, 5].tolist() == ([15, 5] if axis == 0 else [5, 15])
    assert where[5, 5] == known
    assert not where[35, 35]  # beyond the frame
