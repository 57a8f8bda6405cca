from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from translator.clips.npz import read_npz
from translator.datasets.listing import Listing
from translator.datasets.tracings import chords_to_polygon
from translator.errors import InputError

Build = dict[str, Callable[[Path], Path]]
Lister = Callable[..., Listing]
Table = Callable[[Path, Sequence[Sequence[object]]], None]
Video = Callable[[Path], None]

DYNAMIC = ["FileName", "EF", "ESV", "EDV", "FrameHeight", "FrameWidth", "FPS", "NumberOfFrames", "Split"]
PEDIATRIC = ["FileName", "EF", "Sex", "Age", "Weight", "Height", "Split"]


def _row(name: str, split: str) -> list[object]:
    return [name, 60, 40, 100, 24, 32, 50, 3, split]


def test_the_video_is_the_subject_and_the_split_is_the_tables(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    entries = list_clips("echonet-dynamic", build["echonet-dynamic"](tmp_path / "data")).entries
    assert [(e.clip_id, e.subject_id, e.split, e.view) for e in entries] == [
        ("echonet-dynamic-0X1A", "echonet-dynamic-0X1A", "train", "A4C"),
        ("echonet-dynamic-0X2B", "echonet-dynamic-0X2B", "validation", "A4C"),
        ("echonet-dynamic-0X3C", "echonet-dynamic-0X3C", "test", "A4C"),
    ]
    assert entries[0].greyscale == "../data/Videos/0X1A.avi"


def test_every_bad_row_is_named_and_the_good_ones_go_on(
    build: Build, list_clips: Lister, table: Table, video: Video, tmp_path: Path
) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    rows = [
        _row("0X1A", "TRAIN"), _row("../../x", "TEST"), _row("C:x", "TEST"), _row("", "TEST"), _row("0XGONE", "VAL"),
        _row("0X1A", "TEST"), _row("0X2B", "HOLDOUT"), _row("0X3C.avi", "test"),
    ]  # fmt: skip
    table(folder / "FileList.csv", [DYNAMIC, *rows])
    video(folder / "Videos" / "0XNEW.avi")
    listing = list_clips("echonet-dynamic", folder)
    assert [e.clip_id for e in listing.entries] == ["echonet-dynamic-0X1A", "echonet-dynamic-0X3C"]
    texts = [str(f).replace(str(folder), "D") for f in listing.faults]
    assert [text.partition(",")[0].partition(". ")[0] for text in texts] == [
        "D/FileList.csv: row 3: names '../../x.avi'",
        "D/FileList.csv: row 4: names 'C:x.avi'",
        "D/FileList.csv: row 5: names .avi",
        "D/FileList.csv: row 6: names 0XGONE.avi",
        "D/FileList.csv: row 7: names 0X1A.avi again",
        "D/FileList.csv: row 8: has split 'HOLDOUT'",
        "D/Videos/0XNEW.avi: has no row in D/FileList.csv",
    ]


def test_a_table_without_its_columns_is_one_fault(
    build: Build, list_clips: Lister, table: Table, tmp_path: Path
) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    table(folder / "FileList.csv", [["FileName", "Split"], ["0X1A", "TRAIN"]])
    (fault,) = list_clips("echonet-dynamic", folder).faults
    assert "has no column EF, NumberOfFrames; it has FileName, Split" in str(fault)


def test_chords_go_down_one_side_and_up_the_other_without_the_long_axis() -> None:
    rows: list[tuple[float, ...]] = [(0.0, 0.0, 9.0, 9.0), (4.0, 2.0, 9.0, 2.5), (3.0, 5.0, 8.0, 5.0)]
    assert chords_to_polygon(rows) == [(4, 2), (3, 5), (8, 5), (9, 2.5)]


def test_a_tracing_becomes_labels_on_its_frame_and_the_others_are_not_labelled(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    listing = list_clips("echonet-dynamic", folder, segmentations=True)
    assert listing.faults == []
    assert [e.segmentation for e in listing.entries] == ["labels/echonet-dynamic-0X1A.labels.npz", None, None]
    labels = read_npz(tmp_path / "out" / "labels" / "echonet-dynamic-0X1A.labels.npz")
    expected = np.zeros((24, 32), np.uint8)
    expected[2:9, 4:10] = 1  # the chords run from x 4 to 9 at y 2, 5 and 8
    assert labels.header.shape == (3, 24, 32)
    assert np.array_equal(labels.array()[1], expected)
    assert (labels.array()[[0, 2]] == 255).all()
    assert any("2 videos of data have no tracing" in note for note in listing.notes)


def test_bad_tracings_are_faults_and_the_clips_stay_listed(
    build: Build, list_clips: Lister, table: Table, tmp_path: Path
) -> None:
    folder = build["echonet-dynamic"](tmp_path / "data")
    good = [("0X3C.avi", 4, y, 9, y, 0) for y in (1, 2, 5)]
    table(
        folder / "VolumeTracings.csv",
        [
            ["FileName", "X1", "Y1", "X2", "Y2", "Frame"],
            *[("0X1A.avi", 4, y, 9, y, 3) for y in (1, 2, 5)],  # frames are 0 to 2
            ("0X2B.avi", "nan", 1, 2, 3, 0),
            ("0X2B.avi", "left", 1, 2, 3, 0),
            ("0X2B.avi", 1, 1, 2, 2, 0),
            ("0XGONE.avi", 1, 1, 2, 2, 0),
            ("0XGONE.avi", 1, 1, 2, 2, 1),
            *good,
        ],
    )
    listing = list_clips("echonet-dynamic", folder, segmentations=True)
    texts = [str(f).rpartition("VolumeTracings.csv: ")[2] for f in listing.faults]
    assert [text.partition(". ")[0].partition(";")[0] for text in texts] == [
        "row 5: holds a number that is no place in a frame",
        "row 6: holds no numbers in X1, Y1, X2, Y2 and Frame",
        "row 8: traces 0XGONE.avi, which is not listed",
        "0X2B.avi: traces frame 0 with 0 corners",
        "0X1A.avi: traces frame 3",
    ]
    assert [bool(e.segmentation) for e in listing.entries] == [False, False, True]


def test_pediatric_folds_views_and_patients(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    listing = list_clips("echonet-pediatric", build["echonet-pediatric"](tmp_path / "data"))
    assert listing.faults == []
    assert [(e.clip_id.removeprefix("echonet-pediatric-"), e.subject_id, e.split, e.view) for e in listing.entries] == [
        ("A4C-CR1a-CR2b-000001", "echonet-pediatric-CR1a", "train", "A4C"),
        ("A4C-CR1a-CR2c-000002", "echonet-pediatric-CR1a", "train", "A4C"),
        ("A4C-CR9d-CR9e-000003", "echonet-pediatric-CR9d", "validation", "A4C"),
        ("PSAX-CR1a-CR2b-000004", "echonet-pediatric-CR1a", "train", "PSAX"),
        ("PSAX-CR7f-CR7f-000005", "echonet-pediatric-CR7f", "test", "PSAX"),
    ]


def test_a_pediatric_outline_is_filled_and_a_missing_phase_is_a_note(
    build: Build, list_clips: Lister, tmp_path: Path
) -> None:
    folder = build["echonet-pediatric"](tmp_path / "data")
    listing = list_clips("echonet-pediatric", folder, segmentations=True)
    assert listing.faults == []
    labels = read_npz(tmp_path / "out" / "labels" / "echonet-pediatric-A4C-CR1a-CR2b-000001.labels.npz").array()
    expected = np.zeros((24, 32), np.uint8)
    expected[4:11, 3:13] = 1
    assert np.array_equal(labels[2], expected)
    assert "1 videos of A4C are traced in one phase only, as the table says" in listing.notes


def test_a_patient_whose_folds_disagree_stays_in_one_split(
    build: Build, list_clips: Lister, table: Table, tmp_path: Path
) -> None:
    folder = build["echonet-pediatric"](tmp_path / "data")
    rows = [["CR1a-CR2b-000004.avi", 62, "F", 3, 14, 95, 9], ["CR7f-CR7f-000005.avi", 62, "F", 3, 14, 95, 10]]
    table(folder / "PSAX" / "FileList.csv", [PEDIATRIC, *rows])
    listing = list_clips("echonet-pediatric", folder)
    leak, fold = map(str, listing.faults)
    assert "row 2: puts subject echonet-pediatric-CR1a into test; it is in train by" in leak
    assert "row 3: has split '10'" in fold
    assert {e.split for e in listing.entries if e.subject_id == "echonet-pediatric-CR1a"} == {"train"}
    alone = list_clips("echonet-pediatric", folder / "PSAX")
    assert [(e.subject_id, e.split) for e in alone.entries] == [("echonet-pediatric-CR1a", "test")]


def test_a_view_that_is_not_there_is_a_note(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["echonet-pediatric"](tmp_path / "data")
    (folder / "PSAX").rename(tmp_path / "away")
    listing = list_clips("echonet-pediatric", folder)
    assert listing.notes == ["no folder PSAX: its videos are not listed"]


def test_each_echonet_folder_is_told_from_the_other(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    folder = build["echonet-pediatric"](tmp_path / "data")
    with pytest.raises(InputError, match="It looks like echonet-pediatric: sonoproof manifest echonet-pediatric"):
        list_clips("echonet-dynamic", folder / "A4C")
    with pytest.raises(InputError, match="It looks like echonet-dynamic"):
        list_clips("echonet-pediatric", build["echonet-dynamic"](tmp_path / "dynamic"))
