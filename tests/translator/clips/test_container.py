"""Containers: those that are cut off are refused where they state their length, and whole ones never are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from translator.clips.container import check_whole
from translator.clips.read import read_clip
from translator.errors import InputError

STATED = [("mkv", "VP80"), ("webm", "VP80"), ("mkv", "MJPG"), ("wmv", "WMV2"), ("asf", "MP42"), ("avi", "MJPG")]
OPEN = [("mpg", "MPG1"), ("ts", "MPG2")]


def _written(folder: Path, suffix: str, codec: str) -> Path:
    path = folder / f"clip.{suffix}"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), 25.0, (64, 48))
    if not writer.isOpened():
        pytest.skip(f"this OpenCV does not write {codec} in {suffix}")
    rng = np.random.default_rng(0)
    for _ in range(12):
        writer.write(cv2.resize(rng.integers(0, 255, (6, 8, 3)).astype(np.uint8), (64, 48)))
    writer.release()
    return path


@pytest.mark.parametrize(("suffix", "codec"), STATED)
def test_a_clip_that_is_cut_off_is_refused_by_the_length_it_states(tmp_path: Path, suffix: str, codec: str) -> None:
    path = _written(tmp_path, suffix, codec)
    data = path.read_bytes()
    for kept in (len(data) - 1, len(data) * 6 // 10):
        path.write_bytes(data[:kept])
        with pytest.raises(InputError, match=rf"has {kept} bytes, its container says {len(data)}"):
            read_clip(path)


@pytest.mark.parametrize(("suffix", "codec"), STATED + OPEN)
def test_a_whole_clip_is_read_with_and_without_bytes_behind_it(tmp_path: Path, suffix: str, codec: str) -> None:
    path = _written(tmp_path, suffix, codec)
    assert read_clip(path).header.frames == 12
    path.write_bytes(path.read_bytes() + b"\0" * 512)
    check_whole(path)


@pytest.mark.parametrize("left_open", [b"\xff", b"\x01" + b"\xff" * 7], ids=["short", "long"])
def test_a_segment_of_open_length_is_taken_as_it_is(tmp_path: Path, left_open: bytes) -> None:
    path = tmp_path / "stream.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x84head" + b"\x18\x53\x80\x67" + left_open + b"\0" * 20)
    check_whole(path)


def test_padding_before_the_segment_is_stepped_over(tmp_path: Path) -> None:
    path = tmp_path / "padded.mkv"
    start = b"\x1a\x45\xdf\xa3\x84head" + b"\xec\x83\0\0\0" + b"\x18\x53\x80\x67\x40\x20"
    path.write_bytes(start + b"\0" * 32)
    check_whole(path)
    path.write_bytes(start + b"\0" * 31)
    with pytest.raises(InputError, match=f"its container says {len(start) + 32}"):
        check_whole(path)


@pytest.mark.parametrize("damage", [b"\0" * 12, b"\x00" + b"\xff" * 11, b"\xff" * 12, b""])
def test_a_header_that_cannot_be_followed_is_left_to_the_decoder(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "odd.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + damage)
    check_whole(path)


def test_a_broadcast_wmv_states_no_length(tmp_path: Path) -> None:
    properties = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
    path = tmp_path / "live.wmv"
    for flags, refused in ((1, False), (0, True)):
        body = properties + bytes(24) + (10**6).to_bytes(8, "little") + bytes(40) + flags.to_bytes(4, "little")
        path.write_bytes(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(14) + body)
        if refused:
            with pytest.raises(InputError, match="its container says 1000000"):
                check_whole(path)
        else:
            check_whole(path)
