"""Write the page of trends: every series in a table, those with a notable change first, and a figure of each."""

from collections.abc import Sequence
from pathlib import Path

from evalkit.history import PERMUTATIONS, Series
from evalkit.metrics.registry import METRICS
from reports.figures.svg import PALETTE, drawn, to_svg
from reports.page.download import csv_download
from reports.page.rendering import rendered, whole_page
from reports.page.section import Section
from reports.page.write import put

_MOST = 60  # figures; the rest is in the table
_COLUMNS = ("arm", "metric", "region", "clips", "run", "sealed", "value", "low", "high", "subjects", "failed")


def write_trends(series: Sequence[Series], path: Path, title: str) -> Path:
    """Write one self-contained HTML file; what changed notably comes first."""
    ordered = sorted(series, key=lambda each: (not (each.change and each.change.notable), each.name))
    runs = {point.run for each in series for point in each.points}
    sections = [_table(ordered), _figures([each for each in ordered if len(each.points) > 1])]
    lead = rendered("trend/lead.html.j2", runs=len(runs), series=ordered)
    return put(path, whole_page(title, lead, [section for section in sections if section is not None]))


def _table(series: Sequence[Series]) -> Section:
    rows = ((s.arm, s.signature, s.region, s.clips, p.run, p.when, p.value, p.low, p.high, p.n_subjects, p.n_failed)
            for s in series for p in s.points)  # fmt: skip
    download = csv_download("trends.csv", _COLUMNS, rows)
    body = rendered("trend/series.html.j2", series=series, permutations=PERMUTATIONS, download=download)
    return Section("series", "Series", body)


def _figures(series: Sequence[Series]) -> Section | None:
    """None where no series has two runs."""
    if not series:
        return None
    figures = [(_label(each), _figure(each)) for each in series[:_MOST]]
    body = rendered("trend/figures.html.j2", figures=figures, more=max(0, len(series) - _MOST))
    return Section("figures", "Over time", body)


def _label(series: Series) -> str:
    return f"{series.arm}, {series.metric} in the {series.region}"


def _figure(series: Series) -> str:
    points = series.points
    places = range(len(points))
    metric = METRICS.get(series.metric)
    unit = "" if metric is None or metric.unit == "1" else f" [{metric.unit}]"
    with drawn(8.5, 2.6) as (figure, (axis,)):
        spread = [
            (i, p.low, p.high) for i, p in zip(places, points, strict=True) if p.low is not None and p.high is not None
        ]
        axis.vlines(*zip(*spread, strict=True), color=PALETTE[0], lw=1.5) if spread else None
        axis.plot(places, [point.value for point in points], "o-", color=PALETTE[0], ms=4, lw=1)
        if series.change is not None and series.change.notable:
            at = next(i for i, point in enumerate(points) if point.run == series.change.run)
            axis.axvline(at - 0.5, color=PALETTE[1], ls="--", label="change")
            axis.legend(frameon=False, loc="upper left")
        step = max(1, len(points) // 12)
        axis.set_xticks(list(places)[::step], [point.when[:10] for point in points][::step], rotation=30, ha="right")
        axis.set_ylabel(f"{series.metric}{unit}")
        axis.set_title(_label(series), loc="left")
        return to_svg(figure, f"{_label(series)}, over {len(points)} runs")
