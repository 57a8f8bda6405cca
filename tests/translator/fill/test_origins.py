"""Classes of origin and their counts, by hand."""

import numpy as np
import pytest

from translator.errors import InputError
from translator.fill.origins import CARRIED_OVER, INVENTED, MEASURED, OriginCount, origin_classes
from translator.fill.prior import phase_prior


def test_a_hidden_pixel_is_carried_over_from_a_confidence_of_one_half_and_a_visible_one_is_measured() -> None:
    mask = np.array([[True, True, True, True, False, False]])
    confidence = np.array([[0.0, 0.49, 0.5, 1.0, 1.0, 0.0]], np.float32)
    classes = origin_classes(mask, confidence)
    assert classes.dtype == np.uint8
    assert classes.tolist() == [[INVENTED, INVENTED, CARRIED_OVER, CARRIED_OVER, MEASURED, MEASURED]]
    assert (MEASURED, CARRIED_OVER, INVENTED) == (0, 128, 255)


def test_what_no_frame_shows_is_invented_and_what_like_frames_show_is_carried_over() -> None:
    grey = np.random.default_rng(0).integers(40, 200, (1, 40, 40), dtype=np.uint8).repeat(6, axis=0)
    mask = np.zeros(grey.shape, np.bool_)
    mask[:, 5:10, 5:10] = True  # in every frame
    mask[2, 20:30, 20:30] = True  # in one of six that are alike
    classes = origin_classes(mask, phase_prior(grey, mask).confidence)
    assert (classes[:, 5:10, 5:10] == INVENTED).all()
    assert (classes[2, 20:30, 20:30] == CARRIED_OVER).all()
    assert (classes[~mask] == MEASURED).all()


def test_a_single_frame_has_nothing_to_carry_over() -> None:
    grey = np.full((1, 16, 16), 90, np.uint8)
    mask = np.zeros(grey.shape, np.bool_)
    mask[0, 4:8, 4:8] = True
    assert set(np.unique(origin_classes(mask, phase_prior(grey, mask).confidence))) == {MEASURED, INVENTED}


def test_counts_are_added_and_shares_are_of_the_hidden_pixels() -> None:
    classes = np.array([[0, 128, 128, 255]], np.uint8)
    error = np.array([[0, 4, 8, 20]], np.uint8)  # 1, 2 and 5 grey levels
    first = OriginCount.of(classes, error, "clip")
    assert (first.hidden, first.carried_over, first.invented) == (3, 2, 1)
    assert first.mean_uncertainty == pytest.approx(8 / 3)
    both = first + OriginCount.of(np.full((1, 3), 255, np.uint8), None, "clip")
    assert (both.carried_over_share, both.invented_share) == (2 / 6, 4 / 6)
    assert both.mean_uncertainty == pytest.approx(8 / 3)  # of those that have one


def test_without_hidden_pixels_there_are_no_shares() -> None:
    none = OriginCount.of(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8), "clip")
    assert (none.carried_over_share, none.invented_share, none.mean_uncertainty) == (None, None, None)


def test_a_value_that_is_no_class_is_named() -> None:
    with pytest.raises(InputError, match="mine: evidence: has the value 7"):
        OriginCount.of(np.array([[0, 7, 128]], np.uint8), None, "mine")
