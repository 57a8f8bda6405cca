"""How a metric changes with coverage, the share of the sector that is masked: a slope with interval and p."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.metrics.declare import Metric
from evalkit.records import LinePoint, Measurement, Slope
from evalkit.statistics.estimates import LEVEL
from evalkit.statistics.multiplicity import benjamini_hochberg
from evalkit.statistics.of_measurements import has_it
from evalkit.statistics.slope import METHOD, Line, contrast_interval, fit_line, p_not_zero

VERSION = 1
STATISTIC = "slope on coverage"
_POINTS = 21  # of the drawn line


def estimate_slope(
    arm: str, region: str, rows: Iterable[Measurement], metric: Metric, population: str,
    coverage: Mapping[str, float | None],
) -> Slope:  # fmt: skip
    """The slope of one metric of one arm in one region on coverage; `coverage` is clip_id -> share or None.

    A failure counts as the worst value, as in means; where no value is worst, as of a descriptive metric, it is left
    out. So are clips without value or without coverage. All are counted.
    """
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    n_failed = n_undefined = 0
    for row in rows:
        if (row.arm, row.metric, row.region) != (arm, metric.name, region):
            continue
        share = coverage.get(row.clip_id)
        if row.status == "undefined" or not has_it(row, metric) or share is None:
            n_undefined += 1
            continue
        n_failed += row.status == "failed"
        if row.value is not None or not metric.descriptive:
            points[row.subject_id].append((share, metric.worst if row.value is None else row.value))
    line = fit_line(points) if points else None
    found = None if line is None else line.slope
    interval = None if found is None else contrast_interval(found, LEVEL)
    return Slope(
        id=f"{arm}|{metric.name}|{region}|coverage",
        statistic=STATISTIC,
        metric=metric.name,
        region=region,
        arm=arm,
        against=None,
        population=population,
        value=None if found is None else found.value,
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
        level=LEVEL,
        relation=None,
        margin=None,
        reference=None,
        p=None if found is None else p_not_zero(found),
        method=METHOD,
        n_subjects=len(points),
        n_clips=sum(len(clips) for clips in points.values()),
        n_undefined=n_undefined,
        n_failed=n_failed,
        note=_note(points, line),
        df=None if found is None else found.df,
        p_adjusted=None,
        line=() if line is None else _drawn(line, [share for clips in points.values() for share, _ in clips]),
    )


def adjusted(slopes: Sequence[Slope]) -> list[Slope]:
    """The slopes with p adjusted over all of them."""
    p_values = benjamini_hochberg({str(index): slope.p for index, slope in enumerate(slopes)})
    return [replace(slope, p_adjusted=p) for slope, p in zip(slopes, p_values.values(), strict=True)]


def _note(points: Mapping[str, Sequence[tuple[float, float]]], line: Line | None) -> str:
    if not points:
        return "not computed: no clip has both this value and a coverage"
    return "not computed: all clips have one coverage" if line is None else line.note


def _drawn(line: Line, shares: Sequence[float]) -> tuple[LinePoint, ...]:
    """The line from the least to the largest coverage, with a pointwise interval."""
    made = []
    for share in np.linspace(min(shares), max(shares), _POINTS).tolist():
        height = line.height(share)
        low, high = contrast_interval(height, LEVEL) or (None, None)
        made.append(LinePoint(share, height.value, low, high))
    return tuple(made)
