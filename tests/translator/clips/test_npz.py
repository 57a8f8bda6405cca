"""NPZ: bit-exact streams in both directions, and archives that lie, are damaged, or would run code."""

import io
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy

from translator.clips.clip import Clip, Frames, mask_clip
from translator.clips.npz import npz_writer, read_npz, read_npz_mask, write_npz
from translator.errors import InputError


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(5, 7, 9), (5, 7, 9, 3), (1, 1, 1)])
def test_frames_written_are_read_back_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    write_npz(tmp_path / "a.npz", Clip.from_array(frames, 33.3))
    clip = read_npz(tmp_path / "a.npz")
    assert clip.header.shape == shape
    assert clip.header.fps == 33.3
    assert clip.header.source == "a.npz"
    assert np.array_equal(clip.array(), frames)


def test_frames_given_one_by_one_make_the_same_file(tmp_path: Path) -> None:
    clip = Clip.from_array(_noise(4, 6, 5), 20.0)
    clip.header = replace(clip.header, frame_times_ms=(0.0, 40.0, 90.0, 150.0))
    write_npz(tmp_path / "a.npz", clip)
    with npz_writer(tmp_path / "b.npz", clip.header) as add:
        for frame in clip.frames():
            add(frame)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_threads_that_read_at_once_parse_one_header_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_npz(tmp_path / "a.npz", Clip.from_array(_noise(2, 8, 8)))
    parse, inside, most = npy.read_array_header_1_0, [0], [0]

    def slow(file: Any) -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.002)
        inside[0] -= 1
        return parse(file)

    monkeypatch.setattr(npy, "read_array_header_1_0", slow)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: read_npz(tmp_path / "a.npz").array(), range(8)))
    assert most == [1]


def test_numpy_reads_what_is_written(tmp_path: Path) -> None:
    frames = _noise(4, 6, 5, 3)
    mask = frames[..., 0] > 100
    clip = Clip.from_array(frames, 25.0)
    write_npz(tmp_path / "a.npz", clip, mask_clip(mask, clip))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as loaded:
        assert sorted(loaded.files) == ["fps", "frames", "mask"]
        assert np.array_equal(loaded["frames"], frames)
        assert loaded["mask"].dtype == np.bool_
        assert np.array_equal(loaded["mask"], mask)
        assert loaded["fps"] == 25.0


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(tmp_path: Path, save: Any) -> None:
    frames = _noise(4, 6, 5)
    save(tmp_path / "a.npz", frames=frames, mask=frames > 9, fps=50)
    assert np.array_equal(read_npz(tmp_path / "a.npz").array(), frames)
    assert read_npz(tmp_path / "a.npz").header.fps == 50.0
    mask = read_npz_mask(tmp_path / "a.npz")
    assert mask is not None
    assert np.array_equal(mask.array(), np.where(frames > 9, 255, 0))


def test_the_same_clip_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = Clip.from_array(_noise(4, 6, 5), 25.0)
    for name in ("a", "b"):
        write_npz(tmp_path / name, clip, clip)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_clip_without_rate_or_mask_is_read_without_them(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", Clip.from_array(_noise(2, 3, 4)))
    assert read_npz(tmp_path / "a.npz").header.fps is None
    assert read_npz_mask(tmp_path / "a.npz") is None


class _Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("member", ["frames", "mask", "fps"])
def test_objects_are_refused_and_never_unpickled(tmp_path: Path, member: str) -> None:
    made = tmp_path / "made by the pickle"
    parts: dict[str, Any] = {"frames": _noise(2, 3, 4), member: np.array([_Bomb(made)], object)}
    np.savez(tmp_path / "a.npz", **parts)
    with pytest.raises(InputError, match="Python objects"):
        read_npz_mask(tmp_path / "a.npz") if member == "mask" else read_npz(tmp_path / "a.npz")
    assert not made.exists()


def test_fortran_order_is_refused_with_the_remedy(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", frames=np.asfortranarray(_noise(4, 6, 5)))
    with pytest.raises(InputError, match="Fortran order") as caught:
        read_npz(tmp_path / "a.npz")
    assert "ascontiguousarray" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 3, 4)),
        np.zeros((2, 3, 4), np.int8),
        np.zeros((2, 3), np.uint8),
        np.zeros((2, 3, 4, 2), np.uint8),
        np.zeros((0, 3, 4), np.uint8),
    ],
    ids=["float", "int8", "one picture", "two channels", "no frames"],
)
def test_an_array_that_is_no_clip_is_refused_with_its_dtype_and_shape(tmp_path: Path, frames: Any) -> None:
    np.savez(tmp_path / "a.npz", frames=frames)
    with pytest.raises(InputError) as caught:
        read_npz(tmp_path / "a.npz")
    text = str(caught.value)
    assert "a.npz" in text
    assert f"{frames.dtype} of shape {frames.shape}" in text


