"""Every real clip and still opens and streams to its end. Skipped where they are absent."""

import os
from pathlib import Path

import pytest

from translator.clips.formats import SUFFIXES, suffix_of
from translator.clips.read import read_clip

FOLDER = Path(__file__).parents[3] / os.environ.get("SONOPROOF_DATA", "../shared/data")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real clips at {FOLDER}; set SONOPROOF_DATA"),
]
NO_CLIPS = {"masks.npz"}  # named arrays, none of them `frames`


def test_every_real_file_with_a_clips_suffix_is_read_to_its_end() -> None:
    files = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and suffix_of(path) in SUFFIXES]
    read = {path.name: sum(1 for _ in read_clip(path).frames()) for path in files if path.name not in NO_CLIPS}
    assert len(read) > 100
    assert min(read.values()) >= 1
