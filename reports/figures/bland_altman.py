"""Bland and Altman's plot: difference of two measurements of a clip against their mean, with limits of agreement."""

from collections.abc import Sequence

from evalkit.statistics.bland_altman import Agreement
from reports.figures.svg import FAINT, PALETTE, drawn, to_svg

_MANY = 500  # dots; more become one picture, as each would be an element of the page


def bland_altman_plot(
    panels: Sequence[tuple[str, Sequence[tuple[float, float]], Agreement]], unit: str, title: str
) -> str:
    """One axis a panel: its name, (mean, difference) of each clip, and the limits; empty text without a panel."""
    shown = [panel for panel in panels if panel[1]]
    if not shown:
        return ""
    with drawn(8.5, 3.2, len(shown)) as (figure, axes):
        for index, (axis, (name, dots, agreement)) in enumerate(zip(axes, shown, strict=True)):
            colour = PALETTE[index % len(PALETTE)]
            axis.plot(*zip(*dots, strict=True), "o", ms=3.5, alpha=0.6, mew=0, color=colour,
                      rasterized=len(dots) > _MANY)  # fmt: skip
            axis.axhline(0, color=FAINT, lw=0.8)
            for line, style in ((agreement.bias, "-"), (agreement.lower, "--"), (agreement.upper, "--")):
                if line.value is not None:
                    axis.axhline(line.value, color=colour, lw=1.5, ls=style)
                if line.low is not None and line.high is not None:
                    axis.axhspan(line.low, line.high, color=colour, alpha=0.15, lw=0)
            axis.set_title(name, loc="left")
            axis.set_xlabel(f"mean of both [{unit}]")
            axis.set_ylabel(f"synthetic less real [{unit}]")
        return to_svg(figure, title)
