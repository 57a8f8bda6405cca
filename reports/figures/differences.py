"""Differences with their intervals, one axis a metric, as units differ."""

from collections.abc import Mapping, Sequence

from reports.figures.svg import FAINT, INK, PALETTE, drawn, to_svg

Row = tuple[str, float, float | None, float | None]  # label, value, low, high


def differences_plot(metrics: Mapping[str, tuple[str, Sequence[Row]]]) -> str:
    """`metrics`: name -> (unit, rows from top to bottom); empty text where there are no rows."""
    shown = {name: (unit, rows) for name, (unit, rows) in metrics.items() if rows}
    if not shown:
        return ""
    heights = [0.9 + 0.28 * len(rows) for _, rows in shown.values()]
    with drawn(8.5, sum(heights)) as (figure, axes):
        axes[0].remove()
        grid = figure.add_gridspec(len(shown), 1, height_ratios=heights)
        for place, (name, (unit, rows)) in enumerate(shown.items()):
            axis = figure.add_subplot(grid[place])
            axis.axvline(0.0, color=FAINT, lw=1.0)
            for at, (_, value, low, high) in enumerate(rows):
                if low is not None and high is not None:
                    axis.plot([low, high], [at, at], color=INK, lw=2)
                axis.plot([value], [at], "o", color=PALETTE[0], ms=6)
            axis.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=9)
            axis.set_ylim(len(rows) - 0.4, -0.6)
            axis.set_title(f"{name}{f' [{unit}]' if unit != '1' else ''}", loc="left")
        return to_svg(figure, "Differences from run A with 95 % intervals")
