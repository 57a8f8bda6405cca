"""What a classifier's predictions look like: which class is taken for which, and whether it is right as often as sure.

Codes are places of classes, 0..C-1; ABSENT (-1) stands for a clip that has no prediction because its version failed: it
is no class, so it counts as missed. Calibration: Guo et al. 2017, arXiv:1706.04599.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.grouped import Floats

ABSENT = -1
BINS = 10
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Bin:
    """Predictions whose confidence lies from `low` (not in it, but for 0) to `high` (in it)."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """`ece`: mean absolute gap between confidence and accuracy over bins, weighted by their predictions (0 to 1).

    `brier`: mean squared distance between the probabilities and the label, over all classes (0 to 2).
    """

    ece: float
    brier: float
    n: int
    bins: tuple[Bin, ...]


def calibration(probabilities: Floats, labels: Codes, bins: int = BINS) -> Calibration | None:
    """Calibration of the class that is said, in equal bins of its probability; None without predictions.

    probabilities: (n, classes), rows sum to 1; labels: (n,).
    """
    if not len(labels):
        return None
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    found = []
    for index in range(bins):
        of_bin = place == index
        n = int(of_bin.sum())
        mean = (float(confidence[of_bin].mean()), float(right[of_bin].mean())) if n else (None, None)
        found.append(Bin(float(edges[index]), float(edges[index + 1]), n, *mean))
    gaps = [each.n * abs((each.confidence or 0.0) - (each.accuracy or 0.0)) for each in found]
    truth = np.eye(probabilities.shape[1])[labels]
    brier = float(((probabilities - truth) ** 2).sum(axis=1).mean())
    return Calibration(sum(gaps) / len(labels), brier, len(labels), tuple(found))


def confusion(labels: Codes, predicted: Codes, classes: int) -> list[list[int]]:
    """Rows are labels, columns predictions; the last column counts what has no prediction (ABSENT)."""
    table = np.zeros((classes, classes + 1), np.int64)
    np.add.at(table, (labels, np.where(predicted == ABSENT, classes, predicted)), 1)
    return [[int(cell) for cell in row] for row in table]


def codes(values: Sequence[str | None], classes: Sequence[str]) -> Codes:
    """Place of each value among the classes; ABSENT for None."""
    place = {name: index for index, name in enumerate(classes)}
    return np.array([ABSENT if value is None else place[value] for value in values], dtype=np.intp)
