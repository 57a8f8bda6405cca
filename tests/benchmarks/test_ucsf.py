"""The benchmark on stills with machine-made masks: how it groups, folds and reads masks."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.validity.ucsf import chambers, in_folds, number_of, read_labels, table
from evalkit.records import Measurement
from translator.clips.manifest import Entry
from translator.errors import InputError


@pytest.mark.parametrize(
    ("still", "number"),
    [("A2CEX03", "03"), ("SAXEX07", "07"), ("LVTEST07_A4C_SYS_of_X", "07"), ("LATEST01_A2C_DIA_of_X", "01")],
)
def test_the_number_is_not_that_of_the_view(still: str, number: str) -> None:
    assert number_of(still) == number


def test_an_id_without_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        number_of("something")


def test_masks_that_overlap_are_ventricle() -> None:
    planes = np.zeros((2, 2, 3), np.uint8)
    planes[0, :, 1] = 255
    planes[:, 0, 2] = 200
    assert chambers(planes).tolist() == [[[1, 2], [1, 0]]]
    assert chambers(planes / np.float32(255)).tolist() == [[[1, 2], [1, 0]]]


def test_a_number_is_tested_once_and_never_in_training_at_the_same_time() -> None:
    entries = [
        Entry(clip_id=f"c{i}{v}", subject_id=f"s{i}", split="test", greyscale="x.png") for i in range(7) for v in "ab"
    ]
    folds = in_folds(entries, 3)
    tested = [entry.clip_id for fold in folds for entry in fold if entry.split == "test"]
    assert sorted(tested) == sorted(entry.clip_id for entry in entries)
    for fold in folds:
        by_split = {split: {e.subject_id for e in fold if e.split == split} for split in ("train", "test")}
        assert not by_split["train"] & by_split["test"]


def test_a_missing_table_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give the folder"):
        read_labels(tmp_path)


def test_the_table_counts_numbers_and_stills() -> None:
    rows = [Measurement("real", f"c{i}{v}", f"s{i}", "chambers.label_dice", "frame", "simulated", 0.5 + i / 100, "ok")
            for i in range(7) for v in "ab"]  # fmt: skip
    assert "0.530 [0.510, 0.550] (n = 7, 14 stills)" in table(rows)[2]
