"""Estimates and verdicts again, from the tables of a packet alone, and where they are not what the packet says.

By the statistics of the suite that is installed now; the metrics are what run/metrics.json declares, and no code is
loaded for them. Ids are pseudonyms, so that subjects are summed in another order: numbers agree to TOLERANCE, and not
to the last bit.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.claims.decide import decide_all
from evalkit.explore import explore
from evalkit.judging import Evidence, judge
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import declared_metric
from evalkit.plan import Plan, population_of
from evalkit.records import (
    Claim,
    ClipFacts,
    Estimate,
    Measurement,
    Prediction,
    Slope,
    StratumEstimate,
    Verdict,
    read_slopes,
    read_table,
)
from evalkit.statistics.estimates import estimate_mean
from evalkit.study import Study
from translator.clips.manifest import FILES, Entry, Manifest
from translator.errors import InputError, bad_input

RELATIVE, ABSOLUTE = 1e-6, 1e-9
MOST_ROWS, MOST_UNPACKED = 20_000_000, 2**32
DRAWN_SHARE, DRAWN_P = 0.1, 0.01  # of an interval's width, and of p, where they come from random draws
TOLERANCE = (
    f"{RELATIVE:g} of the value, or {ABSOLUTE:g} where that is more; where an interval was drawn at random,"
    f" {DRAWN_SHARE:g} of its width, and {DRAWN_P:g} for p"
)
_FILES = frozenset({"readers", "timings"})  # tables that claims bring along
_WORDS = frozenset(
    {"population", "note", "method", "reason", "sentence"}
)  # not numbers: a version may say them otherwise
Row = TypeVar("Row", Estimate, StratumEstimate, Slope, Verdict)


@dataclass(frozen=True)
class Recomputed:
    """How many estimates and verdicts were made again, and each that differs, in words."""

    estimates: int
    verdicts: int
    differing: tuple[str, ...]
    not_done: tuple[str, ...]


def recompute(files: Mapping[str, bytes]) -> Recomputed:
    """Make every estimate and verdict of a packet's files again.

    Raises: InputError if a table cannot be read, or is of another version.
    """
    with TemporaryDirectory() as folder:
        try:
            _refuse_endless(files)
            return _recompute(files, Path(folder))
        except InputError:
            raise
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OSError,
            ArithmeticError,
            RuntimeError,
            pa.ArrowException,
        ) as error:
            what = f"cannot be computed again ({type(error).__name__}: {str(error)[:200]})"
            raise bad_input("packet: run/", what, "Use the version of the suite that packet.json names") from None


def _refuse_endless(files: Mapping[str, bytes]) -> None:
    """A few bytes of Parquet can stand for endless rows: what they announce is looked at before they are read."""
    for name, content in files.items():
        if name.endswith(".parquet"):
            told = pq.ParquetFile(pa.BufferReader(content)).metadata
            size = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
            if told.num_rows > MOST_ROWS or size > MOST_UNPACKED:
                what = f"announces {told.num_rows} rows of {size} bytes"
                raise bad_input(f"packet: {name}", what, f"At most {MOST_ROWS} rows of {MOST_UNPACKED} bytes are read")


def _recompute(files: Mapping[str, bytes], folder: Path) -> Recomputed:
    def opened(name: str) -> Path:
        path = folder / name
        path.write_bytes(files[f"run/{name}"])
        return path

    plan = _plan(json.loads(files["run/plan.json"]), json.loads(files["run/metrics.json"])["metrics"])
    rows = read_table(opened("measurements.parquet"), Measurement)
    facts = read_table(opened("clips.parquet"), ClipFacts) if "run/clips.parquet" in files else []
    models = read_table(opened("predictions.parquet"), Prediction) if "run/predictions.parquet" in files else []
    old = read_table(opened("estimates.parquet"), Estimate)
    evidence = Evidence(plan.document, plan.declared, rows, models, facts)
    departures = json.loads(files.get("run/departures.json", b"{}"))
    late, lost = frozenset(departures.get("claims_not_fixed", ())), departures.get("claims_lost", {})
    estimates, verdicts, not_done = _judged(plan, evidence, {each.id: each for each in old}, late, lost)
    differing = _compared("estimate", old, estimates, _name)
    said = [Verdict(**each) for each in json.loads(files["run/verdicts.json"])["verdicts"]]
    differing += _compared("verdict", said, verdicts, lambda verdict: verdict.claim, any(map(_is_drawn, estimates)))
    count = len(estimates)
    if {"run/clips.parquet", "run/strata.parquet", "run/slopes.json"} <= files.keys():
        strata, slopes = explore(plan, rows, facts)
        differing += _compared("stratum", read_table(opened("strata.parquet"), StratumEstimate), strata, _name)
        differing += _compared("slope", read_slopes(opened("slopes.json")), slopes, _slope_name)
        count += len(strata) + len(slopes)
    if "run/distributions.json" in files:
        not_done.append("run/distributions.json: needs the features of the clips, which a packet does not hold")
    return Recomputed(count, len(verdicts), tuple(differing), tuple(not_done))


def _plan(document: Mapping[str, Any], told: Mapping[str, Mapping[str, Any]]) -> Plan:
    """The plan as the statistics look at it: study, clips, arms by name, metrics. Nothing is looked up or imported."""
    asked = {**document["study"], "manifest": "packet"}
    asked.pop("exhibits", None)  # what the report shows, and no number depends on
    asked["arms"] = [{**arm, "translator": "packet"} for arm in asked["arms"]]
    study = Study.model_validate(asked)
    clips = [Entry.model_construct(**{**dict.fromkeys(FILES), **clip}) for clip in document["clips"]]
    declared: dict[str, Metric] = {name: declared_metric(name, told) for name in told}
    found = SimpleNamespace(
        study=study, manifest=Manifest(clips, Path()), declared=declared, metrics=tuple(declared.values()),
        arms=tuple(SimpleNamespace(name=arm.name) for arm in study.arms), document=document,
    )  # fmt: skip
    return cast(Plan, found)


def _judged(
    plan: Plan, evidence: Evidence, said: Mapping[str, Estimate], late: frozenset[str], lost: Mapping[str, str]
) -> tuple[list[Estimate], list[Verdict], list[str]]:
    """As evalkit.run does it; and why a claim's estimate was taken as the packet has it.

    No file is opened that a claim names, and who is in a training set is not known here.
    """
    study, metrics = plan.study, plan.declared
    clips, words = population_of(plan, {})
    chosen = [row for row in evidence.measurements if row.clip_id in clips]
    means = [
        estimate_mean(arm.name, region, chosen, metric, words)
        for arm in plan.arms
        for metric in metrics.values()
        for region in study.regions
        if region in metric.regions
    ]
    claimed, not_done = {}, []
    for claim in study.claims:
        why = _not_here(claim, said[claim.id])
        if why:
            not_done.append(f"claim {claim.id}: {why}")
        if why and (claim.about.table in _FILES or said[claim.id].value is None):
            claimed[claim.id] = said[claim.id]
        else:
            claimed[claim.id] = judge([claim.model_copy(update={"zero_shot": False})], evidence)[0][0]
    return means + list(claimed.values()), decide_all(study.claims, claimed, metrics, late, lost), not_done


def _not_here(claim: Claim, said: Estimate) -> str:
    """What of a claim's estimate a packet cannot show, in words."""
    if claim.about.table in _FILES:
        return f"the file of its {claim.about.table} is not in the packet"
    return "that its clips are unseen needs the training subjects by name" if claim.zero_shot and said.arm else ""


