"""What the page shows beyond the claims: strata, and slopes on coverage. It says that it is exploratory."""

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.metrics.declare import Metric
from evalkit.records import Measurement, StratumEstimate
from evalkit.seal import Run
from reports.figures.coverage import coverage_plot

_MOST_LEVELS = 60  # rows of one table; strata.parquet has them all
_TEN_PERCENT = 0.1


def strata_tables(
    strata: Sequence[StratumEstimate],
    arms: Sequence[str],
    panels: Sequence[tuple[str, str]],
    metrics: Mapping[str, Metric],
    bins: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """One table per stratum, metric and region of `panels`: levels down, arms across."""
    means = {(e.column, e.metric, e.region, e.level_name, e.arm): e for e in strata if e.relation is None}
    order: dict[str, dict[str, None]] = {}
    for estimate in strata:
        order.setdefault(estimate.column, {}).setdefault(estimate.level_name)
    return [
        {
            "column": column,
            "bins": bins.get(column),
            "metric": metrics[metric],
            "region": region,
            "digits": _digits(metrics[metric]),
            "left_out": max(0, len(levels) - _MOST_LEVELS),
            "rows": [
                {"level": level, "cells": [means.get((column, metric, region, level, arm)) for arm in arms]}
                for level in list(levels)[:_MOST_LEVELS]
            ],
        }
        for column, levels in order.items()
        for metric, region in panels
        if region in metrics[metric].regions
    ]


def claims_by_stratum(strata: Sequence[StratumEstimate], metrics: Mapping[str, Metric]) -> list[dict[str, Any]]:
    """The claims' estimates on every level, each with the number of digits that its unit asks for."""
    return [
        {"claim": estimate.id.partition("|")[0], "estimate": estimate, "digits": _digits(metrics[estimate.metric])}
        for estimate in strata
        if estimate.relation is not None
    ]


def coverage_part(
    run: Run, population: Sequence[Measurement], panels: Sequence[tuple[str, str]], metrics: Mapping[str, Metric]
) -> dict[str, Any]:
    """Figure and table of slopes, for a change of coverage by ten percentage points; or why there is none."""
    found = [slope for slope in run.slopes if slope.value is not None]
    units = {name: metric.unit for name, metric in metrics.items()}
    return {
        "asked": bool(run.slopes),
        "plot": coverage_plot(population, run.clips, found, panels, units),
        "rows": [
            {
                "slope": slope,
                "digits": _digits(metrics[slope.metric]) + 1,
                **{key: None if (end := getattr(slope, key)) is None else _TEN_PERCENT * end
                   for key in ("value", "low", "high")},
            }
            for slope in found
        ],
        "missing": sorted({slope.note for slope in run.slopes if slope.value is None}),
    }  # fmt: skip


def _digits(metric: Metric) -> int:
    return 3 if metric.unit == "1" else 2
