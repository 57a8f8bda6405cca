"""The analysis plan as a file: what a study will do, frozen before it is done; and every departure of a run from it.

The file's SHA-256 is what is published, or time-stamped (evalkit.timestamp). The time in it is the local clock's, and
says so.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evalkit.claims.detectable import detectable_effect
from evalkit.plan import Plan, population_in
from evalkit.records import Claim
from evalkit.study import RUNS_OWN
from evalkit.timestamp import NO_TOKEN
from translator.artefacts import canonical_json, file_digest
from translator.errors import bad_input

CLOCK = "the local clock of the machine that froze the plan; nobody else vouches for it"
FILE, DEPARTURES, TOKEN = "analysis_plan.json", "departures.json", "analysis_plan.tsr"
_NAMES = ("id", "clip_id", "name")  # what items of a list are told apart by


# fields of a plan that say what its claims are about; arms are looked at for each claim
_ESTIMAND = ("study.population", "study.seed", "study.split", "clips", "inputs", "excluded", "metrics", "tasks",
             "metrics_from_outside", "task_outputs", "training", "regions", "weights", "device")  # fmt: skip


def below(field: str, place: str) -> bool:
    """Whether a field of a plan ("study.seed") is a place in it, or lies below it."""
    return f"{field}.".startswith(f"{place}.")


@dataclass(frozen=True)
class Departure:
    """One field that is not as it was frozen; values are canonical JSON, None where the field is absent."""

    field: str
    frozen: str | None
    found: str | None


@dataclass(frozen=True)
class Frozen:
    """An analysis plan that was read from a file. `timestamp`: see evalkit.timestamp; `token` is its response."""

    path: Path
    document: Mapping[str, Any]
    timestamp: Mapping[str, Any]
    token: bytes | None = None

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return file_digest(self.path)

    def departures(self, plan: Plan) -> list[Departure]:
        """Every field of the plan that differs from what was frozen."""
        return list(_differences(self.document["plan"], json.loads(canonical_json(plan.document))))

    def not_fixed(self, plan: Plan) -> frozenset[str]:
        """Ids of the claims that were not frozen, or not as they are, or that are now about something else.

        What a claim is about departs with the population, clips, seed, metrics, tasks or regions, and with its arms.
        """
        fixed = {claim["id"]: claim for claim in self.document["plan"]["study"]["claims"]}
        now = json.loads(canonical_json(plan.document["study"]["claims"]))
        fields = [departure.field for departure in self.departures(plan)]
        if any(below(field, place) for field in fields for place in _ESTIMAND):
            return frozenset(claim["id"] for claim in now)
        moved = {claim["id"] for claim in now for arm in (claim["arm"], claim["against"]) if arm is not None
                 and any(below(field, f"arms.{arm}") for field in fields)}  # fmt: skip
        return frozenset(claim["id"] for claim in now if fixed.get(claim["id"]) != claim) | moved

    def lost(self, plan: Plan) -> dict[str, str]:
        """Id and family of each primary claim that is not as it was frozen: it still counts in Holm's."""
        late, now = self.not_fixed(plan), {claim.id for claim in plan.study.claims}
        frozen = (Claim(**claim) for claim in self.document["plan"]["study"]["claims"])
        return {each.id: each.family for each in frozen if each.is_primary and (each.id in late or each.id not in now)}


def write_analysis_plan(path: Path, plan: Plan, at: datetime) -> str:
    """Write the plan, frozen at the time `at` of the local clock; give the file's SHA-256.

    Raises: InputError if the file exists: a frozen plan is never changed.
    """
    if path.exists():
        raise bad_input(path, "exists", "A frozen plan is never changed: give another name")
    claims = plan.study.claims
    primary = [claim.family for claim in claims if claim.is_primary]
    document = {
        "schema_version": 1,
        "kind": "analysis plan",
        "frozen_at": at.isoformat(timespec="seconds"),
        "clock": CLOCK,
        "plan_sha256": plan.sha256,
        "size": _size(plan, frozenset(clip["clip_id"] for clip in plan.document["clips"])),
        "seed": plan.study.seed,
        "engines": {arm.name: _engine(arm.identity) for arm in plan.arms},
        "threads": {"opencv": plan.document["environment"]["opencv_threads"]},
        "claims": [],
        "plan": plan.document,
    }
    told = []
    for claim in claims:
        own = claim.about.table in RUNS_OWN
        size = _size(plan, population_in(plan.document, claim.population)[0]) if own else {"clips": 0, "subjects": 0}
        effect = detectable_effect(claim, size["subjects"], primary.count(claim.family) if claim.is_primary else 1)
        told.append({"id": claim.id, **size, "detectable": effect})
    document["claims"] = told
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return file_digest(path)


