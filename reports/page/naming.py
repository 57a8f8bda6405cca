"""A run as a report may show it: ids and texts under pseudonyms. The sealed run itself is only read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evalkit.pseudonyms import Pseudonyms
from evalkit.records import Distribution, StratumEstimate
from evalkit.seal import Run
from translator.artefacts import digest


def renamed(run: Run, names: Pseudonyms) -> Run:
    """The run with clip_id, subject_id and the ids within titles, sentences and notes replaced.

    Names of arms, claims, metrics and manifest columns are the study's own and stay.
    """
    notes = {note: names.text(note) for note in {row.note for row in run.measurements}}
    return replace(
        run,
        plan=_plan(run.plan, names),
        measurements=[
            replace(
                row, clip_id=names.clips[row.clip_id], subject_id=names.subjects[row.subject_id], note=notes[row.note]
            )
            for row in run.measurements
        ],
        estimates=[replace(e, population=names.text(e.population), note=names.text(e.note)) for e in run.estimates],
        predictions=[
            replace(
                row,
                clip_id=names.clips[row.clip_id],
                subject_id=names.subjects[row.subject_id],
                note=names.text(row.note),
            )
            for row in run.predictions
        ],
        clips=[
            replace(
                clip,
                clip_id=names.clips[clip.clip_id],
                subject_id=names.subjects[clip.subject_id],
                note=names.text(clip.note),
            )
            for clip in run.clips
        ],
        strata=sorted((_stratum(e, names) for e in run.strata), key=_subjects_by_name),
        slopes=[replace(e, population=names.text(e.population), note=names.text(e.note)) for e in run.slopes],
        distributions=[_sets(found, names) for found in run.distributions],
        verdicts=[replace(v, sentence=names.text(v.sentence), reason=names.text(v.reason)) for v in run.verdicts],
    )


def _sets(found: Distribution, names: Pseudonyms) -> Distribution:
    """Estimates as they are; which clips failed is told by their number in the notes."""
    estimates = (replace(e, population=names.text(e.population), note=names.text(e.note)) for e in found.estimates)
    return replace(found, estimates=tuple(estimates), failed={})


def _stratum(estimate: StratumEstimate, names: Pseudonyms) -> StratumEstimate:
    """With the population that names the level in words made of it: it is not needed beside the level."""
    level = estimate.level_name
    return replace(
        estimate,
        id=names.text(estimate.id),
        level_name=names.subjects[level] if estimate.column == "subject" else names.text(level),
        population=names.text(estimate.population),
        note=names.text(estimate.note),
    )


def _subjects_by_name(estimate: StratumEstimate) -> str:
    """Subjects go by pseudonym: the order of their ids would tell which is which. All else stays as it is."""
    return estimate.level_name if estimate.column == "subject" else ""


def _plan(plan: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    study = plan["study"]
    return {
        **plan,
        "study": {
            **study,
            **{key: names.text(study[key]) for key in ("title", "note")},
            "population": _ids(study["population"], names),
            "claims": [
                {**claim, "sentence": names.text(claim["sentence"]), "source": names.text(claim["source"])}
                for claim in study["claims"]
            ],
            "exclusions": [],  # they name clips; the plan's `excluded` has their reasons
        },
        "excluded": [
            {**_ids({key: clip[key] for key in ("clip_id", "subject_id")}, names), "reason": names.text(clip["reason"])}
            for clip in plan.get("excluded", [])
        ],
        "clips": [_ids(clip, names) for clip in plan["clips"]],
        "inputs": {names.clips[clip]: files for clip, files in plan["inputs"].items()},
        "arms": {name: {**arm, "identity": _identity(arm["identity"], names)} for name, arm in plan["arms"].items()},
    }


def _ids(columns: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Manifest columns with the two that are ids replaced."""
    known = {"clip_id": names.clips, "subject_id": names.subjects}
    return {column: known[column][value] if column in known else value for column, value in columns.items()}


def _identity(identity: Mapping[str, Any], names: Pseudonyms) -> Any:
    """What an arm is; a folder's list of videos, whose names are clip_ids and others, as one digest."""
    videos = identity.get("folder")
    if isinstance(videos, Mapping):
        return {**identity, "folder": {"videos": len(videos), "sha256": digest(videos)}}
    return names.within(identity)
