"""Run a frozen plan: translate, measure, estimate, decide, exhibit, seal. Each stage writes its own files."""

import json
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from evalkit.analysis_plan import Frozen, keep_departures, read_departures
from evalkit.backbones import find_backbone
from evalkit.classification import classified, write_classification
from evalkit.clip_flow import FILE as FLOW
from evalkit.clip_flow import clip_flow
from evalkit.distribution import compare_sets
from evalkit.exhibits import store_exhibits
from evalkit.explore import explore
from evalkit.facts import facts_of
from evalkit.judging import Evidence, judge
from evalkit.measuring import Stores, measured
from evalkit.plan import Plan, population_of
from evalkit.pseudonyms import pseudonyms_of, write_pseudonyms
from evalkit.records import (
    ClipFacts,
    Distribution,
    Estimate,
    Measurement,
    Prediction,
    StratumEstimate,
    Verdict,
    as_json,
    write_distributions,
    write_slopes,
    write_table,
)
from evalkit.seal import Run, read_run, seal
from evalkit.statistics.estimates import estimate_mean
from evalkit.tasking import run_tasks
from evalkit.transfer import transfer_table, write_transfer
from translator.artefacts import Store, canonical_json
from translator.errors import bad_input

Progress = Callable[[str, int, int], None]
Result = TypeVar("Result")
_PARTIAL, _UNSHARED = ".plan.json.partial", ".partial-cache"


def run_study(plan: Plan, out: Path, store: Store, progress: Progress, under: Frozen | None = None) -> Run:
    """Run the plan into the folder `out`; a run that was killed goes on where it was, a sealed one is only read.

    `under` is the analysis plan that it was frozen to: what departs from it is recorded, and claims that it does not
    hold are post hoc. What an arm without declared identity made is kept for this run alone: nobody could say when it
    is stale.

    progress(stage, done, total) is called as the work goes on. Raises: InputError if `out` holds another run.
    """
    begun = (out / "plan.json").is_file()
    _freeze(plan, out)
    keep_departures(out, plan, under, begun)
    if (out / "run.json").is_file():
        return read_run(out)
    stores = Stores(shared=store, own=Store(out / _UNSHARED, store.libraries))
    seconds: dict[str, float] = {}
    measured_rows = _timed(seconds, "measure", lambda: _measure(plan, stores, progress))
    found, predictions, details = _timed(seconds, "tasks", lambda: run_tasks(plan, stores, progress))
    rows = sorted([*measured_rows, *found], key=lambda row: (row.arm, row.clip_id, row.metric, row.region))
    clips = _timed(seconds, "clips", lambda: [facts_of(plan, entry, stores) for entry in plan.manifest.entries])
    told = read_departures(out) or {"claims_not_fixed": [], "claims_lost": {}}
    late, lost = frozenset(told["claims_not_fixed"]), told["claims_lost"]
    estimates, verdicts = _timed(
        seconds, "estimate and decide", lambda: _judge(plan, rows, predictions, clips, late, lost)
    )
    strata, slopes = _timed(seconds, "explore", lambda: explore(plan, rows, clips))
    if plan.study.distributions:
        sets = _timed(seconds, "distributions", lambda: _compare(plan, stores, progress))
        write_distributions(out / "distributions.json", sets)
    write_table(out / "clips.parquet", sorted(clips), ClipFacts)
    write_table(out / "measurements.parquet", rows, Measurement)
    if plan.tasks:
        write_table(out / "predictions.parquet", predictions, Prediction)
        text = json.dumps({"schema_version": 1, "tasks": details}, indent=2, sort_keys=True, allow_nan=False)
        (out / "tasks.json").write_text(text + "\n", encoding="utf-8")
    _timed(seconds, "classification and transfer", lambda: _sum_up(plan, rows, predictions, details, out))
    write_table(out / "estimates.parquet", estimates, Estimate)
    write_table(out / "strata.parquet", strata, StratumEstimate)
    write_slopes(out / "slopes.json", slopes)
    text = json.dumps({"schema_version": 1, "verdicts": as_json(verdicts)}, indent=2, sort_keys=True)
    (out / "verdicts.json").write_text(text + "\n", encoding="utf-8")
    claimed = [estimate for estimate in estimates if estimate.relation is not None]
    flow = json.dumps(clip_flow(plan.document, rows, claimed), indent=2, sort_keys=True)
    (out / FLOW).write_text(flow + "\n", encoding="utf-8")
    _timed(seconds, "exhibits", lambda: store_exhibits(plan, rows, out / "exhibits", stores))
    host = {"seconds": seconds, "cpu": platform.processor() or platform.machine()}
    (out / "timings.json").write_text(json.dumps(host, indent=2) + "\n", encoding="utf-8")
    write_pseudonyms(out, pseudonyms_of(plan.document))
    shutil.rmtree(out / _UNSHARED, ignore_errors=True)
    seal(out, plan.sha256)
    return read_run(out)


