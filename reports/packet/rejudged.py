"""Claims judged again from the tables of a packet: those of the run, and those of its judgements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pydantic import ValidationError

from evalkit.claims.decide import decide_all
from evalkit.judging import Evidence, judge
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import declared_metric
from evalkit.plan import Plan, population_of
from evalkit.records import Claim, Estimate, Verdict
from evalkit.statistics.estimates import estimate_mean
from evalkit.study import Study
from reports.packet.comparing import is_drawn
from translator.card import ModelCard
from translator.clips.manifest import FILES, Entry, Manifest
from translator.errors import bad_input

_FILES = frozenset({"readers", "timings"})  # tables that claims bring along


def plan_of(document: Mapping[str, Any], told: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan as the statistics look at it: study, clips, arms by name and card. Nothing is looked up or imported.

    `told` is what metrics declare, by name.
    """
    asked = {**document["study"], "manifest": "packet"}
    asked.pop("exhibits", None)  # what the report shows, and no number depends on
    asked["arms"] = [{**arm, "translator": "packet"} for arm in asked["arms"]]
    study = Study.model_validate(asked)
    clips = [Entry.model_construct(**{**dict.fromkeys(FILES), **clip}) for clip in document["clips"]]
    declared: dict[str, Metric] = {name: declared_metric(name, told) for name in told}
    arms = tuple(SimpleNamespace(name=arm.name, card=_card(document["arms"].get(arm.name))) for arm in study.arms)
    found = SimpleNamespace(
        study=study, manifest=Manifest(clips, Path()), declared=declared, metrics=tuple(declared.values()),
        arms=arms, inputs=document["inputs"], document=document,
    )  # fmt: skip
    return cast(Plan, found)


def _card(arm: Mapping[str, Any] | None) -> ModelCard | None:
    """An arm's card without the names of who it was trained on, which a packet tells by their number; None without."""
    card = None if arm is None else arm.get("card")
    if card is None:
        return None
    sources = [{**source, **{key: [] for key in ("subjects", "clips") if isinstance(source.get(key), int)}}
               for source in card.get("training_sources", ())]  # fmt: skip
    try:
        return ModelCard.model_validate({**card, "training_sources": sources})
    except ValidationError:
        return None  # of a version that is not read here


def unread_cards(plan: Plan) -> list[str]:
    """Arms with a card in the plan that this version cannot read."""
    return [arm.name for arm in plan.arms if arm.card is None and plan.document["arms"][arm.name].get("card")]


def means_of(plan: Plan, evidence: Evidence) -> list[Estimate]:
    """The mean of each arm in each metric and region, as evalkit.run has them."""
    clips, words = population_of(plan, {})
    chosen = [row for row in evidence.measurements if row.clip_id in clips]
    return [
        estimate_mean(arm.name, region, chosen, metric, words)
        for arm in plan.arms
        for metric in plan.declared.values()
        for region in plan.study.regions
        if region in metric.regions
    ]


@dataclass(frozen=True)
class Judged:
    """Claims judged again: their estimates and verdicts, what was not done, and the same by other random draws."""

    estimates: list[Estimate]
    verdicts: list[Verdict]
    not_done: list[str]
    again: Callable[[int], list[Estimate]]


def claims_again(
    claims: Sequence[Claim],
    evidence: Evidence,
    said: Mapping[str, Estimate],
    late: frozenset[str],
    lost: Mapping[str, str],
) -> Judged:
    """Estimate and verdict of each claim; and why an estimate was taken as the packet has it.

    `said` are the packet's own estimates; `late` and `lost` are post_hoc and lost of evalkit.claims.decide. No file is
    opened that a claim names, and who is in a training set is not known here. A verdict that rests on random draws is
    made from the packet's own estimate, which is compared with other draws; where these would give another, it is told.

    Raises: InputError for a claim without an estimate.
    """
    estimates, not_done = {}, []
    for claim in claims:
        if claim.id not in said:
            raise bad_input(f"packet: claim {claim.id}", "has no estimate", "Ask for the packet again")
        why = _not_here(claim, said[claim.id])
        if why:
            not_done.append(f"claim {claim.id}: {why}")
        if why and (claim.about.table in _FILES or said[claim.id].value is None):
            estimates[claim.id] = said[claim.id]
        else:
            estimates[claim.id] = _judged(claim, evidence)
    drawn = {name for name, found in estimates.items() if is_drawn(vars(found)) and found is not said[name]}
    basis = {name: said[name] if name in drawn else found for name, found in estimates.items()}
    verdicts = decide_all(claims, basis, evidence.metrics, late, lost)
    for verdict, other in zip(verdicts, decide_all(claims, estimates, evidence.metrics, late, lost), strict=True):
        if verdict.outcome != other.outcome:
            not_done.append(f"claim {verdict.claim}: its verdict hangs on random draws, others give {other.outcome}")

    def again(number: int) -> list[Estimate]:
        study = {**evidence.document["study"], "seed": evidence.document["study"]["seed"] + number}
        other = replace(evidence, document={**evidence.document, "study": study})
        return [_judged(claim, other) for claim in claims if claim.id in drawn]

    return Judged(list(estimates.values()), verdicts, not_done, again)


def _judged(claim: Claim, evidence: Evidence) -> Estimate:
    return judge([claim.model_copy(update={"zero_shot": False})], evidence)[0][0]


def _not_here(claim: Claim, said: Estimate) -> str:
    """What of a claim's estimate a packet cannot show, in words."""
    if claim.needs or claim.about.absent:
        return ""
    if claim.about.table in _FILES:
        return f"the file of its {claim.about.table} is not in the packet"
    return "that its clips are unseen needs the training subjects by name" if claim.zero_shot and said.arm else ""
