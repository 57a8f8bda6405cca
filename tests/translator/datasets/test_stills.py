"""TMED-2, HC18 and BUSI: data sets of stills."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from translator.clips.npz import read_npz
from translator.datasets.listing import Listing

Build = dict[str, Callable[[Path], Path]]
Lister = Callable[..., Listing]
Table = Callable[[Path, Sequence[Sequence[object]]], None]
Picture = Callable[..., None]

FOLD = ["query_key", "view_label", "diagnosis_label", "SourceFolder"]
FOLD += ["view_classifier_split", "diagnosis_classifier_split"]


def test_two_studies_of_one_tmed2_patient_are_one_subject(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    listing = list_clips("tmed2", build["tmed2"](tmp_path / "data"))
    assert (listing.faults, listing.notes) == ([], [])
    assert [(e.clip_id, e.subject_id, e.split, e.view) for e in listing.entries] == [
        ("tmed2-7s1_0", "tmed2-7", "train", "PLAX"),
        ("tmed2-7s2_3", "tmed2-7", "train", "A4C"),
        ("tmed2-8s1_1", "tmed2-8", "validation", "PSAX"),
        ("tmed2-9s1_1", "tmed2-9", "test", "A4CorA2CorOther"),
        ("tmed2-11s1_2", "tmed2-11", "train", "A2C"),  # only the view classifier's split names it
    ]


def test_tmed2_without_fold_0_has_no_split(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["tmed2"](tmp_path / "approved_users_only").parent
    shutil.rmtree(folder / "approved_users_only" / "DEV479")
    listing = list_clips("tmed2", folder)
    assert {e.split for e in listing.entries} == {"test"}
    assert len(listing.entries) == 5
    assert "no DEV479/TMED2_fold0_labeledpart.csv" in listing.notes[0]


def test_bad_rows_of_tmed2_are_named(build: Build, list_clips: Lister, table: Table, tmp_path: Path) -> None:
    folder = build["tmed2"](tmp_path / "data")
    source = "view_and_diagnosis_labeled_set/labeled/"
    table(
        folder / "DEV479" / "TMED2_fold0_labeledpart.csv",
        [
            FOLD,
            ["7s1_0.png", "PLAX", "no_AS", source, "train", "train"],
            ["../7s2_3.png", "PLAX", "no_AS", source, "train", "train"],
            ["8s1_1.png", "PSAX", "no_AS", source, "not_used", "not_used"],
            ["9s1_9.png", "PSAX", "no_AS", "../../etc", "train", "test"],
        ],
    )
    listing = list_clips("tmed2", folder)
    assert [e.clip_id for e in listing.entries] == ["tmed2-7s1_0"]
    assert [str(f).rpartition("labeledpart.csv: ")[2].partition(",")[0].partition(". ")[0] for f in listing.faults] == [
        "row 3: has query_key '../7s2_3.png'",
        "row 5: names 9s1_9.png",
    ]
    assert listing.notes == [
        "1 rows are in no split of fold 0 and are left out",
        "3 rows of labels_per_image.csv are not in fold 0 and are left out",
    ]


def test_a_tmed2_still_that_no_table_names_is_a_fault(
    build: Build, list_clips: Lister, picture: Picture, tmp_path: Path
) -> None:
    folder = build["tmed2"](tmp_path / "data")
    picture(folder / "view_labeled_set" / "labeled" / "99s1_0.png")
    (fault,) = list_clips("tmed2", folder).faults
    assert "99s1_0.png: has no row in" in str(fault)


def test_hc18_pictures_of_one_examination_are_one_subject_and_the_sets_count_apart(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    entries = list_clips("hc18", build["hc18"](tmp_path / "data")).entries
    assert [(e.clip_id, e.subject_id, e.split) for e in entries] == [
        ("hc18-train-000_HC", "hc18-train-000", "train"),
        ("hc18-train-010_HC", "hc18-train-010", "train"),
        ("hc18-train-010_2HC", "hc18-train-010", "train"),
        ("hc18-test-000_HC", "hc18-test-000", "test"),
    ]


def test_an_hc18_outline_is_filled(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    listing = list_clips("hc18", build["hc18"](tmp_path / "data"), segmentations=True)
    labels = read_npz(tmp_path / "out" / "labels" / "hc18-train-010_2HC.labels.npz").array()
    expected = np.zeros((1, 24, 32), np.uint8)
    expected[0, 3:10, 5:11] = 1  # the ring runs from (5, 3) to (10, 9)
    assert np.array_equal(labels, expected)
    assert [bool(e.segmentation) for e in listing.entries] == [True, True, True, False]  # none for the test set


def test_hc18_faults_are_named_and_tables_may_lie_in_their_folder(
    build: Build, list_clips: Lister, table: Table, picture: Picture, tmp_path: Path
) -> None:
    folder = build["hc18"](tmp_path / "data")
    (folder / "test_set_pixel_size.csv").rename(folder / "test_set" / "test_set_pixel_size.csv")
    (folder / "training_set" / "000_HC_Annotation.png").unlink()
    picture(folder / "training_set" / "Jane_Doe.png")
    table(folder / "training_set_pixel_size_and_HC.csv", [["filename"], ["000_HC.png"], ["Jane_Doe.png"], ["1_HC.png"]])
    listing = list_clips("hc18", folder)
    assert [e.clip_id for e in listing.entries] == ["hc18-train-000_HC", "hc18-test-000_HC"]
    without, misnamed, absent, *unnamed = map(str, listing.faults)
    assert "000_HC_Annotation.png: is not there: its still gets no segmentation" in without
    assert "row 3: names Jane_Doe.png. Left out" in misnamed
    assert "row 4: names 1_HC.png, which is not in" in absent
    assert [text.partition(": has no row")[0].rpartition("/")[2] for text in unnamed] == [
        "010_2HC.png", "010_2HC_Annotation.png", "010_HC.png", "010_HC_Annotation.png"
    ]  # fmt: skip


def test_a_missing_hc18_table_is_a_fault_and_the_other_set_goes_on(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build["hc18"](tmp_path / "data")
    (folder / "training_set_pixel_size_and_HC.csv").unlink()
    listing = list_clips("hc18", folder)
    (fault,) = listing.faults
    assert "training_set_pixel_size_and_HC.csv: is not there" in str(fault)
    assert [e.split for e in listing.entries] == ["test"]


def test_the_masks_of_a_busi_picture_are_united_and_a_normal_breast_has_none(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    listing = list_clips("busi", build["busi"](tmp_path / "data"), segmentations=True)
    assert [(e.clip_id, e.subject_id) for e in listing.entries] == [
        ("busi-benign-1", "busi-benign-1"),
        ("busi-malignant-1", "busi-malignant-1"),
        ("busi-normal-1", "busi-normal-1"),
    ]
    areas = [int(read_npz(tmp_path / "out" / str(e.segmentation)).array().sum()) for e in listing.entries]
    assert areas == [4 + 9, 4, 0]


def test_busi_faults_are_named_and_the_others_go_on(
    build: Build, list_clips: Lister, picture: Picture, tmp_path: Path
) -> None:
    folder = build["busi"](tmp_path / "data")
    home = folder / "Dataset_BUSI_with_GT"
    (home / "malignant" / "malignant (1)_mask.png").unlink()
    picture(home / "benign" / "benign (7)_mask.png")
    picture(home / "benign" / "malignant (3).png")
    shutil.rmtree(home / "normal")
    (home / "benign" / "benign (9).png").mkdir()  # a folder is no picture
    listing = list_clips("busi", folder)
    assert [e.clip_id for e in listing.entries] == ["busi-benign-1", "busi-malignant-1"]
    assert [str(f).partition(str(home) + "/")[2].partition(": ")[0] for f in listing.faults] == [
        "benign/benign (7)_mask.png",
        "benign/malignant (3).png",
        "malignant/malignant (1).png",
        "normal",
    ]


def test_busi_masks_of_two_sizes_are_a_fault_not_a_crash(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["busi"](tmp_path / "data")
    cv2.imwrite(str(folder / "Dataset_BUSI_with_GT" / "benign" / "benign (1)_mask_1.png"), np.zeros((5, 5), np.uint8))
    listing = list_clips("busi", folder, segmentations=True)
    (fault,) = listing.faults
    assert "has another size than its other masks" in str(fault)
    assert [bool(e.segmentation) for e in listing.entries] == [False, True, True]


def test_that_busi_names_no_subjects_is_always_said(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    listing = list_clips("busi", build["busi"](tmp_path / "data"))
    assert "subjects are not published" in listing.notes[0]
    assert "duplicates" in listing.notes[0]
