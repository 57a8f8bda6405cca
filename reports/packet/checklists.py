"""Checklists, answered as far as the packet answers them: what it holds, what it holds in part, and what it does not.

CLAIM 2024: Tejani et al. 2024, doi:10.1148/ryai.240300. The 7 Cs of synthetic medical data: Zamzmi et al. 2025,
doi:10.1038/s44172-025-00450-1. The wording of items is a paraphrase; the papers have the text that counts.
"""

import json
import tomllib
from collections.abc import Mapping, Set
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reports.packet.trace import places_of_report

LISTS = ("claim-2024", "seven-cs")
Status = Literal["covered", "partly", "not covered", "by the authors"]


class Item(BaseModel):
    """One item: its answer holds where all of `needs` is there; else it is `without`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    section: str
    item: str
    status: Status
    where: str = ""
    note: str = ""
    needs: list[str] = []
    without: Status = "not covered"


class Checklist(BaseModel):
    """A checklist, as the package holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    source: str
    note: str
    items: list[Item]


def read_checklist(name: str) -> Checklist:
    """A checklist of LISTS."""
    text = (files("reports.packet") / "lists" / f"{name}.toml").read_text(encoding="utf-8")
    return Checklist.model_validate(tomllib.loads(text))


def evidence_in(files: Mapping[str, bytes], stated: Set[str]) -> frozenset[str]:
    """What items can need: file names, `report.html#...`, `task KIND` that was computed, and `context.NAME` stated."""
    details = json.loads(files.get("run/tasks.json", b'{"tasks": {}}'))["tasks"]
    asked = json.loads(files["run/plan.json"])["study"].get("tasks", [])
    done = {
        f"task {task['kind']}" for task in asked if "not_computed" not in details.get(task["name"], ["not_computed"])
    }
    return frozenset({*files, *done, *(f"context.{name}" for name in stated)}) | places_of_report(files)


def checklist_files(there: Set[str]) -> dict[str, bytes]:
    """`checklists/NAME.md` of every checklist. `there` is what `evidence_in` a packet is."""
    return {f"checklists/{name}.md": checklist_markdown(read_checklist(name), there).encode() for name in LISTS}


def answers(checklist: Checklist, there: Set[str]) -> Mapping[str, Status]:
    """item id -> its status in a packet that has this."""
    return {item.id: item.status if set(item.needs) <= there else item.without for item in checklist.items}


def checklist_markdown(checklist: Checklist, there: Set[str]) -> str:
    """The checklist as a table, with how many items have which status."""
    given = answers(checklist, there)
    counted = ", ".join(f"{sum(status == each for status in given.values())} {each}"
                        for each in ("covered", "partly", "by the authors", "not covered"))  # fmt: skip
    lines = [f"# {checklist.title}", "", f"{checklist.source}. {checklist.note}", "", f"{len(given)} items: {counted}.",
             "", "| item | section | what it asks (paraphrased) | status | where | note |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for item in checklist.items:
        missing = [each for each in item.needs if each not in there]
        where = item.where if not missing else f"not in this packet: {', '.join(missing)}"
        lines.append(f"| {item.id} | {item.section} | {item.item} | {given[item.id]} | {where} | {item.note} |")
    return "\n".join(lines) + "\n"
