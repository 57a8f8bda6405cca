"""What the predictions of a run's classification tasks come to: F1, accuracy, confusion, calibration, differences.

A task says in its details, as `classification`, under which names its predictions are to be summed up. Every figure is
a statistic of the sealed rows, on the clips of the study's population that have a label and a prediction or a failure;
a failed clip counts as missed. Intervals resample subjects. McNemar's test is about accuracy alone, for each seed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.plan import Plan, population_of
from evalkit.records import REAL, Prediction
from evalkit.statistics.calibration import Codes, calibration, codes, confusion
from evalkit.statistics.classification import BY_NAME, f1_of, of_codes
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.mcnemar import exact_mcnemar
from evalkit.statistics.mcnemar_clustered import obuchowski
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import OfSums

FILE = "classification.json"
RESAMPLES = 1_999  # claims have their own, with more


@dataclass(frozen=True)
class _Answers:
    """One arm's answers: a row a clip, a column a training seed; ABSENT where the version failed."""

    clips: tuple[str, ...]
    subjects: tuple[str, ...]
    labels: tuple[str, ...]
    said: tuple[tuple[str | None, ...], ...]
    probabilities: tuple[tuple[str, ...], ...]
    left_out: dict[str, int]  # note -> clips without prediction


def classified(
    plan: Plan, predictions: Sequence[Prediction], details: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Name of the predictions -> its figures; empty where no task classifies."""
    clips, words = population_of(plan, {})
    arms = [REAL, *(arm.name for arm in plan.arms)]
    found = {}
    for told in details.values():
        for name in told.get("classification", ()):
            mine = [row for row in predictions if row.task == name and row.clip_id in clips]
            found[name] = {"population": words, "column": told["column"], **_summed(mine, arms, plan.study.seed)}
    return found


def write_classification(folder: Path, found: Mapping[str, Any]) -> None:
    """Write the figures as JSON; the same figures give the same bytes."""
    text = json.dumps({"schema_version": 1, "predictions": found}, indent=2, sort_keys=True, allow_nan=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_classification(folder: Path) -> dict[str, Any]:
    """The figures of a run; empty where it has none. Raises: ValueError if the file is of another version."""
    if not (folder / FILE).is_file():
        return {}
    found: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if found.get("schema_version") != 1:
        raise ValueError(f"{folder / FILE} holds no classification of schema version 1")
    figures: dict[str, Any] = found["predictions"]
    return figures


def _summed(rows: Sequence[Prediction], arms: Sequence[str], seed: int) -> dict[str, Any]:
    answers = {arm: _answers([row for row in rows if row.arm == arm]) for arm in arms}
    names = {name for each in answers.values() for name in each.labels}
    names |= {name for each in answers.values() for row in each.said for name in row if name is not None}
    classes = sorted(names)
    real = answers[REAL]
    return {
        "classes": classes,
        "seeds": sorted({row.seed for row in rows}),
        "arms": {arm: _figures(each, classes, seed) for arm, each in answers.items()},
        "against_real": {arm: _compared(each, real, classes, seed) for arm, each in answers.items() if arm != REAL},
    }


def _answers(rows: Sequence[Prediction]) -> _Answers:
    """Clips that have an answer or a failure for every seed, and how many have none, by reason."""
    by_clip: dict[str, list[Prediction]] = {}
    for row in sorted(rows, key=lambda row: (row.clip_id, row.seed)):
        by_clip.setdefault(row.clip_id, []).append(row)
    left_out: dict[str, int] = {}
    kept = []
    for clip, found in by_clip.items():
        why = next((row.note for row in found if row.status == "undefined" or row.label is None), None)
        if why is None:
            kept.append((clip, found))
        else:
            left_out[why] = left_out.get(why, 0) + 1
    return _Answers(
        tuple(clip for clip, _ in kept),
        tuple(found[0].subject_id for _, found in kept),
        tuple(str(found[0].label) for _, found in kept),
        tuple(tuple(row.predicted for row in found) for _, found in kept),
        tuple(tuple(row.probabilities for row in found) for _, found in kept),
        left_out,
    )


def _figures(answers: _Answers, classes: Sequence[str], seed: int) -> dict[str, Any]:
    about: dict[str, Any] = {
        "n_clips": len(answers.clips), "n_subjects": len(set(answers.subjects)), "left_out": answers.left_out,
        "n_failed": sum(None in said for said in answers.said),
    }  # fmt: skip
    if not answers.clips:
        return {**about, "note": "not computed: no clip has an answer"}
    labels, said = codes(answers.labels, classes), _said(answers, classes)
    rows, width, seeds = _grouped(answers.subjects, labels, said), len(classes), said.shape[1]
    weights = (1 / seeds,) * seeds
    return {
        **about,
        **{name: _result(rows, of_codes(name, of, width, weights), seed) for name, of in BY_NAME.items()},
        "f1": {
            name: _value(rows, of_codes(f"f1[{name}]", f1_of(index), width, weights))
            for index, name in enumerate(classes)
        },
        "confusion": [confusion(labels, said[:, number], width) for number in range(seeds)],
        "calibration": _calibrated(answers, labels, classes),
    }


def _compared(answers: _Answers, real: _Answers, classes: Sequence[str], seed: int) -> dict[str, Any]:
    """The arm minus real, on the clips that both have; the same training seeds on both sides."""
    place = {clip: index for index, clip in enumerate(real.clips)}
    both = [(index, place[clip]) for index, clip in enumerate(answers.clips) if clip in place]
    if not both:
        return {"n_clips": 0, "note": "not computed: no clip has an answer on both sides"}
    mine, theirs = [index for index, _ in both], [index for _, index in both]
    subjects = [answers.subjects[index] for index in mine]
    labels = codes(answers.labels, classes)[mine]
    ours, other = _said(answers, classes)[mine], _said(real, classes)[theirs]
    rows, width, seeds = _grouped(subjects, labels, np.hstack([ours, other])), len(classes), ours.shape[1]
    right, right_other = ours == labels[:, None], other == labels[:, None]
    weights = (1 / seeds,) * seeds + (-1 / seeds,) * seeds
    return {
        "n_clips": len(both), "n_subjects": len(set(subjects)),
        **{name: _result(rows, of_codes(name, of, width, weights), seed, -1.0) for name, of in BY_NAME.items()},
        "mcnemar": [_mcnemar(subjects, right[:, k], right_other[:, k]) for k in range(ours.shape[1])],
    }  # fmt: skip


def _mcnemar(subjects: Sequence[str], first: Any, second: Any) -> dict[str, Any]:
    """Exact where every subject has one clip, else clustered (evalkit.statistics.mcnemar_clustered)."""
    if len(set(subjects)) == len(subjects):
        only = int((first & ~second).sum()), int((~first & second).sum())
        found = exact_mcnemar(*only, int((first & second).sum()), int((~first & ~second).sum()))
    else:
        found = obuchowski(Grouped.of(subjects, first, second))
    return {"p": found.p, "method": found.method, "note": found.note}


def _said(answers: _Answers, classes: Sequence[str]) -> Codes:
    return np.array([codes(said, classes) for said in answers.said], dtype=np.intp)


def _grouped(subjects: Sequence[str], labels: Codes, said: Codes) -> Grouped:
    """Pairs of label and prediction, one for each column of predictions."""
    return Grouped.of(subjects, *(column for predicted in said.T for column in (labels, predicted)))


def _result(rows: Grouped, statistic: OfSums, seed: int, least: float = 0.0) -> dict[str, Any]:
    """The default interval, cut to what the statistic can be (`least` to 1), as a studentised one can reach beyond."""
    found: Result = infer(rows, statistic, seed=seed, n_resamples=RESAMPLES)
    low, high = (None if end is None else min(max(end, least), 1.0) for end in (found.low, found.high))
    return {"value": found.value, "low": low, "high": high, "level": found.level, "method": found.method,
            "note": found.note}  # fmt: skip


def _value(rows: Grouped, statistic: OfSums) -> float | None:
    value = float(statistic.on(rows).values(np.ones((1, rows.n_subjects)))[0])
    return value if np.isfinite(value) else None


def _calibrated(answers: _Answers, labels: Codes, classes: Sequence[str]) -> dict[str, Any] | None:
    """Of all seeds' predictions together; None where the model gives no probabilities."""
    told = [(json.loads(text), label) for row, label in zip(answers.probabilities, labels, strict=True)
            for text in row if text]  # fmt: skip
    if not told:
        return None
    found = np.array([[said.get(name, 0.0) for name in classes] for said, _ in told], np.float64)
    made = calibration(found, np.array([label for _, label in told], dtype=np.intp))
    return None if made is None else {**asdict(made), "bins": [asdict(one) for one in made.bins]}
