"""Decide on claims.

supported      the test's p, Holm-adjusted within the family, is at most alpha
refuted        the interval lies wholly outside the range in which the claim is true
inconclusive   neither
not_evaluable  the estimate has no interval, or too many clips failed

A verdict is about one generator on one set of clips, never about a paper.
"""

from collections.abc import Mapping, Sequence

from evalkit.claims.wording import plain_sentence
from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Outcome, Verdict
from evalkit.statistics.estimates import supported_range
from evalkit.statistics.multiplicity import holm


def decide_all(
    claims: Sequence[Claim], estimates: Mapping[str, Estimate], metrics: Mapping[str, Metric]
) -> list[Verdict]:
    """Decide every claim, with p adjusted by Holm (1979) within each family.

    A claim without p stays in its family with p = 1, so that what could not be computed helps no other.
    """
    adjusted: dict[str, float | None] = {}
    for family in sorted({claim.family for claim in claims}):
        members = [claim for claim in claims if claim.family == family]
        adjusted |= holm({claim.id: estimates[claim.id].p for claim in members})
    return [decide(claim, estimates[claim.id], adjusted[claim.id], metrics[claim.metric]) for claim in claims]


def decide(claim: Claim, estimate: Estimate, p_adjusted: float | None, metric: Metric) -> Verdict:
    """Decide one claim."""
    outcome, reason = _outcome(claim, estimate, p_adjusted, metric)
    sentence = plain_sentence(claim, estimate, outcome, metric)
    return Verdict(claim.id, outcome, sentence, reason, estimate.id, p_adjusted)


def _outcome(claim: Claim, estimate: Estimate, p_adjusted: float | None, metric: Metric) -> tuple[Outcome, str]:
    asked = estimate.n_clips + estimate.n_undefined
    for word, count, most in (
        ("failed", estimate.n_failed, claim.max_failed_share),
        ("have no value", estimate.n_undefined, claim.max_undefined_share),
    ):
        if asked and count / asked > most:
            return "not_evaluable", f"{count} of {asked} clips {word}, more than the declared share of {most:g}"
    if p_adjusted is None or estimate.low is None or estimate.high is None:
        return "not_evaluable", estimate.note
    if p_adjusted <= claim.alpha:
        return "supported", f"Holm-adjusted p = {p_adjusted:.3g} <= alpha = {claim.alpha:g}"
    low, high = supported_range(claim, metric.higher_is_better)
    if (low is not None and estimate.high <= low) or (high is not None and estimate.low >= high):
        return "refuted", "the interval lies wholly on the wrong side of the margin"
    return (
        "inconclusive",
        f"Holm-adjusted p = {p_adjusted:.3g} > alpha = {claim.alpha:g}, and the interval does not exclude the claim",
    )
