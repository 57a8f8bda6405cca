"""What the page shows of unseen anatomies: each metric there, and the drop from the anatomies that were trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.metrics.declare import Metric
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from evalkit.transfer import read_transfer

_MOST = 3


def transfer_part(
    run: Run, names: Pseudonyms, panels: Sequence[tuple[str, str]], metrics: Mapping[str, Metric]
) -> dict[str, Any] | None:
    """Tables of the panels' metrics and regions, and of what tasks found; None where the run has no such table."""
    found: dict[str, Any] | None = names.within(read_transfer(run.folder))
    if not found:
        return None
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in found["rows"]:
        groups.setdefault((row["arm"], row["metric"], row["region"]), []).append(row)
    there = {
        (metric, region) for (_, metric, region), rows in groups.items() if any(r["value"] is not None for r in rows)
    }
    wanted = [panel for panel in dict.fromkeys([*panels, *sorted(there)]) if panel in there][:_MOST]
    return {
        "population": found["population"],
        "without_card": found["without_card"],
        "rows": found["rows"],
        "refused": sorted({(row["arm"], row["anatomy"], row["reason"]) for row in found["rows"] if row["reason"]}),
        "tables": [
            {"arm": arm, "metric": metrics[metric], "region": region, "rows": rows,
             "digits": 3 if metrics[metric].unit == "1" else 2}
            for (arm, metric, region), rows in groups.items() if (metric, region) in wanted
        ],
    }  # fmt: skip
