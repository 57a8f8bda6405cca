"""F1 and accuracy over classes as functions of sums, so that subjects can be resampled.

Columns are pairs of codes, (label, predicted), one pair a training seed, and as many again for the arm that is compared
with. Codes are 0 to classes - 1; a prediction of -1 is of no class, and wrong. The value is averaged over seeds, which
are a fixed set and not resampled. Every clip counts the same. Definitions are scikit-learn's: macro F1 is over the
classes that occur among the labels or the predictions (of the resample), weighted F1 by the labels.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from evalkit.statistics.grouped import Floats
from evalkit.statistics.statistic import OfSums

OfCounts = Callable[[Floats], Floats]  # (..., 3, classes): hits, labels, predictions of each class, to (...)


def f1_macro(counts: Floats) -> Floats:
    """Mean of F1 over the classes that occur."""
    hits, labels, found = np.moveaxis(counts, -2, 0)
    there = labels + found > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(there, 2 * hits / (labels + found), 0.0)
        return np.asarray(each.sum(axis=-1) / there.sum(axis=-1))


def f1_weighted(counts: Floats) -> Floats:
    """Mean of F1 over classes, weighted by labels."""
    hits, labels, found = np.moveaxis(counts, -2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(labels + found > 0, 2 * hits / (labels + found), 0.0)
        return np.asarray((labels * each).sum(axis=-1) / labels.sum(axis=-1))


def accuracy(counts: Floats) -> Floats:
    """Share of predictions that are the label."""
    hits, labels, _ = np.moveaxis(counts, -2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(hits.sum(axis=-1) / labels.sum(axis=-1))


def f1_of(code: int) -> OfCounts:
    """F1 of one class; undefined where it is neither label nor prediction."""

    def value(counts: Floats) -> Floats:
        hits, labels, found = np.moveaxis(counts[..., code], -1, 0)
        return np.asarray(2 * hits / (labels + found))

    return value


BY_NAME: dict[str, OfCounts] = {"f1_macro": f1_macro, "f1_weighted": f1_weighted, "accuracy": accuracy}


def of_codes(name: str, of_counts: OfCounts, classes: int, weights: tuple[float, ...]) -> OfSums:
    """The weighted sum of the statistic over the pairs of columns, one for each weight."""
    return OfSums(name, "clip-weighted", partial(_counted, classes), partial(_summed, of_counts, classes, weights))


def _counted(classes: int, columns: Floats) -> Floats:
    """(clips, 2 k) codes to (clips, k * 3 * classes) indicators of hit, label, prediction."""
    codes = np.arange(classes)
    labels = columns[:, 0::2, None] == codes
    found = columns[:, 1::2, None] == codes
    return np.stack([labels & found, labels, found], axis=2).reshape(len(columns), -1).astype(np.float64)


def _summed(of_counts: OfCounts, classes: int, weights: tuple[float, ...], sums: Floats) -> Floats:
    each, signed = of_counts(sums.reshape(*sums.shape[:-1], len(weights), 3, classes)), np.array(weights)
    ours, theirs = signed > 0, signed < 0  # taken apart, so that what is the same on both sides differs by exactly 0
    return np.asarray(each[..., ours] @ signed[ours] - each[..., theirs] @ -signed[theirs])
