"""write_clip: a file appears under its name only when it is whole."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from translator.clips.clip import Clip, Header
from translator.clips.read import read_clip
from translator.clips.write import SUFFIX, Format, write_clip
from translator.errors import InputError

FORMATS: tuple[Format, ...] = get_args(Format)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_under_a_new_folder_and_read_back(tmp_path: Path, form: Format) -> None:
    clip = Clip.from_array(np.full((3, 16, 24), 90, np.uint8), 25.0)
    target = tmp_path / "new" / f"a{SUFFIX[form]}"
    assert write_clip(target, clip, form) == target
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert np.abs(read_clip(target).array().astype(int) - 90).max() <= 6  # VP9 in 4:2:0 is near, not equal


@pytest.mark.parametrize("form", FORMATS)
def test_a_source_that_breaks_off_leaves_the_earlier_file_as_it_was(tmp_path: Path, form: Format) -> None:
    target = tmp_path / f"a{SUFFIX[form]}"
    target.write_bytes(b"earlier")
    short = Clip(Header(5, 16, 24, 1, 25.0), lambda: iter(np.zeros((3, 16, 24), np.uint8)))
    with pytest.raises(InputError, match="3 frames were decoded, the header says 5"):
        write_clip(target, short, form)
    assert target.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_only_npz_holds_the_mask(tmp_path: Path) -> None:
    clip = Clip.from_array(np.full((2, 16, 24), 200, np.uint8), 25.0)
    write_clip(tmp_path / "a.npz", clip, "npz", mask=clip)
    with np.load(tmp_path / "a.npz") as loaded:
        assert loaded["mask"].all()
