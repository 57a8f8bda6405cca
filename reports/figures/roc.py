"""ROC curves of classifiers that tell real from synthetic clips."""

from collections.abc import Mapping, Sequence

from reports.figures.svg import FAINT, PALETTE, drawn, to_svg

Curve = tuple[Sequence[float], Sequence[float]]  # false positive rate, true positive rate, both rising from 0 to 1


def roc_plot(curves: Mapping[str, Curve]) -> str:
    """One line a name, each also told apart by its dashes; empty text without any."""
    if not curves:
        return ""
    with drawn(8.5, 3.8) as (figure, (axis,)):
        axis.plot([0, 1], [0, 1], color=FAINT, lw=1, ls=":", label="chance")
        for number, (name, (false, true)) in enumerate(curves.items()):
            style = ("-", "--", "-.")[number // len(PALETTE) % 3]
            axis.plot(false, true, style, color=PALETTE[number % len(PALETTE)], lw=1.8, label=name)
        axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axis.set(xlabel="real clips called synthetic\n(1 - specificity)", ylabel="synthetic clips found\n(sensitivity)")
        axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=9)
        return to_svg(figure, "ROC curves: synthetic clips found against real clips called synthetic")
