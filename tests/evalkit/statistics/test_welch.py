"""Welch's difference of two groups of subjects against statsmodels, and when there is none."""

import numpy as np
import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from evalkit.statistics.welch import difference_of_groups


def _groups(first: int, second: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    rng = np.random.default_rng(1)
    a = {f"a{i}": rng.normal(0.9, 0.02, 1 + i % 3).tolist() for i in range(first)}
    return a, {f"b{i}": rng.normal(0.8, 0.1, 1 + i % 2).tolist() for i in range(second)}


def test_interval_and_p_are_statsmodels_on_subject_means() -> None:
    a, b = _groups(9, 7)
    means = [DescrStatsW([np.mean(values) for values in group.values()]) for group in (a, b)]
    wanted = CompareMeans(*means)
    found = difference_of_groups(a, b)
    assert (found.low, found.high) == pytest.approx(wanted.tconfint_diff(usevar="unequal"))
    assert found.p == pytest.approx(wanted.ttest_ind(usevar="unequal")[1])
    assert (found.n_subjects, found.n_clips) == (16, sum(map(len, [*a.values(), *b.values()])))


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [(9, 5, "5 subjects in a group, an interval needs 6"), (9, 0, "a group has no clip with this value")],
)
def test_few_subjects_give_no_interval(first: int, second: int, words: str) -> None:
    found = difference_of_groups(*_groups(first, second))
    assert words in found.note
    assert found.low is None


def test_shared_subjects_and_no_variation_give_no_interval() -> None:
    a, b = _groups(8, 8)
    assert "1 subject in both groups" in difference_of_groups(a, {**b, "a0": [0.5]}).note
    flat = {f"{k}": [0.5] for k in range(7)}
    assert "no variation" in difference_of_groups(flat, {f"x{k}": [0.4] for k in range(7)}).note


def test_value_and_degrees_of_freedom_are_welchs() -> None:
    a, b = _groups(9, 7)
    first, second = ([float(np.mean(values)) for values in group.values()] for group in (a, b))
    found = difference_of_groups(a, b)
    assert found.value == pytest.approx(np.mean(first) - np.mean(second))
    assert found.df == pytest.approx(CompareMeans(DescrStatsW(first), DescrStatsW(second)).dof_satt())


@pytest.mark.filterwarnings("ignore:Precision loss")  # SciPy's, of the group that does not vary
def test_one_group_without_variation_leaves_the_interval_of_the_other() -> None:
    varied, _ = _groups(8, 8)
    flat = {f"x{k}": [0.5] for k in range(7)}
    for found in (difference_of_groups(varied, flat), difference_of_groups(flat, varied)):
        assert found.low is not None
        assert found.df == pytest.approx(7)
        assert found.note == ""
