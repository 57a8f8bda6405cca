"""Flow of clips, from those listed to those that each arm was measured on, as STARD asks (doi:10.1136/bmj.h5527)."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from reports.figures.svg import FAINT, INK, drawn, to_svg

_STEPS = (("failed", "failed"), ("unpaired", "without greyscale truth"), ("undefined", "without any value"))
_MOST_REASONS = 6
_LINE = 0.16  # height of a line of text [inches]


def flow_diagram(flow: Mapping[str, Any]) -> str:
    """Boxes from top to bottom; what leaves the flow stands at the right. `flow` is of evalkit.clip_flow."""
    stages = [
        (f"listed in the manifest\n{_n(flow['listed'])}", []),
        (f"in the split {flow['split']}\n{_n(flow['in_split'])}", _excluded(flow["excluded"])),
        (f"in the run\n{_n(flow['in_run'])}", _outside(flow)),
        (f"in the population of the statistics\n{_n(flow['in_population'])}", []),
    ]
    arms = [(f"{arm['arm']}: measured\n{_n(arm['measured'])}", _left(arm)) for arm in flow["arms"]]
    heights = [_height(box, gone) for box, gone in [*stages, *arms]]
    total = sum(heights)
    with drawn(8.0, total) as (figure, axes):
        axis = axes[0]
        axis.set(xlim=(0, 8), ylim=(-total, 0))
        axis.set_axis_off()
        top = 0.0
        for index, ((box, gone), height) in enumerate(zip([*stages, *arms], heights, strict=True)):
            _draw(axis, top - height / 2, box, gone)
            if index < len(stages):
                axis.annotate("", (2.2, top - height - 0.02), (2.2, top - height / 2 - 0.25), arrowprops=_arrow())
            top -= height
        return to_svg(figure, "Flow of clips: listed, excluded, in the run, in the population, measured by each arm")


def _draw(axis: Axes, middle: float, box: str, gone: list[str]) -> None:
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": FAINT}
    axis.text(2.2, middle, box, ha="center", va="center", fontsize=9, bbox=frame)
    if gone:
        axis.text(4.9, middle, "\n".join(gone), ha="left", va="center", fontsize=8, bbox=frame)
        axis.annotate("", (4.75, middle), (3.75, middle), arrowprops=_arrow())


def _arrow() -> dict[str, Any]:
    return {"arrowstyle": "->", "color": INK, "lw": 0.8}


def _height(box: str, gone: list[str]) -> float:
    return 0.5 + _LINE * max(box.count("\n") + 1, len(gone))


def _n(count: Mapping[str, int]) -> str:
    return f"{_clips(count['clips'])} of {count['subjects']} {'subject' if count['subjects'] == 1 else 'subjects'}"


def _excluded(reasons: list[Mapping[str, Any]]) -> list[str]:
    lines = [f"excluded, {_cut(reason['reason'])}: {_clips(reason['clips'])}" for reason in reasons[:_MOST_REASONS]]
    more = sum(reason["clips"] for reason in reasons[_MOST_REASONS:])
    return [*lines, f"excluded for other reasons: {_clips(more)}"] if more else lines


def _outside(flow: Mapping[str, Any]) -> list[str]:
    outside = flow["in_run"]["clips"] - flow["in_population"]["clips"]
    return [f"outside the population: {_clips(outside)}"] if outside else []


def _left(arm: Mapping[str, Any]) -> list[str]:
    return [f"{words}: {_clips(arm[step]['clips'])}" for step, words in _STEPS if arm[step]["clips"]]


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"


def _cut(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
