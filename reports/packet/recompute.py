"""Every result of a packet again, from its tables alone, and where it is not what the packet says.

By the statistics of the suite that is installed now; the metrics are what run/metrics.json declares, and no code is
loaded for them. What cannot be made again is named with the reason: each file that the run sealed is made again, is
what this starts from, or stands in `not_done`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.analysis_plan import DEPARTURES, TOKEN, Frozen, departures_document
from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.classification import FILE as CLASSIFICATION
from evalkit.classification import classified
from evalkit.clip_flow import FILE as FLOW
from evalkit.clip_flow import clip_flow
from evalkit.explore import explore
from evalkit.judgement import SEAL as JUDGEMENT
from evalkit.judging import Evidence
from evalkit.plan import Plan
from evalkit.pseudonyms import FILE as KEY
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
from evalkit.transfer import FILE as TRANSFER
from evalkit.transfer import transfer_table
from reports.packet.about import FILE as ABOUT
from reports.packet.about import About, read_about
from reports.packet.comparing import compared, compared_json
from reports.packet.judgements import judgement_folders
from reports.packet.rejudged import claims_again, means_of, plan_of, unread_cards
from translator.errors import InputError, bad_input

MOST_ROWS, MOST_UNPACKED = 20_000_000, 2**32
_SOURCES = ("measurements.parquet", "predictions.parquet", "clips.parquet")
_NO_RESULTS = frozenset(
    {"plan.json", "metrics.json", "run.json", ANALYSIS_PLAN, TOKEN, KEY}
)  # what was asked, when, and who is called what
_WHY_NOT = {
    "distributions.json": "needs the features of the clips, which a packet does not hold",
    "exhibits/index.json": "tells which clips the report shows, by rules over the real ids",
    "tasks.json": "what fitted models told beyond their rows needs the clips, which a packet does not hold",
    DEPARTURES: "needs the frozen plan, which is not packed under pseudonyms",
}
_BY_NAME = ("a subject is on the model card", "a clip, by its name, is on the model card")  # of evalkit.zero_shot


@dataclass
class Recomputed:
    """How many estimates and verdicts were made again, each that differs, and what was not done, in words.

    `sources` are the files that it starts from; `made` those that were made again.
    """

    estimates: int = 0
    verdicts: int = 0
    differing: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)


def recompute(files: Mapping[str, bytes]) -> Recomputed:
    """Make every result of a packet's files again that its tables allow.

    Raises: InputError if a table cannot be read, or is of another version.
    """
    with TemporaryDirectory() as folder:
        try:
            _refuse_endless(files)
            return _recompute(_Packet(files, Path(folder)))
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


@dataclass(frozen=True)
class _Packet:
    """The files of a packet, as what is made of them looks at them."""

    files: Mapping[str, bytes]
    folder: Path  # where a table can be laid to be read

    def has(self, *names: str) -> bool:
        """Whether these files of the run are there."""
        return all(f"run/{name}" in self.files for name in names)

    def opened(self, name: str) -> Path:
        """A file of the packet on the disk."""
        path = self.folder / "table"
        path.write_bytes(self.files[name])
        return path

    def json(self, name: str) -> Any:
        """A JSON file of the packet."""
        return json.loads(self.files[name])

    @cached_property
    def about(self) -> About:
        """packet.json."""
        return read_about(self.files[ABOUT], ABOUT)

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return plan_of(self.json("run/plan.json"), self.json("run/metrics.json")["metrics"])

    @cached_property
    def evidence(self) -> Evidence:
        """The tables that all results come from."""
        rows = read_table(self.opened("run/measurements.parquet"), Measurement)
        facts = read_table(self.opened("run/clips.parquet"), ClipFacts) if self.has("clips.parquet") else []
        said = read_table(self.opened("run/predictions.parquet"), Prediction) if self.has("predictions.parquet") else []
        return Evidence(self.plan.document, self.plan.declared, rows, said, facts)


def _recompute(packet: _Packet) -> Recomputed:
    done = Recomputed(sources=[f"run/{name}" for name in _SOURCES if packet.has(name)])
    for step in _STEPS:
        if packet.has(*step.makes, *step.needs):
            step.compare(packet, done)
            done.made += [f"run/{name}" for name in step.makes]
    for folder in judgement_folders(packet.files):
        _judgement(packet, folder, done)
    done.not_done += _left(packet, done)
    return done


def _estimates(packet: _Packet, done: Recomputed) -> None:
    """Means, claims and verdicts."""
    old = read_table(packet.opened("run/estimates.parquet"), Estimate)
    departures = packet.json("run/departures.json") if packet.has(DEPARTURES) else {}
    late, lost = frozenset(departures.get("claims_not_fixed", ())), departures.get("claims_lost", {})
    claims = packet.plan.study.claims
    judged = claims_again(claims, packet.evidence, {each.id: each for each in old}, late, lost)
    estimates = means_of(packet.plan, packet.evidence) + judged.estimates
    said = [Verdict(**each) for each in packet.json("run/verdicts.json")["verdicts"]]
    done.differing += compared("estimate", old, estimates, _name, judged.again)
    done.differing += compared("verdict", said, judged.verdicts, _claim)
    done.not_done += judged.not_done
    done.estimates += len(estimates)
    done.verdicts += len(judged.verdicts)


def _exploratory(packet: _Packet, done: Recomputed) -> None:
    strata, slopes = explore(packet.plan, packet.evidence.measurements, packet.evidence.clips)
    done.differing += compared(
        "stratum", read_table(packet.opened("run/strata.parquet"), StratumEstimate), strata, _name
    )
    done.differing += compared("slope", read_slopes(packet.opened("run/slopes.json")), slopes, _slope_name)
    done.estimates += len(strata) + len(slopes)


def _flow(packet: _Packet, done: Recomputed) -> None:
    """How many clips came how far; claims by the packet's own estimates, which are compared elsewhere."""
    old = read_table(packet.opened("run/estimates.parquet"), Estimate)
    claimed = [estimate for estimate in old if estimate.relation is not None]
    said, found = packet.json(f"run/{FLOW}"), clip_flow(packet.plan.document, packet.evidence.measurements, claimed)
    for told in (said, found):  # reasons can name clips, and pseudonyms sort otherwise
        told["excluded"] = sorted(told["excluded"], key=lambda each: str(each["reason"]))
    done.differing += compared_json(FLOW, said, found)


