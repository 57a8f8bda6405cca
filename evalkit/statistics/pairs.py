"""The area under the ROC curve as a statistic that can be resampled by subject.

The number of (positive, negative) pairs in which the positive scores higher is a sum over pairs of subjects, so that a
resample, however often it has each subject, is a quadratic form: exact, without sorting anything again. Ties count
half. Every clip counts the same.
"""

from dataclasses import dataclass

import numpy as np

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Estimand

_AT_ONCE = 2**20  # pairs of clips in memory at a time


@dataclass(frozen=True)
class OfPairs:
    """A weighted sum of AUC, one for each weight: of columns truth (0 or 1) and score, truth and score, and so on."""

    name: str
    weights: tuple[float, ...]
    estimand: Estimand = "clip-weighted"

    def on(self, rows: Grouped) -> "_PairEvaluator":
        """The statistic on these rows."""
        made = [_counted(rows, rows.columns[:, 2 * j] > 0.5, rows.columns[:, 2 * j + 1])
                for j in range(len(self.weights))]  # fmt: skip
        return _PairEvaluator(self.weights, made)


@dataclass(frozen=True)
class _Counted:
    """won: (S, S), pairs that the positives of a subject win against the negatives of another; clips of each: (S,)."""

    won: Floats
    positives: Floats
    negatives: Floats


@dataclass(frozen=True)
class _PairEvaluator:
    weights: tuple[float, ...]
    parts: list[_Counted]

    @property
    def width(self) -> int:
        return 3 * len(self.parts)

    def values(self, counts: Floats) -> Floats:
        total = np.zeros(len(counts))
        with np.errstate(divide="ignore", invalid="ignore"):
            for weight, part in zip(self.weights, self.parts, strict=True):
                won = ((counts @ part.won) * counts).sum(axis=1)
                total += weight * (won / ((counts @ part.positives) * (counts @ part.negatives)))
        return total

    def without_each(self, counts: Floats) -> Floats:
        total = np.zeros(counts.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            for weight, part in zip(self.weights, self.parts, strict=True):
                ahead, behind = counts @ part.won, counts @ part.won.T
                won = (ahead * counts).sum(axis=1, keepdims=True) - ahead - behind + np.diag(part.won)
                positives = (counts @ part.positives)[:, None] - part.positives
                negatives = (counts @ part.negatives)[:, None] - part.negatives
                total += weight * (won / (positives * negatives))
        return total


def _counted(rows: Grouped, positive: np.ndarray, scores: Floats) -> _Counted:
    n = rows.n_subjects
    clips = [np.bincount(rows.subject[chosen], minlength=n).astype(np.float64) for chosen in (positive, ~positive)]
    won = np.zeros((n, n))
    order = np.argsort(rows.subject[~positive], kind="stable")
    others, theirs = scores[~positive][order], rows.subject[~positive][order]
    if len(others):
        starts = np.flatnonzero(np.r_[True, np.diff(theirs) > 0])
        ours, mine = scores[positive], rows.subject[positive]
        step = max(1, _AT_ONCE // len(others))
        for begin in range(0, len(ours), step):
            these = ours[begin : begin + step, None]
            above = (these > others).astype(np.float64) + 0.5 * (these == others)
            by_subject = np.add.reduceat(above, starts, axis=1)
            np.add.at(won, (mine[begin : begin + step, None], theirs[starts][None]), by_subject)
    return _Counted(won, *clips)
