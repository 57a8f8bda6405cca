"""Distributions over subjects, for every metric and region, with a line a subject across the arms."""

from collections.abc import Iterator

from reports.figures.paired import paired_plot, subject_means
from reports.page.download import Cell, Download, csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import Panel, View

_COLUMNS = ("metric", "region", "arm", "subject", "mean_over_clips")


def section(view: View) -> Section:
    """What the claims are about stands open; all else is folded, a metric each."""
    blocks: list[tuple[str, str, Download]] = []
    for metric in view.metrics:
        panels = [(metric, region) for region in view.study["regions"] if _has_values(view, (metric, region))]
        if panels:
            svg = paired_plot(view.by_panel, view.arms, panels, view.units)
            blocks.append((metric, svg, _data(view, panels, f"distribution-{len(blocks) + 1}.csv")))
    context = {
        "main": paired_plot(view.by_panel, view.arms, view.panels, view.units),
        "main_data": _data(view, view.panels, "distributions.csv"),
        "blocks": blocks,
    }
    return Section("paired", "Distributions within subjects", rendered("sections/distributions.html.j2", **context))


def _has_values(view: View, panel: Panel) -> bool:
    return any(row.value is not None for row in view.by_panel.get(panel, ()))


def _data(view: View, panels: list[Panel], name: str) -> Download:
    def rows() -> Iterator[tuple[Cell, ...]]:
        for panel in panels:
            for subject, line in subject_means(view.by_panel.get(panel, ()), view.arms):
                for arm, value in zip(view.arms, line, strict=True):
                    yield (*panel, arm, subject, value)

    return csv_download(name, _COLUMNS, rows(), "measurements.parquet")
