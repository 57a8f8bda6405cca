"""Predictions made up for the tests of statistics: seeded, of subjects with several clips."""

import json
from collections.abc import Sequence

import numpy as np

from evalkit.records import Prediction
from translator.artefacts import canonical_json


def predictions(
    arm: str = "a", subjects: int = 12, classes: Sequence[str] = ("A2C", "A4C", "PLAX"), seeds: int = 1,
    right: float = 0.8, draw: int = 0, clips: int = 3,
) -> list[Prediction]:  # fmt: skip
    """Each clip has its label, drawn once for all arms; a prediction is the label with chance `right`."""
    truth, chance = np.random.default_rng(7), np.random.default_rng([draw, *arm.encode()])
    made = []
    for subject in range(subjects):
        for clip in range(1 + int(truth.integers(clips))):
            label = classes[int(truth.integers(len(classes)))]
            for seed in range(seeds):
                weights = chance.dirichlet(np.ones(len(classes)))
                weights[classes.index(label)] += 2 * (chance.random() < right)
                told = dict(zip(classes, (weights / weights.sum()).round(3).tolist(), strict=True))
                predicted = max(told, key=lambda name: told[name])
                made.append(Prediction("view", arm, f"s{subject}-{clip}", f"s{subject}", seed, label, predicted,
                                       canonical_json(told), "ok"))  # fmt: skip
    return made


def truth_and_found(rows: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    """Labels and predictions, as scikit-learn wants them."""
    return [str(row.label) for row in rows], [str(row.predicted) for row in rows]


def probability(row: Prediction, name: str) -> float:
    """What the row says of one class."""
    return float(json.loads(row.probabilities)[name])
