"""Metrics against coverage; exploratory."""

from collections.abc import Iterator

from reports.page.download import Cell, csv_download
from reports.page.exploratory import coverage_part
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

_SLOPES = ("metric", "region", "arm", "value", "low", "high", "level", "p", "p_adjusted", "df", "n_subjects", "n_clips",
           "method", "note")  # fmt: skip


def section(view: View) -> Section | None:
    """Figure and slopes; none where the run has no slopes."""
    if not view.run.slopes:
        return None
    context = {
        "coverage": coverage_part(view.run, view.population, view.panels, view.metrics),
        "dots": csv_download("coverage.csv", ("metric", "region", "arm", "clip", "coverage", "value"), _dots(view),
                             "clips.parquet, measurements.parquet"),
        "slopes": csv_download("slopes.csv", _SLOPES, ([getattr(s, c) for c in _SLOPES] for s in view.run.slopes),
                               "slopes.json"),
    }  # fmt: skip
    return Section("coverage", "Against coverage (exploratory)", rendered("sections/coverage.html.j2", **context))


def _dots(view: View) -> Iterator[tuple[Cell, ...]]:
    share = {clip.clip_id: clip.coverage for clip in view.run.clips}
    for panel in view.panels:
        for row in view.by_panel.get(panel, ()):
            if row.value is not None and share.get(row.clip_id) is not None:
                yield (*panel, row.arm, row.clip_id, share[row.clip_id], row.value)
