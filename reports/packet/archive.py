"""The packet's archive: a ZIP whose every byte follows from the names and contents of its files.

Files are stored, not compressed, so that the bytes do not depend on a compressor; in the order of their names; with
one time stamp (1980-01-01) and one mode; without extra fields, comments or padding. So what a reader of ZIP files may
understand in two ways cannot be there, and a byte that is changed between the files is found like one within them.

Format: PKWARE APPNOTE 6.3.10, without ZIP64: at most 65,534 files and 1 GiB.
"""

import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reports.packet.names import clashes, why_not
from translator.errors import Fault, InputError, bad_input

MOST_FILES, MOST_BYTES = 65_534, 2**30
_LOCAL, _CENTRAL, _END = struct.Struct("<IHHHHHIIIHH"), struct.Struct("<IHHHHHHIIIHHHHHII"), struct.Struct("<IHHHHIIH")
_LOCAL_SIGN, _CENTRAL_SIGN, _END_SIGN = 0x04034B50, 0x02014B50, 0x06054B50
_NEEDED, _MADE_BY, _DATE = 20, (3 << 8) | 20, 0x21
_MODE = (stat.S_IFREG | 0o644) << 16
_ENCRYPTED, _UTF8 = 1, 1 << 11
_REMEDY = "Do not unpack it; ask for the packet again"


class Entry(NamedTuple):
    """What the archive's directory says of a file."""

    name: str
    flags: int
    method: int
    packed: int  # bytes in the archive
    size: int  # bytes of the file
    mode: int  # Unix mode, 0 where none is given
    offset: int


@dataclass(frozen=True)
class Archive:
    """The files of a packet by name, and where the archive around them is not as it is written here."""

    files: dict[str, bytes]
    faults: tuple[Fault, ...]


