"""Changes against their margins: every endpoint in units of its own margin, so that all stand on one axis."""

from collections.abc import Sequence

from reports.figures.svg import FAINT, PALETTE, drawn, to_svg

Row = tuple[str, float, float, float, str]  # label, worse by, low, high [margins], state
HUES = {"regressed": PALETTE[1], "improved": PALETTE[0], "unchanged": PALETTE[2], "undecided": FAINT}
_REACH = 4.0  # margins; what lies farther is drawn at the edge with an arrow


def margins_plot(rows: Sequence[Row]) -> str:
    """Dots with intervals from top to bottom; empty text where there are no rows."""
    if not rows:
        return ""
    with drawn(8.5, 1.1 + 0.3 * len(rows)) as (figure, (axis,)):
        axis.axvspan(-1, 1, color=FAINT, alpha=0.15, lw=0)
        axis.axvline(0, color=FAINT, lw=1)
        for at, (_, value, low, high, state) in enumerate(rows):
            left, right = max(low, -_REACH), min(high, _REACH)
            if left < right:
                axis.plot([left, right], [at, at], color=HUES[state], lw=2)
            if abs(value) <= _REACH:
                axis.plot([value], [at], "o", color=HUES[state], ms=6)
            for end, beyond, marker in ((_REACH, high > _REACH, ">"), (-_REACH, low < -_REACH, "<")):
                if beyond:
                    axis.plot([end], [at], marker, color=HUES[state], ms=6, clip_on=False)
        axis.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=9)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_xlim(-_REACH, _REACH)
        axis.set_xlabel("better    \N{LEFTWARDS ARROW}    change in margins    \N{RIGHTWARDS ARROW}    worse")
        return to_svg(figure, "Changes of the candidate in units of each endpoint's margin, with their intervals")
