"""NPZ clips: `frames` (uint8 T,H,W or T,H,W,3), and optionally `mask` (bool T,H,W), `fps` (float, Hz) and
`frame_times_ms` (float T, the onsets, the first 0).

Members are streamed frame by frame in both directions, so a long clip never becomes one array. Nothing is
unpickled: an object array is refused.
"""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frame, Header
from translator.clips.damage import EXPORT_AGAIN, checked_frame_size, possible_rate, reading, reason
from translator.clips.npy import array_header, clip_shape
from translator.errors import bad_input

_DEFLATE = 1040  # a byte of a zip holds at most that many
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time stamp: the same frames give the same bytes


def read_npz(path: Path) -> Clip:
    """Open an NPZ clip lazily.

    Raises: InputError if there is no `frames`, or it is not uint8 of a clip's shape.
    """
    shape, dtype = _member_header(path, "frames")
    header = Header(*clip_shape(path, shape, dtype), _read_fps(path), None, path.name, _read_times(path, shape[0]))
    return Clip(header, lambda: _stream_member(path, "frames"))


def read_npz_mask(path: Path) -> Clip | None:
    """The `mask` of an NPZ clip as a clip of 0 and 255, or None where there is none."""
    with _open_zip(path) as archive:
        if "mask.npy" not in archive.namelist():
            return None
    shape, dtype = _member_header(path, "mask")
    if dtype != np.bool_ or len(shape) != 3 or min(shape) < 1:
        raise bad_input(path, f"`mask` is {dtype} of shape {shape}", "Save bool of shape (T, H, W)")
    checked_frame_size(path, *shape[1:])
    header = Header(*shape, 1, _read_fps(path), None, f"{path.name} (mask)")
    return Clip(header, lambda: (frame.astype(np.uint8) * np.uint8(255) for frame in _stream_member(path, "mask")))


def write_npz(path: Path, clip: Clip, mask: Clip | None = None, compress: int = 4) -> None:
    """Write `frames`, `mask`, `fps` and `frame_times_ms`; the same clip gives the same bytes."""
    head = clip.header
    with zipfile.ZipFile(path, "w") as archive:
        with _new_member(archive, "frames", head.shape, np.dtype(np.uint8), compress) as add:
            for frame in clip.frames():
                add(frame)
        if mask is not None:
            with _new_member(archive, "mask", mask.header.shape, np.dtype(np.bool_), compress) as add:
                for frame in mask.frames():
                    add(frame > 127)
        _write_times(archive, head)


@contextmanager
def npz_writer(path: Path, header: Header, compress: int = 4) -> Iterator[Callable[[Frame], None]]:
    """A function that takes the `header.frames` frames of a clip one by one; the file is whole when the block ends.

    The same bytes as `write_npz` writes without a mask, for who gets frames and cannot ask for them.
    """
    with zipfile.ZipFile(path, "w") as archive:
        with _new_member(archive, "frames", header.shape, np.dtype(np.uint8), compress) as add:
            yield add
        _write_times(archive, header)


@contextmanager
def _new_member(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], compress: int
) -> Iterator[Callable[[NDArray[Any]], None]]:
    info = _info(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = compress  # type: ignore[attr-defined]  # ZipInfo has no public way before 3.13
    with archive.open(info, "w", force_zip64=True) as member:
        npy.write_array_header_1_0(member, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})

        def add(frame: NDArray[Any]) -> None:
            member.write(np.ascontiguousarray(frame).tobytes())

        yield add


def _write_times(archive: zipfile.ZipFile, head: Header) -> None:
    for name, value in (("fps", head.fps), ("frame_times_ms", head.frame_times_ms)):
        if value is not None:
            buffer = io.BytesIO()
            npy.write_array(buffer, np.array(value, np.float64), allow_pickle=False)
            archive.writestr(_info(name), buffer.getvalue())


def _info(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy", _EPOCH)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as error:
        raise bad_input(path, f"is no NPZ archive ({reason(error)})", "Save it with numpy.savez") from None


@contextmanager
def _open_member(path: Path, name: str) -> Iterator[zipfile.ZipExtFile]:
    """A member to read from; damage to the archive, wherever it shows, is bad input."""
    with _open_zip(path) as archive:
        if f"{name}.npy" not in archive.namelist():
            found = ", ".join(sorted(archive.namelist())[:9])[:200] or "nothing"
            raise bad_input(path, f"has no array `{name}`, found {found}", f"Save the frames as `{name}`")
        where = f"{path}: {name}"
        with reading(where):
            member = archive.open(f"{name}.npy")
        with member:
            yield member  # type: ignore[misc]  # typeshed says IO[bytes]


def _member_header(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of a member, which must be able to hold as much as they say."""
    where = f"{path}: {name}"
    with _open_zip(path) as archive, _open_member(path, name) as member, reading(where):
        shape, dtype = array_header(member, where)
        info = archive.getinfo(f"{name}.npy")
    need, most = int(np.prod(shape, dtype=object)) * dtype.itemsize, info.compress_size * _DEFLATE
    if need > min(info.file_size, most):
        what = f"holds {min(info.file_size, most)} bytes or fewer, its header says shape {shape} of {dtype}"
        raise bad_input(where, what, EXPORT_AGAIN)
    return shape, dtype


def _stream_member(path: Path, name: str) -> Iterator[NDArray[Any]]:
    where = f"{path}: {name}"
    with _open_member(path, name) as member:
        with reading(where):
            shape, dtype = array_header(member, where)
        size = int(np.prod(shape[1:])) * dtype.itemsize
        for index in range(shape[0]):
            with reading(f"{path}: frame {index}"):
                data = member.read(size)
            if len(data) != size:
                return  # Clip.frames names the shortfall
            yield np.frombuffer(data, dtype).reshape(shape[1:])


def _read_numbers(path: Path, name: str, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """A small array of numbers, or None where there is none."""
    with _open_zip(path) as archive:
        if f"{name}.npy" not in archive.namelist():
            return None
    found, dtype = _member_header(path, name)
    if found != shape or dtype.kind not in "fiu":
        raise bad_input(f"{path}: {name}", f"is {dtype} of shape {found}", f"Save numbers of shape {shape}")
    if not shape:
        found = (1,)
    with _open_member(path, name) as member, reading(f"{path}: {name}"):
        array_header(member, path)
        return np.frombuffer(member.read(int(np.prod(found)) * dtype.itemsize), dtype).astype(np.float64)


def _read_fps(path: Path) -> float | None:
    found = _read_numbers(path, "fps", ())
    if found is None:
        return None
    fps = possible_rate(float(found[0]))
    if fps is None:
        raise bad_input(f"{path}: fps", f"is {found[0]:g}", "Give frames per second as one positive number")
    return fps


def _read_times(path: Path, frames: int) -> tuple[float, ...] | None:
    found = _read_numbers(path, "frame_times_ms", (frames,))
    if found is None:
        return None
    if not np.isfinite(found).all() or found[0] != 0 or (np.diff(found) < 0).any():
        remedy = "Give the onset of each frame in milliseconds, rising from 0"
        raise bad_input(f"{path}: frame_times_ms", "are no rising onsets from 0", remedy)
    return tuple(found.tolist())
