"""Mean, spread and median over time are numpy's to the last bit, however the stack lies in memory."""

import numpy as np
import pytest
from numpy.typing import NDArray

from translator.regions import over_time
from translator.regions.over_time import mean_over_time, median_over_time, spread_over_time


def _frames(count: int, *shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(count).integers(0, 256, (count, *shape)).astype(np.uint8)


@pytest.fixture(autouse=True, params=[1, 200, 1 << 20])
def _block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_time, "_BLOCK", request.param)


@pytest.mark.parametrize("count", [*range(1, 18), 31, 32, 33])
def test_the_median_is_that_of_numpy_rounded_down(count: int) -> None:
    frames = _frames(count, 5, 7, 3)
    assert np.array_equal(median_over_time(frames), np.median(frames, axis=0).astype(np.uint8))


@pytest.mark.parametrize("count", [1, 2, 7, 32, 33])
def test_mean_and_spread_are_those_of_numpy(count: int) -> None:
    frames = _frames(count, 9, 11)
    assert np.array_equal(mean_over_time(frames), frames.mean(axis=0))
    assert np.array_equal(spread_over_time(frames), frames.astype(np.float32).std(axis=0))


def test_a_view_of_other_strides_gives_the_same() -> None:
    frames = _frames(8, 9, 11, 3)
    for view in (frames[..., 1], frames[:, :, ::-1, 0]):
        assert np.array_equal(spread_over_time(view), np.ascontiguousarray(view).astype(np.float32).std(axis=0))
        assert np.array_equal(median_over_time(view), np.median(view, axis=0).astype(np.uint8))


def test_the_frames_are_left_as_they_were() -> None:
    frames = _frames(6, 9, 11)
    before = frames.copy()
    median_over_time(frames)
    assert np.array_equal(frames, before)


def test_no_pixels_have_no_spread() -> None:
    assert spread_over_time(np.empty((8, 0), np.uint8)).shape == (0,)
