"""What a classifier's predictions come to: F1, accuracy, confusion, calibration; and the difference of two versions.

Rows are clips. Columns are codes 0..C-1: the label, then one prediction for each training seed, and for a difference
one more for each seed of the second version. ABSENT (-1) stands for a clip that has no prediction because its version
failed: it is no class, so it counts as missed. A statistic is computed for each seed and averaged over the seeds, which
are a fixed, small set and not resampled.

F1 is 2 TP / (2 TP + FP + FN). Macro: the mean over classes that occur among labels or predictions; weighted: by the
labels' counts (both as scikit-learn defines them). Calibration: Guo et al. 2017, arXiv:1706.04599.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.grouped import Floats
from evalkit.statistics.result import Estimand
from evalkit.statistics.statistic import OfSums

ABSENT = -1
BINS = 10
Average = Literal["macro", "weighted"]
Codes = NDArray[np.intp]


def f1_of(classes: int, seeds: int, average: Average | int, estimand: Estimand = "clip-weighted") -> OfSums:
    """F1 of one version; `average` an int is the F1 of that class. Columns: label, `seeds` predictions."""
    return _f1(classes, seeds, 1, average, estimand)


def f1_difference(classes: int, seeds: int, average: Average | int, estimand: Estimand = "clip-weighted") -> OfSums:
    """F1 of the first version minus that of the second. Columns: label, `seeds` predictions of each version."""
    return _f1(classes, seeds, 2, average, estimand)


def _f1(classes: int, seeds: int, sides: int, average: Average | int, estimand: Estimand) -> OfSums:
    every = np.arange(classes)

    def features(columns: Floats) -> Floats:
        truth = (columns[:, :1] == every).astype(np.float64)
        found = (columns[:, 1:, None] == every).astype(np.float64)  # (clips, sides x seeds, classes)
        return np.column_stack([truth, (found * truth[:, None]).reshape(len(columns), -1),
                                found.reshape(len(columns), -1)])  # fmt: skip

    def value(sums: Floats) -> Floats:
        truth = sums[..., None, :classes]
        counts = sums[..., classes:].reshape(*sums.shape[:-1], 2, sides * seeds, classes)
        hits, said = counts[..., 0, :, :], counts[..., 1, :, :]
        each = 2 * hits / (truth + said)
        of_seeds = _averaged(each, truth, truth + said, average)
        of_sides = of_seeds.reshape(*of_seeds.shape[:-1], sides, seeds).mean(axis=-1)
        difference: Floats = of_sides[..., 0] if sides == 1 else of_sides[..., 0] - of_sides[..., 1]
        return difference

    name = f"F1 of class {average}" if isinstance(average, int) else f"{average} F1"
    return OfSums(name if sides == 1 else f"difference of {name}", estimand, features, value)


def _averaged(each: Floats, truth: Floats, occurs: Floats, average: Average | int) -> Floats:
    """F1 of classes (..., versions, classes) to one number each: (..., versions); NaN where it does not exist."""
    if isinstance(average, int):
        return each[..., average]
    there = occurs > _NOTHING
    known = np.where(there, each, 0.0)
    weights = there if average == "macro" else truth
    mean: Floats = (known * weights).sum(axis=-1) / weights.sum(axis=-1)
    return mean


_NOTHING = 1e-9  # sums from which a subject was taken out again


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
