"""Forest plot: every claim's estimate with its interval, and the range in which the claim would be true."""

from collections.abc import Mapping, Sequence

from evalkit.claims.scale import Scale, scale_of
from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate
from evalkit.statistics.estimates import supported_range
from reports.figures.svg import INK, PALETTE, drawn, to_svg


def forest_plot(claims: Sequence[Claim], estimates: Mapping[str, Estimate], metrics: Mapping[str, Metric]) -> str:
    """One small axis per claim, as the units differ; empty text where no claim has an interval."""
    shown = [(claim, *found) for claim in claims if (found := _ends(estimates[claim.id])) is not None]
    if not shown:
        return ""
    with drawn(8.5, 0.55 + 0.85 * len(shown)) as (figure, axes):
        axes[0].remove()
        for row, (claim, value, left_end, right_end) in enumerate(shown):
            axis = figure.add_subplot(len(shown), 1, row + 1)
            scale = scale_of(claim, metrics.get(claim.metric))
            low, high = supported_range(claim, scale.higher_is_better)
            ends = [v for v in (left_end, right_end, low, high) if v is not None]
            pad = 0.15 * (max(ends) - min(ends)) or 0.1
            left, right = min(ends) - pad, max(ends) + pad
            axis.axvspan(
                left if low is None else low,
                right if high is None else high,
                color=PALETTE[2],
                alpha=0.15,
                lw=0,
            )
            for bound in (low, high):
                if bound is not None:
                    axis.axvline(bound, color=PALETTE[2], lw=1.2, ls="--")
            axis.plot([left_end, right_end], [0, 0], color=INK, lw=2)
            axis.plot([value], [0], "o", color=PALETTE[0], ms=7)
            axis.set(xlim=(left, right), ylim=(-1, 1), yticks=[])
            axis.spines["left"].set_visible(False)
            axis.set_title(f"{claim.id}: {_named(claim, scale)}", loc="left", fontsize=9)
        return to_svg(figure, "Estimates with intervals; the shaded range is where each claim would be true")


def _named(claim: Claim, scale: Scale) -> str:
    """What the estimate is of, as short as its statistic allows."""
    if claim.statistic != "mean":
        return scale.words
    return f"{claim.metric}, {claim.region}, {claim.arm}{f' minus {claim.against}' if claim.against else ''}"


def _ends(estimate: Estimate) -> tuple[float, float, float] | None:
    """Value, low and high, or None where there is no interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    return estimate.value, estimate.low, estimate.high
