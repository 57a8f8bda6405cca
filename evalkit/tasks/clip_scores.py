"""Predictions of a classifier to the numbers of its clips: means over the training seeds."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from evalkit.records import Measurement, Prediction, Status


def scored(task: str, predictions: Sequence[Prediction], pairing: Mapping[str, str]) -> list[Measurement]:
    """`TASK.correct` and `TASK.true_probability` of each version of each clip, and `TASK.correct[train-KIND]`.

    pairing: clip_id -> the manifest's pairing.
    """
    grouped: dict[tuple[str, str, str], list[Prediction]] = defaultdict(list)
    for row in predictions:
        grouped[row.task, row.arm, row.clip_id].append(row)
    found = []
    for (name, _, clip_id), rows in grouped.items():
        kind = name.removeprefix(task).removeprefix(".")
        right = [float(row.predicted == row.label) for row in rows]
        found.append(_row(f"{task}.correct" + (f"[{kind}]" if kind else ""), rows, pairing[clip_id], right))
        if not kind:
            sure = [json.loads(row.probabilities).get(row.label, 0.0) for row in rows if row.probabilities]
            found.append(_row(f"{task}.true_probability", rows, pairing[clip_id], sure))
    return found


def _row(metric: str, rows: Sequence[Prediction], pairing: str, values: Sequence[float]) -> Measurement:
    first = next((row for row in rows if row.status != "ok"), rows[0])
    who = (first.arm, first.clip_id, first.subject_id, metric, "frame", pairing)
    if first.status != "ok":
        return Measurement(*who, None, first.status, first.note)
    if not values:
        status: Status = "undefined"
        return Measurement(*who, None, status, "not computed: the model gives no probabilities")
    return Measurement(*who, min(1.0, sum(values) / len(values)), "ok")
