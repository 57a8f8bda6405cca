"""NPY clips: one array, uint8 (T, H, W) or (T, H, W, 3), streamed frame by frame. Nothing is unpickled."""

import io
import threading
import tokenize
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from translator.clips.clip import Clip, Header
from translator.clips.damage import EXPORT_AGAIN, checked_frame_size, reading
from translator.clips.planes import Planes
from translator.errors import bad_input

_PARSING = threading.Lock()  # numpy parses a header as Python, whose parser counts wrongly in threads before 3.13
_LONGEST_HEADER = 1 << 16  # bytes; numpy would read what the header asks for before it looks


def read_npy(path: Path) -> Clip:
    """Open an NPY clip lazily.

    Raises: InputError if it is no uint8 array of a clip's shape, or shorter than its header says.
    """
    with reading(path), path.open("rb") as file:
        shape, dtype = array_header(file, path)
        start = file.tell()
    size = clip_shape(path, shape, dtype)
    left = path.stat().st_size - start
    if left < int(np.prod(shape, dtype=object)):
        raise bad_input(path, f"holds {left} bytes, its header says shape {shape}", EXPORT_AGAIN)

    def opened() -> IO[bytes]:
        file = path.open("rb")
        file.seek(start)
        return file

    planes = Planes(str(path), opened, shape[0], shape[1:], dtype)
    return Clip(Header(*size, source=path.name), planes.stream)


def clip_shape(where: object, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[int, int, int, int]:
    """(T, H, W, C) of an array that can be a clip.

    Raises: InputError if it cannot.
    """
    known = len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
    if dtype != np.uint8 or not known or min(shape) < 1:
        raise bad_input(where, f"`frames` is {dtype} of shape {shape}", "Save uint8 of shape (T, H, W) or (T, H, W, 3)")
    checked_frame_size(where, *shape[1:3])
    frames, height, width = shape[:3]
    return frames, height, width, 1 if len(shape) == 3 else 3


def array_header(file: io.BufferedReader | zipfile.ZipExtFile, where: object) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of the array that starts here; the stream is left at its first number.

    Raises: InputError if it is no array, holds objects, or is in Fortran order.
    """
    try:
        version = npy.read_magic(file)
        if version != (1, 0) and int.from_bytes(file.peek(4)[:4], "little") > _LONGEST_HEADER:
            raise ValueError("its header is too long")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        with _PARSING:
            shape, fortran, dtype = read(file)
    except (ValueError, TypeError, tokenize.TokenError, SyntaxError) as error:
        raise bad_input(where, f"is no array ({error})", "Save it with numpy") from None
    if dtype.hasobject:
        raise bad_input(where, "holds Python objects", "Save plain numbers: objects are never unpickled")
    if fortran and len(shape) > 1:
        raise bad_input(where, "is in Fortran order", "Save numpy.ascontiguousarray(frames)")
    return shape, dtype
