"""Decide on claims.

supported      the test's p, adjusted within the family, is at most alpha
refuted        the interval lies wholly outside the range in which the claim is true
inconclusive   neither
not_evaluable  the estimate has no interval, or too many clips failed

p is adjusted by Holm (1979) among the primary claims of a family, and by Benjamini and Hochberg (1995) among those that
are exploratory or were not fixed before the data were seen. A verdict is about one generator on one set of clips, never
about a paper.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from evalkit.claims.scale import scale_of
from evalkit.claims.wording import plain_sentence
from evalkit.metrics.declare import Metric
from evalkit.records import Claim, Estimate, Outcome, Standing, Verdict
from evalkit.statistics.estimates import supported_range
from evalkit.statistics.multiplicity import benjamini_hochberg, holm

_METHOD: dict[Standing, str] = {"fixed beforehand": "Holm", "exploratory": "Benjamini-Hochberg",
                                "post hoc": "Benjamini-Hochberg"}  # fmt: skip


def decide_all(
    claims: Sequence[Claim],
    estimates: Mapping[str, Estimate],
    metrics: Mapping[str, Metric],
    post_hoc: Collection[str] = (),
    lost: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """Decide every claim, with p adjusted within each family; `post_hoc` are ids of claims not fixed beforehand.

    A primary claim without p stays in its family with p = 1, so that what could not be computed helps no other. So do
    claims that were fixed and are not asked any more as they were: `lost` is their id -> family.
    """
    standing = {claim.id: _standing(claim, post_hoc) for claim in claims}
    adjusted: dict[str, float | None] = {}
    for family, kind in sorted({(claim.family, standing[claim.id]) for claim in claims}):
        members = [claim.id for claim in claims if (claim.family, standing[claim.id]) == (family, kind)]
        adjust: Callable[[Mapping[str, float | None]], dict[str, float | None]]
        adjust = holm if kind == "fixed beforehand" else benjamini_hochberg
        p = {name: estimates[name].p for name in members}
        if kind == "fixed beforehand":
            p |= {f"lost: {name}": None for name, of in (lost or {}).items() if of == family}
        adjusted |= adjust(p)
    return [
        decide(claim, estimates[claim.id], adjusted[claim.id], metrics.get(claim.metric), standing[claim.id])
        for claim in claims
    ]


def decide(
    claim: Claim,
    estimate: Estimate,
    p_adjusted: float | None,
    metric: Metric | None,
    standing: Standing = "fixed beforehand",
) -> Verdict:
    """Decide one claim; `metric` is its own, None where its statistic is of none."""
    outcome, reason = _outcome(claim, estimate, p_adjusted, metric, _METHOD[standing])
    sentence = plain_sentence(claim, estimate, outcome, metric)
    return Verdict(claim.id, outcome, sentence, reason, estimate.id, p_adjusted, standing)


def _standing(claim: Claim, post_hoc: Collection[str]) -> Standing:
    if claim.id in post_hoc:
        return "post hoc"
    return "fixed beforehand" if claim.is_primary else "exploratory"


def _outcome(
    claim: Claim, estimate: Estimate, p_adjusted: float | None, metric: Metric | None, method: str
) -> tuple[Outcome, str]:
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
        return "supported", f"{method}-adjusted p = {p_adjusted:.3g} <= alpha = {claim.alpha:g}"
    low, high = supported_range(claim, scale_of(claim, metric).higher_is_better)
    if (low is not None and estimate.high <= low) or (high is not None and estimate.low >= high):
        return "refuted", "the interval lies wholly on the wrong side of the margin"
    above = f"{method}-adjusted p = {p_adjusted:.3g} > alpha = {claim.alpha:g}"
    return "inconclusive", f"{above}, and the interval does not exclude the claim"
