"""Measurements to estimates: choose the rows, handle what is missing, take the statistic, run the test."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Measurement
from evalkit.statistics.t_interval import METHOD, Mean, interval, p_above, p_below, p_within, subject_mean
from translator.clips.manifest import PAIRED

LEVEL = 0.95  # of intervals that no claim asked for


def estimate_claim(claim: Claim, rows: Iterable[Measurement], metric: Metric, population: str) -> Estimate:
    """The estimate that a claim names, with the test at its margin. `rows` are of the claim's population."""
    penalties = _against_claim(claim, metric)
    values, failed, undefined = _values(rows, metric, claim.region, claim.arm, claim.against, penalties)
    return _estimate(claim.id, claim, values, failed, undefined, metric, population)


def estimate_mean(arm: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str) -> Estimate:
    """The mean of one arm in one region, with an interval and no test; a failure counts as the worst value."""
    values, failed, undefined = _values(rows, metric, region, arm, None, (metric.worst, metric.best))
    asked = f"{arm}|{metric.name}|{region}"
    return _estimate(asked, (arm, region), values, failed, undefined, metric, population)


def _against_claim(claim: Claim, metric: Metric) -> tuple[float, float]:
    """What a failure of `arm` and of `against` counts as: the bound that speaks most against the claim.

    For a comparison that is the worst value for the arm and the best for the one it is compared with, so that
    no failure, on either side, can help.
    """
    low, high = metric.bounds
    if claim.relation == "at_least":
        return low, low
    if claim.relation == "at_most":
        return high, high
    if claim.reference is not None:
        farthest = low if claim.reference - low > high - claim.reference else high
        return farthest, farthest
    return metric.worst, metric.best


def _values(
    rows: Iterable[Measurement],
    metric: Metric,
    region: str,
    arm: str,
    against: str | None,
    penalties: tuple[float, float],
) -> tuple[dict[str, list[float]], int, int]:
    """Per subject the clip values, or clip differences arm - against; and how many clips failed or have none.

    A clip without greyscale truth has no value even where an arm failed on it: else failures alone would count.
    """
    by_clip: dict[str, dict[str, Measurement]] = defaultdict(dict)
    for row in rows:
        if row.metric == metric.name and row.region == region and row.arm in (arm, against):
            by_clip[row.clip_id][row.arm] = row
    values: dict[str, list[float]] = defaultdict(list)
    failed = undefined = 0
    for clip_id in sorted(by_clip):
        found = by_clip[clip_id]
        wanted = [found.get(name) for name in ([arm] if against is None else [arm, against])]
        present = [row for row in wanted if row is not None and row.status != "undefined" and row.pairing in PAIRED]
        if len(present) < len(wanted):
            undefined += 1
            continue
        failed += any(row.status == "failed" for row in present)
        numbers = [p if row.value is None else row.value for row, p in zip(present, penalties, strict=False)]
        values[present[0].subject_id].append(numbers[0] - (numbers[1] if against is not None else 0.0))
    return values, failed, undefined


def _estimate(
    name: str, asked: Claim | tuple[str, str], values: Mapping[str, list[float]], failed: int, undefined: int,
    metric: Metric, population: str,
) -> Estimate:  # fmt: skip
    claim = asked if isinstance(asked, Claim) else None
    arm, region = asked if isinstance(asked, tuple) else (asked.arm, asked.region)
    mean = subject_mean(values) if values else None
    level = LEVEL if claim is None else 1 - 2 * claim.alpha
    bounds = None if mean is None else interval(mean, level)
    return Estimate(
        id=name,
        statistic="mean",
        metric=metric.name,
        region=region,
        arm=arm,
        against=claim.against if claim else None,
        population=population,
        value=None if mean is None else mean.value,
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        level=level,
        relation=claim.relation if claim else None,
        margin=claim.margin if claim else None,
        reference=claim.reference if claim else None,
        p=_p(claim, mean, metric.higher_is_better) if claim and mean else None,
        method=METHOD,
        n_subjects=len(values),
        n_clips=sum(len(clips) for clips in values.values()),
        n_undefined=undefined,
        n_failed=failed,
        note="not computed: no clip has this value" if mean is None else mean.note,
    )


def _p(claim: Claim, mean: Mean, higher_is_better: bool) -> float | None:
    low, high = supported_range(claim, higher_is_better)
    if low is not None and high is not None:
        return p_within(mean, low, high)
    return p_above(mean, low) if low is not None else p_below(mean, high if high is not None else 0.0)


def supported_range(claim: Claim, higher_is_better: bool) -> tuple[float | None, float | None]:
    """The open range of the estimand in which the claim is true; None is without bound.

    superior: better by more than the margin; noninferior: worse by less than it; equivalent: within it of the
    other arm or of the reference; at_least and at_most: beyond the reference, relaxed by the margin.
    """
    if claim.relation == "equivalent":
        centre = claim.reference or 0.0
        return centre - claim.margin, centre + claim.margin
    if claim.relation in ("at_least", "at_most"):
        reference = claim.reference or 0.0
        at_least = claim.relation == "at_least"
        return (reference - claim.margin, None) if at_least else (None, reference + claim.margin)
    bound = claim.margin if claim.relation == "superior" else -claim.margin
    return (bound, None) if higher_is_better else (None, -bound)
