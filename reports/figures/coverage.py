"""A metric against coverage: each clip a dot, and per arm the fitted line with its pointwise interval."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from evalkit.records import ClipFacts, Measurement, Slope
from reports.figures.svg import PALETTE, drawn, to_svg

_MANY = 500  # dots; more become one picture, as each would be an element of the page


def coverage_plot(
    rows: Sequence[Measurement],
    clips: Sequence[ClipFacts],
    slopes: Sequence[Slope],
    panels: Sequence[tuple[str, str]],
    units: Mapping[str, str],
) -> str:
    """One axis per (metric, region) of `panels` that has a line; empty text where none has."""
    lines = {(slope.metric, slope.region, slope.arm): slope for slope in slopes if slope.line}
    shown = [panel for panel in panels if any(key[:2] == panel for key in lines)]
    if not shown:
        return ""
    share = {clip.clip_id: clip.coverage for clip in clips}
    arms = list(dict.fromkeys(slope.arm for slope in slopes))
    with drawn(8.5, 3.4, len(shown)) as (figure, axes):
        for axis, (metric, region) in zip(axes, shown, strict=True):
            for index, arm in enumerate(arms):
                colour = PALETTE[index % len(PALETTE)]
                dots = _dots(rows, share, (metric, region, arm))
                many = len(dots) > _MANY
                axis.plot(*zip(*dots, strict=True) if dots else ((), ()), "o", ms=3.5, alpha=0.5, mew=0,
                          color=colour, rasterized=many)  # fmt: skip
                slope = lines.get((metric, region, arm))
                if slope is not None:
                    _draw_line(axis, slope, colour)
            axis.set_title(f"{metric}\n{region}", loc="left")
            axis.set_xlabel("coverage [% of the sector]")
            axis.set_ylabel(units[metric] if units[metric] != "1" else "")
        if len(arms) > 1:
            figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        return to_svg(figure, "Metric against coverage: clips, and lines with 95 % intervals per arm")


def _dots(
    rows: Sequence[Measurement], share: Mapping[str, float | None], wanted: tuple[str, str, str]
) -> list[tuple[float, float]]:
    found = []
    for row in rows:
        coverage = share.get(row.clip_id)
        if (row.metric, row.region, row.arm) == wanted and row.value is not None and coverage is not None:
            found.append((100 * coverage, row.value))
    return found


def _draw_line(axis: Axes, slope: Slope, colour: str) -> None:
    at = [100 * point.coverage for point in slope.line]
    axis.plot(at, [point.value for point in slope.line], color=colour, lw=2, label=slope.arm)
    band = [(x, p.low, p.high) for x, p in zip(at, slope.line, strict=True) if p.low is not None and p.high is not None]
    if band:
        x, low, high = zip(*band, strict=True)
        axis.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
