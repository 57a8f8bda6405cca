"""Write the page: one figure a series, those with a notable change first."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evalkit.history import PERMUTATIONS, Series
from evalkit.metrics.registry import METRICS
from reports.figures.svg import PALETTE, drawn, to_svg

_MOST = 60  # figures; the rest is in the table


def write_trends(series: Sequence[Series], path: Path, title: str) -> Path:
    """Write one self-contained HTML file; what changed notably comes first."""
    ordered = sorted(series, key=lambda each: (not (each.change and each.change.notable), each.name))
    drawable = [each for each in ordered if len(each.points) > 1]
    page = Environment(
        loader=PackageLoader("reports", "templates"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=True,
    ).get_template("trends.html.j2")  # fmt: skip
    text = page.render(
        title=title,
        series=ordered,
        figures=[(each, Markup(_figure(each))) for each in drawable[:_MOST]],  # noqa: S704  # our own SVG
        more=max(0, len(drawable) - _MOST),
        runs=sorted({point.run for each in series for point in each.points}),
        permutations=PERMUTATIONS,
    )
    path.write_text(text, encoding="utf-8")
    return path


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
        axis.set_title(f"{series.arm}, {series.metric} in the {series.region}", loc="left")
        return to_svg(figure, f"{series.arm}, {series.metric} in the {series.region}, over {len(points)} runs")
