"""How the trial was conducted: the flow of clips, what was excluded, and what departs from the frozen plan."""

import json
from collections import Counter
from typing import Any

from evalkit.analysis_plan import below
from evalkit.clip_flow import FILE
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run

# what lies below these can name a clip or a file, which pseudonyms may not know: only how much differs is shown
_ONLY_COUNTED = ("inputs", "clips", "excluded", "arms", "study.exclusions", "study.exhibits", "study.population",
                 "study.title", "study.note", "training", "tasks")  # fmt: skip


def clip_flow(run: Run, names: Pseudonyms) -> dict[str, Any] | None:
    """Numbers of the flow and the reasons for exclusions; None in runs that were sealed before there was one."""
    if FILE not in run.record["files"]:
        return None
    found: dict[str, Any] = names.within(json.loads((run.folder / FILE).read_text(encoding="utf-8")))
    return found


def shown_departures(found: dict[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Departures under pseudonyms; of what can name somebody whom these do not know, the number alone."""
    rows, counted = [], Counter[str]()
    for departure in found["departures"]:
        above = next((part for part in _ONLY_COUNTED if below(departure["field"], part)), None)
        if above is None:
            rows.append({key: None if value is None else names.text(value) for key, value in departure.items()})
        else:
            counted[above] += 1
    return {**found, "departures": rows, "counted": sorted(counted.items()), "total": len(found["departures"])}
