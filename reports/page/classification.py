"""What the page shows of classifiers: F1, accuracy, differences to the real clips, confusion, calibration."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.classification import read_classification
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.figures.reliability import reliability_plot

_SHOWN = ("f1_macro", "f1_weighted", "accuracy")
_MOST_CLASSES = 12  # of a confusion matrix on the page; classification.json has them all


def classification_part(run: Run, names: Pseudonyms) -> list[dict[str, Any]]:
    """One block for each name of predictions."""
    found: dict[str, Any] = names.within(read_classification(run.folder))
    return [_block(name, figures, run.tasks.get(name.partition(".")[0], {})) for name, figures in found.items()]


def _block(name: str, figures: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    kind = name.partition(".")[2]
    arms: dict[str, Any] = figures["arms"]
    able = {arm: each for arm, each in arms.items() if "note" not in each}
    calibrated = {arm: each["calibration"] for arm, each in able.items() if each["calibration"]}
    return {
        "name": name,
        "trained_on": kind.removeprefix("train-") if kind else "real",
        "own": not details.get("trained", False),
        "backbone": details.get("backbone"),
        "training": None if kind else _training(details),
        "classes": figures["classes"],
        "seeds": len(figures["seeds"]),
        "column": figures["column"],
        "population": figures["population"],
        "arms": [{"arm": arm, **each} for arm, each in arms.items()],
        "against": [{"arm": arm, **each} for arm, each in figures["against_real"].items()],
        "shown": _SHOWN,
        "left_out": sorted({why for each in arms.values() for why in each["left_out"]}),
        "confusion": [] if kind else _confusions(able, figures["classes"]),
        "calibration": [] if kind else [{"arm": arm, **each} for arm, each in calibrated.items()],
        "reliability": "" if kind else reliability_plot({arm: each["bins"] for arm, each in calibrated.items()}),
    }


def _confusions(arms: Mapping[str, Any], classes: Sequence[str]) -> list[dict[str, Any]]:
    """Counts of all seeds together; none where there are too many classes for a page."""
    if len(classes) > _MOST_CLASSES:
        return []
    return [
        {"arm": arm, "rows": list(zip(classes, np.sum(each["confusion"], axis=0).tolist(), strict=True))}
        for arm, each in arms.items()
    ]


def _training(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Clips, subjects and validation of the trainings on real clips."""
    trainings = [one for model in details.get("models", []) if model["arm"] == "real" for one in model["trainings"]]
    if not trainings:
        return None
    right = [one["history"]["validation_accuracy"] for one in trainings]
    known = [value for value in right if value is not None]
    return {
        "models": len(trainings),
        "clips": sorted({one["fitted_to"]["clips"] for one in trainings}),
        "subjects": sorted({one["fitted_to"]["subjects"] for one in trainings}),
        "watched": sorted({one["watched_on"]["subjects"] for one in trainings}),
        "validation": (min(known), max(known)) if known else None,
    }
