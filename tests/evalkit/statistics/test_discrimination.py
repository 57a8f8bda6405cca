"""Statistics of real-or-synthetic predictions: against scikit-learn, by construction, and what chance is."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, roc_auc_score

from evalkit.records import Prediction
from evalkit.statistics.auc import auc
from evalkit.statistics.defaults import infer
from evalkit.statistics.discrimination import discrimination
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.statistic import mean


def _rows(scores: NDArray[np.float64], clips_each: int = 1) -> list[Prediction]:
    """Predictions of clips (n, 2): probability of synthetic, of the real and of the synthetic version."""
    rows = []
    for index, pair in enumerate(scores.tolist()):
        for label, share in zip(("real", "synthetic"), pair, strict=True):
            said = json.dumps({"real": 1 - share, "synthetic": share})
            taken = "synthetic" if share > 0.5 else "real"
            rows.append(Prediction("t", "arm", f"c{index}", f"s{index // clips_each}", 0, label, taken, said, "ok"))
    return rows


def test_values_are_those_of_scikit_learn() -> None:
    scores = np.clip(np.random.default_rng(0).normal([0.45, 0.55], 0.2, (30, 2)), 0, 1)
    found = discrimination(_rows(scores, 2), 0.1)
    truth = np.tile([0, 1], 30)
    assert found.auc.value == pytest.approx(roc_auc_score(truth, scores.ravel()))
    assert found.accuracy.value == pytest.approx(accuracy_score(truth, scores.ravel() > 0.5))
    assert found.auc.n_subjects == 15


def test_versions_that_are_the_same_are_chance_and_the_interval_says_why() -> None:
    scores = np.repeat(np.random.default_rng(1).uniform(size=(20, 1)), 2, axis=1)
    found = discrimination(_rows(scores), 0.05)
    assert (found.auc.low, found.auc.value, found.auc.high) == (0.5, 0.5, 0.5)
    assert (found.accuracy.low, found.accuracy.value, found.accuracy.high) == (0.5, 0.5, 0.5)
    assert found.auc_is_chance
    assert found.accuracy_is_chance
    assert "the same score" in found.auc.note


def test_versions_that_are_told_apart_are_no_chance() -> None:
    scores = np.clip(np.random.default_rng(2).normal([0.3, 0.7], 0.15, (30, 2)), 0, 1)
    found = discrimination(_rows(scores), 0.1)
    assert found.auc_is_chance is False
    assert found.accuracy_is_chance is False


def test_being_wrong_every_time_is_no_chance_either() -> None:
    scores = np.clip(np.random.default_rng(3).normal([0.7, 0.3], 0.15, (30, 2)), 0, 1)
    assert discrimination(_rows(scores), 0.1).auc_is_chance is False


def test_few_subjects_have_no_interval_and_no_answer() -> None:
    found = discrimination(_rows(np.random.default_rng(4).uniform(size=(4, 2))), 0.1)
    assert found.auc_is_chance is None
    assert found.accuracy_is_chance is None


def test_more_subjects_can_find_a_smaller_auc() -> None:
    rng = np.random.default_rng(5)
    few, many = (discrimination(_rows(rng.uniform(size=(n, 2))), 0.1).detectable for n in (10, 100))
    assert few is not None
    assert many is not None
    assert 0.5 < many < few


def test_no_prediction_has_no_statistic() -> None:
    with pytest.raises(ValueError, match="no version"):
        discrimination([], 0.1)


def test_intervals_have_level_1_minus_2_alpha_and_accuracy_is_clip_weighted_with_the_seed() -> None:
    scores = np.clip(np.random.default_rng(6).normal([0.45, 0.55], 0.2, (30, 2)), 0, 1)
    found = discrimination(_rows(scores, 3), 0.1, alpha=0.1, seed=4)
    names = [f"s{index // 3}" for index in range(30) for _ in range(2)]
    truth = np.tile([0.0, 1.0], 30)
    assert found.auc == auc(Grouped.of(names, truth, scores.ravel()), 0.8)
    right = (scores.ravel() > 0.5) == (truth > 0.5)
    assert found.accuracy == infer(Grouped.of(names, right), mean("clip-weighted"), 0.8, seed=4)


def test_versions_that_are_told_apart_every_time_leave_no_interval_and_are_not_taken_for_chance() -> None:
    found = discrimination(_rows(np.tile([[0.1, 0.9]], (12, 1))), 0.1)
    assert (found.auc.value, found.auc.low, found.auc_is_chance) == (1.0, None, None)
    assert (found.accuracy.value, found.accuracy.low, found.accuracy_is_chance) == (1.0, None, None)