def read_analysis_plan(path: Path, timestamp: Mapping[str, Any] = NO_TOKEN, token: bytes | None = None) -> Frozen:
    """Read a frozen plan; `token` is the response that `timestamp` was read from.

    Raises: InputError if it is none, or of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise bad_input(path, f"cannot be read ({error})", "Make one with `sonoproof plan freeze`") from None
    if not isinstance(document, dict) or (document.get("kind"), document.get("schema_version")) != ("analysis plan", 1):
        raise bad_input(path, "is no analysis plan of schema version 1", "Make one with `sonoproof plan freeze`")
    return Frozen(path, document, timestamp, token)


def keep_departures(out: Path, plan: Plan, frozen: Frozen | None, begun: bool = False) -> None:
    """Put the frozen plan, its time stamp and the departures from it into a run's folder, before anything is measured.

    `begun` says that the run was there before: it cannot come under a plan now.

    Raises: InputError if the run was begun under another plan, or under none.
    """
    target = out / DEPARTURES
    if frozen is None:
        if target.is_file():
            raise bad_input(out, "was begun under a frozen plan", "Give it again with --plan")
        return
    text = _departures_text(plan, frozen)
    if target.is_file():
        if target.read_text(encoding="utf-8") != text:
            raise bad_input(out, "was begun under another frozen plan", "Give that one, or a new folder")
        return
    if begun:
        raise bad_input(out, "holds a run that was not begun under a frozen plan", "Give a new folder")
    (out / FILE).write_bytes(frozen.path.read_bytes())
    if frozen.token is not None:
        (out / TOKEN).write_bytes(frozen.token)
    partial = out / f".{DEPARTURES}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(target)


def read_departures(folder: Path) -> dict[str, Any] | None:
    """What `keep_departures` wrote into a run's folder; None where the run was under no frozen plan."""
    path = folder / DEPARTURES
    found: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found


def departures_document(plan: Plan, frozen: Frozen) -> dict[str, Any]:
    """What departs from the frozen plan, as a run keeps it."""
    return {
        "schema_version": 1,
        "analysis_plan_sha256": frozen.sha256,
        "frozen_at": frozen.document["frozen_at"],
        "clock": frozen.document["clock"],
        "timestamp": dict(frozen.timestamp),
        "departures": [asdict(departure) for departure in frozen.departures(plan)],
        "claims_not_fixed": sorted(frozen.not_fixed(plan)),
        "claims_lost": frozen.lost(plan),
    }


def _departures_text(plan: Plan, frozen: Frozen) -> str:
    return json.dumps(departures_document(plan, frozen), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _size(plan: Plan, clips: Iterable[str]) -> dict[str, int]:
    chosen = set(clips)
    subjects = {clip["subject_id"] for clip in plan.document["clips"] if clip["clip_id"] in chosen}
    return {"clips": len(chosen), "subjects": len(subjects)}


def _engine(identity: Any) -> dict[str, Any]:
    """What of an arm's identity says how it is computed; empty for an arm that tells nothing of it."""
    keys = ("engine", "engine_version", "precision", "device", "threads")
    return {key: identity[key] for key in keys if key in identity} if isinstance(identity, Mapping) else {}


def _differences(frozen: Any, found: Any, place: str = "") -> Iterator[Departure]:
    old, new = _as_table(frozen), _as_table(found)
    if old is None or new is None:
        if frozen != found:
            yield Departure(place, canonical_json(frozen), canonical_json(found))
        return
    for key in sorted(old.keys() | new.keys()):
        where = f"{place}.{key}".lstrip(".")
        if key not in old:
            yield Departure(where, None, canonical_json(new[key]))
        elif key not in new:
            yield Departure(where, canonical_json(old[key]), None)
        else:
            yield from _differences(old[key], new[key], where)


def _as_table(value: Any) -> dict[str, Any] | None:
    """A dictionary, or a list of named things as one; None for what is compared whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        name = next((key for key in _NAMES if all(key in item for item in value)), None)
        named = {str(item[name]): item for item in value} if name else {}
        return named if len(named) == len(value) else {str(index): item for index, item in enumerate(value)}
    return None
