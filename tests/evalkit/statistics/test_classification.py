"""F1, calibration and confusion against scikit-learn and torchmetrics; differences of versions."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score

from evalkit.statistics.classification import (
    ABSENT,
    Average,
    calibration,
    codes,
    confusion,
    f1_difference,
    f1_of,
)
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.statistic import OfSums

Codes = NDArray[np.intp]


def _drawn(seed: int, n: int = 60, classes: int = 4, seeds: int = 3) -> tuple[list[str], Codes, Codes]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, n, p=[0.5, 0.3, 0.15, 0.05])
    said = np.where(rng.random((n, seeds)) < 0.7, labels[:, None], rng.integers(0, classes, (n, seeds)))
    return [f"s{i}" for i in rng.integers(0, 12, n)], labels, said


def _value(rows: Grouped, statistic: OfSums) -> float:
    return float(statistic.on(rows).values(np.ones((1, rows.n_subjects)))[0])


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_f1_is_scikit_learns_averaged_over_the_seeds(average: Average) -> None:
    subjects, labels, said = _drawn(1)
    found = _value(Grouped.of(subjects, labels, *said.T), f1_of(4, 3, average))
    assert found == pytest.approx(np.mean([f1_score(labels, one, average=average) for one in said.T]))


def test_f1_of_one_class_is_scikit_learns() -> None:
    subjects, labels, said = _drawn(2)
    rows = Grouped.of(subjects, labels, *said.T)
    wanted = np.mean([f1_score(labels, one, average=None, labels=range(4)) for one in said.T], axis=0)
    assert [_value(rows, f1_of(4, 3, index)) for index in range(4)] == pytest.approx(wanted.tolist())


def test_a_class_that_occurs_nowhere_is_no_part_of_the_macro_mean() -> None:
    rows = Grouped.of(["a", "b", "c"], [0, 1, 1], [0, 1, 0])
    assert _value(rows, f1_of(5, 1, "macro")) == pytest.approx(f1_score([0, 1, 1], [0, 1, 0], average="macro"))
    assert np.isnan(_value(rows, f1_of(5, 1, 4)))


def test_a_failed_clip_counts_as_missed() -> None:
    rows = Grouped.of(["a", "b", "c"], [0, 1, 1], [0, 1, ABSENT])
    assert _value(rows, f1_of(2, 1, 1)) == pytest.approx(2 / 3)


def test_the_difference_of_a_version_and_itself_is_nought_and_of_two_is_that_of_their_f1() -> None:
    subjects, labels, said = _drawn(3)
    other = _drawn(4)[2]
    same = Grouped.of(subjects, labels, *said.T, *said.T)
    both = Grouped.of(subjects, labels, *said.T, *other.T)
    assert infer(same, f1_difference(4, 3, "macro")).value == 0
    alone = [_value(Grouped.of(subjects, labels, *one.T), f1_of(4, 3, "macro")) for one in (said, other)]
    assert _value(both, f1_difference(4, 3, "macro")) == pytest.approx(alone[0] - alone[1])


def test_swapping_the_versions_mirrors_the_interval() -> None:
    subjects, labels, said = _drawn(5)
    other = _drawn(6)[2]
    one = infer(Grouped.of(subjects, labels, *said.T, *other.T), f1_difference(4, 3, "macro"), n_resamples=199)
    two = infer(Grouped.of(subjects, labels, *other.T, *said.T), f1_difference(4, 3, "macro"), n_resamples=199)
    assert one.low is not None
    assert two.high is not None
    assert one.low == pytest.approx(-two.high)


def test_without_a_subject_it_is_the_value_of_the_others() -> None:
    subjects, labels, said = _drawn(7)
    rows = Grouped.of(subjects, labels, *said.T)
    found = f1_of(4, 3, "macro").on(rows).without_each(np.ones((1, rows.n_subjects)))[0]
    kept = np.array(subjects) != sorted(set(subjects))[0]
    wanted = np.mean([f1_score(labels[kept], one[kept], average="macro") for one in said.T])
    assert found[0] == pytest.approx(wanted)


def test_confusion_is_scikit_learns_with_a_column_for_what_failed() -> None:
    _, labels, said = _drawn(8)
    assert np.array(confusion(labels, said[:, 0], 4))[:, :4].tolist() == confusion_matrix(labels, said[:, 0]).tolist()
    assert confusion(np.array([0, 1]), np.array([0, ABSENT]), 2) == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.slow
def test_calibration_error_is_torchmetrics_and_brier_is_scikit_learns() -> None:
    torch = pytest.importorskip("torch")
    functional = pytest.importorskip("torchmetrics.functional.classification")
    rng = np.random.default_rng(9)
    probabilities, labels = rng.dirichlet([0.7] * 4, 300), rng.integers(0, 4, 300)
    found = calibration(probabilities, labels)
    assert found is not None
    wanted = functional.multiclass_calibration_error(
        torch.from_numpy(probabilities), torch.from_numpy(labels), 4, n_bins=10, norm="l1"
    )
    assert found.ece == pytest.approx(float(wanted), abs=1e-6)
    assert found.brier == pytest.approx(brier_score_loss(labels, probabilities, labels=range(4), scale_by_half=False))
    assert sum(one.n for one in found.bins) == 300


def test_calibration_error_is_the_gap_within_each_bin_weighted_by_its_predictions() -> None:
    rng = np.random.default_rng(9)
    probabilities, labels = rng.dirichlet([0.7] * 4, 300), rng.integers(0, 4, 300)
    table = pd.DataFrame({"sure": probabilities.max(axis=1), "right": probabilities.argmax(axis=1) == labels})
    bins = table.groupby(pd.cut(table["sure"], np.linspace(0, 1, 11).tolist()), observed=True)
    wanted = sum(len(one) * abs(one["sure"].mean() - one["right"].mean()) for _, one in bins) / 300
    found = calibration(probabilities, labels)
    assert found is not None
    assert found.ece == pytest.approx(wanted)
    assert found.brier == pytest.approx(brier_score_loss(labels, probabilities, labels=range(4), scale_by_half=False))


def test_sure_and_right_has_no_calibration_error_and_sure_and_wrong_has_one() -> None:
    sure = np.array([[1.0, 0.0]] * 4)
    right, wrong = calibration(sure, np.zeros(4, np.intp)), calibration(sure, np.ones(4, np.intp))
    assert right is not None
    assert wrong is not None
    assert (right.ece, right.brier, wrong.ece, wrong.brier) == (0, 0, 1, 2)
    assert calibration(sure[:0], np.zeros(0, np.intp)) is None


def test_codes_are_places_and_absent_for_none() -> None:
    assert codes(["b", None, "a"], ["a", "b"]).tolist() == [1, ABSENT, 0]
