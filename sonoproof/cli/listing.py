"""`sonoproof list`: what a study can name, and the data sets that a manifest can be made of."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from evalkit.arms.trivial import TRIVIAL
from evalkit.metrics.registry import METRICS
from evalkit.tasks.registry import SUMMARIES
from sonoproof.cli.console import Json, out, print_json
from translator.datasets.registry import DATASETS
from translator.weights import find_weights, shipped_names

_ONLY_IN_JSON = frozenset(
    {"bounds", "needs", "weights", "over time", "version", "source", "subjects", "splits", "caveats"}
)  # a terminal is narrow
_WIDE_ONLY, _WIDE = frozenset({"regions"}), 110
_NEEDS = {"pair": "paired clips", "translation": "the translation alone", "given": "the translation and its input"}


class Part(StrEnum):
    """What can be listed."""

    metrics = "metrics"
    tasks = "tasks"
    arms = "arms"
    weights = "weights"
    datasets = "datasets"


def list_parts(
    part: Annotated[Part, typer.Argument(help="metrics, tasks, arms, weights or datasets.", show_default=False)],
    as_json: Json = False,
) -> None:
    """List the metrics, tasks, arms or weights that a study can name, or the data sets that `manifest` knows."""
    listed = {
        Part.metrics: _metrics,
        Part.tasks: _tasks,
        Part.arms: _arms,
        Part.weights: _weights,
        Part.datasets: _datasets,
    }
    rows = listed[part]()
    if as_json:
        print_json(rows)
        return
    if not rows:
        out.print(f"no {part.value} in this version")
        return
    hidden = _ONLY_IN_JSON | (_WIDE_ONLY if out.width < _WIDE else frozenset())
    shown = [key for key in rows[0] if key not in hidden]
    columns = [Column(key, overflow="fold") for key in shown]  # a DOI has no place to wrap
    columns[0].no_wrap = True  # names are copied from here
    table = Table(*columns)
    for row in rows:
        table.add_row(*(escape(str(row[key])) for key in shown))
    out.print(table)
    left_out = [key for key in rows[0] if key in hidden]
    if left_out:
        out.print(f"--json has more: {', '.join(left_out)}", highlight=False)


def _metrics() -> list[dict[str, object]]:
    return [
        {
            "name": metric.name,
            "unit": "none" if metric.unit == "1" else metric.unit,
            "better": metric.better,
            "bounds": list(metric.bounds),
            "regions": ", ".join(metric.regions),
            "needs": _NEEDS[metric.needs],
            "over time": "yes" if metric.temporal else "no",
            "weights": ", ".join(metric.weights) or "-",
            "version": metric.version,
            "source": metric.source or "-",
            "summary": metric.summary,
        }
        for metric in METRICS.values()
    ]


def _tasks() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"kind": kind, "summary": summary} for kind, summary in SUMMARIES.items()]
    return [*rows, {"kind": "module:object", "summary": "your own; see CONTRIBUTING"}]


def _arms() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"translator": f"trivial:{name}", "summary": f"{arm.summary} ({arm.source})" if arm.source else arm.summary}
        for name, arm in TRIVIAL.items()
    ]
    rows += [{"translator": f"weights:{name}", "summary": find_weights(name).card.summary} for name in shipped_names()]
    rows.append({"translator": "folder:PATH", "summary": "finished videos, PATH/<clip_id>.npz, .mp4, ..."})
    rows.append({"translator": "module:object", "summary": "your own translate(clip, mask); see CONTRIBUTING"})
    return rows


def _weights() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name in shipped_names():
        path, card = find_weights(name)
        rows.append(
            {
                "name": name,
                "MB": round(path.stat().st_size / 1e6, 1),
                "sha256": card.weights_sha256[:16],
                "training subjects": len(card.training_subjects),
                "licence": card.licence,
                "summary": card.summary,
            }
        )
    return rows


def _datasets() -> list[dict[str, object]]:
    return [
        {
            "name": dataset.name,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "doi": dataset.doi,
            "subjects": dataset.subjects,
            "splits": dataset.splits,
            "caveats": dataset.caveats,
        }
        for dataset in DATASETS.values()
    ]
