"""The archive: canonical bytes that other programs read, and a clear fault for everything that is unsafe to open."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.packet import archive
from reports.packet.archive import archive_bytes, read_archive
from translator.errors import InputError

Write = Callable[[zipfile.ZipFile], object]


def _zipped(tmp_path: Path, *writes: Write) -> Path:
    path = tmp_path / "packet.zip"
    with zipfile.ZipFile(path, "w") as made:
        for write in writes:
            write(made)
    return path


def _file(name: str, content: str = "x", mode: int = 0, method: int = zipfile.ZIP_STORED) -> Write:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name  # past what the constructor would mend
    info.compress_type = method
    info.external_attr = mode << 16
    return lambda made: made.writestr(info, content)


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_archive(path)
    return str(refused.value)


@given(st.dictionaries(st.integers(0, 99).map(lambda n: f"f{n:02d}/a"), st.binary(max_size=60), max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read_and_any_zip_program_agrees(files: dict[str, bytes]) -> None:
    raw = archive_bytes(files)
    with zipfile.ZipFile(io.BytesIO(raw)) as other:
        assert other.testzip() is None
        assert {info.filename: other.read(info) for info in other.infolist()} == files
    assert archive_bytes(dict(reversed(files.items()))) == raw


def test_reading_gives_the_files_and_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive_bytes({"b": b"2", "a/c": b""}))
    assert read_archive(path) == archive.Archive({"a/c": b"", "b": b"2"}, ())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../out", "leaves the folder"),
        ("a/../../out", "leaves the folder"),
        ("/etc/passwd", "is absolute"),
        ("C:/windows", "is absolute"),
        ("a\\b", "has a backslash"),
        ("a/", "is a folder"),
        ("a//b", "is not made of"),
        ("./a", "is not made of"),
        ("a b", "is not made of"),
        ("a\x00b", "is not made of"),
        ("a\x1b[2Jb", "is not made of"),
        ("ä.txt", "is not made of"),
        ("nul.txt", "is a device"),
        ("a/COM1", "is a device"),
        ("a.", "ends in a full stop"),
        ("x" * 201, "is longer than"),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_refused_when_read_and_when_written(
    tmp_path: Path, name: str, why: str
) -> None:
    said = _refused(_zipped(tmp_path, _file(name)))
    assert why in said
    assert said.isprintable()
    with pytest.raises(InputError, match=why):
        archive_bytes({name: b""})


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(InputError, match="is empty"):
        archive_bytes({"": b""})


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = _zipped(tmp_path, _file("abc"))
    path.write_bytes(path.read_bytes().replace(b"abc", b"a\xff\xfe"))
    assert "neither ASCII nor UTF-8" in _refused(path)


@pytest.mark.parametrize(
    ("second", "why"), [("a/B", "differs from a/b in case alone"), ("a/b", "is there twice"), ("A", "which is a file")]
)
def test_names_that_clash_are_refused(tmp_path: Path, second: str, why: str) -> None:
    path = tmp_path / "packet.zip"
    with pytest.warns(UserWarning, match="Duplicate name") if second == "a/b" else _nothing():
        path = _zipped(tmp_path, _file("a/b"), _file(second))
    assert why in _refused(path)


class _nothing:  # noqa: N801 - a context that expects no warning
    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


def test_a_link_and_a_device_are_refused(tmp_path: Path) -> None:
    assert "is a link" in _refused(_zipped(tmp_path, _file("a", "/etc/passwd", stat.S_IFLNK | 0o777)))
    assert "is no plain file" in _refused(_zipped(tmp_path, _file("a", "", stat.S_IFIFO | 0o777)))


def test_a_bomb_is_refused_by_its_ratio_without_being_unpacked(tmp_path: Path) -> None:
    path = _zipped(tmp_path, _file("a", "0" * 5_000_000, method=zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 10_000
    said = _refused(path)
    assert "would unpack to 5000000 bytes" in said
    assert "times as many" in said


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = _zipped(tmp_path, _file("a"))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "a: is encrypted" in _refused(path)


def test_files_that_share_their_bytes_cannot_make_more_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Fifield's bomb of 2019: many entries of the directory at one place of the file."""
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    raw = archive_bytes({"a": b"0" * 4_000})
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    many = b"".join(entry[:-1] + letter for letter in (b"a", b"b", b"c"))
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 3, 3, len(many), start, 0)
    path = tmp_path / "packet.zip"
    path.write_bytes(raw[:start] + many + tail)
    assert "would unpack to more than 10000 bytes" in _refused(path)
    with pytest.raises(InputError, match="would hold 3 files of 12000 bytes"):
        archive_bytes(dict.fromkeys("abc", b"0" * 4_000))


def test_more_files_than_a_packet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    with pytest.raises(InputError, match="would hold 4 files"):
        archive_bytes(dict.fromkeys("abcd", b""))


def test_an_archive_that_is_larger_than_a_packet_can_be_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "packet.zip"
    with path.open("wb") as file:
        file.truncate(2**26 + 2)
    monkeypatch.setattr(archive, "MOST_BYTES", 1)
    assert "is larger than a packet can be" in _refused(path)


@pytest.mark.parametrize("content", [b"", b"no packet", b"PK\x05\x06", b"PK\x05\x06" + bytes(17), b"PK\x03\x04" * 99])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "packet.zip"
    path.write_bytes(content)
    assert "is no packet" in _refused(path)


def test_a_path_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in _refused(tmp_path / "absent.zip")
    assert "cannot be read" in _refused(tmp_path)


@pytest.mark.parametrize("write", [lambda m: setattr(m, "comment", b"hello"), lambda m: m.writestr("b", "y")])
def test_an_archive_of_another_form_is_told_apart_though_its_files_are_fine(tmp_path: Path, write: Write) -> None:
    """A comment, another time stamp or mode: nothing that unpacks otherwise, and not what was written."""
    found = read_archive(_zipped(tmp_path, _file("a"), write))
    assert found.files["a"] == b"x"
    assert found.faults


@pytest.mark.parametrize("cut", [1, 22, 40, 100])
def test_a_packet_that_was_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes({"a": b"x" * 50, "b": b"y"})[:-cut])
    assert "is no packet" in _refused(path)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_the_reader_stumble(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "packet.zip"
    path.write_bytes(archive_bytes({"a": b"x"})[:60] + noise + b"PK\x05\x06" + bytes(18))
    with pytest.raises(InputError):
        read_archive(path)
