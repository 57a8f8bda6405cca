"""Measurements to estimates: choose the rows, handle what is missing, take the statistic, run the test."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Measurement
from evalkit.statistics.t_interval import METHOD, Mean, interval, p_above, p_below, p_within, subject_mean
from translator.clips.manifest import PAIRED

VERSION = 1  # to be raised when an estimate or its test moves for the same measurements
LEVEL = 0.95  # of intervals that no claim asked for


@dataclass(frozen=True)
class _Values:
    """Per subject the clip values with failures at their lowest, at their highest, and as the arm's worst.

    Where no value is worst, as of a descriptive metric, failures are missing from the last.
    """

    low: dict[str, list[float]]
    high: dict[str, list[float]]
    worst: dict[str, list[float]]
    n_failed: int
    n_undefined: int


def estimate_claim(claim: Claim, rows: Iterable[Measurement], metric: Metric, population: str) -> Estimate:
    """The estimate that a claim names, with the test at its margin. `rows` are of the claim's population.

    A failed clip has every value that the metric can have: p is the larger, and the interval the hull, of what
    comes out with all failures at either end. So no failure, on either side, can support or refute a claim.
    """
    values = _values(rows, metric, claim.region, claim.arm, claim.against)
    return _estimate(claim.id, claim.arm, claim.region, values, metric, population, claim)


def estimate_mean(arm: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str) -> Estimate:
    """The mean of one arm in one region, with an interval and no test; a failure counts as the worst value.

    Of a descriptive metric no value is worst: what failed is left out, and counted.
    """
    found = _values(rows, metric, region, arm, None)
    values = replace(found, low=found.worst, high=found.worst)
    return _estimate(f"{arm}|{metric.name}|{region}", arm, region, values, metric, population, None)


def estimate_difference(
    arm: str, against: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str
) -> Estimate:
    """The mean of `arm` minus `against` over the same clips, with an interval and no test.

    Failures widen the interval as in `estimate_claim`.
    """
    values = _values(rows, metric, region, arm, against)
    name = f"{arm} minus {against}|{metric.name}|{region}"
    return replace(_estimate(name, arm, region, values, metric, population, None), against=against)


def _values(rows: Iterable[Measurement], metric: Metric, region: str, arm: str, against: str | None) -> _Values:
    """Clip values of one arm, or clip differences arm - against, by subject.

    Where a metric needs the greyscale truth, a clip without it has no value even where an arm failed on it: else
    failures alone would count.
    """
    by_clip: dict[str, dict[str, Measurement]] = defaultdict(dict)
    for row in rows:
        if row.metric == metric.name and row.region == region and row.arm in (arm, against):
            by_clip[row.clip_id][row.arm] = row
    low, high, worst = (defaultdict[str, list[float]](list) for _ in range(3))
    n_failed = n_undefined = 0
    for clip_id in sorted(by_clip):
        found = by_clip[clip_id]
        wanted = [found.get(name) for name in ([arm] if against is None else [arm, against])]
        present = [row for row in wanted if row is not None and row.status != "undefined" and _has_it(row, metric)]
        if len(present) < len(wanted):
            n_undefined += 1
            continue
        failed = any(row.status == "failed" for row in present)
        n_failed += failed
        first, second = present[0], present[1] if against is not None else None
        ends = [(low, *metric.bounds), (high, *metric.bounds[::-1])]
        if not metric.descriptive:
            ends.append((worst, metric.worst, metric.best))
        elif not failed:
            ends.append((worst, 0.0, 0.0))
        for values, ours, theirs in ends:
            minus = 0.0 if second is None else _or(second.value, theirs)
            values[first.subject_id].append(_or(first.value, ours) - minus)
    return _Values(low, high, worst, n_failed, n_undefined)


def _has_it(row: Measurement, metric: Metric) -> bool:
    return row.pairing in PAIRED or metric.needs != "pair"


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _estimate(
    name: str, arm: str, region: str, values: _Values, metric: Metric, population: str, claim: Claim | None
) -> Estimate:
    shown = subject_mean(values.worst) if values.worst else None
    ends = [subject_mean(values.low), subject_mean(values.high)] if values.worst else []
    level = LEVEL if claim is None else 1 - 2 * claim.alpha
    bounds = [interval(mean, level) for mean in ends]
    whole = [bound for bound in bounds if bound is not None] if None not in bounds else []
    tests = [_p(claim, mean, metric.higher_is_better) for mean in ends] if claim else []
    return Estimate(
        id=name,
        statistic="mean",
        metric=metric.name,
        region=region,
        arm=arm,
        against=claim.against if claim else None,
        population=population,
        value=None if shown is None else shown.value,
        low=min(low for low, _ in whole) if whole else None,
        high=max(high for _, high in whole) if whole else None,
        level=level,
        relation=claim.relation if claim else None,
        margin=claim.margin if claim else None,
        reference=claim.reference if claim else None,
        p=None if not tests or None in tests else max(p for p in tests if p is not None),
        method=METHOD,
        n_subjects=len(values.worst),
        n_clips=sum(len(clips) for clips in values.worst.values()),
        n_undefined=values.n_undefined,
        n_failed=values.n_failed,
        note=next((mean.note for mean in ends if mean.note), "") if ends else "not computed: no clip has this value",
    )


def _p(claim: Claim, mean: Mean, higher_is_better: bool | None) -> float | None:
    low, high = supported_range(claim, higher_is_better)
    if low is not None and high is not None:
        return p_within(mean, low, high)
    return p_above(mean, low) if low is not None else p_below(mean, high if high is not None else 0.0)


def supported_range(claim: Claim, higher_is_better: bool | None) -> tuple[float | None, float | None]:
    """The open range of the estimand in which the claim is true; None is without bound.

    superior: better by more than the margin; noninferior: worse by less than it; equivalent: within it of the
    other arm or of the reference; at_least and at_most: beyond the reference, relaxed by the margin.

    Raises: ValueError for superior and noninferior where neither higher nor lower is better (None); a plan refuses
    such a claim before.
    """
    if claim.relation == "equivalent":
        centre = claim.reference or 0.0
        return centre - claim.margin, centre + claim.margin
    if claim.relation in ("at_least", "at_most"):
        reference = claim.reference or 0.0
        at_least = claim.relation == "at_least"
        return (reference - claim.margin, None) if at_least else (None, reference + claim.margin)
    if higher_is_better is None:
        raise ValueError(f"claim {claim.id!r}: {claim.relation} needs a metric of which more, or less, is better")
    bound = claim.margin if claim.relation == "superior" else -claim.margin
    return (bound, None) if higher_is_better else (None, -bound)
