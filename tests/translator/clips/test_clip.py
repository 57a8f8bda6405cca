"""Clip: luma, windows, and streams that lie about their length or frame size."""

from collections.abc import Iterator
from itertools import islice

import cv2
import numpy as np
import pytest

from translator.clips.clip import Clip, Frame, Header, grey_clip, mask_clip, to_grey
from translator.errors import InputError


def _numbered(frames: int) -> Clip:
    """Frame t is 2 x 3 pixels of the value t."""
    return Clip.from_array(np.arange(frames, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(3, 2), fps=20.0)


def test_luma_of_every_grey_level_is_that_level() -> None:
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_grey(np.stack([levels] * 3, axis=-1)), levels)


@pytest.mark.parametrize(
    ("rgb", "luma"),
    [((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29), ((200, 100, 50), 124), ((255, 255, 255), 255)],
)
def test_luma_worked_by_hand(rgb: tuple[int, int, int], luma: int) -> None:
    # 0.299 R + 0.587 G + 0.114 B: 76.2, 149.7, 29.1, 124.2, 255
    assert to_grey(np.array([[rgb]], np.uint8)).item() == luma


def test_luma_agrees_with_opencv_within_one_level() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    expected = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]).astype(int)
    assert np.abs(to_grey(frames).astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("frames", "n", "overlap", "expected"),
    [
        (10, 4, 1, [(0, [0, 1, 2, 3]), (3, [3, 4, 5, 6]), (6, [6, 7, 8, 9])]),
        (11, 4, 1, [(0, [0, 1, 2, 3]), (3, [3, 4, 5, 6]), (6, [6, 7, 8, 9]), (9, [9, 10])]),
        (7, 5, 2, [(0, [0, 1, 2, 3, 4]), (3, [3, 4, 5, 6])]),
        (4, 2, 0, [(0, [0, 1]), (2, [2, 3])]),
        (3, 8, 4, [(0, [0, 1, 2])]),
    ],
)
def test_windows_worked_by_hand(frames: int, n: int, overlap: int, expected: list[tuple[int, list[int]]]) -> None:
    found = [(start, window[:, 0, 0].tolist()) for start, window in _numbered(frames).windows(n, overlap)]
    assert found == expected


@pytest.mark.parametrize("frames", range(1, 12))
def test_windows_of_every_size_reassemble_the_clip(frames: int) -> None:
    clip = _numbered(frames)
    for n in range(1, 7):
        for overlap in range(n):
            windows = list(clip.windows(n, overlap))
            assert [len(window) for _, window in windows[:-1]] == [n] * (len(windows) - 1)
            whole = [windows[0][1]] + [window[overlap:] for _, window in windows[1:]]
            assert np.array_equal(np.concatenate(whole), clip.array())
            assert [start for start, _ in windows] == [i * (n - overlap) for i in range(len(windows))]
            assert all(len(window) > overlap for _, window in windows[1:])  # none says only what was said


@pytest.mark.parametrize(("n", "overlap"), [(0, 0), (4, 4), (4, -1)])
def test_windows_that_would_not_advance_are_refused(n: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=f"got n={n}, overlap={overlap}"):
        next(_numbered(5).windows(n, overlap))


def test_a_window_is_given_before_the_rest_of_the_clip_is_read() -> None:
    read: list[int] = []

    def stream() -> Iterator[Frame]:
        for index in range(1000):
            read.append(index)
            yield np.full((2, 2), index % 256, np.uint8)

    next(Clip(Header(1000, 2, 2, 1), stream).windows(8, 2))
    assert len(read) <= 9


def test_each_stream_starts_from_the_first_frame() -> None:
    clip = _numbered(4)
    next(clip.frames())
    assert [int(frame[0, 0]) for frame in clip.frames()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 4, 5), np.float32),
        np.zeros((2, 4, 5), np.bool_),
        np.zeros((4, 5), np.uint8),
        np.zeros((2, 4, 5, 4), np.uint8),
    ],
    ids=["float", "bool", "one picture", "four channels"],
)
def test_an_array_that_is_no_clip_is_refused_with_its_dtype_and_shape(frames: Frame) -> None:
    with pytest.raises(InputError) as caught:
        Clip.from_array(frames, source="scan 7")
    text = str(caught.value)
    assert text.startswith("scan 7: ")
    assert str(frames.dtype) in text
    assert str(frames.shape) in text
    assert "uint8" in caught.value.faults[0].remedy


