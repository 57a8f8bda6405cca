"""Distributions over subjects, arm by arm, with one line a subject: a difference is seen where it is, within them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from evalkit.records import Measurement
from reports.figures.svg import FAINT, PALETTE, drawn, to_svg

_MANY = 500  # dots of an axis; more become one picture, as each would be an element of the page
_ACROSS = 3  # axes a row
Panel = tuple[str, str]  # metric, region


def paired_plot(
    rows: Mapping[Panel, Sequence[Measurement]], arms: Sequence[str], panels: Sequence[Panel], units: Mapping[str, str]
) -> str:
    """One axis per (metric, region); `rows` are of one population. Clips without all arms are left out."""
    across = min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    with drawn(8.5, 3.2 * down, across, down) as (figure, axes):
        for axis, (metric, region) in zip(axes, panels, strict=False):
            means = subject_means(rows.get((metric, region), ()), arms)
            _draw(axis, np.array([line for _, line in means]), len(arms))
            axis.set_xticks(range(len(arms)), arms, rotation=25, ha="right")
            axis.set_title(f"{metric}\n{region}, {len(means)} subjects", loc="left")
            axis.set_ylabel(units[metric] if units[metric] != "1" else "")
        for axis in axes[len(panels) :]:
            axis.remove()
        return to_svg(figure, "Subject means per arm, one line a subject")


def _draw(axis: Axes, means: NDArray[np.float64], arms: int) -> None:
    """Lines, dots, quartiles and mean of (subjects, arms)."""
    if not len(means):
        return
    many = means.size > _MANY
    ends = np.full((len(means), 1), np.nan)  # one line with gaps is drawn far sooner than a line a subject
    lines, places = np.hstack([means, ends]).ravel(), np.tile([*range(arms), np.nan], len(means))
    axis.plot(places, lines, color=FAINT, lw=0.8, alpha=0.35 if many else 0.6, rasterized=many)
    for index, values in enumerate(means.T):
        colour = PALETTE[index % len(PALETTE)]
        axis.plot([index] * len(values), values, "o", ms=3.5, color=colour, mew=0, alpha=0.7, rasterized=many)
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        axis.add_patch(Rectangle((index - 0.28, low), 0.56, high - low, fill=False, ec=colour, lw=1.2))
        axis.plot([index - 0.28, index + 0.28], [middle] * 2, color=colour, lw=1.2)
        axis.plot([index - 0.2, index + 0.2], [np.mean(values)] * 2, color=colour, lw=3)


def subject_means(rows: Sequence[Measurement], arms: Sequence[str]) -> list[tuple[str, list[float]]]:
    """(subject, mean per arm) over clips that have a value under every arm; rows of one metric and region."""
    by_clip: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.value is not None:
            by_clip[row.subject_id, row.clip_id][row.arm] = row.value
    lines: dict[str, list[list[float]]] = defaultdict(list)
    for (subject, _), found in sorted(by_clip.items()):
        if all(arm in found for arm in arms):
            lines[subject].append([found[arm] for arm in arms])
    return [(subject, np.mean(clips, axis=0).tolist()) for subject, clips in sorted(lines.items())]
