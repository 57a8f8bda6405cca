"""Before and after translation by column: worked by hand; vectors; what has no value says why."""

import numpy as np
import pytest

from evalkit.diversity import Usable, of_column, of_vectors, usable
from translator.clips.manifest import Entry
from translator.errors import InputError


def _clip(index: int, site: str | None, grey: bool) -> Entry:
    files = {"greyscale": "g.npz"} if grey else {"cfd": "c.npz"}
    return Entry.model_validate(
        {"clip_id": f"c{index}", "subject_id": f"s{index % 8}", "split": "test", "site": site, **files}
    )


def _clips() -> list[Usable]:
    """13 greyscale clips at A and 1 at B; 2 coloured at A, 4 at B, 1 at C, 1 nowhere."""
    sites = ["A"] * 13 + ["B"]
    grey = [_clip(index, site, True) for index, site in enumerate(sites)]
    coloured = ["A", "A", "B", "B", "B", "B", "C", None]
    return usable([*grey, *(_clip(100 + index, site, False) for index, site in enumerate(coloured))])


def test_counts_and_shares_before_and_after_worked_by_hand() -> None:
    found = of_column(_clips(), "site", n_resamples=99)
    assert [(one.level, one.before, one.added, one.after) for one in found.levels] == [
        ("A", 13, 2, 15), ("B", 1, 4, 5), ("C", 0, 1, 1),
    ]  # fmt: skip
    assert [one.level for one in found.levels if one.under_represented] == ["C"]  # the median over levels is 1
    assert found.not_stated == 1
    share = found.changes[0]
    assert (share.before.value, share.after.value) == pytest.approx((0, 1 / 21))


def test_under_represented_levels_can_be_stated() -> None:
    share = of_column(_clips(), "site", ["B", "C"], n_resamples=99).changes[0]
    assert (share.before.value, share.after.value) == pytest.approx((1 / 14, 6 / 21))
    assert share.difference.value == pytest.approx(6 / 21 - 1 / 14)


def test_hill_numbers_are_those_of_the_levels_counts() -> None:
    of_order = {change.statistic[-1]: change for change in of_column(_clips(), "site", n_resamples=99).changes[1:]}
    assert (of_order["0"].before.value, of_order["0"].after.value) == (2, 3)
    assert of_order["2"].after.value == pytest.approx(21**2 / (15**2 + 5**2 + 1))


def test_clips_that_may_not_be_translated_are_in_no_level() -> None:
    clips = usable([each.entry for each in _clips()], frozenset({"c102"}))
    found = of_column(clips, "site", n_resamples=99)
    assert {one.level: one.added for one in found.levels} == {"A": 0, "B": 1}


def test_a_clip_with_both_files_is_there_before_and_adds_nothing() -> None:
    both = _clip(1, "A", True).model_copy(update={"cfd": "c.npz"})
    (only,) = usable([both], frozenset())
    assert (only.before, only.after, only.added) == (True, True, False)


def test_few_subjects_have_values_without_an_interval() -> None:
    clips = [each for each in _clips() if each.entry.subject_id in ("s0", "s1")]
    share = of_column(clips, "site", n_resamples=99).changes[0]
    assert share.after.value is not None
    assert (share.after.low, share.after.note) == (None, "not computed: 2 subjects, an interval needs 6")


def test_an_empty_column_and_an_unknown_level_are_refused() -> None:
    with pytest.raises(InputError, match="column view: is empty"):
        of_column(_clips(), "view")
    with pytest.raises(InputError, match="has no level 'Z'"):
        of_column(_clips(), "site", ["Z"])


def test_vectors_of_added_clips_count_after_and_not_before() -> None:
    rng = np.random.default_rng(0)
    real = {f"r{index}": rng.normal(size=4) for index in range(12)}
    made = {f"m{index}": rng.normal(size=4) + 6 for index in range(4)}
    subjects = {name: f"s{index % 8}" for index, name in enumerate([*real, *made])}
    found = of_vectors("arm", "backbone", real, made, subjects)
    assert (found.n_before, found.n_after, found.note) == (12, 16, "")
    change = found.changes[1]
    assert (change.before.value or 0) < (change.after.value or 0)
    assert change.difference.value == pytest.approx((change.after.value or 0) - (change.before.value or 0))
    assert change.before.n_clips == change.after.n_clips == 16


@pytest.mark.parametrize("real", [{}, {"r0": np.zeros(2)}, {"r0": np.zeros(2), "r1": np.ones(2)}])
def test_vectors_of_one_subject_have_no_scale_and_say_so(real: dict[str, np.ndarray]) -> None:
    found = of_vectors("arm", "backbone", real, {}, {"r0": "s", "r1": "s"})
    assert found.changes == ()
    assert found.note.startswith("not computed:")
