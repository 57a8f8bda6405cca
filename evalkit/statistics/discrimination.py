"""How well real and synthetic clips were told apart: statistics of the predictions of the task `discriminability`.

Design: each clip has a real and a synthetic version, each with a score from a classifier that did not see the subject.
Intervals take the classifiers as given: what other training data would have made is not in them, only which subjects
were looked at. Equivalence to chance: the interval of level 1 - 2 alpha lies within 0.5 -+ margin; an AUC far below 0.5
is no chance either. AUC: Obuchowski 1997 (evalkit.statistics.auc); accuracy: default engine, clip-weighted. What the
number of subjects can find: Hanley and McNeil, one clip a subject in two versions, which is cautious where there are
more (evalkit.statistics.power_auc).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.records import Prediction
from evalkit.statistics.auc import auc
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.power_auc import detectable_auc
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean

SYNTHETIC = "synthetic"
CHANCE = 0.5
POWER = 0.8


@dataclass(frozen=True)
class Discrimination:
    """AUC and accuracy with intervals of level 1 - 2 alpha, whether each is chance to within the margin (None where
    there is no interval), and the smallest AUC that the sample would show with a power of 0.8 at alpha (two-sided)."""

    auc: Result
    accuracy: Result
    margin: float
    auc_is_chance: bool | None
    accuracy_is_chance: bool | None
    detectable: float | None


def discrimination(rows: Sequence[Prediction], margin: float, alpha: float = 0.05, seed: int = 0) -> Discrimination:
    """Of the predictions of one task and arm; rows without a prediction are left out.

    Raises: ValueError if no row has one.
    """
    known = [row for row in rows if row.status == "ok"]
    if not known:
        raise ValueError("no version of any clip has a prediction")
    subjects = [row.subject_id for row in known]
    truth = np.array([row.label == SYNTHETIC for row in known], float)
    scores = np.array([json.loads(row.probabilities)[SYNTHETIC] for row in known])
    right = np.array([row.label == row.predicted for row in known], float)
    level = 1 - 2 * alpha
    area = auc(Grouped.of(subjects, truth, scores), level)
    share = infer(Grouped.of(subjects, right), mean("clip-weighted"), level, seed=seed)
    area, share = _certain(area), _certain(share)
    number = 2 * len(set(subjects))
    return Discrimination(
        area, share, margin, _within(area, margin), _within(share, margin), detectable_auc(number, power=POWER)
    )


def _within(found: Result, margin: float) -> bool | None:
    if found.low is None or found.high is None:
        return None
    return CHANCE - margin < found.low and found.high < CHANCE + margin


def _certain(found: Result) -> Result:
    """Versions that are the same in every clip leave nothing to vary: chance, exactly, and the interval says so."""
    if found.value == CHANCE and found.low is None and "no variation" in found.note:
        return replace(found, low=CHANCE, high=CHANCE, note="both versions of every clip have the same score")
    return found