def archive_bytes(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files: the same files, the same bytes.

    Raises: InputError if a name is not allowed, or it would be too large.
    """
    faults = [Fault(name, why, "Rename it") for name in files if (why := why_not(name)) is not None]
    faults += [Fault(name, why, "Rename it") for name, why in clashes(sorted(files))]
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        what = f"would hold {len(files)} files of {sum(map(len, files.values()))} bytes"
        faults.append(Fault("packet", what, f"At most {MOST_FILES} and {MOST_BYTES} bytes fit: leave the data out"))
    if faults:
        raise InputError(faults)
    return b"".join(part for _, part in _segments(files))


def read_archive(path: Path) -> Archive:
    """Read a packet's archive without unpacking anything to disk.

    Raises: InputError if it cannot be read, or holds what is unsafe: names that leave the folder, links, encrypted or
    compressed files, names that clash, more or larger files than a packet has.
    """
    try:
        if path.stat().st_size > MOST_BYTES + 2**26:
            raise bad_input(path, f"is larger than a packet can be ({MOST_BYTES} bytes)", _REMEDY)
        raw = path.read_bytes()
    except OSError as error:
        raise bad_input(path, f"cannot be read ({error.strerror})", "Give a packet: `sonoproof packet RUN`") from None
    entries = _directory(path, raw)
    faults = [Fault(f"{path}: {_shown(e.name)}", why, _REMEDY) for e in entries for why in _unsafe(e)]
    faults += [Fault(f"{path}: {_shown(name)}", why, _REMEDY) for name, why in clashes([e.name for e in entries])]
    if sum(max(e.size, e.packed) for e in entries) > MOST_BYTES:
        faults.append(Fault(str(path), f"would unpack to more than {MOST_BYTES} bytes", _REMEDY))
    if faults:
        raise InputError(faults)
    files = {entry.name: _content(path, raw, entry) for entry in entries}
    return Archive(files, tuple(_changed_around(path, raw, files)))


def _segments(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """(what it is, bytes) of each part of the archive, in order."""
    offset, central = 0, []
    for name in sorted(files):
        content, word = files[name], name.encode("ascii")
        crc, size = zlib.crc32(content), len(content)
        local = _LOCAL.pack(_LOCAL_SIGN, _NEEDED, 0, 0, 0, _DATE, crc, size, size, len(word), 0) + word
        yield f"the header of {name}", local
        yield name, content
        fixed = (
            _CENTRAL_SIGN,
            _MADE_BY,
            _NEEDED,
            0,
            0,
            0,
            _DATE,
            crc,
            size,
            size,
            len(word),
            0,
            0,
            0,
            0,
            _MODE,
            offset,
        )
        central.append((f"the directory's entry of {name}", _CENTRAL.pack(*fixed) + word))
        offset += len(local) + size
    yield from central
    length = sum(len(part) for _, part in central)
    yield "the directory's end", _END.pack(_END_SIGN, 0, 0, len(files), len(files), length, offset, 0)


def _changed_around(path: Path, raw: bytes, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Where the archive differs from the one that its files make."""
    offset = 0
    for what, part in _segments(files):
        if raw[offset : offset + len(part)] != part:
            yield Fault(f"{path}: {what}", "was changed", "Ask for the packet again")
        offset += len(part)
    if len(raw) != offset:
        yield Fault(str(path), f"has {len(raw)} bytes, its files make {offset}", "Ask for the packet again")


def _directory(path: Path, raw: bytes) -> list[Entry]:
    """The directory's entries."""
    start = raw.rfind(_END_SIGN.to_bytes(4, "little"), max(0, len(raw) - _END.size - 0xFFFF))
    if start < 0 or start + _END.size > len(raw):
        raise bad_input(path, "is no packet: a ZIP's directory is not at its end", "Give a packet, whole")
    _, disk, first, here, count, length, offset, comment = _END.unpack_from(raw, start)
    if (
        disk
        or first
        or here != count
        or count == 0xFFFF
        or offset + length != start
        or comment != len(raw) - start - 22
    ):
        raise bad_input(path, "is no packet: its directory's end does not fit", "Ask for the packet again")
    entries, place = [], offset
    for _ in range(count):
        entry, place = _entry(path, raw, place, start)
        entries.append(entry)
    if place != start:
        raise bad_input(path, "is no packet: its directory holds more than it counts", "Ask for the packet again")
    return entries


def _entry(path: Path, raw: bytes, place: int, end: int) -> tuple[Entry, int]:
    """The directory's entry at a place, and the place after it."""
    cut = bad_input(path, f"is no packet: its directory is damaged at byte {place}", "Ask for the packet again")
    if place + _CENTRAL.size > end:
        raise cut
    sign, made_by, _, flags, method, _, _, _, packed, size, word, extra, comment, _, _, mode, offset = (
        _CENTRAL.unpack_from(raw, place)
    )
    after = place + _CENTRAL.size + word + extra + comment
    if sign != _CENTRAL_SIGN or after > end:
        raise cut
    name = raw[place + _CENTRAL.size : place + _CENTRAL.size + word]
    try:
        text = name.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        raise bad_input(f"{path}: {name!a}", "is a name that is neither ASCII nor UTF-8", _REMEDY) from None
    unix = mode >> 16 if made_by >> 8 == 3 else 0
    return Entry(text, flags, method, packed, size, unix, offset), after


def _unsafe(entry: Entry) -> Iterator[str]:
    """Why a file must not be unpacked, in words."""
    why = why_not(entry.name)
    if why is not None:
        yield why
    if entry.mode and stat.S_ISLNK(entry.mode):
        yield "is a link"
    elif stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG):
        yield "is no plain file"
    if entry.flags & _ENCRYPTED:
        yield "is encrypted"
    if entry.method:
        times = entry.size / max(1, entry.packed)
        yield f"is compressed, and would unpack to {entry.size} bytes, {times:.0f} times as many"
    elif entry.size != entry.packed:
        yield f"is stored, and has two sizes: {entry.packed} and {entry.size} bytes"


def _content(path: Path, raw: bytes, entry: Entry) -> bytes:
    """The bytes of a file."""
    lost = bad_input(f"{path}: {entry.name}", "is not where the directory says", "Ask for the packet again")
    if entry.offset + _LOCAL.size > len(raw):
        raise lost
    sign, *_, word, extra = _LOCAL.unpack_from(raw, entry.offset)
    start = entry.offset + _LOCAL.size + word + extra
    if sign != _LOCAL_SIGN or start + entry.size > len(raw):
        raise lost
    return raw[start : start + entry.size]


def _shown(name: str) -> str:
    """A name as a message may hold it: without control characters, and not endless."""
    return ascii(name)[1:-1][:120]
