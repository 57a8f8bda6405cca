"""Means and intervals of every arm, metric and region."""

from typing import Any

from evalkit.records import Estimate
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

COLUMNS = ("id", "arm", "against", "metric", "region", "value", "low", "high", "level", "n_subjects", "n_clips",
           "n_undefined", "n_failed", "method", "note")  # fmt: skip


def section(view: View) -> Section:
    """One table per metric: arms down, regions across."""
    found = [e for e in view.run.estimates if e.relation is None and e.against is None]
    download = csv_download("means.csv", COLUMNS, ([getattr(e, c) for c in COLUMNS] for e in found),
                            "estimates.parquet")  # fmt: skip
    table = _blocks(view, {(e.arm, e.metric, e.region): e for e in found})
    return Section("means", "Means and intervals", rendered("sections/means.html.j2", table=table, download=download))


def _blocks(view: View, found: dict[tuple[str, str, str], Estimate]) -> list[dict[str, Any]]:
    blocks = []
    for name, metric in view.metrics.items():
        regions = [region for region in view.study["regions"] if region in metric.regions]
        rows = [{"arm": arm, "cells": [found[arm, name, region] for region in regions]} for arm in view.arms]
        blocks.append({"metric": metric, "regions": regions, "digits": view.digits(name), "rows": rows})
    return blocks
