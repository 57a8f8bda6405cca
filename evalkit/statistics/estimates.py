"""Rows to estimates: the sample that is asked for, its statistic by the one engine, and the claim's test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Measurement, Prediction
from evalkit.statistics.binomial import share_of_subjects
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.of_measurements import sample_of_failures, sample_of_values
from evalkit.statistics.of_predictions import sample_of_predictions
from evalkit.statistics.result import Range, Result
from evalkit.statistics.sample import Sample
from evalkit.statistics.t_interval import FEWEST

VERSION = 1  # to be raised when an estimate or its test moves for the same measurements
LEVEL = 0.95  # of intervals that no claim asked for


@dataclass(frozen=True)
class Rows:
    """What a claim's statistic can be taken of; all of the claim's population. `coverage`: clip_id -> share or None."""

    measurements: Sequence[Measurement] = ()
    predictions: Sequence[Prediction] = ()
    coverage: Mapping[str, float | None] | None = None


def estimate_claim(
    claim: Claim, rows: Rows | Iterable[Measurement], metric: Metric | None, population: str, seed: int = 0
) -> Estimate:
    """The estimate that a claim on the run's own rows names, with the test at its margin.

    `metric` is the claim's, None where its statistic is of none. A failed clip has every value that it can have: p is
    the larger, and the interval the hull, of what comes out with all failures at either end. So no failure, on
    either side, can support or refute a claim. Two arms are compared on the same clips and in the same resamples.
    """
    given = rows if isinstance(rows, Rows) else Rows(list(rows))
    sample = _sample(claim, given, metric)
    higher = claim.about.higher_is_better if metric is None or not claim.about.of_metric else metric.higher_is_better
    level, bounds = 1 - 2 * claim.alpha, supported_range(claim, higher)
    made = [_inferred(claim, rows, sample, level, bounds, seed) for rows in _ends(sample)]
    return replace(
        _estimate(claim.id, claim.arm, claim.region, sample, made, level, claim.metric, population),
        statistic=claim.statistic,
        against=claim.against,
        relation=claim.relation,
        margin=claim.margin,
        reference=claim.reference,
        p=None if not made or any(result.p is None for result in made) else max(result.p or 0.0 for result in made),
    )


def estimate_mean(arm: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str) -> Estimate:
    """The mean of one arm in one region, with an interval and no test; a failure counts as the worst value.

    Of a descriptive metric no value is worst: what failed is left out, and counted.
    """
    found = sample_of_values("mean", metric, region, arm, None, rows)
    sample = replace(found, low=found.shown, high=found.shown)
    made = [infer(end, sample.statistic, LEVEL) for end in _ends(sample)]
    return _estimate(f"{arm}|{metric.name}|{region}", arm, region, sample, made, LEVEL, metric.name, population)


def estimate_difference(
    arm: str, against: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str
) -> Estimate:
    """The mean of `arm` minus `against` over the same clips, with an interval and no test.

    Failures widen the interval as in `estimate_claim`.
    """
    sample = sample_of_values("mean", metric, region, arm, against, rows)
    made = [infer(end, sample.statistic, LEVEL) for end in _ends(sample)]
    name = f"{arm} minus {against}|{metric.name}|{region}"
    return replace(_estimate(name, arm, region, sample, made, LEVEL, metric.name, population), against=against)


def _sample(claim: Claim, rows: Rows, metric: Metric | None) -> Sample:
    if claim.about.table == "translations":
        return sample_of_failures(claim.arm, claim.against, rows.measurements)
    if claim.about.table == "predictions":
        return sample_of_predictions(claim.statistic, claim.metric, claim.arm, claim.against, rows.predictions)
    if metric is None:
        raise ValueError(f"claim {claim.id!r}: statistic {claim.statistic} is of a metric, and none is given")
    return sample_of_values(
        claim.statistic, metric, claim.region, claim.arm, claim.against, rows.measurements, rows.coverage
    )


def _ends(sample: Sample) -> list[Grouped]:
    """Both ends of what failures can do, or the one that there is."""
    ends = [end for end in (sample.low, sample.high) if end is not None] if sample.shown is not None else []
    return ends[:1] if len(ends) == 2 and ends[0] is ends[1] else ends


def _inferred(claim: Claim, rows: Grouped, sample: Sample, level: float, bounds: Range, seed: int) -> Result:
    found = infer(rows, sample.statistic, level, bounds, seed)
    one_arm = claim.statistic == "failed_share" and claim.against is None  # a difference of 0 can be two that cancel
    if one_arm and found.value in (0.0, 1.0) and rows.n_subjects >= FEWEST:
        # nothing varies, so no resample does; a subject's share is at most the chance that any of its clips fails
        return share_of_subjects(round(found.value * rows.n_subjects), rows.n_subjects, level, bounds)
    return found


def _estimate(
    name: str, arm: str, region: str, sample: Sample, made: Sequence[Result], level: float, metric: str,
    population: str,
) -> Estimate:  # fmt: skip
    whole = bool(made) and all(result.low is not None and result.high is not None for result in made)
    shown, first = sample.shown, made[0] if made else None
    return Estimate(
        id=name,
        statistic="mean",
        metric=metric,
        region=region,
        arm=arm,
        against=None,
        population=population,
        value=_value(sample, made),
        low=min(result.low for result in made if result.low is not None) if whole else None,
        high=max(result.high for result in made if result.high is not None) if whole else None,
        level=level,
        relation=None,
        margin=None,
        reference=None,
        p=None,
        method="" if first is None else _method(first),
        n_subjects=0 if shown is None else shown.n_subjects,
        n_clips=sample.n_clips,
        n_undefined=sample.n_undefined,
        n_failed=sample.n_failed,
        note=next((result.note for result in made if result.note), sample.note),
    )


def _value(sample: Sample, made: Sequence[Result]) -> float | None:
    """The statistic with failures at their worst."""
    rows = sample.shown
    if rows is None:
        return None
    if rows is sample.low and made:
        return made[0].value
    found = float(sample.statistic.on(rows).values(np.ones((1, rows.n_subjects)))[0])
    return found if np.isfinite(found) else None


def _method(found: Result) -> str:
    return f"{found.method}, {found.n_resamples} resamples, seed {found.seed}" if found.n_resamples else found.method


def supported_range(claim: Claim, higher_is_better: bool | None) -> Range:
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
