"""The simulation behind docs/statistics.md: what it draws has the truth that it states, and its tables are whole."""

import numpy as np
import pytest

from evalkit.readers.mrmc import mrmc_auc
from evalkit.statistics.auc import auc

pytest.importorskip("benchmarks.validity", reason="no benchmarks beside the tests")

from benchmarks.validity.coverage import coverage_table, false_positive_table, naive_t
from benchmarks.validity.nested import SHAPES, TRUE_AUC, classifier, effects, measurements, readers_at_chance, two_arms


@pytest.mark.parametrize("shape", SHAPES)
def test_effects_have_mean_0_and_variance_1(shape: str) -> None:
    drawn = effects(shape, 400_000, np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.var() == pytest.approx(1, abs=0.25 if shape != "normal" else 0.01)


def test_frames_belong_to_clips_and_clips_to_subjects() -> None:
    data = measurements(30, "normal", np.random.default_rng(0))
    assert (data.clips.n_subjects, len(data.frames)) == (30, 10 * data.clips.n_clips)
    assert data.clips.columns[:, 0] == pytest.approx(data.frames.reshape(-1, 10).mean(axis=1))
    assert 1 <= data.clips.sizes().min() < data.clips.sizes().max() <= 8


def test_what_is_drawn_has_the_truth_that_it_states() -> None:
    rng = np.random.default_rng(1)
    assert auc(classifier(3_000, rng)).value == pytest.approx(TRUE_AUC, abs=0.02)
    first, second = two_arms(3_000, rng).columns.mean(axis=0)
    assert first == pytest.approx(second, abs=0.03)
    areas = [mrmc_auc(readers_at_chance(8, 60, rng)).result.value or 0.0 for _ in range(40)]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.05)


def test_the_naive_interval_of_frames_is_far_too_narrow() -> None:
    data = measurements(24, "normal", np.random.default_rng(2))
    low, high = naive_t(data.frames)
    subjects = data.clips.totals(data.clips.columns)[:, 0] / data.clips.sizes()
    wide_low, wide_high = naive_t(subjects)
    assert None not in (low, high, wide_low, wide_high)
    assert (high or 0) - (low or 0) < 0.5 * ((wide_high or 0) - (wide_low or 0))


def test_tables_have_a_row_for_every_design(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.validity.coverage.NUMBERS", (6, 40))
    intervals = list(coverage_table(1, 39, 0))
    assert len(intervals) == 2 + 3 * 2
    assert intervals[2].count("**") == 4  # two defaults
    tests = list(false_positive_table(1, 0))
    assert len(tests) == 2 + 6 * 2 + 3 * 2 + 3 * 2
    assert {line.count("|") for line in tests} == {6}