def test_a_mask_that_is_not_bool_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", frames=_noise(2, 3, 4), mask=_noise(2, 3, 4))
    with pytest.raises(InputError, match="`mask` is uint8"):
        read_npz_mask(tmp_path / "a.npz")


def test_an_archive_without_frames_lists_what_it_has(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", video=_noise(2, 3, 4), rate=25)
    with pytest.raises(InputError, match=r"no array `frames`, found rate\.npy, video\.npy"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("fps", [0, -25.0, np.nan, np.inf, "fast", np.zeros(0)], ids=str)
def test_a_rate_that_is_no_positive_number_is_refused(tmp_path: Path, fps: Any) -> None:
    np.savez(tmp_path / "a.npz", frames=_noise(2, 3, 4), fps=fps)
    with pytest.raises(InputError, match=r"a\.npz: fps: is "):
        read_npz(tmp_path / "a.npz")


def _archive(path: Path, shape: tuple[int, ...], data: bytes) -> Path:
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("frames.npy", header.getvalue() + data)
    return path


def test_a_truncated_npz_names_the_missing_frames(tmp_path: Path) -> None:
    path = _archive(tmp_path / "a.npz", (10, 3, 4), _noise(3, 3, 4).tobytes() + b"half")
    clip = read_npz(path)
    with pytest.raises(InputError, match=r"a\.npz: 3 frames were decoded, the header says 10"):
        clip.array()


def _damaged(path: Path, at: int, junk: bytes) -> Path:
    write_npz(path, Clip.from_array(_noise(20, 64, 64)))
    data = bytearray(path.read_bytes())
    data[at : at + len(junk)] = junk
    path.write_bytes(data)
    return path


def test_a_flipped_byte_is_noticed_and_its_frame_named(tmp_path: Path) -> None:
    path = _damaged(tmp_path / "a.npz", 40_000, b"\0\1\2\3")
    with pytest.raises(InputError, match=r"a\.npz: frame \d+: cannot be read") as caught:
        read_npz(path).array()
    assert caught.value.faults[0].remedy.endswith("export it again")


@pytest.mark.parametrize(
    ("at", "junk"), [(0, b"XXXX"), (60, b"\xff" * 8)], ids=["member's own header", "start of the data"]
)
def test_damage_before_the_first_frame_is_bad_input_too(tmp_path: Path, at: int, junk: bytes) -> None:
    path = _damaged(tmp_path / "a.npz", at, junk)
    with pytest.raises(InputError, match=r"a\.npz"):
        read_npz(path).array()


@pytest.mark.parametrize(
    "member",
    [b"", b"no magic at all", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x01\x00\x10\x00{{{{{{{{{{{{{{{\n"],
    ids=["empty", "no magic", "no length", "no literal"],
)
def test_a_member_that_is_no_array_is_bad_input(tmp_path: Path, member: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("frames.npy", member)
    with pytest.raises(InputError, match="frames: is no array"):
        read_npz(tmp_path / "a.npz")


def test_an_archive_cut_off_at_its_end_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_npz(path, Clip.from_array(_noise(5, 6, 7)))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match="is no NPZ archive"):
        read_npz(path)


def test_opening_reads_no_frame_and_streaming_reads_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_npz(tmp_path / "a.npz", Clip.from_array(_noise(50, 64, 64)))
    asked: list[int] = []
    read = zipfile.ZipExtFile.read

    def spy(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        asked.append(-1 if n is None else n)
        return read(self, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", spy)
    clip = read_npz(tmp_path / "a.npz")
    assert max(asked) < 64 * 64
    asked.clear()
    next(clip.frames())
    assert asked.count(64 * 64) == 1
    assert min(asked) >= 0


def test_frame_times_are_written_and_read_back(tmp_path: Path) -> None:
    clip = Clip.from_array(_noise(3, 6, 7), 25.0)
    timed = Clip(replace(clip.header, frame_times_ms=(0.0, 30.5, 80.0)), clip.frames)
    write_npz(tmp_path / "a.npz", timed)
    assert read_npz(tmp_path / "a.npz").header.frame_times_ms == (0.0, 30.5, 80.0)
    write_npz(tmp_path / "b.npz", clip)
    assert read_npz(tmp_path / "b.npz").header.frame_times_ms is None
