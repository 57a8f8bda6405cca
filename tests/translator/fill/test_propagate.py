"""Propagation: nearest visible value before and after, worked by hand."""

import numpy as np
import pytest

from translator.fill.propagate import propagate


def _line(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)[:, None, None]


def test_one_pixel_over_six_frames_worked_by_hand() -> None:
    grey = _line([9, 10, 9, 9, 50, 9])
    mask = _line([1, 0, 1, 1, 0, 1]).astype(np.bool_)
    forward, backward = propagate(grey, mask)
    assert forward.value.ravel().tolist() == [0, 10, 10, 10, 50, 50]
    assert forward.nearness.ravel() == pytest.approx([0, 1, 1 / 2, 1 / 3, 1, 1 / 2])
    assert backward.value.ravel().tolist() == [10, 10, 50, 50, 50, 0]
    assert backward.nearness.ravel() == pytest.approx([1 / 2, 1, 1 / 3, 1 / 2, 1, 0])


def test_a_pixel_that_is_never_seen_has_no_nearness() -> None:
    forward, backward = propagate(_line([7, 7, 7]), np.ones((3, 1, 1), np.bool_))
    for found in (forward, backward):
        assert found.value.tolist() == [[[0]], [[0]], [[0]]]
        assert found.nearness.tolist() == [[[0]], [[0]], [[0]]]


def test_every_pixel_agrees_with_a_search_along_time() -> None:
    rng = np.random.default_rng(0)
    grey = rng.uniform(0, 255, (7, 4, 5)).astype(np.float32)
    mask = rng.random((7, 4, 5)) < 0.6
    forward, backward = propagate(grey, mask)
    for t, row, column in np.ndindex(7, 4, 5):
        seen = np.flatnonzero(~mask[:, row, column])
        for found, times in ((forward, seen[seen <= t]), (backward, seen[seen >= t])):
            if len(times):
                nearest = times[np.abs(times - t).argmin()]
                assert found.value[t, row, column] == grey[nearest, row, column]
                assert found.nearness[t, row, column] == pytest.approx(1 / (1 + abs(nearest - t)))
            else:
                assert found.nearness[t, row, column] == 0


def test_visible_pixels_keep_their_value() -> None:
    grey = np.random.default_rng(0).uniform(0, 255, (5, 3, 3)).astype(np.float32)
    forward, backward = propagate(grey, np.zeros((5, 3, 3), np.bool_))
    for found in (forward, backward):
        assert np.array_equal(found.value, grey)
        assert (found.nearness == 1).all()


def test_only_donors_are_carried_on() -> None:
    grey = _line([10, 20, 0, 0, 50])
    mask = _line([0, 0, 1, 1, 0]).astype(np.bool_)
    donors = _line([1, 0, 0, 0, 0]).astype(np.bool_)
    forward, backward = propagate(grey, mask, donors)
    assert forward.value.ravel().tolist() == [10, 20, 10, 10, 50]
    assert forward.nearness.ravel() == pytest.approx([1, 1, 1 / 3, 1 / 4, 1])
    assert backward.value.ravel().tolist() == [10, 20, 0, 0, 50]
    assert backward.nearness.ravel().tolist() == [1, 1, 0, 0, 1]
