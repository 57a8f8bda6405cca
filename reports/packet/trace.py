"""The traceability matrix: claim -> verdict -> estimate -> rows -> figure -> code, one line a claim."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reports.packet.judgements import judgement_folders
from translator.artefacts import digest

FILE = "traceability.csv"
_PREDICTIONS = "run/predictions.parquet"
_COLUMNS = (
    "claim", "sentence", "outcome", "standing", "verdict_at", "estimate_at", "rows_from", "rows_where", "rows",
    "rows_ok", "figure", "metric", "metric_version", "method", "suite_version", "code_sha256",
)  # fmt: skip
_Tables = tuple[Mapping[str, Any], list[dict[str, Any]], list[dict[str, Any]]]  # plan, measurements, predictions
_FIGURES = ("report.html#verdicts", "report.html#paired", "report.html#gallery")


def traceability(
    files: Mapping[str, bytes], metrics: Mapping[str, Mapping[str, Any]], suite: str, code: Mapping[str, str]
) -> bytes:
    """`traceability.csv` of a packet's files (`run/`, `judgements/`, report.html): all that it names is in the packet.

    Rows are counted from 0 in each table. `code` is file -> SHA-256; its digest stands for the code that packed.
    """
    plan = json.loads(files["run/plan.json"])
    measured = _rows(files["run/measurements.parquet"], ["arm", "clip_id", "metric", "region", "status"])
    said = [] if _PREDICTIONS not in files else [{**row, "metric": row["task"]} for row in _rows(files[_PREDICTIONS])]
    figures = "; ".join(each for each in _FIGURES if each in places_of_report(files))
    about = {"suite_version": suite, "code_sha256": digest(dict(code))}
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    for folder in ("run", *judgement_folders(files)):
        claims = plan["study"]["claims"] if folder == "run" else json.loads(files[f"{folder}/claims.json"])["claims"]
        shown = figures if folder == "run" else ""  # the report shows what the run judged
        for line in _lines(files, folder, claims, (plan, measured, said)):
            metric = metrics.get(line["metric"], {}).get("version", "not stated")
            table.writerow({**line, **about, "figure": shown or "none", "metric_version": metric})
    return text.getvalue().encode()


def places_of_report(files: Mapping[str, bytes]) -> frozenset[str]:
    """`report.html#...` of every place in the report that can be pointed at."""
    found = re.findall(rb'id="([a-z0-9-]+)"', files.get("report.html", b""))
    return frozenset(f"report.html#{name.decode()}" for name in found)


def _lines(
    files: Mapping[str, bytes], folder: str, claims: Iterable[Mapping[str, Any]], tables: _Tables
) -> Iterator[dict[str, Any]]:
    """What is known of each claim of the run, or of a judgement of it, by the files in `folder`."""
    plan, measured, said = tables
    by_id = {claim["id"]: claim for claim in claims}
    estimates = _rows(files[f"{folder}/estimates.parquet"])
    for number, verdict in enumerate(json.loads(files[f"{folder}/verdicts.json"])["verdicts"]):
        claim = by_id.get(verdict["claim"], {})
        place = next((n for n, estimate in enumerate(estimates) if estimate["id"] == verdict["estimate"]), None)
        estimate = {} if place is None else estimates[place]
        population = _population(plan, claim)
        source, chosen = "run/measurements.parquet", _chosen(measured, estimate, population)
        if not chosen and said:  # statistics of what a task's model said
            rows = ({**row, "region": estimate.get("region")} for row in said)
            source, chosen = _PREDICTIONS, _chosen(rows, estimate, population)
        yield {
            "claim": verdict["claim"],
            "sentence": claim.get("sentence", "not in the plan"),
            "outcome": verdict["outcome"],
            "standing": verdict.get("standing", "fixed beforehand"),
            "verdict_at": f"{folder}/verdicts.json: verdicts[{number}]",
            "estimate_at": "none" if place is None else f"{folder}/estimates.parquet: row {place}",
            "rows_from": source,
            "rows_where": _where(estimate),
            "rows": len(chosen),
            "rows_ok": sum(row["status"] == "ok" for row in chosen),
            "metric": estimate.get("metric", ""),
            "method": estimate.get("method", ""),
        }


def _rows(table: bytes, columns: list[str] | None = None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(pa.BufferReader(table), columns=columns).to_pylist()
    return rows


def _population(plan: Mapping[str, Any], claim: Mapping[str, Any]) -> frozenset[str]:
    wanted = {**plan["study"]["population"], **claim.get("population", {})}
    return frozenset(c["clip_id"] for c in plan["clips"] if all(c.get(column) == v for column, v in wanted.items()))


def _chosen(
    rows: Iterable[Mapping[str, Any]], estimate: Mapping[str, Any], population: frozenset[str]
) -> list[Mapping[str, Any]]:
    arms = {estimate.get("arm"), estimate.get("against")} - {None}
    key = estimate.get("metric"), estimate.get("region")
    return [r for r in rows if r["arm"] in arms and (r["metric"], r["region"]) == key and r["clip_id"] in population]


def _where(estimate: Mapping[str, Any]) -> str:
    arms = " or ".join(str(estimate[key]) for key in ("arm", "against") if estimate.get(key))
    return "; ".join(f"{key} = {value}" for key, value in (
        ("arm", arms), ("metric", estimate.get("metric", "")), ("region", estimate.get("region", "")),
        ("clips of", estimate.get("population", "")),
    ))  # fmt: skip
