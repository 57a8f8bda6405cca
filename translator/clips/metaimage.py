"""MetaImage clips, .mha and .mhd: (x, y) or (x, y, t), grey or RGB; the third axis is the frame.

Any element type is read whose values are integers within 0..255. Spacing is in mm; MetaImage states no unit of
time, so there is no rate. Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
"""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from translator.clips.clip import Clip, Header
from translator.clips.damage import EXPORT_AGAIN, checked_frame_size, possible_spacing, reading
from translator.clips.planes import GREY_REMEDY, Planes
from translator.errors import bad_input

_TYPES = {"MET_UCHAR": "u1", "MET_CHAR": "i1", "MET_USHORT": "u2", "MET_SHORT": "i2", "MET_UINT": "u4",
          "MET_INT": "i4", "MET_FLOAT": "f4", "MET_DOUBLE": "f8"}  # fmt: skip
_LONGEST_HEADER = 1 << 24  # tracked clips keep several transforms a frame there
_DEFLATE = 1040  # a byte of zlib holds at most that many


def read_metaimage(path: Path) -> Clip:
    """Open an .mha, or an .mhd with its data file beside it, lazily.

    Raises: InputError if it is no 2-D image or clip, or its header asks for more than there is.
    """
    with reading(path, quote=False):
        fields, start = _fields(path)
        shape, spacing = _shape(path, fields), _spacing(fields)
        dtype = _dtype(path, fields)
        data, start = _data_file(path, fields, start)
    compressed = fields.get("CompressedData", "False").lower() == "true"
    frame = shape[1:] if shape[3] > 1 else shape[1:3]
    need = int(np.prod(shape, dtype=object)) * dtype.itemsize
    size = data.stat().st_size
    if fields.get("HeaderSize") == "-1":
        start = size - need
    left = (size - start) * (_DEFLATE if compressed else 1)
    if left < need or start < 0:
        what = f"{data.name} holds {max(size - start, 0)} bytes of pixels, too few: its header says {need}"
        raise bad_input(path, what, EXPORT_AGAIN)

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with data.open("rb") as file:
            file.seek(start)
            yield io.BufferedReader(_Inflated(file)) if compressed else file

    planes = Planes(str(path), opened, shape[0], frame, dtype)
    return Clip(Header(*shape, None, spacing, path.name), planes.stream)


def data_file(path: Path) -> Path:
    """The file that holds the numbers of an .mha or .mhd: itself, or the one beside it.

    Raises: InputError if the header cannot be read, or names no file beside it.
    """
    with reading(path, quote=False):
        fields, start = _fields(path)
        return _data_file(path, fields, start)[0]


class _Inflated(io.RawIOBase):
    """A zlib stream, inflated as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._inflate = file, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        made = b""
        while not made and not self._inflate.eof:
            chunk = self._inflate.unconsumed_tail or self._file.read(1 << 16)
            if not chunk:
                return 0
            made = self._inflate.decompress(chunk, len(buffer))
        buffer[: len(made)] = made
        return len(made)


def _fields(path: Path) -> tuple[dict[str, str], int]:
    """Keys and values of the header, which ends with ElementDataFile; and where it ends."""
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        while file.tell() < _LONGEST_HEADER and (line := file.readline(1 << 16)):
            key, equals, value = line.decode("utf-8", "replace").partition("=")
            if not equals:
                break
            fields[key.strip()] = value.strip()
            if key.strip() == "ElementDataFile":
                return fields, file.tell()
    raise bad_input(path, "is a MetaImage whose header does not end with ElementDataFile", EXPORT_AGAIN)


def _shape(path: Path, fields: dict[str, str]) -> tuple[int, int, int, int]:
    """(T, H, W, C)."""
    size = [int(value) for value in fields.get("DimSize", "").split()]
    channels = int(fields.get("ElementNumberOfChannels", "1"))
    long = [length for length in size[2:] if length != 1]
    if len(size) < 2 or len(size) != int(fields.get("NDims", "0")) or len(long) > 1 or channels not in (1, 3):
        what = f"DimSize {fields.get('DimSize')} with {channels} channels is no clip of 2-D frames"
        raise bad_input(path, what, "Save (x, y, t) in grey or RGB")
    frames = long[0] if long else 1
    if frames < 1:
        raise bad_input(path, f"has {frames} frames", EXPORT_AGAIN)
    checked_frame_size(path, size[1], size[0])
    return frames, size[1], size[0], channels


def _dtype(path: Path, fields: dict[str, str]) -> np.dtype[np.generic]:
    name = fields.get("ElementType", "").removesuffix("_ARRAY")
    if name not in _TYPES or fields.get("BinaryData", "True").lower() != "true":
        what = f"ElementType {fields.get('ElementType')}, BinaryData {fields.get('BinaryData')} cannot be read"
        raise bad_input(path, what, GREY_REMEDY)
    big = fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")).lower() == "true"
    return np.dtype((">" if big else "<") + _TYPES[name])


def _spacing(fields: dict[str, str]) -> tuple[float, float] | None:
    """Row and column spacing [mm]; None where it is not stated or cannot be true."""
    try:
        column, row = (float(value) for value in fields["ElementSpacing"].split()[:2])
    except (KeyError, ValueError):
        return None
    return possible_spacing(row, column)


def _data_file(path: Path, fields: dict[str, str], end: int) -> tuple[Path, int]:
    """The file that holds the numbers, and where they start; only a plain name beside the header is followed."""
    name = fields["ElementDataFile"]
    skip = max(int(fields.get("HeaderSize", "0")), 0)
    if name.upper() == "LOCAL":
        return path, end
    plain = name == Path(name).name and name not in ("", ".", "..") and not set("/\\:%") & set(name)
    if not plain or name.split()[0].upper() == "LIST":
        what = "ElementDataFile is no plain file name"
        raise bad_input(path, what, "The data must be one file in the same folder, or save one .mha")
    data = path.parent / name
    if data.is_symlink() or not data.is_file():
        raise bad_input(path, "its data file is not beside it", "Copy both files, or save one .mha")
    return data, skip