def _compared(
    kind: str, said: Iterable[Row], found: Iterable[Row], name_of: Callable[[Row], str], resampled: bool = False
) -> list[str]:
    """What differs between the rows of a packet and those made again, in words."""
    old, new = {name_of(row): row for row in said}, {name_of(row): row for row in found}
    words = [f"{kind} {name}: is in the packet, and does not come out" for name in sorted(old.keys() - new.keys())]
    words += [f"{kind} {name}: comes out, and is not in the packet" for name in sorted(new.keys() - old.keys())]
    for name in sorted(old.keys() & new.keys()):
        drawn = resampled or _is_drawn(new[name])
        words += [f"{kind} {name}: {what}" for what in _differences(old[name], new[name], drawn)]
    return words


def _differences(old: Row, new: Row, resampled: bool) -> Iterable[str]:
    for field in fields(old):
        if field.name in _WORDS:
            continue
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name == "line":
            if len(before) != len(after) or any(
                True for pair in zip(before, after, strict=True) for _ in _points(*pair)
            ):
                yield "line differs"
        elif not _same(before, after, _spread(old, field.name) if resampled else 0.0):
            yield f"{field.name} is {before}, comes out as {after}"


def _is_drawn(row: Any) -> bool:
    """True of an estimate whose interval and p come from random draws: other names of subjects, other draws."""
    return "bootstrap" in getattr(row, "method", "")


def _spread(row: Any, column: str) -> float:
    """How far an interval's end, or p, may be from another set of draws."""
    if column in ("p", "p_adjusted"):
        return DRAWN_P
    ends = getattr(row, "low", None), getattr(row, "high", None)
    whole = column in ("low", "high") and None not in ends
    return DRAWN_SHARE * abs(ends[1] - ends[0]) if whole else 0.0  # type: ignore[operator]  # both are numbers


def _points(old: Any, new: Any) -> Iterable[str]:
    return [f.name for f in fields(old) if not _same(getattr(old, f.name), getattr(new, f.name))]


def _same(old: Any, new: Any, spread: float = 0.0) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=max(ABSOLUTE, spread))
    return bool(old == new)


def _name(estimate: Estimate) -> str:
    return estimate.id


def _slope_name(slope: Slope) -> str:
    return f"{slope.arm}|{slope.metric}|{slope.region}"
