"""Calibration and confusion against scikit-learn and torchmetrics."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, confusion_matrix

from evalkit.statistics.calibration import ABSENT, Bin, calibration, codes, confusion

Codes = NDArray[np.intp]


def _drawn(seed: int, n: int = 60, classes: int = 4, seeds: int = 3) -> tuple[list[str], Codes, Codes]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, n, p=[0.5, 0.3, 0.15, 0.05])
    said = np.where(rng.random((n, seeds)) < 0.7, labels[:, None], rng.integers(0, classes, (n, seeds)))
    return [f"s{i}" for i in rng.integers(0, 12, n)], labels, said


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


def test_bins_hold_their_upper_edge_and_gaps_of_either_sign_do_not_cancel() -> None:
    """Sure by .15, .3, .3 (an edge), .95 and 1: gaps of .85 below, .7 of two below, .975 above."""
    sure = np.array([0.15, 0.3, 0.3, 0.95, 1.0])
    probabilities = np.column_stack([sure, *np.full((9, 5), 0.01)])
    found = calibration(probabilities, np.array([0, 0, 0, 1, 1]))
    assert found is not None
    assert found.n == 5
    filled = {index: (each.n, each.confidence, each.accuracy) for index, each in enumerate(found.bins) if each.n}
    assert list(filled) == [1, 2, 9]
    assert np.array(list(filled.values())) == pytest.approx(np.array([[1, 0.15, 1], [2, 0.3, 1], [2, 0.975, 0]]))
    assert found.ece == pytest.approx((0.85 + 2 * 0.7 + 2 * 0.975) / 5)
    edges = np.array([[each.low, each.high] for each in found.bins])
    assert edges == pytest.approx(np.column_stack([np.arange(10), np.arange(1, 11)]) / 10)
    assert found.bins[0] == Bin(0.0, 0.1, 0, None, None)


def test_bins_nearby_of_which_one_is_too_sure_and_one_not_sure_enough_are_kept_apart() -> None:
    found = calibration(np.array([[0.55, 0.45], [0.65, 0.35]]), np.array([0, 1]))
    assert found is not None
    assert found.ece == pytest.approx((0.45 + 0.65) / 2)


def test_confidences_of_0_and_just_above_1_are_in_the_first_and_last_bin() -> None:
    found = calibration(np.array([[0.0, 0.0], [np.nextafter(1.0, 2.0), 0.0]]), np.array([1, 0]))
    assert found is not None
    assert [each.n for each in found.bins] == [1] + [0] * 8 + [1]
    assert found.ece == pytest.approx(0.0, abs=1e-12)
