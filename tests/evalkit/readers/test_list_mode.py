"""The iMRMC list mode: what is read, and every fault by row at once."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.readers.list_mode import read_reader_study
from translator.errors import InputError

HEADER = "readerID,caseID,modalityID,score\n"
GOOD = "truth,a,truth,0\ntruth,b,truth,1\nr1,a,m,2\nr1,b,m,4\nr2,b,m,1\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "study.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read_reader_study(_file(folder, text))
    return [str(fault).removeprefix(str(folder / "study.csv")).lstrip(": ") for fault in error.value.faults]


def test_scores_are_placed_and_what_was_not_read_is_missing(tmp_path: Path) -> None:
    study = read_reader_study(_file(tmp_path, HEADER + GOOD))
    assert (study.readers, study.cases, study.modalities) == (("r1", "r2"), ("a", "b"), ("m",))
    assert study.truth.tolist() == [False, True]
    np.testing.assert_array_equal(study.scores, [[[2, 4], [np.nan, 1]]])


def test_columns_may_stand_in_any_order_and_others_do_not_matter(tmp_path: Path) -> None:
    rows = [line.split(",") for line in (HEADER + GOOD).split()]
    text = "\n".join(",".join([row[3], "x", row[0], row[2], row[1]]) for row in rows)
    np.testing.assert_array_equal(
        read_reader_study(_file(tmp_path, text)).scores,
        read_reader_study(_file(tmp_path, HEADER + GOOD)).scores,
    )


def test_imrmcs_own_files_are_read(tmp_path: Path) -> None:
    text = "A study of ours, 2026\nN0: 1\n\nBEGIN DATA:\n" + GOOD.replace("truth,a", "-1, a").replace(",", ", ")
    np.testing.assert_array_equal(read_reader_study(_file(tmp_path, text)).scores, [[[2, 4], [np.nan, 1]]])


def test_every_fault_is_told_at_once_by_row(tmp_path: Path) -> None:
    text = HEADER + (
        "truth,a,truth,0\n"
        "truth,b,truth,2\n"  # row 3
        "truth,a,truth,1\n"  # row 4
        "r1,a,m,high\n"  # row 5
        "r1,,m,3\n"  # row 6
        "r1,c,m,3\n"  # row 7
        "r2,a,m,1\n"
        "r2,a,m,2\n"  # row 9
        "r2,a,m\n"  # row 10
        "r2,b,m,inf\n"  # row 11
        "\n"
        "r3,c,m,3\n"
    )  # fmt: skip
    assert _faults(tmp_path, text) == [
        "row 3: truth of case b is '2'. Give 0 (negative) or 1 (positive)",
        "row 4: gives the truth of case a again, as did row 2. Keep one of them",
        "row 5: score is 'high'. Give a finite number",
        "row 6: has no caseID. Give all four, or leave the row out",
        "row 9: scores case a by reader r2 in modality m again, as did row 8. Keep one of them",
        "row 10: has no score. Give all four, or leave the row out",
        "row 11: score is 'inf'. Give a finite number",
        "row 7: case c has no valid truth row. Add truth,c,truth,0 or 1",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "has no column readerID, caseID, modalityID, score; its first line is empty"),
        ("reader,case\n1,2\n", "has no column readerID, caseID, modalityID, score; its first line is reader, case"),
        (HEADER, "holds no scores of readers"),
        (HEADER + "truth,a,truth,1\nr1,a,m,3\n", "all cases that were read have the truth 1"),
        (HEADER + GOOD + "r1,a,n,1\nr1,a,o,1\n", "has 3 modalities (m, n, o)"),
    ],
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    assert [found for found in _faults(tmp_path, text) if found.startswith(fault)]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.csv").write_bytes(b"\xff\xfe\x00r")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_reader_study(tmp_path / "study.csv")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_reader_study(tmp_path / "absent.csv")
