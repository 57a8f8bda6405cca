"""NPZ clips: `frames` (uint8 T,H,W or T,H,W,3), and optionally `mask` (bool T,H,W) and `fps` (float).

Members are streamed frame by frame in both directions, so a long clip never becomes one array. Nothing is
unpickled: an object array is refused.
"""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from translator.clips.clip import Clip, Header
from translator.errors import bad_input

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time stamp: the same frames give the same bytes


def read_npz(path: Path) -> Clip:
    """Open an NPZ clip lazily.

    Raises: InputError if there is no `frames`, or it is not uint8 of a clip's shape.
    """
    shape, dtype = _member_header(path, "frames")
    if dtype != np.uint8 or not (len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)) or 0 in shape:
        raise bad_input(path, f"`frames` is {dtype} of shape {shape}", "Save uint8 of shape (T, H, W) or (T, H, W, 3)")
    channels = 1 if len(shape) == 3 else 3
    header = Header(*shape[:3], channels, _read_fps(path), None, path.name)
    return Clip(header, lambda: _stream_member(path, "frames"))


def read_npz_mask(path: Path) -> Clip | None:
    """The `mask` of an NPZ clip as a clip of 0 and 255, or None where there is none."""
    with _open_zip(path) as archive:
        if "mask.npy" not in archive.namelist():
            return None
    shape, dtype = _member_header(path, "mask")
    if dtype != np.bool_ or len(shape) != 3:
        raise bad_input(path, f"`mask` is {dtype} of shape {shape}", "Save bool of shape (T, H, W)")
    header = Header(*shape, 1, _read_fps(path), None, f"{path.name} (mask)")
    return Clip(header, lambda: (frame.astype(np.uint8) * np.uint8(255) for frame in _stream_member(path, "mask")))


def write_npz(path: Path, clip: Clip, mask: Clip | None = None, compress: int = 4) -> None:
    """Write `frames`, `mask` and `fps`; the same clip gives the same bytes."""
    head = clip.header
    with zipfile.ZipFile(path, "w") as archive:
        _write_member(archive, "frames", head.shape, np.dtype(np.uint8), clip.frames, compress)
        if mask is not None:
            _write_member(
                archive,
                "mask",
                mask.header.shape,
                np.dtype(np.bool_),
                lambda: (frame > 127 for frame in mask.frames()),
                compress,
            )
        if head.fps is not None:
            buffer = io.BytesIO()
            npy.write_array(buffer, np.array(head.fps, np.float64), allow_pickle=False)
            archive.writestr(_info("fps"), buffer.getvalue())


def _write_member(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    frames: Callable[[], Iterator[NDArray[Any]]],
    compress: int,
) -> None:
    info = _info(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = compress  # type: ignore[attr-defined]  # ZipInfo has no public way before 3.13
    with archive.open(info, "w", force_zip64=True) as member:
        npy.write_array_header_1_0(member, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
        for frame in frames():
            member.write(np.ascontiguousarray(frame).tobytes())


def _info(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(f"{name}.npy", _EPOCH)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise bad_input(path, f"is no NPZ archive ({error})", "Save it with numpy.savez") from None


def _read_header(member: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = npy.read_magic(member)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(member)
    except (ValueError, tokenize.TokenError, SyntaxError) as error:
        raise bad_input(where, f"is no array ({error})", "Save it with numpy.savez") from None
    if dtype.hasobject:
        raise bad_input(where, "holds Python objects", "Save plain numbers: objects are never unpickled")
    return shape, fortran, dtype


@contextmanager
def _open_member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """A member to read from; damage to the archive, wherever it shows, is bad input."""
    with _open_zip(path) as archive:
        if f"{name}.npy" not in archive.namelist():
            found = ", ".join(sorted(archive.namelist())) or "nothing"
            raise bad_input(path, f"has no array `{name}`, found {found}", f"Save the frames as `{name}`")
        try:
            with archive.open(f"{name}.npy") as member:
                yield member
        except _DAMAGE as error:
            raise bad_input(f"{path}: {name}", f"is damaged ({error})", "Export it again") from None


def _member_header(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with _open_member(path, name) as member:
        shape, fortran, dtype = _read_header(member, f"{path}: {name}")
    if fortran and len(shape) > 1:
        raise bad_input(f"{path}: {name}", "is in Fortran order", "Save numpy.ascontiguousarray(frames)")
    return shape, dtype


def _stream_member(path: Path, name: str) -> Iterator[NDArray[Any]]:
    with _open_member(path, name) as member:
        shape, _, dtype = _read_header(member, f"{path}: {name}")
        size = int(np.prod(shape[1:])) * dtype.itemsize
        for index in range(shape[0]):
            try:
                data = member.read(size)
            except _DAMAGE as error:
                raise bad_input(f"{path}: frame {index}", f"cannot be read ({error})", "Export it again") from None
            if len(data) != size:
                return  # Clip.frames names the shortfall
            yield np.frombuffer(data, dtype).reshape(shape[1:])


def _read_fps(path: Path) -> float | None:
    with _open_zip(path) as archive:
        if "fps.npy" not in archive.namelist():
            return None
    with _open_member(path, "fps") as member:
        _, _, dtype = _read_header(member, f"{path}: fps")
        data = member.read(dtype.itemsize)
    fps = float(np.frombuffer(data, dtype)[0]) if dtype.kind in "fiu" and data else float("nan")
    if not (np.isfinite(fps) and fps > 0):
        raise bad_input(f"{path}: fps", f"is {fps}", "Give frames per second as one positive number")
    return fps
