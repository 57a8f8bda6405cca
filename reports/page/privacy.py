"""What the page shows of privacy tasks: how near to the training set, copies, and whether members can be told."""

import json
from collections.abc import Sequence
from typing import Any

from evalkit.records import Measurement, Prediction
from evalkit.seal import Run
from evalkit.statistics.auc import auc
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean

MARGIN = 0.1  # an AUC whose 95 % interval lies within it of one half is called equivalent to chance
WAYS = (
    ("frame", "", "frame", "whole frame, pixels"),
    ("mask", "", "mask", "filled region, pixels"),
    ("features", "feature_", "frame", "whole frame, features"),
)
_FILL = ("fill_error", "fill of the clips' own hidden part, error")
_SHOWN = ("ratio", "copied", "same_subject", "same_subject_other_clip")


def privacy_parts(run: Run) -> list[dict[str, Any]]:
    """One part a task of kind privacy; empty where the run has none."""
    tasks = run.plan.get("tasks", {})
    return [_part(run, name) for name, identity in tasks.items() if identity.get("kind") == "privacy"]


def _part(run: Run, name: str) -> dict[str, Any]:
    details = run.tasks.get(name, {})
    arms = ["real", *(arm["name"] for arm in run.plan["study"]["arms"])]
    predictions = [row for row in run.predictions if row.task.partition(".")[0] == name]
    return {
        "name": name,
        "about": details,
        "missing": details.get("not_computed", ""),
        "margin": MARGIN,
        "near": _near(run.measurements, name, arms),
        "guessed": [
            {"words": words, "arm": arm, **_area(rows)}
            for way, words in (*((way, words) for way, _, _, words in WAYS), _FILL)
            for arm in arms
            if (rows := [row for row in predictions if (row.task, row.arm) == (f"{name}.{way}", arm)])
        ],
    }


def _near(rows: Sequence[Measurement], name: str, arms: Sequence[str]) -> list[dict[str, Any]]:
    """For each way to compare and each arm, the means over subjects."""
    found: dict[tuple[str, str, str], list[Measurement]] = {}
    for row in rows:
        if row.value is not None:
            found.setdefault((row.arm, row.metric, row.region), []).append(row)
    return [
        {"words": words, "arm": arm, **cells}
        for _, prefix, region, words in WAYS
        for arm in arms
        if any((cells := {what: _mean(found.get((arm, f"{name}.{prefix}{what}", region), [])) for what in _SHOWN})
               .values())
    ]  # fmt: skip


def _mean(rows: Sequence[Measurement]) -> Result | None:
    if not rows:
        return None
    return infer(Grouped.of([row.subject_id for row in rows], [row.value or 0.0 for row in rows]), mean())


def _area(rows: Sequence[Prediction]) -> dict[str, Any]:
    """AUC of member against held-out with its subject-clustered interval, and what it comes to in words."""
    known = [row for row in rows if row.status == "ok"]
    if not known:
        return {"auc": None, "verdict": rows[0].note}
    scores = [json.loads(row.probabilities)["member"] for row in known]
    found = auc(Grouped.of([row.subject_id for row in known], [row.label == "member" for row in known], scores))
    return {"auc": found, "verdict": found.note or _words(found)}


def _words(found: Result) -> str:
    low, high = found.low, found.high
    if low is None or high is None:
        return found.note
    if low > 0.5 - MARGIN and high < 0.5 + MARGIN:
        return f"no better than chance, within {MARGIN:g}"
    if low > 0.5:
        return "training clips can be told"
    return "fewer near than by chance" if high < 0.5 else "not decided"
