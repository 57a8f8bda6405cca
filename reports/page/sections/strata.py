"""Means and claims on the levels of the study's strata, each with its n; exploratory."""

from reports.page.download import csv_download
from reports.page.exploratory import claims_by_stratum, strata_tables
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

_COLUMNS = ("column", "level_name", "metric", "region", "arm", "against", "relation", "value", "low", "high", "level",
            "p", "p_adjusted", "n_subjects", "n_clips", "n_undefined", "n_failed", "note")  # fmt: skip


def section(view: View) -> Section | None:
    """A table per stratum; none where the study names no stratum."""
    if not view.run.strata:
        return None
    context = {
        "strata": strata_tables(view.run.strata, view.arms, view.panels, view.metrics, view.study.get("bins", {})),
        "claims": claims_by_stratum(view.run.strata, view.metrics),
        "arms": view.arms,
        "download": csv_download("strata.csv", _COLUMNS,
                                 ([getattr(e, c) for c in _COLUMNS] for e in view.run.strata), "strata.parquet"),
    }  # fmt: skip
    return Section("strata", "By stratum (exploratory)", rendered("sections/strata.html.j2", **context))
