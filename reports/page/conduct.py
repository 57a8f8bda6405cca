"""How the trial was conducted: the flow of clips, what was excluded, and what departs from the frozen plan."""

import json
from collections import Counter
from typing import Any

from evalkit.analysis_plan import read_departures
from evalkit.clip_flow import FILE
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.figures.flow import flow_diagram

# what lies below these can name a clip or a file, which pseudonyms may not know: only how much differs is shown
_ONLY_COUNTED = ("inputs", "clips", "excluded", "arms", "study.exclusions", "study.exhibits", "study.population",
                 "study.title", "study.note", "training", "tasks")  # fmt: skip


def conduct(run: Run, names: Pseudonyms) -> dict[str, Any]:
    """Diagram and numbers of the flow, the reasons for exclusions, and departures; None where a run has none.

    Runs that were sealed before these existed have none.
    """
    path = run.folder / FILE
    flow = names.within(json.loads(path.read_text(encoding="utf-8"))) if FILE in run.record["files"] else None
    departures = read_departures(run.folder)
    return {
        "flow": flow,
        "diagram": "" if flow is None else flow_diagram(flow),
        "departures": None if departures is None else shown_departures(departures, names),
    }


def shown_departures(found: dict[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Departures under pseudonyms; of what can name somebody whom these do not know, the number alone."""
    rows, counted = [], Counter[str]()
    for departure in found["departures"]:
        above = next((part for part in _ONLY_COUNTED if f"{departure['field']}.".startswith(f"{part}.")), None)
        if above is None:
            rows.append({key: None if value is None else names.text(value) for key, value in departure.items()})
        else:
            counted[above] += 1
    return {**found, "departures": rows, "counted": sorted(counted.items()), "total": len(found["departures"])}
