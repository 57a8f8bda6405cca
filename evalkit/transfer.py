"""The transfer table: how much worse a metric is on each unseen anatomy than on those that were trained on.

Only arms with a model card can be judged; what evalkit.zero_shot does not let pass has a row of its own that says what
overlaps, and no drop. All of it is exploratory.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from evalkit.arms.load import Arm
from evalkit.metrics.declare import Metric
from evalkit.plan import Plan, population_of
from evalkit.records import Measurement
from evalkit.statistics.estimates import estimate_mean
from evalkit.statistics.of_measurements import has_it
from evalkit.statistics.result import Result
from evalkit.statistics.welch import METHOD, difference_of_groups
from evalkit.zero_shot import organ, overlaps, seen_organs
from translator.clips.manifest import Entry

FILE = "transfer.json"
Seen = Literal["in-domain", "zero-shot", "refused"]
_ORDER = {"in-domain": 0, "zero-shot": 1, "refused": 2}


@dataclass(frozen=True)
class Transfer:
    """A metric of one arm on one group of clips: all in-domain anatomies together, or one other anatomy.

    `drop` is how much worse than in-domain: positive is worse. Where neither higher nor lower is better it is the
    in-domain mean minus this one. `reason` says why a group is refused the word zero-shot. Intervals are of level 0.95
    over subjects, drops by `method`; where one is missing, a note says why.
    """

    arm: str
    metric: str
    region: str
    anatomy: str
    seen: Seen
    reason: str
    value: float | None
    low: float | None
    high: float | None
    note: str
    n_subjects: int
    n_clips: int
    n_undefined: int
    n_failed: int
    drop: float | None
    drop_low: float | None
    drop_high: float | None
    drop_note: str
    method: str = METHOD


@dataclass(frozen=True)
class _Group:
    anatomy: str
    seen: Seen
    reason: str
    clips: frozenset[str]


def transfer_table(plan: Plan, rows: Sequence[Measurement]) -> dict[str, Any] | None:
    """Rows of every arm that has a card, and of the others why they have none; None where nothing is out of domain."""
    clips, words = population_of(plan, {})
    entries = [entry for entry in plan.manifest.entries if entry.clip_id in clips]
    groups = {arm.name: _groups(arm, entries, plan.inputs) for arm in plan.arms if arm.card is not None}
    if all(group.seen == "in-domain" for of_arm in groups.values() for group in of_arm):
        return None
    chosen: dict[tuple[str, str, str], list[Measurement]] = defaultdict(list)
    for row in rows:
        if row.clip_id in clips:
            chosen[row.arm, row.metric, row.region].append(row)
    found = [
        made
        for arm, of_arm in groups.items()
        for metric in plan.declared.values()
        for region in metric.regions
        if region in plan.study.regions
        for made in _rows(arm, metric, region, of_arm, chosen[arm, metric.name, region], words)
    ]
    without = [arm.name for arm in plan.arms if arm.card is None]
    return {"population": words, "without_card": without, "rows": [asdict(row) for row in found]}


def write_transfer(folder: Path, table: Mapping[str, Any]) -> None:
    """Write the table as JSON; the same table gives the same bytes."""
    text = json.dumps({"schema_version": 1, **table}, indent=2, sort_keys=True, allow_nan=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_transfer(folder: Path) -> dict[str, Any] | None:
    """The table of a run, if it has one. Raises: ValueError if the file is of another version."""
    if not (folder / FILE).is_file():
        return None
    found: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if found.pop("schema_version", None) != 1:
        raise ValueError(f"{folder / FILE} holds no transfer table of schema version 1")
    return found


def _groups(arm: Arm, entries: Sequence[Entry], inputs: Mapping[str, Mapping[str, str]]) -> list[_Group]:
    """In-domain clips together, and the others by anatomy and by what speaks against them."""
    seen = frozenset() if arm.card is None else seen_organs(arm.card)
    clips: dict[tuple[Seen, str, str], set[str]] = defaultdict(set)
    anatomies: set[str] = set()
    for entry in entries:
        anatomy = entry.anatomy or "not stated"
        against = overlaps(arm.card, [entry], inputs)
        kinds = {each.kind for each in against}
        if kinds == {"anatomy"} and organ(anatomy) in seen:
            anatomies.add(anatomy)
            clips["in-domain", "", ""].add(entry.clip_id)
        else:
            reason = "; ".join(dict.fromkeys(each.what for each in against))
            clips["refused" if against else "zero-shot", anatomy, reason].add(entry.clip_id)
    told = ", ".join(sorted(anatomies))
    found = [_Group(told if kind == "in-domain" else anatomy, kind, reason, frozenset(members))
             for (kind, anatomy, reason), members in clips.items()]  # fmt: skip
    return sorted(found, key=lambda group: (_ORDER[group.seen], group.anatomy, group.reason))


def _rows(
    arm: str, metric: Metric, region: str, groups: Sequence[_Group], rows: Sequence[Measurement], words: str
) -> list[Transfer]:
    home = next((group for group in groups if group.seen == "in-domain"), None)
    at_home = {} if home is None else _by_subject(home, rows, metric)
    failed = sum(row.status == "failed" and row.clip_id in home.clips for row in rows) if home else 0
    hidden = f"{failed} in-domain failures count as the worst value, which makes the drop smaller" if failed else ""
    found = []
    for group in groups:
        mine = [row for row in rows if row.clip_id in group.clips]
        mean = estimate_mean(arm, region, mine, metric, words)
        drop = _drop(group, at_home, _by_subject(group, rows, metric), metric)
        found.append(Transfer(
            arm, metric.name, region, group.anatomy, group.seen, group.reason, mean.value, mean.low, mean.high,
            mean.note, mean.n_subjects, mean.n_clips, mean.n_undefined, mean.n_failed,
            drop.value, drop.low, drop.high, drop.note or (hidden if drop.value is not None else ""),
        ))  # fmt: skip
    return found


def _drop(
    group: _Group, at_home: Mapping[str, list[float]], abroad: Mapping[str, list[float]], metric: Metric
) -> Result:
    none = Result("difference of means", METHOD, None)
    if group.seen != "zero-shot":
        return none
    if not at_home:
        return Result("difference of means", METHOD, None, note="not computed: no clip is in-domain")
    lower = metric.higher_is_better is False
    return difference_of_groups(abroad, at_home) if lower else difference_of_groups(at_home, abroad)


def _by_subject(group: _Group, rows: Sequence[Measurement], metric: Metric) -> dict[str, list[float]]:
    """Values of clips by subject; a failure counts as the worst value, as in means."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.clip_id not in group.clips or row.status == "undefined" or not has_it(row, metric):
            continue
        if row.value is not None or not metric.descriptive:
            found[row.subject_id].append(metric.worst if row.value is None else row.value)
    return found
