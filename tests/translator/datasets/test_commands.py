"""`sonoproof manifest NAME` for each data set, from a folder to a manifest that reads back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from translator.clips.manifest import read_manifest
from translator.datasets.registry import DATASETS

Build = dict[str, Callable[[Path], Path]]
Runner = Callable[..., tuple[int, str, str]]

# clips, subjects, clips by split, clips with a segmentation, as the folders of conftest hold them
EXPECTED: dict[str, tuple[int, int, dict[str, int], int]] = {
    "camus": (6, 3, {"test": 2, "train": 2, "validation": 2}, 6),
    "echonet-dynamic": (3, 3, {"test": 1, "train": 1, "validation": 1}, 0),
    "echonet-pediatric": (5, 3, {"test": 1, "train": 3, "validation": 1}, 0),
    "tmed2": (5, 4, {"test": 1, "train": 3, "validation": 1}, 0),
    "hc18": (4, 3, {"test": 1, "train": 3}, 0),
    "busi": (3, 3, {"test": 3}, 0),
    "pocus": (4, 3, {"test": 4}, 0),
}


def test_every_data_set_has_an_expectation_here() -> None:
    assert set(EXPECTED) == set(DATASETS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_good_folder_becomes_a_manifest_that_reads_back(name: str, run: Runner, build: Build, tmp_path: Path) -> None:
    folder = build[name](tmp_path / "data")
    code, out, err = run("manifest", name, folder, "--json")
    found = json.loads(out)
    assert code == 0, err
    assert found["faults"] == []
    clips, subjects, splits, segmentations = EXPECTED[name]
    assert (found["clips"], found["subjects"], found["splits"]) == (clips, subjects, splits)
    assert found["segmentations"] == segmentations
    entries = read_manifest(folder / "manifest.csv").entries  # finds every file, and no subject in two splits
    assert len(entries) == clips
    assert {(e.domain, e.pairing) for e in entries} == {("real", "unpaired")}
    assert all(e.greyscale and not Path(e.greyscale).is_absolute() for e in entries)
    assert all(e.licence and e.anatomy for e in entries)


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if dataset.labels])
def test_label_files_are_written_beside_the_manifest_when_asked(
    name: str, run: Runner, build: Build, tmp_path: Path
) -> None:
    folder = build[name](tmp_path / "data")
    target = tmp_path / "elsewhere" / "m.csv"
    code, out, err = run("manifest", name, folder, "--out", target, "--segmentations", "--json")
    assert code == 0, err
    labelled = [e for e in read_manifest(target).entries if e.segmentation]
    assert len(labelled) == json.loads(out)["segmentations"] > 0
    assert {e.segmentation for e in labelled} == {f"labels/{e.clip_id}.labels.npz" for e in labelled}
    assert all(str(e.greyscale).startswith("../data/") for e in labelled)


def test_label_files_are_refused_where_there_is_nothing_to_convert(run: Runner, build: Build, tmp_path: Path) -> None:
    code, _, err = run("manifest", "camus", build["camus"](tmp_path / "data"), "--segmentations")
    assert code == 2
    assert "camus: has nothing to convert" in err


def test_label_files_that_lie_there_are_not_overwritten(run: Runner, build: Build, tmp_path: Path) -> None:
    folder = build["busi"](tmp_path / "data")
    (folder / "labels").mkdir()
    code, _, err = run("manifest", "busi", folder, "--segmentations")
    assert code == 2
    assert "labels: exists. Move it away" in err


def test_good_rows_are_written_and_the_bad_named_with_exit_code_two(run: Runner, build: Build, tmp_path: Path) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    (folder / "Videos" / "0X2B.avi").unlink()
    code, out, err = run("manifest", "echonet-dynamic", folder)
    assert code == 2
    assert "FileList.csv: row 3: names 0X2B.avi, which is not in" in err
    assert "2 clips of 2 subjects (1 test, 1 train)" in out
    assert [e.clip_id for e in read_manifest(folder / "manifest.csv").entries] == [
        "echonet-dynamic-0X1A",
        "echonet-dynamic-0X3C",
    ]


def test_nothing_is_written_where_no_row_is_good(run: Runner, build: Build, tmp_path: Path) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    (folder / "FileList.csv").write_bytes(b"FileName,EF\n\xff\xfe")
    code, _, err = run("manifest", "echonet-dynamic", folder)
    assert code == 2
    assert "FileList.csv: cannot be read as CSV" in err
    assert not (folder / "manifest.csv").exists()


def test_an_old_manifest_is_not_overwritten(run: Runner, build: Build, tmp_path: Path) -> None:
    folder = build["hc18"](tmp_path / "data")
    (folder / "manifest.csv").write_text("mine")
    assert run("manifest", "hc18", folder)[0] == 2
    assert (folder / "manifest.csv").read_text() == "mine"


def test_a_users_split_is_taken_only_where_there_is_no_official_one(run: Runner, build: Build, tmp_path: Path) -> None:
    busi = build["busi"](tmp_path / "busi")
    assert run("manifest", "busi", busi, "--split", "train")[0] == 0
    assert {e.split for e in read_manifest(busi / "manifest.csv").entries} == {"train"}
    for name in ("camus", "echonet-dynamic", "echonet-pediatric", "tmed2", "hc18"):
        folder = build[name](tmp_path / name)
        code, _, err = run("manifest", name, folder, "--split", "train")
        assert code == 2
        assert "gives the official split. Leave --split out" in err, name


def test_warnings_about_subjects_are_printed(run: Runner, build: Build, tmp_path: Path) -> None:
    code, _, err = run("manifest", "busi", build["busi"](tmp_path / "data"))
    assert code == 0
    assert "note subjects are not published" in err


@pytest.mark.parametrize("name", EXPECTED)
def test_help_says_what_becomes_of_subjects_and_splits(name: str, run: Runner) -> None:
    code, out, _ = run("manifest", name, "--help")
    text = " ".join(out.split())
    assert code == 0
    assert f"Subjects: {DATASETS[name].subjects}"[:60] in text
    assert DATASETS[name].doi in text


def test_data_sets_are_listed_with_licence_and_citation(run: Runner) -> None:
    rows = json.loads(run("list", "datasets", "--json")[1])
    assert [row["name"] for row in rows] == list(DATASETS)
    assert all(row["licence"] and row["doi"].startswith("10.") and row["citation"] for row in rows)
    assert "10.1109/TMI.2019.2900516" in run("list", "datasets")[1]
