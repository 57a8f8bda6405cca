"""Video: what is written as VP9 in MP4 comes back whole, in order and nearly equal."""

from pathlib import Path

import numpy as np
import pytest

from translator.clips.clip import Clip, Frames, to_grey
from translator.clips.video import STILL_FPS, read_video, write_video
from translator.errors import InputError


def _moving(frames: int, height: int, width: int) -> Frames:
    """A smooth wave that moves by 7 pixels a frame."""
    row, column = np.mgrid[0:height, 0:width]
    waves = [127 + 100 * np.sin((row + column + 7 * t) / 9) for t in range(frames)]
    return np.asarray(np.rint(np.stack(waves)), np.uint8)


def test_a_grey_clip_comes_back_with_its_frames_in_order_and_nearly_equal(tmp_path: Path) -> None:
    frames = _moving(6, 48, 64)
    write_video(tmp_path / "a.mp4", Clip.from_array(frames, 20.0))
    clip = read_video(tmp_path / "a.mp4")
    assert clip.header.shape == (6, 48, 64, 3)
    assert clip.header.fps == pytest.approx(20.0)
    grey = to_grey(clip.array()).astype(int)
    distance = np.abs(grey[:, None] - frames[None].astype(int)).mean(axis=(2, 3))
    assert distance.argmin(axis=1).tolist() == [0, 1, 2, 3, 4, 5]
    assert distance.diagonal().max() < 4


def test_colour_keeps_its_channels_apart(tmp_path: Path) -> None:
    frames = np.zeros((3, 32, 48, 3), np.uint8)
    frames[:, :, :16], frames[:, :, 16:32], frames[:, :, 32:] = (200, 40, 30), (30, 180, 40), (40, 30, 210)
    write_video(tmp_path / "a.mp4", Clip.from_array(frames, 25.0))
    seen = read_video(tmp_path / "a.mp4").array()[:, 8:24, [8, 24, 40]].astype(int)
    wanted = np.array([(200, 40, 30), (30, 180, 40), (40, 30, 210)])
    assert np.abs(seen - wanted).max() < 20


def test_odd_sizes_are_padded_by_one_and_keep_their_picture(tmp_path: Path) -> None:
    frames = _moving(4, 47, 63)
    write_video(tmp_path / "a.mp4", Clip.from_array(frames, 25.0))
    clip = read_video(tmp_path / "a.mp4")
    assert clip.header.shape == (4, 48, 64, 3)
    grey = to_grey(clip.array()).astype(int)
    assert np.abs(grey[:, :47, :63] - frames).mean() < 4
    assert np.abs(grey[:, 47, :63] - frames[:, 46]).mean() < 8  # the last row again, not black


def test_a_clip_without_a_rate_is_written_at_a_stated_one(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", Clip.from_array(_moving(3, 32, 32)))
    assert read_video(tmp_path / "a.mp4").header.fps == pytest.approx(STILL_FPS)


def test_a_single_frame_is_a_video_too(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", Clip.from_array(_moving(1, 32, 32), 25.0))
    assert read_video(tmp_path / "a.mp4").header.frames == 1


def test_a_video_can_be_streamed_twice(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", Clip.from_array(_moving(4, 32, 32), 25.0))
    clip = read_video(tmp_path / "a.mp4")
    next(clip.frames())
    assert np.array_equal(clip.array(), clip.array())


def test_a_video_that_loses_frames_after_it_was_opened_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, Clip.from_array(_moving(6, 32, 32), 25.0))
    clip = read_video(path)
    write_video(path, Clip.from_array(_moving(4, 32, 32), 25.0))
    with pytest.raises(InputError, match=r"a\.mp4: 4 frames were decoded, the header says 6"):
        clip.array()


def test_half_a_video_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_video(path, Clip.from_array(_moving(6, 48, 64), 25.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"a\.mp4: has \d+ bytes, its container says \d+"):
        read_video(path)
