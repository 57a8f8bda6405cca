"""Reliability diagram: how often a classifier is right, against how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.figures.svg import FAINT, PALETTE, drawn, to_svg


def reliability_plot(arms: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One axis an arm; arms: name -> bins with `confidence`, `accuracy` and `n`. Empty text without any."""
    shown = {arm: [one for one in bins if one["n"]] for arm, bins in arms.items() if any(one["n"] for one in bins)}
    if not shown:
        return ""
    with drawn(2.4 * max(2, len(shown)), 2.6, max(2, len(shown))) as (figure, axes):
        for axis in axes[len(shown) :]:
            axis.remove()
        for axis, (arm, bins) in zip(axes, shown.items(), strict=False):
            most = max(one["n"] for one in bins)
            axis.plot([0, 1], [0, 1], color=FAINT, lw=1, ls="--")
            axis.plot([one["confidence"] for one in bins], [one["accuracy"] for one in bins], color=PALETTE[0], lw=1)
            axis.scatter([one["confidence"] for one in bins], [one["accuracy"] for one in bins],
                         [8 + 60 * one["n"] / most for one in bins], color=PALETTE[0], zorder=3)  # fmt: skip
            axis.set(xlim=(0, 1.02), ylim=(-0.03, 1.03), xlabel="probability said", title=arm)
        axes[0].set_ylabel("share right")
        return to_svg(figure, "Share of right answers against the probability that was said, by arm")
