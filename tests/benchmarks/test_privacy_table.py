"""The simulation behind docs/tasks-privacy.md: its generators are what they are called, and the table is whole."""

import numpy as np
import pytest

pytest.importorskip("benchmarks.validity", reason="no benchmarks beside the tests")

from benchmarks.validity.privacy import GENERATORS, Generator, simulate, table


def test_a_copying_generator_is_caught_and_an_innocent_one_is_not() -> None:
    rngs = [np.random.default_rng([3, k]) for k in range(6)]
    copies = [simulate(Generator("copies", 1.0), (12, 12), rng) for rng in rngs]
    innocent = [simulate(Generator("innocent"), (12, 12), rng) for rng in rngs]
    assert {one.copied for one in copies} == {1.0}
    assert np.mean([one.copied for one in innocent]) < 0.2
    assert np.mean([one.auc for one in copies]) > 0.75 > np.mean([one.auc for one in innocent])


def test_a_perfect_fill_is_called_a_copy_as_often_as_is_expected_of_none() -> None:
    drawn = [simulate(Generator("perfect", perfect=True), (12, 12), np.random.default_rng([4, k])) for k in range(20)]
    assert np.mean([one.copied for one in drawn]) == 0  # it is what the threshold was taken of
    assert {one.expected for one in drawn} == {1 / 25}


def test_the_table_has_a_row_for_every_generator_and_design(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.validity.privacy.SIZES", ((6, 6),))
    lines = list(table(1, 0))
    assert len(lines) == 2 + len(GENERATORS)
    assert {line.count("|") for line in lines} == {9}
