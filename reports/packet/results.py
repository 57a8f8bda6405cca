"""Results of a run beyond estimates and verdicts, made again by the code that evalkit.run made them by."""

import csv
import io
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from evalkit.analysis_plan import DEPARTURES, Frozen, departures_document
from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.classification import FILE as CLASSIFICATION
from evalkit.classification import classified
from evalkit.clip_flow import FILE as FLOW
from evalkit.clip_flow import clip_flow
from evalkit.plan import Plan
from evalkit.records import Estimate, read_table
from evalkit.transfer import FILE as TRANSFER
from evalkit.transfer import transfer_table
from reports.packet.comparing import compared_json
from reports.packet.opened import OpenedPacket, Recomputed
from reports.packet.rejudged import unread_cards
from reports.packet.trace import FILE as TRACE
from reports.packet.trace import traceability

CODE = "environment/code.json"
_BY_NAME = ("a subject is on the model card", "a clip, by its name, is on the model card")  # of evalkit.zero_shot


def flow(packet: OpenedPacket, done: Recomputed) -> None:
    """How many clips came how far; claims by the packet's own estimates, which are compared elsewhere."""
    old = read_table(packet.opened("run/estimates.parquet"), Estimate)
    claimed = [estimate for estimate in old if estimate.relation is not None]
    said, found = packet.json(f"run/{FLOW}"), clip_flow(packet.plan.document, packet.evidence.measurements, claimed)
    for told in (said, found):  # reasons can name clips, and pseudonyms sort otherwise
        told["excluded"] = sorted(told["excluded"], key=lambda each: str(each["reason"]))
    done.differing += compared_json(FLOW, said, found)


def classification(packet: OpenedPacket, done: Recomputed) -> None:
    """What classifiers came to, from predictions."""
    details = packet.json("run/tasks.json")["tasks"]

    def again(number: int) -> Any:
        study = packet.plan.study.model_copy(update={"seed": packet.plan.study.seed + number})
        plan = cast(Plan, SimpleNamespace(**{**vars(packet.plan), "study": study}))
        found = classified(plan, packet.evidence.predictions, details)
        return _plain({"schema_version": 1, "predictions": found})

    done.differing += compared_json(CLASSIFICATION, packet.json(f"run/{CLASSIFICATION}"), again(0), again)


def transfer(packet: OpenedPacket, done: Recomputed) -> None:
    """The transfer table, but for arms whose groups hang on names that the packet does not hold."""
    said = packet.json(f"run/{TRANSFER}")
    found = transfer_table(packet.plan, packet.evidence.measurements) or {"rows": []}
    hidden = set(unread_cards(packet.plan))
    why = "its model card is of a version that is not read here"
    done.not_done += [f"run/{TRANSFER}: arm {arm}: {why}" for arm in sorted(hidden)]
    if packet.about.ids == "pseudonyms":
        named = {row["arm"] for row in said["rows"] if any(words in row["reason"] for words in _BY_NAME)} - hidden
        why = "who is on its model card is told by number, so that its groups cannot be made again"
        done.not_done += [f"run/{TRANSFER}: arm {arm}: {why}" for arm in sorted(named)]
        hidden |= named
    old, new = (
        {_transfer_name(row): row for row in table["rows"] if row["arm"] not in hidden}
        for table in (said, _plain(found))
    )
    cards = set(said["without_card"]) ^ {arm.name for arm in packet.plan.arms if arm.card is None}
    done.differing += compared_json(TRANSFER, old, new)
    done.differing += [f"{TRANSFER} without_card: {arm} is said otherwise" for arm in sorted(cards - hidden)]


def departures(packet: OpenedPacket, done: Recomputed) -> None:
    """What departs from the frozen plan, where that is packed; and that the time stamp is as it was read then."""
    said = packet.json(f"run/{DEPARTURES}")
    path = packet.opened(f"run/{ANALYSIS_PLAN}")
    frozen = Frozen(path, packet.json(f"run/{ANALYSIS_PLAN}"), said["timestamp"])
    done.differing += compared_json(DEPARTURES, said, departures_document(packet.plan, frozen))


def trace(packet: OpenedPacket, done: Recomputed) -> None:
    """What leads from claims to rows; columns that only one version of the suite has are left."""
    code, metrics = packet.json(CODE)["sha256"], packet.json("run/metrics.json")["metrics"]
    made = traceability(packet.files, metrics, packet.about.suite, code)
    said, found = (
        {f"line {number}": row for number, row in enumerate(csv.DictReader(io.StringIO(text.decode())), 1)}
        for text in (packet.files[TRACE], made)
    )
    both = next(iter(said.values()), {}).keys() & next(iter(found.values()), {}).keys()
    said, found = (
        {line: {key: row[key] for key in both if key in row} for line, row in lines.items()} for lines in (said, found)
    )
    done.differing += compared_json(TRACE, said, found)
    done.made.append(TRACE)


def _plain(value: Any) -> Any:
    """A value as it comes out of JSON."""
    return json.loads(json.dumps(value))


def _transfer_name(row: Mapping[str, Any]) -> str:
    return "|".join(str(row[key]) for key in ("arm", "metric", "region", "anatomy", "seen", "reason"))
