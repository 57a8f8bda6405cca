"""The manifests in benchmarks/ against the real clips that they name."""

import os
from pathlib import Path

import pytest

from translator.clips.manifest import read_manifest
from translator.clips.read import read_clip

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / os.environ.get("SONOPROOF_DATA", "../shared/data")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real clips at {FOLDER}; set SONOPROOF_DATA"),
]


@pytest.mark.parametrize("name", ["real_clips.csv", "real_cfd.csv"])
def test_every_file_of_the_manifest_is_there(name: str) -> None:
    assert read_manifest(ROOT / "benchmarks" / name, FOLDER).entries


def test_real_colour_clips_claim_no_truth_and_never_train() -> None:
    manifest = read_manifest(ROOT / "benchmarks" / "real_cfd.csv", FOLDER)
    assert {(e.pairing, e.split, e.greyscale) for e in manifest.entries} == {("unpaired", "test", None)}
    trained = read_manifest(ROOT / "benchmarks" / "real_clips.csv", FOLDER)
    assert not {e.subject_id for e in manifest.entries} & {e.subject_id for e in trained.entries}
    for entry in manifest.entries:
        file = manifest.file(entry, "cfd")
        assert file is not None
        assert read_clip(file).header.channels == 3, entry.clip_id
