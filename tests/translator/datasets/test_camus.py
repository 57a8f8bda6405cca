import shutil
from collections.abc import Callable
from pathlib import Path

from translator.datasets.listing import Listing
from translator.errors import Fault

Build = dict[str, Callable[[Path], Path]]
Lister = Callable[..., Listing]


def _one(faults: list[Fault]) -> str:
    (fault,) = faults
    return str(fault)


def test_half_sequences_are_clips_with_labels_view_and_official_split(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build["camus"](tmp_path / "data")
    rows = {e.clip_id: e for e in list_clips("camus", folder).entries}
    first = rows["camus-patient0001-2CH"]
    stem = "../data/database_nifti/patient0001/patient0001_2CH_half_sequence"
    assert (first.greyscale, first.segmentation) == (f"{stem}.nii.gz", f"{stem}_gt.nii.gz")
    assert (first.subject_id, first.view, first.split, first.scanner) == (
        "camus-patient0001", "A2C", "train", "GE Vivid E95"
    )  # fmt: skip
    assert (rows["camus-patient0002-4CH"].view, rows["camus-patient0002-4CH"].split) == ("A4C", "validation")
    assert rows["camus-patient0003-4CH"].split == "test"
    assert len(rows) == 6  # the ED stills are frames of the sequences


def test_without_database_split_all_is_test_and_a_note_says_so(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build["camus"](tmp_path / "data")
    listing = list_clips("camus", folder / "database_nifti", split="validation")
    assert {e.split for e in listing.entries} == {"validation"}
    assert "no database_split" in listing.notes[0]
    assert "all clips are validation" in listing.notes[0]


def test_a_patient_in_no_subgroup_is_a_fault_and_is_left_out(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["camus"](tmp_path / "data")
    (folder / "database_split" / "subgroup_training.txt").write_text("")
    listing = list_clips("camus", folder)
    assert "patient0001: is in no file of database_split" in _one(listing.faults)
    assert len(listing.entries) == 4


def test_bad_lines_of_the_subgroups_are_named_by_line(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["camus"](tmp_path / "data")
    path = folder / "database_split" / "subgroup_testing.txt"
    path.write_text("patient0003\npatient0001\npatient0009\n../../x\n")
    listing = list_clips("camus", folder)
    assert [str(f).partition("subgroup_testing.txt: ")[2].split(",")[0] for f in listing.faults] == [
        "line 2: names patient0001 again",
        "line 3: names patient0009",
        "line 4: names '../../x'",
    ]
    assert {e.split for e in listing.entries if e.subject_id == "camus-patient0001"} == {"train"}
    assert len(listing.entries) == 6


def test_a_missing_subgroup_file_is_a_fault(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["camus"](tmp_path / "data")
    (folder / "database_split" / "subgroup_validation.txt").unlink()
    assert any("subgroup_validation.txt: cannot be read" in str(f) for f in list_clips("camus", folder).faults)


def test_missing_files_are_named_and_the_others_go_on(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["camus"](tmp_path / "data")
    home = folder / "database_nifti" / "patient0001"
    (home / "patient0001_2CH_half_sequence.nii.gz").unlink()
    (home / "patient0001_4CH_half_sequence_gt.nii.gz").unlink()
    (folder / "database_nifti" / "patient0002" / "Info_2CH.cfg").unlink()
    listing = list_clips("camus", folder)
    assert [str(f).rpartition("patient000")[2].partition(":")[0] for f in listing.faults] == [
        "1_2CH_half_sequence.nii.gz",
        "1_4CH_half_sequence_gt.nii.gz",
        "2/Info_2CH.cfg",
    ]
    rows = {e.clip_id: e for e in listing.entries}
    assert "camus-patient0001-2CH" not in rows
    assert rows["camus-patient0001-4CH"].segmentation is None
    assert "camus-patient0002-2CH" in rows


def test_the_metaimage_layout_has_its_split_by_folder_and_no_labels(list_clips: Lister, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for part, patient in (("training", "patient0001"), ("testing", "patient0451")):
        home = folder / part / patient
        home.mkdir(parents=True)
        for view in ("2CH", "4CH"):
            (home / f"Info_{view}.cfg").write_text("ED: 1\n")
            for suffix in (".mhd", ".raw"):
                (home / f"{patient}_{view}_sequence{suffix}").write_bytes(b"x")
                (home / f"{patient}_{view}_ED{suffix}").write_bytes(b"x")
    (folder / "testing" / "patient0451" / "patient0451_4CH_sequence.raw").unlink()
    listing = list_clips("camus", folder)
    assert [(e.clip_id, e.split, e.segmentation) for e in listing.entries] == [
        ("camus-patient0001-2CH", "train", None),
        ("camus-patient0001-4CH", "train", None),
        ("camus-patient0451-2CH", "test", None),
    ]
    assert "patient0451_4CH_sequence.mhd: has no .raw beside it" in _one(listing.faults)
    assert "labels for the ED and ES stills only" in listing.notes[0]


def test_a_folder_of_another_name_is_no_patient(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["camus"](tmp_path / "data")
    shutil.copytree(folder / "database_nifti" / "patient0001", folder / "database_nifti" / "patient Jane Doe")
    assert len(list_clips("camus", folder).entries) == 6
