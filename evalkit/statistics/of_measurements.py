"""From measurements to a sample: choose the rows, pair the clips of two arms, put failures at either end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.metrics.declare import Metric
from evalkit.records import Measurement
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.sample import Sample, empty
from evalkit.statistics.statistic import OfSums, Statistic, mean, slope
from translator.clips.manifest import PAIRED

STATISTIC_OF: dict[str, Statistic] = {
    "mean": mean(),
    "clip_mean": mean("clip-weighted"),
    "slope": slope("subject-weighted"),
}


@dataclass(frozen=True)
class _Clip:
    """One clip: its values at either end, and the worst, which is None where a failure has none."""

    clip_id: str
    subject: str
    low: float
    high: float
    worst: float | None


@dataclass(frozen=True)
class _Found:
    clips: Sequence[_Clip]
    n_failed: int
    n_undefined: int


def sample_of_values(
    statistic: str, metric: Metric, region: str, arm: str, against: str | None, rows: Iterable[Measurement],
    coverage: Mapping[str, float | None] | None = None,
) -> Sample:  # fmt: skip
    """The sample of mean, clip_mean or slope: clip values of one arm, or clip differences arm - against.

    A failed clip has every value that the metric can have. `coverage` is clip_id -> share or None, for slope.
    """
    found, made = _clips(rows, metric, region, arm, against), STATISTIC_OF[statistic]
    if statistic == "slope":
        return _on_coverage(made, found, coverage or {})
    if not found.clips:
        return empty(made, "not computed: no clip has this value", found.n_failed, found.n_undefined)
    subjects = [clip.subject for clip in found.clips]
    low = Grouped.of(subjects, [clip.low for clip in found.clips])
    high = Grouped.of(subjects, [clip.high for clip in found.clips]) if found.n_failed else low
    return _sample(made, found, low, high, _shown(found.clips))


def sample_of_failures(arm: str, against: str | None, rows: Iterable[Measurement]) -> Sample:
    """The sample of failed_share: 1 for a clip on which any metric of the arm failed, else 0; or their difference."""
    failed: dict[str, dict[str, bool]] = defaultdict(dict)
    subject: dict[str, str] = {}
    for row in rows:
        if row.arm in (arm, against):
            subject[row.clip_id] = row.subject_id
            failed[row.clip_id][row.arm] = failed[row.clip_id].get(row.arm, False) or row.status == "failed"
    wanted = [arm] if against is None else [arm, against]
    clips = [clip for clip in sorted(failed) if all(name in failed[clip] for name in wanted)]
    statistic = OfSums("failed share", "subject-weighted", mean().features, mean().value)
    if not clips:
        return empty(statistic, "not computed: the arm was given no clip")
    values = [float(failed[clip][arm]) - (float(failed[clip][against]) if against else 0.0) for clip in clips]
    made = Grouped.of([subject[clip] for clip in clips], values)
    return Sample(statistic, made, made, made, len(clips), 0, len(failed) - len(clips))


def has_it(row: Measurement, metric: Metric) -> bool:
    """True if a clip can have a value of the metric: it has its greyscale truth, or none is needed."""
    return row.pairing in PAIRED or metric.needs != "pair"


def _clips(rows: Iterable[Measurement], metric: Metric, region: str, arm: str, against: str | None) -> _Found:
    """Values by clip, in the order of clip_id.

    Where a metric needs the greyscale truth, a clip without it has no value even where an arm failed on it: else
    failures alone would count.
    """
    by_clip: dict[str, dict[str, Measurement]] = defaultdict(dict)
    for row in rows:
        if row.metric == metric.name and row.region == region and row.arm in (arm, against):
            by_clip[row.clip_id][row.arm] = row
    clips: list[_Clip] = []
    n_failed = n_undefined = 0
    for clip_id in sorted(by_clip):
        found = by_clip[clip_id]
        wanted = [found.get(name) for name in ([arm] if against is None else [arm, against])]
        present = [row for row in wanted if row is not None and row.status != "undefined" and has_it(row, metric)]
        if len(present) < len(wanted):
            n_undefined += 1
            continue
        n_failed += any(row.status == "failed" for row in present)
        clips.append(_valued(present, metric))
    return _Found(clips, n_failed, n_undefined)


def _valued(present: Sequence[Measurement], metric: Metric) -> _Clip:
    first, second = present[0], present[1] if len(present) > 1 else None

    def value(ours: float, theirs: float) -> float:
        return _or(first.value, ours) - (0.0 if second is None else _or(second.value, theirs))

    low, high = metric.bounds
    worst = None if metric.descriptive else value(metric.worst, metric.best)
    if metric.descriptive and all(row.status != "failed" for row in present):
        worst = value(0.0, 0.0)
    return _Clip(first.clip_id, first.subject_id, value(low, high), value(high, low), worst)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _shown(clips: Sequence[_Clip]) -> Grouped | None:
    kept = [(clip.subject, clip.worst) for clip in clips if clip.worst is not None]
    return Grouped.of([subject for subject, _ in kept], [worst for _, worst in kept]) if kept else None


def _on_coverage(statistic: Statistic, found: _Found, coverage: Mapping[str, float | None]) -> Sample:
    """A slope is least with failures low where coverage is above its mean and high where it is below."""
    placed = [(clip, share) for clip in found.clips if (share := coverage.get(clip.clip_id)) is not None]
    n_undefined = found.n_undefined + len(found.clips) - len(placed)
    if not placed:
        note = "not computed: no clip has both this value and a coverage"
        return empty(statistic, note, found.n_failed, n_undefined)
    subjects = [clip.subject for clip, _ in placed]
    shares = np.array([share for _, share in placed])
    low, high = (np.array([getattr(clip, end) for clip, _ in placed]) for end in ("low", "high"))
    of_subject = Grouped.of(subjects, shares)
    above = shares > float((of_subject.totals(of_subject.columns)[:, 0] / of_subject.sizes()).mean())
    least = Grouped.of(subjects, shares, np.where(above, low, high))
    most = Grouped.of(subjects, shares, np.where(above, high, low)) if found.n_failed else least
    kept = [(clip.subject, share, clip.worst) for clip, share in placed if clip.worst is not None]
    shown = Grouped.of([subject for subject, _, _ in kept], [share for _, share, _ in kept],
                       [worst for _, _, worst in kept]) if kept else None  # fmt: skip
    n_failed = sum(clip.low != clip.high for clip, _ in placed)
    return _sample(statistic, _Found([clip for clip, _ in placed], n_failed, n_undefined), least, most, shown)


def _sample(statistic: Statistic, found: _Found, low: Grouped, high: Grouped, shown: Grouped | None) -> Sample:
    n_clips = 0 if shown is None else shown.n_clips
    note = "" if shown is not None else "not computed: no clip has this value"
    return Sample(statistic, low, high, shown, n_clips, found.n_failed, found.n_undefined, note)
