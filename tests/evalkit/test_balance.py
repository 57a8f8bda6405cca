"""Which clips to translate: worked by hand, with the cap on subjects, and where there are too few."""

from evalkit.balance import plan_balance
from translator.clips.manifest import Entry


def _clip(name: str, subject: str, site: str | None) -> Entry:
    return Entry(clip_id=name, subject_id=subject, split="test", site=site, cfd="x.npz")


CLIPS = [
    _clip("b1", "p1", "B"), _clip("b2", "p1", "B"), _clip("b3", "p2", "B"),
    _clip("c1", "p3", "C"), _clip("c2", "p3", "C"),
    _clip("a1", "p4", "A"), _clip("n1", "p5", None),
]  # fmt: skip


def test_the_poorest_level_is_raised_first_and_none_above_the_fullest() -> None:
    found = plan_balance({"A": 3, "B": 1}, CLIPS, "site")
    assert [(one.level, one.clips) for one in found] == [("C", 1), ("B", 2), ("C", 2), ("B", 3)]
    assert [one.order for one in found] == [1, 2, 3, 4]


def test_subjects_take_turns_and_the_least_covered_clip_of_a_subject_goes_first() -> None:
    coverage = {"b1": 0.4, "b2": 0.1, "b3": 0.3}
    found = plan_balance({"A": 9}, CLIPS[:3], "site", coverage=coverage)
    assert [(one.clip_id, one.coverage) for one in found] == [("b2", 0.1), ("b3", 0.3), ("b1", 0.4)]


def test_no_more_clips_of_a_subject_than_allowed_and_no_more_in_all() -> None:
    found = plan_balance({"A": 9}, CLIPS, "site", per_subject=1)
    assert sorted(one.subject_id for one in found) == ["p1", "p2", "p3", "p4"][:3]
    assert len(plan_balance({"A": 9}, CLIPS, "site", at_most=2)) == 2


def test_where_nothing_is_there_levels_are_raised_to_the_poorest() -> None:
    found = plan_balance({}, CLIPS[:5], "site")
    assert {level: sum(one.level == level for one in found) for level in "BC"} == {"B": 2, "C": 2}
    capped = plan_balance({}, CLIPS[:5], "site", per_subject=1)
    assert {level: sum(one.level == level for one in capped) for level in "BC"} == {"B": 1, "C": 1}


def test_a_level_that_has_none_to_translate_stays_where_it_is() -> None:
    found = plan_balance({"A": 2, "D": 0, "B": 1}, CLIPS, "site")
    assert "D" not in {one.level for one in found}
    assert plan_balance({"A": 2}, [], "site") == []
