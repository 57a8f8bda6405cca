"""The traceability matrix: claim -> verdict -> estimate -> rows -> figure -> code, one line a claim."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from translator.artefacts import digest

FILE = "traceability.csv"
_PREDICTIONS = "run/predictions.parquet"
_COLUMNS = (
    "claim", "sentence", "outcome", "verdict_at", "estimate_at", "rows_from", "rows_where", "rows", "rows_ok", "figure",
    "metric", "metric_version", "method", "suite_version", "code_sha256",
)  # fmt: skip
_FIGURES = ("verdicts", "paired", "gallery")


def traceability(
    files: Mapping[str, bytes], metrics: Mapping[str, Mapping[str, Any]], suite: str, code: Mapping[str, str]
) -> bytes:
    """`traceability.csv` of a packet's files (`run/...`, report.html): all that it names is in the packet.

    Rows are counted from 0 in each table. `code` is file -> SHA-256; its digest stands for the code that packed.
    """
    plan = json.loads(files["run/plan.json"])
    verdicts = json.loads(files["run/verdicts.json"])["verdicts"]
    estimates = _rows(files["run/estimates.parquet"])
    measured = _rows(files["run/measurements.parquet"], ["arm", "clip_id", "metric", "region", "status"])
    anchors = set(re.findall(rb'id="([a-z0-9-]+)"', files.get("report.html", b"")))
    figures = "; ".join(f"report.html#{name}" for name in _FIGURES if name.encode() in anchors)
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    claims = {claim["id"]: claim for claim in plan["study"]["claims"]}
    for number, verdict in enumerate(verdicts):
        claim = claims.get(verdict["claim"], {})
        place = next((n for n, estimate in enumerate(estimates) if estimate["id"] == verdict["estimate"]), None)
        estimate = {} if place is None else estimates[place]
        population = _population(plan, claim)
        source, chosen = "run/measurements.parquet", _chosen(measured, estimate, population)
        if not chosen and _PREDICTIONS in files:  # statistics of what a task's model said
            said = (
                {**row, "metric": row["task"], "region": estimate.get("region")} for row in _rows(files[_PREDICTIONS])
            )
            source, chosen = _PREDICTIONS, _chosen(said, estimate, population)
        table.writerow(
            {
                "claim": verdict["claim"],
                "sentence": claim.get("sentence", "not in the plan"),
                "outcome": verdict["outcome"],
                "verdict_at": f"run/verdicts.json: verdicts[{number}]",
                "estimate_at": "none" if place is None else f"run/estimates.parquet: row {place}",
                "rows_from": source,
                "rows_where": _where(estimate),
                "rows": len(chosen),
                "rows_ok": sum(row["status"] == "ok" for row in chosen),
                "figure": figures or "none",
                "metric": estimate.get("metric", ""),
                "metric_version": metrics.get(estimate.get("metric", ""), {}).get("version", "not stated"),
                "method": estimate.get("method", ""),
                "suite_version": suite,
                "code_sha256": digest(dict(code)),
            }
        )
    return text.getvalue().encode()


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
