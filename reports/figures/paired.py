"""Paired plot: one line a subject across the arms, so that a difference is seen where it is, within subjects."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from evalkit.records import Measurement
from reports.figures.svg import FAINT, PALETTE, drawn, to_svg


def paired_plot(
    rows: Sequence[Measurement], arms: Sequence[str], panels: Sequence[tuple[str, str]], units: dict[str, str]
) -> str:
    """One axis per (metric, region); `rows` are of one population. Clips without all arms are left out."""
    with drawn(8.5, 3.4, len(panels)) as (figure, axes):
        for axis, (metric, region) in zip(axes, panels, strict=True):
            means = _subject_means(rows, arms, metric, region)
            for line in means:
                axis.plot(range(len(arms)), line, color=FAINT, lw=0.8, alpha=0.6)
            for index in range(len(arms)):
                values = [line[index] for line in means]
                axis.plot([index] * len(values), values, "o", ms=3.5, color=PALETTE[index % len(PALETTE)])
                if values:
                    axis.plot(
                        [index - 0.22, index + 0.22],
                        [np.mean(values)] * 2,
                        color=PALETTE[index % len(PALETTE)],
                        lw=3,
                    )
            axis.set_xticks(range(len(arms)), arms, rotation=20, ha="right")
            axis.set_title(f"{metric}\n{region}, {len(means)} subjects", loc="left")
            axis.set_ylabel(units[metric] if units[metric] != "1" else "")
        return to_svg(figure, "Subject means per arm, one line a subject")


def _subject_means(rows: Sequence[Measurement], arms: Sequence[str], metric: str, region: str) -> list[list[float]]:
    by_clip: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if (row.metric, row.region) == (metric, region) and row.value is not None:
            by_clip[row.subject_id, row.clip_id][row.arm] = row.value
    lines: dict[str, list[list[float]]] = defaultdict(list)
    for (subject, _), found in sorted(by_clip.items()):
        if all(arm in found for arm in arms):
            lines[subject].append([found[arm] for arm in arms])
    return [np.mean(clips, axis=0).tolist() for _, clips in sorted(lines.items())]
