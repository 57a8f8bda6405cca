"""Every result of a packet again, from its tables alone, and where it is not what the packet says.

By the statistics of the suite that is installed now; the metrics are what run/metrics.json declares, and no code is
loaded for them. What cannot be made again is named with the reason: each file that the run sealed is made again, is
what this starts from, or stands in `not_done`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa

from evalkit.analysis_plan import DEPARTURES, TOKEN
from evalkit.analysis_plan import FILE as ANALYSIS_PLAN
from evalkit.classification import FILE as CLASSIFICATION
from evalkit.clip_flow import FILE as FLOW
from evalkit.explore import explore
from evalkit.judgement import SEAL as JUDGEMENT
from evalkit.pseudonyms import FILE as KEY
from evalkit.records import (
    Claim,
    Estimate,
    Slope,
    StratumEstimate,
    Verdict,
    read_slopes,
    read_table,
)
from evalkit.transfer import FILE as TRANSFER
from reports.packet import results
from reports.packet.comparing import compared
from reports.packet.judgements import judgement_folders
from reports.packet.opened import OpenedPacket, Recomputed, refuse_endless
from reports.packet.rejudged import claims_again, means_of
from reports.packet.trace import FILE as TRACE
from translator.errors import InputError, bad_input

REPORT = "report.html"
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


def recompute(files: Mapping[str, bytes]) -> Recomputed:
    """Make every result of a packet's files again that its tables allow.

    Raises: InputError if a table cannot be read, or is of another version.
    """
    with TemporaryDirectory() as folder:
        try:
            refuse_endless(files)
            return _recompute(OpenedPacket(files, Path(folder)))
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


def _recompute(packet: OpenedPacket) -> Recomputed:
    done = Recomputed(sources=[f"run/{name}" for name in _SOURCES if packet.has(name)])
    for step in _STEPS:
        if packet.has(*step.makes, *step.needs):
            step.compare(packet, done)
            done.made += [f"run/{name}" for name in step.makes]
    for folder in judgement_folders(packet.files):
        _judgement(packet, folder, done)
    if {TRACE, results.CODE} <= packet.files.keys():
        results.trace(packet, done)
    done.not_done += _left(packet, done)
    return done


def _estimates(packet: OpenedPacket, done: Recomputed) -> None:
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


def _exploratory(packet: OpenedPacket, done: Recomputed) -> None:
    strata, slopes = explore(packet.plan, packet.evidence.measurements, packet.evidence.clips)
    done.differing += compared(
        "stratum", read_table(packet.opened("run/strata.parquet"), StratumEstimate), strata, _name
    )
    done.differing += compared("slope", read_slopes(packet.opened("run/slopes.json")), slopes, _slope_name)
    done.estimates += len(strata) + len(slopes)


def _judgement(packet: OpenedPacket, folder: str, done: Recomputed) -> None:
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
    compare: Callable[[OpenedPacket, Recomputed], None]


_STEPS = (
    _Step(("estimates.parquet", "verdicts.json"), ("measurements.parquet",), _estimates),
    _Step(("strata.parquet", "slopes.json"), ("clips.parquet",), _exploratory),
    _Step((FLOW,), (), results.flow),
    _Step((CLASSIFICATION,), ("predictions.parquet", "tasks.json"), results.classification),
    _Step((TRANSFER,), (), results.transfer),
    _Step((DEPARTURES,), (ANALYSIS_PLAN,), results.departures),
)


def _left(packet: OpenedPacket, done: Recomputed) -> Iterator[str]:
    """Every file of the run that carries a result and was neither made again nor started from, and why."""
    sealed = {each.packed or f"run/{name}": each.note for name, each in packet.about.sealed.items()}
    told = {*done.made, *done.sources, *(f"run/{name}" for name in _NO_RESULTS)}
    if REPORT in packet.files:
        yield f"{REPORT}: was drawn from the files in run/, and is not compared with them"
    left = sorted((sealed.keys() | {name for name in packet.files if name.startswith("run/")}) - told)
    pictures = [name for name in left if name.endswith(".npz")]
    if pictures:
        yield f"exhibits: {len(pictures)} clips are what arms made of inputs, which a packet does not hold"
    for name in left:
        if name not in pictures:
            yield f"{name}: {_why_not(packet, name, sealed.get(name, ''))}"


def _why_not(packet: OpenedPacket, name: str, note: str) -> str:
    file = name.removeprefix("run/")
    step = next((step for step in _STEPS if file in step.makes), None)
    if name not in packet.files:
        return f"is not in the packet ({note})"
    if file in _WHY_NOT:
        return _WHY_NOT[file]
    if step is None:
        return "this version of the suite does not know how to make it again"
    return f"needs {', '.join(each for each in (*step.makes, *step.needs) if not packet.has(each))} beside it"


def _name(estimate: Estimate) -> str:
    return estimate.id


def _claim(verdict: Verdict) -> str:
    return verdict.claim


def _slope_name(slope: Slope) -> str:
    return f"{slope.arm}|{slope.metric}|{slope.region}"
