"""Manifest: every fault at once, by row and column."""

from pathlib import Path

import pandas as pd
import pytest

from translator.clips.manifest import COLUMNS, Entry, read_about, read_manifest, write_manifest
from translator.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files that a manifest may name."""
    for name in ("a.npz", "b.npz"):
        (tmp_path / name).touch()
    return tmp_path


def _csv(folder: Path, text: str) -> Path:
    path = folder / "m.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _faults(folder: Path, text: str) -> list[str]:
    """Every fault as a line, without the manifest's path."""
    path = _csv(folder, text)
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert all(fault.where.startswith(str(path)) for fault in caught.value.faults)
    return [str(fault).removeprefix(str(path)).removeprefix(": ") for fault in caught.value.faults]


def test_a_good_manifest_gives_its_entries_in_order(folder: Path) -> None:
    path = _csv(
        folder,
        "clip_id,subject_id,split,pairing,cfd,greyscale,licence\n"
        "c2,s1,test,simulated,a.npz,b.npz,MIT\n"
        "c1,s1,test,,a.npz,,\n",
    )
    manifest = read_manifest(path)
    assert [entry.clip_id for entry in manifest.entries] == ["c2", "c1"]
    first, second = manifest.entries
    assert (first.pairing, first.licence) == ("simulated", "MIT")
    assert (second.pairing, second.licence, second.greyscale) == ("unpaired", None, None)
    assert manifest.file(first, "greyscale") == folder / "b.npz"
    assert manifest.file(second, "greyscale") is None


def test_files_may_lie_under_another_root(folder: Path) -> None:
    (folder / "lists").mkdir()
    path = folder / "lists" / "m.csv"
    path.write_text("clip_id,subject_id,split,cfd\nc,s,test,a.npz\n")
    manifest = read_manifest(path, root=folder)
    assert manifest.file(manifest.entries[0], "cfd") == folder / "a.npz"
    with pytest.raises(InputError, match="no file at"):
        read_manifest(path)


def test_where_keeps_only_what_was_asked_for(folder: Path) -> None:
    path = _csv(
        folder,
        "clip_id,subject_id,split,anatomy,cfd\na,s1,test,heart,a.npz\nb,s2,train,heart,a.npz\nc,s3,test,kidney,a.npz\n",
    )
    manifest = read_manifest(path)
    assert [e.clip_id for e in manifest.where(split="test").entries] == ["a", "c"]
    assert [e.clip_id for e in manifest.where(split="test", anatomy="heart").entries] == ["a"]
    assert manifest.where(split="validation").entries == ()


def test_text_that_looks_like_a_missing_value_or_a_number_stays_text(folder: Path) -> None:
    path = _csv(folder, "clip_id,subject_id,split,site,cfd\n007,NA,test,nan,a.npz\n")
    (entry,) = read_manifest(path).entries
    assert (entry.clip_id, entry.subject_id, entry.site) == ("007", "NA", "nan")


def test_all_faults_of_all_rows_are_listed_at_once(folder: Path) -> None:
    found = _faults(
        folder,
        "clip_id,subject_id,split,pairing,cfd,greyscale,mask\n"
        "../x,s1,test,,a.npz,,\n"  # row 2: unsafe id
        "c3,s3,tset,,a.npz,,\n"  # row 3: split
        "c4,s4,test,simulated,a.npz,,\n"  # row 4: pairing without greyscale
        "c5,s5,test,,a.npz,,no.npz\n"  # row 5: missing file
        "c6,s6,test,,,,\n"  # row 6: no picture
        "c5,s7,test,,a.npz,,\n"  # row 7: duplicate of row 5
        "c8,s5,train,,a.npz,,\n"  # row 8: subject of row 5 in another split
        ",s9,test,paired,a.npz,,\n",  # row 9: no id, and no such pairing
    )
    starts = [
        "row 2, clip_id: ", "row 3, split: ", "row 4, row: ", "row 5, mask: ", "row 6, row: ",
        "row 7, clip_id: ", "row 8, split: ", "row 9, clip_id: ", "row 9, pairing: ",
    ]  # fmt: skip
    assert len(found) == len(starts)
    for start in starts:
        assert sum(line.startswith(start) for line in found) == 1, (start, found)


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", ".hidden", "-flag", "a b", "ä", "x" * 129])
def test_an_id_that_is_unsafe_as_a_file_name_is_refused_with_what_was_found(folder: Path, name: str) -> None:
    (line,) = _faults(folder, f"clip_id,subject_id,split,cfd\n{name},s1,test,a.npz\n")
    assert line.startswith("row 2, clip_id: ")
    assert repr(name) in line
    (line,) = _faults(folder, f"clip_id,subject_id,split,cfd\nc,{name},test,a.npz\n")
    assert line.startswith("row 2, subject_id: ")


