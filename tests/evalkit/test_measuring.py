"""What a failure says: no file behind a clip is named in a table, be it one file or several."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pytest

from evalkit.measuring import reason
from translator.clips.manifest import Entry, Manifest
from translator.clips.read import read_clip
from translator.errors import InputError


def _said(root: Path, name: str) -> str:
    entry = Entry(clip_id="c1", subject_id="s1", split="test", cfd=name)
    plan = cast("Any", SimpleNamespace(manifest=Manifest([entry], root), folder=root, arms=()))
    with pytest.raises(InputError) as caught:
        read_clip(root / name).array()
    return reason(plan, entry, caught.value)


def test_no_still_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "visit").mkdir()
    for index, size in enumerate((32, 33)):
        cv2.imwrite(str(tmp_path / "visit" / f"BROWN_ALICE_{index}.png"), np.zeros((size, 32), np.uint8))
    said = _said(tmp_path, "visit")
    assert "33 x 32" in said
    assert "BROWN" not in said


def test_the_data_file_of_an_mhd_is_not_named(tmp_path: Path) -> None:
    fields = "NDims = 2\nDimSize = 64 64\nElementType = MET_UCHAR\nElementDataFile = SMITH_JOHN.raw\n"
    (tmp_path / "a.mhd").write_text(fields)
    (tmp_path / "SMITH_JOHN.raw").write_bytes(bytes(100))
    said = _said(tmp_path, "a.mhd")
    assert "4096" in said
    assert "SMITH" not in said
