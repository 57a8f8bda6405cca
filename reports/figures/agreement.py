"""Bland-Altman plot: the difference of two measurements of a clip against their mean, with bias and limits."""

from collections.abc import Sequence

from evalkit.statistics.agreement import Agreement
from reports.figures.svg import FAINT, INK, PALETTE, drawn, to_svg

_MANY = 500  # dots; more become one picture, as each would be an element of the page
Pair = tuple[float, float]  # a clip under both
Panel = tuple[str, str, Sequence[Pair], Agreement]  # title, unit, pairs, limits


def agreement_plot(panels: Sequence[Panel]) -> str:
    """One axis a panel, at most three in a row; a clip is a dot."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    with drawn(8.5, 3.3 * rows, columns, rows) as (figure, axes):
        for axis, (title, unit, pairs, found) in zip(axes, panels, strict=False):
            means, differences = [(a + b) / 2 for a, b in pairs], [a - b for a, b in pairs]
            axis.plot(means, differences, "o", ms=3.5, alpha=0.6, mew=0, color=INK,
                      rasterized=len(pairs) > _MANY)  # fmt: skip
            axis.axhline(0.0, color=FAINT, lw=0.8)
            axis.axhline(found.bias, color=PALETTE[1], lw=1.6)
            for limit in (found.low, found.high):
                if limit is not None:
                    axis.axhline(limit, color=PALETTE[1], lw=1.2, ls="--")
            axis.set_title(title, loc="left", fontsize=9)
            axis.set_xlabel("mean of both" + unit)
            axis.set_ylabel("difference" + unit)
        for axis in axes[len(panels) :]:
            axis.remove()
        return to_svg(figure, "Bland-Altman plots: differences of clips against their means, bias and limits")
