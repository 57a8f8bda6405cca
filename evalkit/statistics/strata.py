"""Estimates on each level of a stratum: view, anatomy, domain, site, scanner, subject, coverage, frame rate.

Subjects are the unit in a level as everywhere: fewer than six give a value without interval. A subject whose clips
lie in several levels counts in each. All of it is exploratory.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

from evalkit.metrics.declare import Metric
from evalkit.records import Claim, ClipFacts, Estimate, Measurement, StratumEstimate
from evalkit.statistics.estimates import estimate_claim, estimate_mean
from evalkit.statistics.multiplicity import benjamini_hochberg
from evalkit.study import Study

VERSION = 1
NOT_STATED, NOT_MEASURED = "not stated", "not measured"
Level = tuple[int, str]  # place in the order, name


def levels(study: Study, clips: Iterable[Mapping[str, Any]], facts: Mapping[str, ClipFacts]) -> dict[str, list[Level]]:
    """Of each stratum of the study the level of each clip, in the order of `clips`, which are manifest rows.

    Levels are ordered by name, those of bins by size; clips of which it is not known come last.
    """
    rows = list(clips)
    named = {column: [str(row[_COLUMN.get(column, column)] or NOT_STATED) for row in rows] for column in study.strata
             if column not in ("coverage", "fps")}  # fmt: skip
    found = {column: _ordered(names) for column, names in named.items()}
    measured = {"coverage": (study.bins.coverage, 100.0, " %"), "fps": (study.bins.fps, 1.0, " Hz")}
    for column in (column for column in study.strata if column in measured):
        values = [getattr(facts[row["clip_id"]], column) for row in rows]
        found[column] = [_binned(value, *measured[column]) for value in values]
    return {column: found[column] for column in study.strata}


_COLUMN = {"subject": "subject_id"}


def _ordered(names: Sequence[str]) -> list[Level]:
    known = sorted(set(names), key=lambda name: (name == NOT_STATED, name))
    place = {name: index for index, name in enumerate(known)}
    return [(place[name], name) for name in names]


def _binned(value: float | None, edges: Sequence[float], scale: float, unit: str) -> Level:
    """The bin of a value: from an edge, which is in it, to the next."""
    if value is None:
        return len(edges) + 1, NOT_MEASURED if unit == " %" else NOT_STATED
    names = [f"below {scale * edges[0]:g}{unit}"]
    names += [f"{scale * low:g} to {scale * high:g}{unit}" for low, high in pairwise(edges)]
    names.append(f"{scale * edges[-1]:g}{unit} or more")
    index = sum(value >= edge for edge in edges)
    return index, names[index]


def estimate_strata(
    study: Study,
    arms: Sequence[str],
    metrics: Mapping[str, Metric],
    rows: Sequence[Measurement],
    placed: Mapping[str, Mapping[str, Level]],
    claimed: Mapping[str, tuple[frozenset[str], str]],
    population: str,
) -> list[StratumEstimate]:
    """Means of every arm, metric and region, and the estimate of every claim, on every level.

    `rows` are of the study's population, called `population`; `placed` is stratum -> clip_id -> level; `claimed` is
    claim id -> the clips of its population, and that in words. p are adjusted over all that is given.
    """
    found: list[StratumEstimate] = []
    for column, level_of in placed.items():
        grouped: dict[Level, dict[tuple[str, str], list[Measurement]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            grouped[level_of[row.clip_id]][row.metric, row.region].append(row)
        for level in sorted(grouped):
            of_level, where = grouped[level], f"{column} = {level[1]}"
            made = [
                estimate_mean(arm, region, of_level[name, region], metric, f"{population}, {where}")
                for arm in arms
                for name, metric in metrics.items()
                for region in study.regions
                if region in metric.regions
            ]
            made += [_claim(claim, of_level, metrics, *claimed[claim.id], where) for claim in study.claims
                     if claim.statistic in ("mean", "clip_mean") and not claim.needs]  # fmt: skip
            found += [_of_stratum(estimate, column, level[1]) for estimate in made if _counts(estimate)]
    adjusted = benjamini_hochberg({str(index): estimate.p for index, estimate in enumerate(found)})
    return [replace(estimate, p_adjusted=p) for estimate, p in zip(found, adjusted.values(), strict=True)]


def _claim(
    claim: Claim,
    of_level: Mapping[tuple[str, str], list[Measurement]],
    metrics: Mapping[str, Metric],
    clips: frozenset[str],
    population: str,
    where: str,
) -> Estimate:
    rows = [row for row in of_level.get((claim.metric, claim.region), []) if row.clip_id in clips]
    return estimate_claim(claim, rows, metrics[claim.metric], f"{population}, {where}")


def _counts(estimate: Estimate) -> bool:
    """False where a claim's population has no clip of the level."""
    return estimate.n_clips + estimate.n_undefined > 0


def _of_stratum(estimate: Estimate, column: str, level: str) -> StratumEstimate:
    about = {**asdict(estimate), "id": f"{estimate.id}|{column} = {level}"}
    return StratumEstimate(**about, column=column, level_name=level, p_adjusted=None)
