"""Pseudonyms: the same for a plan, in no order that says anything, and found wherever an id stands."""

import csv
from pathlib import Path
from typing import Any

import pytest

from evalkit.pseudonyms import Pseudonyms, pseudonyms_of, read_pseudonyms, real_names, write_pseudonyms
from translator.errors import InputError


def _plan(subjects: int, seed: str = "00", clips: int = 2) -> dict[str, Any]:
    rows = [
        {"clip_id": f"DOE-{index:03d}-{number}", "subject_id": f"DOE-{index:03d}"}
        for index in range(subjects)
        for number in range(clips)
    ]
    return {"clips": rows, "inputs": {row["clip_id"]: {"cfd": f"{seed}-{row['clip_id']}"} for row in rows}}


def test_each_clip_and_subject_has_one_of_its_own() -> None:
    names = pseudonyms_of(_plan(12))
    assert sorted(names.subjects.values()) == [f"subject-{rank:02d}" for rank in range(1, 13)]
    assert sorted(names.clips.values()) == [f"clip-{rank:03d}" for rank in range(1, 25)]
    assert len(names.clips) == 24


def test_the_same_plan_gives_the_same_and_other_data_give_others() -> None:
    assert pseudonyms_of(_plan(12)) == pseudonyms_of(_plan(12))
    shuffled = {**_plan(12), "clips": _plan(12)["clips"][::-1]}
    assert pseudonyms_of(shuffled) == pseudonyms_of(_plan(12))
    assert pseudonyms_of(_plan(12, "01")) != pseudonyms_of(_plan(12))


def test_their_order_says_nothing_of_the_order_of_the_ids() -> None:
    """Kendall's tau over 60 subjects is 0 give or take .09 where the order is random, and 1 where it is kept."""
    names = pseudonyms_of(_plan(60)).subjects
    ranks = [names[subject] for subject in sorted(names)]
    pairs = [(i, j) for j in range(60) for i in range(j)]
    agreeing = sum(ranks[i] < ranks[j] for i, j in pairs)
    assert abs(2 * agreeing / len(pairs) - 1) < 0.36


def test_more_clips_than_three_digits_hold_keep_one_width() -> None:
    assert {len(name) for name in pseudonyms_of(_plan(1001, clips=1)).clips.values()} == {len("clip-0001")}


def test_the_key_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    names = pseudonyms_of(_plan(5))
    write_pseudonyms(tmp_path, names)
    assert read_pseudonyms(tmp_path) == names
    with (tmp_path / "pseudonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["kind", "id", "pseudonym"]
    assert rows[1][2] == "clip-001"
    assert len(rows) == 1 + 10 + 5


def test_a_run_without_its_key_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pseudonyms\.csv: cannot be read .*--real-ids"):
        read_pseudonyms(tmp_path)


NAMES = Pseudonyms(
    {"DOE-1": "clip-002", "DOE-10": "clip-001", "DOE.x": "clip-004", "7": "clip-003", "123": "clip-005"},
    {"DOE": "subject-01", "1947": "subject-02"},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DOE-1 and DOE-10", "clip-002 and clip-001"),
        ("has no video DOE-1.*", "has no video clip-002.*"),
        ("'DOE-10.cfd.npz', (DOE)", "'clip-001.cfd.npz', (subject-01)"),
        ("DOE_1947/frame", "subject-01_subject-02/frame"),
        ("DOES DOE-11x undoable", "DOES subject-01-11x undoable"),
        ("DOEx", "DOEx"),
        ("DOExx DOE.x", "DOExx clip-004"),
        ("7 of 123 frames", "7 of 123 frames"),
        ("", ""),
    ],
)
def test_ids_in_free_text_are_replaced_as_words_the_longest_first(text: str, expected: str) -> None:
    assert NAMES.text(text) == expected


def test_ids_anywhere_in_a_json_value_are_replaced() -> None:
    value = {"DOE": ["DOE-1", 3, None, {"a": "of DOE-10"}], "b": True}
    assert NAMES.within(value) == {"subject-01": ["clip-002", 3, None, {"a": "of clip-001"}], "b": True}


def test_real_names_change_nothing() -> None:
    names = real_names(_plan(3))
    assert names.clips["DOE-001-1"] == "DOE-001-1"
    assert names.text("DOE-001-1 of DOE-001") == "DOE-001-1 of DOE-001"


def test_without_clips_texts_stay() -> None:
    assert Pseudonyms({}, {}).text("DOE") == "DOE"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a note on PATIENT01 by hand", "a note on subject-01 by hand"),
        ("Patient01-A, patient01-a.", "clip-001, clip-001."),
        ("PATIENT011 and xpatient01 are other words", "PATIENT011 and xpatient01 are other words"),
        ("both Anna and ANNA, or aNNa", "both subject-02 and subject-03, or subject-03"),
    ],
)
def test_ids_are_found_in_free_text_whatever_their_case(text: str, shown: str) -> None:
    names = Pseudonyms(
        {"patient01-a": "clip-001"}, {"patient01": "subject-01", "Anna": "subject-02", "ANNA": "subject-03"}
    )
    assert names.text(text) == shown


def test_a_text_stays_as_it_was_written_where_real_ids_are_asked_for() -> None:
    assert real_names(_plan(2)).text("see doe-001 and DOE-000-1") == "see doe-001 and DOE-000-1"