def _freeze(plan: Plan, out: Path) -> None:
    frozen = out / "plan.json"
    if frozen.is_file():
        place = _difference(json.loads(frozen.read_text(encoding="utf-8")), json.loads(canonical_json(plan.document)))
        if place is not None:
            what = f"holds a run of another plan: {place}"
            raise bad_input(out, what, "Give a new folder: a frozen plan is never changed")
        return
    if out.is_dir() and any(path.name != _PARTIAL for path in out.iterdir()):
        raise bad_input(out, "is not empty and holds no run", "Give a new folder")
    out.mkdir(parents=True, exist_ok=True)
    partial = out / _PARTIAL
    text = json.dumps(plan.document, indent=2, sort_keys=True, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(frozen)


def _difference(old: Any, new: Any, place: str = "") -> str | None:
    """The first place where two plans differ, or None."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        found = (_difference(old[key], new[key], f"{place}.{key}".lstrip(".")) for key in sorted(old))
        return next((text for text in found if text is not None), None)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        items = (_difference(a, b, f"{place}.{i}") for i, (a, b) in enumerate(zip(old, new, strict=True)))
        return next((text for text in items if text is not None), None)
    return None if old == new else f"{place or 'plan'} was {str(old)[:80]}, is {str(new)[:80]}"


def _measure(plan: Plan, stores: Stores, progress: Progress) -> list[Measurement]:
    rows: list[Measurement] = []
    total = len(plan.manifest.entries) * len(plan.arms)
    for index, entry in enumerate(plan.manifest.entries):
        found = measured(plan, entry, stores)
        for number, arm in enumerate(plan.arms):
            rows += found[arm.name]
            progress("translate and measure", index * len(plan.arms) + number + 1, total)
    return rows


def _compare(plan: Plan, stores: Stores, progress: Progress) -> list[Distribution]:
    backbones = (find_backbone(name) for name in plan.study.distributions)
    return [compare_sets(plan, backbone, stores, plan.study.seed, progress) for backbone in backbones]


def _sum_up(
    plan: Plan, rows: list[Measurement], predictions: list[Prediction], details: dict[str, Any], out: Path
) -> None:
    """Write what classifiers came to and how metrics carry over to unseen anatomies, where there is any of it."""
    figures, table = classified(plan, predictions, details), transfer_table(plan, rows)
    if figures:
        write_classification(out, figures)
    if table is not None:
        write_transfer(out, table)


def _judge(
    plan: Plan,
    rows: list[Measurement],
    said: list[Prediction],
    facts: list[ClipFacts],
    late: frozenset[str],
    lost: dict[str, str],
) -> tuple[list[Estimate], list[Verdict]]:
    clips, described = population_of(plan, {})
    chosen = [row for row in rows if row.clip_id in clips]
    estimates = [
        estimate_mean(arm.name, region, chosen, metric, described)
        for arm in plan.arms
        for metric in plan.declared.values()
        for region in plan.study.regions
        if region in metric.regions
    ]
    evidence = Evidence(plan.document, plan.declared, rows, said, facts)
    claimed, verdicts = judge(plan.study.claims, evidence, late, lost)
    return estimates + claimed, verdicts


def _timed(seconds: dict[str, float], name: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    seconds[name] = round(time.perf_counter() - start, 3)
    return result
