"""What a file holds decides how it is read; its suffix only where that does not tell."""

from pathlib import Path

import pytest

from translator.clips.formats import SUFFIXES, SUPPORTED, kind_of, suffix_of
from translator.errors import InputError


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0" * 128 + b"DICM", "dicom"),
        (b"PK\x03\x04", "npz"),
        (b"\x93NUMPY\x01\0", "npy"),
        (b"\x1f\x8b\x08\0", "nifti"),
        (b"\x5c\x01\0\0".ljust(344, b"\0") + b"n+1\0", "nifti"),
        (b"ObjectType = Image\nNDims = 2\n", "metaimage"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"GIF89a", "picture"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "picture"),
        (b"II*\0", "picture"),
        (b"RIFF\x10\0\0\0AVI LIST", "video"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"\0\0\0\x08wide", "video"),
        (b"\x1a\x45\xdf\xa3", "video"),
        (b"\0\0\x01\xba\x21", "video"),
        (b"\x47" + b"\0" * 187 + b"\x47", "video"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa"), "video"),
    ],
)
def test_the_first_bytes_tell(tmp_path: Path, start: bytes, kind: str) -> None:
    (tmp_path / "a.txt").write_bytes(start.ljust(600, b"\0"))
    assert kind_of(tmp_path / "a.txt") == kind


def test_bytes_that_do_not_tell_are_a_video_if_the_suffix_says_so(tmp_path: Path) -> None:
    for name in ("a.vob", "a.bin"):
        (tmp_path / name).write_bytes(bytes(range(256)) * 4)
    assert kind_of(tmp_path / "a.vob") == "video"
    with pytest.raises(InputError, match="does not start like any format") as caught:
        kind_of(tmp_path / "a.bin")
    assert SUPPORTED in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    "playlist", [b"#EXTM3U\n", b"ffconcat version 1.0\n", b"v=0\no=x", b"<MPD>", b"\xef\xbb\xbf#EXTM3U"]
)
def test_a_playlist_is_never_a_video_even_with_binary_behind_it(tmp_path: Path, playlist: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(playlist.ljust(9, b" ") + bytes(range(256)))
    with pytest.raises(InputError):
        kind_of(tmp_path / "a.mp4")


@pytest.mark.parametrize(("name", "suffix"), [("a.b.NII.GZ", ".nii.gz"), ("a.MP4", ".mp4"), ("a", ""), ("a.gz", ".gz")])
def test_the_suffix_of_a_zipped_nifti_is_one(name: str, suffix: str) -> None:
    assert suffix_of(Path(name)) == suffix
    assert ".nii.gz" in SUFFIXES
