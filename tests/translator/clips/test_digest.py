"""Digest and name of a clip: every file that it is read from counts, and .nii.gz is one suffix."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from translator.artefacts import file_digest
from translator.clips.digest import clip_digest, stem_of
from translator.errors import InputError

HEADER = "NDims = 2\nDimSize = 4 3\nElementType = MET_UCHAR\nElementDataFile = a.raw\n"


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"abc")
    # SHA-256 of "abc": FIPS 180-4, appendix B.1
    assert clip_digest(tmp_path / "a.npz") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_data_file_of_an_mhd_counts(tmp_path: Path) -> None:
    (tmp_path / "a.mhd").write_text(HEADER)
    (tmp_path / "a.raw").write_bytes(bytes(12))
    first, header = clip_digest(tmp_path / "a.mhd"), file_digest(tmp_path / "a.mhd")
    (tmp_path / "a.raw").write_bytes(bytes(11) + b"1")
    assert clip_digest(tmp_path / "a.mhd") != first
    assert file_digest(tmp_path / "a.mhd") == header


def test_an_mhd_without_its_data_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a.mhd").write_text(HEADER)
    with pytest.raises(InputError, match="data file is not beside it"):
        clip_digest(tmp_path / "a.mhd")


def test_every_still_of_a_folder_counts_and_hidden_files_do_not(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((4, 4), np.uint8))
    first = clip_digest(tmp_path)
    (tmp_path / ".thumb.png").write_bytes(b"x")
    (tmp_path / "notes.txt").write_bytes(b"x")
    assert clip_digest(tmp_path) == first
    cv2.imwrite(str(tmp_path / "2.png"), np.ones((4, 4), np.uint8))
    assert clip_digest(tmp_path) != first


@pytest.mark.parametrize(("name", "stem"), [("a.nii.gz", "a"), ("a.b.mp4", "a.b"), ("IM0001", "IM0001")])
def test_a_stem_has_no_suffix(tmp_path: Path, name: str, stem: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert stem_of(tmp_path / name) == stem


def test_a_folder_has_no_suffix(tmp_path: Path) -> None:
    (tmp_path / "visit.2").mkdir()
    assert stem_of(tmp_path / "visit.2") == "visit.2"
