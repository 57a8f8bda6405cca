"""Whether a video container is whole: a decoder shows what is left of a truncated one as if that were all."""

import struct
from pathlib import Path

from translator.clips.damage import EXPORT_AGAIN
from translator.errors import bad_input

_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def check_whole(path: Path) -> None:
    """Compare the lengths that AVI, MP4 and MOV state for their outermost parts with the file's.

    Other containers (MPEG, MKV, WebM, WMV) are not checked: they have no such length, or one that is often left open.
    Raises: InputError if a part ends behind the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
    if start[:4] == b"RIFF":
        end = 8 + struct.unpack("<I", start[4:8])[0]
    elif start[4:8] in _BOXES:
        end = _last_box_end(path, size)
    else:
        return
    if end > size:
        raise bad_input(path, f"has {size} bytes, its container says {end}", EXPORT_AGAIN)


def _last_box_end(path: Path, size: int) -> int:
    """Where the last of the outermost boxes ends; a length of 0 reaches to the end of the file."""
    at = 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if not kind.isalnum():
                break  # padding behind the last box
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            if length < 8:
                break
            at += length
    return at
