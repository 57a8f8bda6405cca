"""Clips by level of a manifest column: those that are there, and those that translation adds."""

from collections.abc import Sequence

from evalkit.diversity import OfColumn
from reports.figures.svg import PALETTE, drawn, to_svg

_MOST_LEVELS = 24  # of a column in the figure; the table has them all


def level_bars(columns: Sequence[OfColumn], standalone: bool = False) -> str:
    """Stacked bars, one axis a column, the levels with most clips first; "*" marks under-represented levels.

    `standalone` is for a file of its own, which has no page to take colours from.
    """
    most = max(min(len(column.levels), _MOST_LEVELS) for column in columns)
    with drawn(2.0 + 3.2 * len(columns), 1.3 + 0.26 * most, len(columns)) as (figure, axes):
        for axis, column in zip(axes, columns, strict=True):
            shown = sorted(column.levels, key=lambda level: (-level.after, level.level))[:_MOST_LEVELS][::-1]
            names = [f"{level.level} *" if level.under_represented else level.level for level in shown]
            before, added = [level.before for level in shown], [level.added for level in shown]
            axis.barh(names, before, color=PALETTE[0], label="real greyscale")
            axis.barh(names, added, left=before, color=PALETTE[4], label="added by translation")
            axis.set_title(column.column, loc="left")
            axis.set_xlabel("clips")
        axes[-1].legend(frameon=False, fontsize=8, loc="lower right")
        drawing = to_svg(figure, "Clips by level, before and after translation; * is under-represented before")
    return drawing.replace("var(--faint)", "#6b737b") if standalone else drawing
