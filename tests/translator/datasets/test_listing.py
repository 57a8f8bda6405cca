import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.clips.manifest import SAFE_ID, read_manifest, write_manifest
from translator.datasets.ids import safe_id
from translator.datasets.listing import Listing
from translator.datasets.registry import DATASETS
from translator.datasets.tables import is_plain, read_rows
from translator.errors import InputError

Build = dict[str, Callable[[Path], Path]]
Lister = Callable[..., Listing]


@given(st.text(max_size=200))
def test_every_published_name_becomes_an_id_that_a_manifest_accepts(name: str) -> None:
    made = safe_id("set", name)
    assert SAFE_ID.fullmatch(made)
    assert made == safe_id("set", name)


def test_names_that_look_alike_become_different_ids() -> None:
    names = ["a b", "a_b", "a+b", "ä b", "", "..", "a" * 300, "a" * 301]
    assert len({safe_id("set", name) for name in names}) == len(names)
    assert safe_id("set", "patient0001") == "set-patient0001"  # what is safe stays as published


@pytest.mark.parametrize("name", ["../x", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:x", "x\0"])
def test_a_name_that_leaves_its_folder_is_not_plain(name: str) -> None:
    assert not is_plain(name)
    assert is_plain("benign (1).png")


def test_paths_are_relative_to_the_manifest_wherever_it_lies(tmp_path: Path) -> None:
    clip = tmp_path / "data" / "in" / "clip.npz"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"x")
    for target in ("data/m.csv", "m.csv", "other/deep/m.csv"):
        path = tmp_path / target
        path.parent.mkdir(parents=True, exist_ok=True)
        listing = Listing(tmp_path / "data", path)
        listing.add("row", "c", "s", "test", clip)
        write_manifest(path, listing.entries)
        assert read_manifest(path).entries[0].greyscale == os.path.relpath(clip, path.parent)


def test_a_subject_in_a_second_split_and_a_clip_named_twice_are_left_out(tmp_path: Path) -> None:
    listing = Listing(tmp_path, tmp_path / "m.csv")
    listing.add("row 2", "a", "s", "train", tmp_path / "a")
    listing.add("row 3", "b", "s", "test", tmp_path / "b")
    listing.add("row 4", "a", "t", "test", tmp_path / "c")
    listing.add("row 5", "d", "s", "train", tmp_path / "d")
    assert [e.clip_id for e in listing.entries] == ["a", "d"]
    assert [str(f) for f in listing.faults] == [
        "row 3: puts subject s into test; it is in train by row 2. Left out: a subject may be in one split only",
        "row 4: names a again, as did row 2. Keep one of them",
    ]


def test_a_row_that_no_manifest_accepts_is_a_fault(tmp_path: Path) -> None:
    listing = Listing(tmp_path, tmp_path / "m.csv")
    listing.add("row 2", "a b", "s", "train", tmp_path / "a")
    (fault,) = listing.faults
    assert "must be 1 to 128 of" in str(fault)
    assert listing.entries == []


def test_rows_are_counted_as_a_spreadsheet_counts_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('\ufeffa, b \n1,"two\nlines"\n,\n3\n', encoding="utf-8")
    rows = read_rows(path, ("a", "b"), Listing(tmp_path, tmp_path / "m.csv"))
    assert rows == [(f"{path}: row 2", {"a": "1", "b": "two\nlines"}), (f"{path}: row 4", {"a": "3", "b": ""})]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"other\n1\n"])
def test_a_table_that_cannot_be_read_is_one_fault(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    listing = Listing(tmp_path, tmp_path / "m.csv")
    assert read_rows(path, ("a",), listing) == []
    (fault,) = listing.faults
    assert fault.where == str(path)


@pytest.mark.parametrize("name", DATASETS)
def test_a_wrong_folder_is_told_what_was_looked_for_and_found(name: str, list_clips: Lister, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(InputError) as error:
        list_clips(name, folder)
    text = str(error.value)
    assert f"is not {DATASETS[name].title}: looked for {DATASETS[name].layouts[0]}" in text
    assert "found holiday.jpg" in text
    with pytest.raises(InputError, match="is no folder"):
        list_clips(name, folder / "holiday.jpg")


@pytest.mark.parametrize("name", DATASETS)
def test_a_folder_of_another_data_set_is_recognised(
    name: str, build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build[name](tmp_path / "data")
    others = [other for other in DATASETS if other != name]
    for other in others:
        with pytest.raises(InputError, match=f"It looks like {name}: sonoproof manifest {name} "):
            list_clips(other, folder)


@pytest.mark.parametrize("name", ["echonet-dynamic", "hc18", "tmed2"])
def test_the_right_folder_nearby_is_named(name: str, build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build[name](tmp_path / "up" / "data")
    with pytest.raises(InputError, match=f"Give {folder}"):
        list_clips(name, folder.parent)


def test_what_data_sets_declare_is_complete() -> None:
    for name, dataset in DATASETS.items():
        assert SAFE_ID.fullmatch(name)  # ids begin with it
        assert all((dataset.title, dataset.licence, dataset.citation, dataset.subjects, dataset.splits))
        assert dataset.doi.startswith("10.")
