"""What the page shows of tasks of the kind `discriminability`: were real and synthetic told apart, and by what.

No id is shown: the details of a task hold real ones.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.records import Prediction
from evalkit.seal import Run
from evalkit.statistics.discrimination import SYNTHETIC, discrimination
from evalkit.statistics.power_auc import power_auc
from reports.figures.roc import Curve, roc_plot
from reports.page.download import csv_download

_LEVEL = 0.05


def discriminability_parts(run: Run, clips: frozenset[str]) -> list[dict[str, Any]]:
    """One part a task of the kind, of the predictions of these clips: those of the study's population."""
    ours = [name for name, about in run.plan.get("tasks", {}).items() if about.get("kind") == "discriminability"]
    return [
        _part(run, name, run.tasks[name], [r for r in run.predictions if r.task == name and r.clip_id in clips])
        for name in ours
    ]


def _part(run: Run, name: str, details: Mapping[str, Any], rows: Sequence[Prediction]) -> dict[str, Any]:
    if "not_computed" in details:
        return {"name": name, "missing": details["not_computed"], "arms": []}
    seed = int(run.plan["study"]["seed"])
    found = [
        _arm(arm, told, [row for row in rows if row.arm == arm], details["margin"], seed)
        for arm, told in details["arms"].items()
    ]
    curves = {each["arm"]: each["roc"] for each in found if not each["missing"] and each["roc"][0]}
    columns = ("arm", "false_positive_rate", "true_positive_rate")
    table = ((arm, x, y) for arm, curve in curves.items() for x, y in zip(*curve, strict=True))
    shown = [each for each in found if each["arm"] in curves]
    told = {f"{each['arm']}, AUC {each['result'].auc.value:.3f}": each["roc"] for each in shown}
    return {"name": name, "missing": "", "features": details["features"], "margin": details["margin"], "arms": found,
            "roc": roc_plot(told), "roc_data": csv_download(f"roc-{name}.csv", columns, table)}  # fmt: skip


def roc(rows: Sequence[Prediction]) -> Curve:
    """The ROC of predictions with a value, pooled over the folds: a point for each score, ties together; no point if
    there is one class."""
    truth = np.array([row.label == SYNTHETIC for row in rows])
    if truth.all() or not truth.any():
        return [], []
    scores = np.array([json.loads(row.probabilities)[SYNTHETIC] for row in rows])
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # of each run of equal scores
    true, false = (np.append(0.0, np.cumsum(hit[order])[last] / hit.sum()) for hit in (truth, ~truth))
    return false.tolist(), true.tolist()


def _arm(arm: str, told: Mapping[str, Any], rows: Sequence[Prediction], margin: float, seed: int) -> dict[str, Any]:
    known = [row for row in rows if row.status == "ok"]
    if "not_computed" in told or not known:
        return {"arm": arm, "missing": told.get("not_computed", "no clip of the population has a prediction")}
    result = discrimination(known, margin, _LEVEL, seed)
    subjects = len({row.subject_id for row in known})
    return {
        "arm": arm,
        "missing": "",
        "result": result,
        "told": told,
        "roc": roc(known),
        "subjects": subjects,
        "left_out": len({row.clip_id for row in rows} - {row.clip_id for row in known}),
        "power_at_margin": power_auc(2 * subjects, 0.5 + margin, alpha=_LEVEL),
        "sentence": _sentence(result.auc_is_chance, float(told["p"]), margin, told["facts"]["shortcuts"]),
    }


def _sentence(is_chance: bool | None, p: float, margin: float, shortcuts: Sequence[Mapping[str, Any]]) -> str:
    """What came out, in one sentence; what else could explain it, in another."""
    if p <= _LEVEL:
        said = "The classifier tells real from synthetic clips."
    elif is_chance:
        said = f"The classifier does no better than chance, to within {margin:g} of an AUC of 0.5."
    else:
        said = "Neither that the classifier tells them apart, nor that it cannot, is shown: the interval is too wide."
    if shortcuts:
        facts = ", ".join(str(each["fact"]) for each in shortcuts)
        said += f" Beware: what is no tissue differs between the versions ({facts}), and may be all that was seen."
    return said
