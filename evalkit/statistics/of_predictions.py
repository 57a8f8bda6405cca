"""From predictions of a task to a sample: pair clips of two arms, give classes codes, put failures at either end.

A clip and its label are one row: where a task tells real from synthetic, a clip has two. A prediction is complete when
every training seed of its arm has one. A failed one is wrong at one end, and right at the other.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.claimable import OfClass
from evalkit.records import Prediction
from evalkit.statistics.classification import BY_NAME, f1_of, of_codes
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.pairs import OfPairs
from evalkit.statistics.sample import Sample, empty
from evalkit.statistics.statistic import Statistic, mean

Key = tuple[str, str]  # clip_id and label
_BELOW_ALL, _ABOVE_ALL = -1.0, 2.0  # scores of what failed: outside of what a probability can be


@dataclass(frozen=True)
class _Side:
    """The predictions of one arm: the seeds that there are, and rows by key and seed."""

    arm: str
    sign: float
    seeds: tuple[int, ...]
    rows: Mapping[Key, Mapping[int, Prediction]]

    def complete(self, key: Key) -> bool:
        found = self.rows.get(key, {})
        return bool(self.seeds) and all(seed in found and found[seed].status != "undefined" for seed in self.seeds)

    def failed(self, key: Key) -> bool:
        return any(row.status == "failed" for row in self.rows[key].values())


@dataclass(frozen=True)
class _Table:
    """What can be paired, in sorted order."""

    sides: tuple[_Side, ...]
    keys: tuple[Key, ...]
    n_failed: int
    n_undefined: int

    @property
    def subjects(self) -> list[str]:
        first = self.sides[0]
        return [first.rows[key][first.seeds[0]].subject_id for key in self.keys]

    @property
    def weights(self) -> tuple[float, ...]:
        return tuple(side.sign / len(side.seeds) for side in self.sides for _ in side.seeds)


def sample_of_predictions(
    statistic: str, task: str, arm: str, against: str | None, rows: Iterable[Prediction]
) -> Sample:
    """The sample of f1_macro, f1_weighted, accuracy, auc, f1[CLASS] or auc[CLASS] of one arm, or of two paired."""
    table = _table([row for row in rows if row.task == task], arm, against)
    if isinstance(table, str):
        return empty(mean("clip-weighted"), table)
    of_class = OfClass.fullmatch(statistic)
    if statistic == "auc" or (of_class and of_class[1] == "auc"):
        return _areas(statistic, of_class[2] if of_class else None, table)
    return _classified(statistic, of_class[2] if of_class else None, table)


def _table(rows: Sequence[Prediction], arm: str, against: str | None) -> _Table | str:
    """The rows of both arms by clip and label; or why there are none."""
    sides = []
    for name, sign in ((arm, 1.0), *([(against, -1.0)] if against is not None else [])):
        found: dict[Key, dict[int, Prediction]] = defaultdict(dict)
        own = [row for row in rows if row.arm == name]
        for row in own:
            if row.label is not None:
                found[row.clip_id, row.label][row.seed] = row
        sides.append(_Side(name, sign, tuple(sorted({row.seed for row in own})), found))
    if not rows:
        return "not computed: the run holds no predictions of this task"
    absent = [side.arm for side in sides if not side.seeds]
    if absent:
        return f"not computed: the task predicted nothing for {' and '.join(absent)}"
    every = sorted({key for side in sides for key in side.rows})
    keys = tuple(key for key in every if all(side.complete(key) for side in sides))
    unlabelled = {row.clip_id for row in rows if row.label is None and row.arm in (arm, against)}
    lost = len({clip for clip, _ in every} - {clip for clip, _ in keys}) + len(unlabelled - {clip for clip, _ in every})
    n_failed = len({key[0] for key in keys if any(side.failed(key) for side in sides)})
    return _Table(tuple(sides), keys, n_failed, lost) if keys else "not computed: no clip has a label and a prediction"


def _sample(table: _Table, statistic: Statistic, low: Floats, high: Floats) -> Sample:
    """With the columns at both ends; what is shown is the low one, where ours is wrong and the other is right."""
    first = Grouped.of(table.subjects, *low.T)
    last = Grouped.of(table.subjects, *high.T) if table.n_failed else first
    clips = len({clip for clip, _ in table.keys})
    return Sample(statistic, first, last, first, clips, table.n_failed, table.n_undefined)


def _classified(name: str, only: str | None, table: _Table) -> Sample:
    if name != "accuracy" and table.n_failed:
        why = f"not computed: {table.n_failed} clips failed, and what they do to F1 has no bound"
        return empty(mean("clip-weighted"), why, table.n_failed, table.n_undefined)
    labels = {label for _, label in table.keys}
    predicted = {row.predicted for side in table.sides for key in table.keys for row in side.rows[key].values()}
    classes = sorted(labels | {name for name in predicted if name is not None} | ({only} if only else set()))
    code = {name: float(index) for index, name in enumerate(classes)}
    of_counts = BY_NAME[name] if only is None else f1_of(classes.index(only))
    statistic = of_codes(name, of_counts, len(classes), table.weights)

    def columns(end: float) -> Floats:
        return np.array([
            [cell for side, row in _across(table, key)
             for cell in (code[key[1]], _code(row, code, right=side.sign * end > 0))]
            for key in table.keys
        ])  # fmt: skip

    return _sample(table, statistic, columns(-1.0), columns(1.0))


def _across(table: _Table, key: Key) -> list[tuple[_Side, Prediction]]:
    """The predictions of one clip in the order of the columns: by side, then by seed."""
    return [(side, side.rows[key][seed]) for side in table.sides for seed in side.seeds]


def _code(row: Prediction, code: Mapping[str, float], right: bool) -> float:
    if row.status == "failed":
        return code[row.label] if right and row.label is not None else -1.0
    return -1.0 if row.predicted is None else code[row.predicted]


def _areas(name: str, only: str | None, table: _Table) -> Sample:
    """AUC of each class that counts: of two the last, of more each; only one if it is named."""
    labels = sorted({label for _, label in table.keys})
    positives = [only] if only is not None else labels[-1:] if len(labels) <= 2 else labels
    weights = tuple(weight / len(positives) for weight in table.weights for _ in positives)
    statistic = OfPairs(name, weights)
    if len(labels) < 2 or (only is not None and only not in labels):
        what = f"no clip has the label {only!r}" if only is not None and only not in labels else "all labels are equal"
        return empty(statistic, f"not computed: {what}", table.n_failed, table.n_undefined)
    kept = tuple(
        key for key in table.keys if all(_scores(row, positives) is not None for _, row in _across(table, key))
    )
    lost = len({clip for clip, _ in table.keys} - {clip for clip, _ in kept})
    table = replace(table, keys=kept, n_undefined=table.n_undefined + lost)
    if not kept:
        return empty(statistic, "not computed: no prediction has probabilities", table.n_failed, table.n_undefined)

    def columns(end: float) -> Floats:
        return np.array([
            [cell for side, row in _across(table, key)
             for positive, score in zip(positives, _scores(row, positives) or [], strict=True)
             for cell in _placed(key[1] == positive, score, best=side.sign * end > 0)]
            for key in kept
        ])  # fmt: skip

    return _sample(table, statistic, columns(-1.0), columns(1.0))


def _scores(row: Prediction, classes: Sequence[str]) -> list[float | None] | None:
    """Probability of each class, None of each for what failed; None where one is not told."""
    if row.status == "failed":
        return [None for _ in classes]
    told = json.loads(row.probabilities) if row.probabilities else {}
    return [float(told[name]) for name in classes] if all(name in told for name in classes) else None


def _placed(truth: bool, score: float | None, best: bool) -> tuple[float, float]:
    """Truth and score; without a score as if it were right of everything (best), or wrong of everything."""
    if score is None:
        score = _ABOVE_ALL if truth == best else _BELOW_ALL
    return float(truth), score
