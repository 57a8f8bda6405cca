"""Whether a video container is whole: a decoder shows what is left of a truncated one as if that were all."""

import struct
from pathlib import Path

from translator.clips.damage import EXPORT_AGAIN
from translator.errors import bad_input

_START = 4096  # bytes that hold the header of a segment, or a WMV's properties
_EBML, _SEGMENT, _VOID = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\xec"
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def check_whole(path: Path) -> None:
    """Compare the lengths that AVI, MP4, MOV, MKV, WebM and WMV state for themselves with the file's.

    A Matroska segment or a WMV that was written to a stream leaves its length open; MPEG streams state none, and the
    end code of MPEG program streams is optional (ISO/IEC 13818-1, 2.5.3.1): what of these is cut off is not noticed.
    Raises: InputError if a part ends behind the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_START)
    if start[:4] == b"RIFF":
        end = 8 + struct.unpack("<I", start[4:8])[0]
    elif start[4:8] in _BOXES:
        end = _last_box_end(path, size)
    elif start[:4] == _EBML:
        end = _segment_end(start)
    elif start[:16] == _ASF_HEADER:
        end = _asf_size(start)
    else:
        return
    if end > size:
        raise bad_input(path, f"has {size} bytes, its container says {end}", EXPORT_AGAIN)


def _segment_end(start: bytes) -> int:
    """Where the segment of a Matroska file (RFC 9559) ends, 0 if that is left open or not found at its start."""
    at = 0
    for kind in (_EBML, _VOID, _SEGMENT):
        if kind == _VOID and start[at : at + 1] != _VOID:
            continue
        if start[at : at + len(kind)] != kind:
            return 0
        length, inside = _element_size(start, at + len(kind))
        if length is None:
            return 0
        at = inside + length
    return at


def _element_size(data: bytes, at: int) -> tuple[int | None, int]:
    """The size that stands at `at` (RFC 8794, section 4), None if it is left open, and where the content begins."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if first == 0 or at + width > len(data):
        return None, at
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _asf_size(start: bytes) -> int:
    """The file size that the properties of a WMV (ASF 3.2) state, 0 if it is a broadcast's or not at its start."""
    at = start.find(_ASF_PROPERTIES)
    if at < 0 or at + 92 > len(start):
        return 0
    size, flags = (
        int.from_bytes(start[at + offset : at + offset + width], "little") for offset, width in ((40, 8), (88, 4))
    )
    return 0 if flags & 1 else size


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