def _classification(packet: _Packet, done: Recomputed) -> None:
    details = packet.json("run/tasks.json")["tasks"]

    def again(number: int) -> Any:
        study = packet.plan.study.model_copy(update={"seed": packet.plan.study.seed + number})
        plan = cast(Plan, SimpleNamespace(**{**vars(packet.plan), "study": study}))
        found = classified(plan, packet.evidence.predictions, details)
        return _plain({"schema_version": 1, "predictions": found})

    done.differing += compared_json(CLASSIFICATION, packet.json(f"run/{CLASSIFICATION}"), again(0), again)


def _transfer(packet: _Packet, done: Recomputed) -> None:
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


def _departures(packet: _Packet, done: Recomputed) -> None:
    """What departs from the frozen plan, where that is packed; and that the time stamp is as it was read then."""
    said = packet.json(f"run/{DEPARTURES}")
    path = packet.opened(f"run/{ANALYSIS_PLAN}")
    frozen = Frozen(path, packet.json(f"run/{ANALYSIS_PLAN}"), said["timestamp"])
    done.differing += compared_json(DEPARTURES, said, departures_document(packet.plan, frozen))


def _judgement(packet: _Packet, folder: str, done: Recomputed) -> None:
    """A judgement of the run: all of it post hoc."""
    claims = [Claim(**claim) for claim in packet.json(f"{folder}/claims.json")["claims"]]
    old = read_table(packet.opened(f"{folder}/estimates.parquet"), Estimate)
    said = [Verdict(**each) for each in packet.json(f"{folder}/verdicts.json")["verdicts"]]
    ids = frozenset(claim.id for claim in claims)
    judged = claims_again(claims, packet.evidence, {each.id: each for each in old}, ids, {})
    done.differing += compared(f"{folder}: estimate", old, judged.estimates, _name, judged.again)
    done.differing += compared(f"{folder}: verdict", said, judged.verdicts, _claim)
    done.not_done += [f"{folder}: {why}" for why in judged.not_done]
    done.estimates += len(judged.estimates)
    done.verdicts += len(judged.verdicts)
    done.made += [f"{folder}/estimates.parquet", f"{folder}/verdicts.json"]
    known = {*done.made, *(f"{folder}/{name}" for name in ("claims.json", JUDGEMENT))}
    more = sorted(name for name in packet.files if name.startswith(f"{folder}/") and name not in known)
    done.not_done += [f"{name}: this version of the suite does not know how to make it again" for name in more]


class _Step(NamedTuple):
    """Files of the run that are made again together, if what they need is there too."""

    makes: tuple[str, ...]
    needs: tuple[str, ...]
    compare: Callable[[_Packet, Recomputed], None]


_STEPS = (
    _Step(("estimates.parquet", "verdicts.json"), ("measurements.parquet",), _estimates),
    _Step(("strata.parquet", "slopes.json"), ("clips.parquet",), _exploratory),
    _Step((FLOW,), (), _flow),
    _Step((CLASSIFICATION,), ("predictions.parquet", "tasks.json"), _classification),
    _Step((TRANSFER,), (), _transfer),
    _Step((DEPARTURES,), (ANALYSIS_PLAN,), _departures),
)


def _left(packet: _Packet, done: Recomputed) -> Iterator[str]:
    """Every file of the run that carries a result and was neither made again nor started from, and why."""
    sealed = {each.packed or f"run/{name}": each.note for name, each in packet.about.sealed.items()}
    told = {*done.made, *done.sources, *(f"run/{name}" for name in _NO_RESULTS)}
    left = sorted((sealed.keys() | {name for name in packet.files if name.startswith("run/")}) - told)
    pictures = [name for name in left if name.endswith(".npz")]
    if pictures:
        yield f"exhibits: {len(pictures)} clips are what arms made of inputs, which a packet does not hold"
    for name in left:
        if name not in pictures:
            yield f"{name}: {_why_not(packet, name, sealed.get(name, ''))}"


def _why_not(packet: _Packet, name: str, note: str) -> str:
    file = name.removeprefix("run/")
    step = next((step for step in _STEPS if file in step.makes), None)
    if name not in packet.files:
        return f"is not in the packet ({note})"
    if file in _WHY_NOT:
        return _WHY_NOT[file]
    if step is None:
        return "this version of the suite does not know how to make it again"
    return f"needs {', '.join(each for each in (*step.makes, *step.needs) if not packet.has(each))} beside it"


def _plain(value: Any) -> Any:
    """A value as it comes out of JSON."""
    return json.loads(json.dumps(value))


def _name(estimate: Estimate) -> str:
    return estimate.id


def _claim(verdict: Verdict) -> str:
    return verdict.claim


def _slope_name(slope: Slope) -> str:
    return f"{slope.arm}|{slope.metric}|{slope.region}"


def _transfer_name(row: Mapping[str, Any]) -> str:
    return "|".join(str(row[key]) for key in ("arm", "metric", "region", "anatomy", "seen", "reason"))
