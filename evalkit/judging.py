"""Claims to estimates and verdicts, from what a run has: the same for a run and for what is judged of it later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.claim_files import estimate_of_readers, estimate_of_timings
from evalkit.claims.decide import decide_all
from evalkit.metrics.declare import Metric
from evalkit.plan import population_in
from evalkit.records import Claim, ClipFacts, Estimate, Measurement, Prediction, Verdict
from evalkit.statistics.estimates import Rows, estimate_claim
from evalkit.zero_shot import overlaps
from translator.card import ModelCard
from translator.clips.manifest import Entry


@dataclass(frozen=True)
class Evidence:
    """What claims can be judged by: a plan's document and the tables of its run. metrics: those measured, by name."""

    document: Mapping[str, Any]
    metrics: Mapping[str, Metric]
    measurements: Sequence[Measurement]
    predictions: Sequence[Prediction]
    clips: Sequence[ClipFacts]


def judge(
    claims: Sequence[Claim], evidence: Evidence, post_hoc: Collection[str] = (), lost: Mapping[str, str] | None = None
) -> tuple[list[Estimate], list[Verdict]]:
    """The estimate and the verdict of each claim, in the order of the claims; `post_hoc` and `lost` as in decide_all.

    Raises: InputError for a bad file that a claim brings along.
    """
    estimates = {claim.id: _estimate(claim, evidence) for claim in claims}
    return list(estimates.values()), decide_all(claims, estimates, evidence.metrics, post_hoc, lost or {})


def _estimate(claim: Claim, evidence: Evidence) -> Estimate:
    if claim.needs or claim.about.absent:
        return _unanswered(claim, "", claim.needs or claim.about.absent)
    if claim.about.table == "readers":
        return estimate_of_readers(claim)
    if claim.about.table == "timings":
        return estimate_of_timings(claim)
    document = evidence.document
    clips, words = population_in(document, claim.population)
    if not clips:
        return _unanswered(claim, words, "no clip is of this population")
    if claim.zero_shot:
        rows = [row for row in document["clips"] if row["clip_id"] in clips]
        seen = _seen(document["arms"].get(claim.arm, {}).get("card"), rows, document["inputs"])
        if seen:
            return _unanswered(claim, words, f"this is not zero-shot: {seen}")
    rows_of = Rows(
        [row for row in evidence.measurements if row.clip_id in clips],
        [row for row in evidence.predictions if row.clip_id in clips],
        {clip.clip_id: clip.coverage for clip in evidence.clips},
    )
    return estimate_claim(claim, rows_of, evidence.metrics.get(claim.metric), words, document["study"]["seed"])


def _seen(
    card: Mapping[str, Any] | None, rows: Sequence[Mapping[str, Any]], inputs: Mapping[str, Mapping[str, str]]
) -> str:
    """What speaks against calling these clips unseen, in words; empty where nothing does."""
    known = None if card is None else ModelCard.model_validate(card)
    return "; ".join(map(str, overlaps(known, [Entry.model_construct(**row) for row in rows], inputs)))


def _unanswered(claim: Claim, population: str, reason: str) -> Estimate:
    """No estimate, and why."""
    return Estimate(
        id=claim.id, statistic=claim.statistic, metric=claim.metric, region=claim.region, arm=claim.arm,
        against=claim.against, population=population, value=None, low=None, high=None, level=1 - 2 * claim.alpha,
        relation=claim.relation, margin=claim.margin, reference=claim.reference, p=None, method="", n_subjects=0,
        n_clips=0, n_undefined=0, n_failed=0, note=f"not computed: {reason}",
    )  # fmt: skip