def test_a_misspelt_column_names_the_nearest_one(folder: Path) -> None:
    (line,) = _faults(folder, "clip_id,subject_id,split,grayscale\nc,s,test,a.npz\n")
    assert line == "has an unknown column 'grayscale'. Did you mean greyscale"


def test_a_column_like_no_other_lists_the_known_ones(folder: Path) -> None:
    (line,) = _faults(folder, "clip_id,subject_id,split,cfd,zzz\nc,s,test,a.npz,1\n")
    assert "'zzz'" in line
    assert ", ".join(COLUMNS) in line


def test_columns_that_must_be_there_are_all_named(folder: Path) -> None:
    found = _faults(folder, "clip,cfd\nc,a.npz\n")
    assert "has an unknown column 'clip'. Did you mean clip_id" in found
    for column in ("clip_id", "subject_id", "split"):
        assert f"has no column {column}. Add it" in found


def test_a_subject_in_two_splits_names_both_rows_and_splits(folder: Path) -> None:
    (line,) = _faults(folder, "clip_id,subject_id,split,cfd\na,s1,train,a.npz\nb,s1,test,a.npz\n")
    assert line == "row 3, split: subject 's1' is in test, and in train in row 2. Keep each subject in one split"


def test_a_leak_or_a_repeat_is_found_even_in_a_row_with_another_fault(folder: Path) -> None:
    found = _faults(
        folder,
        "clip_id,subject_id,split,cfd,pairing\na,s1,train,a.npz,\na,s1,test,a.npz,nonsense\n",
    )
    assert any(line.startswith("row 3, pairing: ") for line in found)
    assert any(line.startswith("row 3, clip_id: ") for line in found), found
    assert any(line.startswith("row 3, split: ") for line in found), found


def test_a_clip_named_twice_names_both_rows(folder: Path) -> None:
    (line,) = _faults(folder, "clip_id,subject_id,split,cfd\na,s1,test,a.npz\nb,s1,test,a.npz\na,s1,test,a.npz\n")
    assert line == "row 4, clip_id: 'a' stands in row 2 too. Give each clip its own id"


@pytest.mark.parametrize("pairing", ["simultaneous", "simulated"])
@pytest.mark.parametrize("column", ["cfd", "greyscale"])
def test_a_pair_needs_both_of_its_files(folder: Path, pairing: str, column: str) -> None:
    (line,) = _faults(folder, f"clip_id,subject_id,split,pairing,{column}\na,s1,test,{pairing},a.npz\n")
    assert f"pairing is {pairing}, so both cfd and greyscale are needed" in line


@pytest.mark.parametrize("pairing", ["near", "unpaired"])
def test_what_is_no_exact_pair_needs_one_file_only(folder: Path, pairing: str) -> None:
    path = _csv(folder, f"clip_id,subject_id,split,pairing,cfd\na,s1,test,{pairing},a.npz\n")
    assert read_manifest(path).entries[0].pairing == pairing


def test_missing_files_are_named_by_row_column_and_path(folder: Path) -> None:
    found = _faults(
        folder, "clip_id,subject_id,split,cfd,segmentation\na,s1,test,no1.npz,a.npz\nb,s2,test,a.npz,no2.npz\n"
    )
    assert found == [
        f"row 2, cfd: no file at {folder / 'no1.npz'}. Correct the path, or give the right root",
        f"row 3, segmentation: no file at {folder / 'no2.npz'}. Correct the path, or give the right root",
    ]