def test_the_header_follows_the_array() -> None:
    clip = Clip.from_array(np.zeros((2, 4, 5, 3), np.uint8), 12.5, (0.1, 0.2), "x")
    assert clip.header == Header(2, 4, 5, 3, 12.5, (0.1, 0.2), "x")
    assert clip.header.shape == (2, 4, 5, 3)
    assert clip.header.nbytes == 120
    assert Header(5000, 708, 1016, 3).nbytes == 10_789_920_000


def _clip_of(frames: list[Frame], announced: int) -> Clip:
    return Clip(Header(announced, 2, 3, 1, source="tape"), lambda: iter(frames))


def test_a_stream_that_ends_early_says_how_many_frames_there_were() -> None:
    clip = _clip_of([np.zeros((2, 3), np.uint8)] * 4, 6)
    with pytest.raises(InputError, match="tape: 4 frames were decoded, the header says 6"):
        clip.array()


def test_a_stream_that_runs_on_is_refused_after_the_last_frame() -> None:
    clip = _clip_of([np.zeros((2, 3), np.uint8)] * 9, 6)
    stream = clip.frames()
    assert [frame.shape for frame in islice(stream, 6)] == [(2, 3)] * 6
    with pytest.raises(InputError, match="tape: more than 6 frames were decoded, the header says 6"):
        next(stream)


@pytest.mark.parametrize("odd", [np.zeros((3, 2), np.uint8), np.zeros((2, 3), np.uint16)], ids=["size", "dtype"])
def test_a_frame_of_another_size_or_dtype_is_named(odd: Frame) -> None:
    fine = np.zeros((2, 3), np.uint8)
    with pytest.raises(InputError) as caught:
        _clip_of([fine, fine, odd, fine], 4).array()
    assert caught.value.faults[0].where == "tape: frame 2"
    assert str(odd.shape) in caught.value.faults[0].what


def test_a_clip_too_large_for_one_array_is_refused_before_it_is_read() -> None:
    def stream() -> Iterator[Frame]:
        raise AssertionError("must not be read")

    with pytest.raises(InputError, match=r"10\.8 GB") as caught:
        Clip(Header(5000, 708, 1016, 3), stream).array()
    assert "windows" in caught.value.faults[0].remedy
    with pytest.raises(InputError):
        _numbered(5).array(limit_bytes=29)
    assert _numbered(5).array(limit_bytes=30).shape == (5, 2, 3)


def test_mapped_is_lazy_and_keeps_rate_spacing_and_size() -> None:
    called: list[int] = []

    def invert(frame: Frame) -> Frame:
        called.append(1)
        return (255 - frame).astype(np.uint8)

    source = Clip.from_array(np.full((3, 2, 2), 10, np.uint8), 30.0, (0.1, 0.2))
    mapped = source.mapped(invert, 1)
    assert not called
    assert mapped.header == source.header
    assert np.array_equal(mapped.array(), np.full((3, 2, 2), 245))


def test_the_grey_of_a_grey_clip_is_the_clip_itself() -> None:
    clip = _numbered(2)
    assert grey_clip(clip) is clip
    colour = Clip.from_array(np.full((2, 3, 4, 3), (200, 100, 50), np.uint8), 9.0)
    assert grey_clip(colour).header.shape == (2, 3, 4)
    assert np.array_equal(grey_clip(colour).array(), np.full((2, 3, 4), 124))


def test_a_mask_travels_as_0_and_255_with_the_rate_of_its_clip() -> None:
    mask = np.zeros((2, 2, 3), np.bool_)
    mask[1, 0, 2] = True
    clip = mask_clip(mask, _numbered(2))
    assert clip.header.fps == 20.0
    assert clip.array().tolist() == [[[0, 0, 0], [0, 0, 0]], [[0, 0, 255], [0, 0, 0]]]