def test_rows_are_counted_as_a_spreadsheet_counts_them_past_blank_lines(folder: Path) -> None:
    (line,) = _faults(folder, "clip_id,subject_id,split,cfd\na,s1,test,a.npz\n\nb,s2,tset,a.npz\n")
    assert line.startswith("row 4, split: "), line


def test_a_comma_at_the_end_of_the_rows_does_not_shift_the_columns(folder: Path) -> None:
    path = _csv(folder, "clip_id,subject_id,split,cfd\na,s1,test,a.npz,\nb,s2,test,b.npz,\n")
    entries = read_manifest(path).entries
    assert [(e.clip_id, e.subject_id, e.cfd) for e in entries] == [("a", "s1", "a.npz"), ("b", "s2", "b.npz")]


@pytest.mark.parametrize(("text", "what"), [("", "cannot be read"), ("clip_id,subject_id,split\n", "has no rows")])
def test_an_empty_manifest_is_refused(folder: Path, text: str, what: str) -> None:
    (line,) = _faults(folder, text)
    assert line.startswith(what)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.csv: cannot be read"):
        read_manifest(tmp_path / "no.csv")


def test_a_manifest_from_excel_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    path = folder / "m.csv"
    path.write_bytes(b"\xef\xbb\xbfclip_id,subject_id,split,cfd\r\na,s1,test,a.npz\r\n")
    assert read_manifest(path).entries[0].clip_id == "a"


def test_a_parquet_manifest_with_numbers_and_gaps_is_read_alike(folder: Path) -> None:
    table = pd.DataFrame(
        {
            "clip_id": ["a", "b"], "subject_id": [1, 2], "split": ["test", "test"],
            "cfd": ["a.npz", None], "greyscale": [None, "b.npz"],
        }
    )  # fmt: skip
    table.to_parquet(folder / "m.parquet")
    first, second = read_manifest(folder / "m.parquet").entries
    assert (first.subject_id, first.cfd, first.greyscale) == ("1", "a.npz", None)
    assert (second.subject_id, second.cfd, second.greyscale) == ("2", None, "b.npz")


def test_a_damaged_parquet_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_text("no parquet")
    with pytest.raises(InputError, match=r"m\.parquet: cannot be read as a manifest"):
        read_manifest(tmp_path / "m.parquet")


def test_what_is_written_is_read_back(folder: Path) -> None:
    entries = [
        Entry(clip_id="a", subject_id="s1", split="train", pairing="simulated", cfd="a.npz", greyscale="b.npz"),
        Entry(clip_id="b", subject_id="s2", split="test", cfd="a.npz", site='Z, "quoted"\nline', scanner="NA"),
    ]
    write_manifest(folder / "m.csv", entries)
    assert list(read_manifest(folder / "m.csv").entries) == entries
    assert (folder / "m.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)


def test_a_clip_matched_with_finished_videos_needs_its_greyscale_only(tmp_path: Path) -> None:
    (tmp_path / "a.npz").touch()
    path = tmp_path / "manifest.csv"
    path.write_text("clip_id,subject_id,split,pairing,greyscale\nc1,s1,test,matched,a.npz\n")
    (entry,) = read_manifest(path).entries
    assert (entry.pairing, entry.cfd) == ("matched", None)
    path.write_text("clip_id,subject_id,split,pairing,cfd\nc1,s1,test,matched,a.npz\n")
    with pytest.raises(InputError, match="pairing is matched, so greyscale is needed"):
        read_manifest(path)


def test_what_a_table_says_of_clips_is_read_without_their_files(tmp_path: Path) -> None:
    path = tmp_path / "about.csv"
    path.write_text("clip_id,subject_id,view,cfd\na b,s1,A4C,absent.npz\nc2,s2,,\n")
    assert read_about(path) == {
        "a b": {"clip_id": "a b", "subject_id": "s1", "view": "A4C"}, "c2": {"clip_id": "c2", "subject_id": "s2"}
    }  # fmt: skip
    path.write_text("clip_id,veiw\nc1,A4C\n,x\nc1,A2C\n")
    with pytest.raises(InputError) as caught:
        read_about(path)
    said = str(caught.value)
    assert len(caught.value.faults) == 3
    assert all(text in said for text in ("Did you mean view", "row 3, clip_id: is empty", "stands in row 2 too"))
