"""Claims files: claims in a TOML of their own, packaged or the user's, and what is wrong with one.

A packaged file speaks of roles (`generator`, `real`); the study, or the command, says which arm plays which.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalkit.claimable import find_statistic
from evalkit.metrics.declare import REGIONS, Metric
from evalkit.metrics.registry import METRICS, find_metric
from evalkit.records import EXPLORATORY, REAL, Claim
from evalkit.study import ABOUT_CLIPS, family_problems
from translator.documents import read_toml, unknown_key
from translator.errors import Fault, InputError, bad_input

OF_TASK = re.compile(
    r"[a-z][a-z0-9_-]*\.[a-z0-9_\[\]-]+"
)  # a number that a task gives for each clip, as segmentation.dice
_UNDIRECTED = ("superior", "noninferior")


class ClaimsFile(BaseModel):
    """A claims file, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(1, ge=1, le=1)
    title: str
    source: str = ""
    note: str = ""
    claims: list[Claim] = Field(min_length=1)


def packaged() -> dict[str, Path]:
    """The claims files that come with the package, by name."""
    folder = Path(str(files("evalkit.claims"))) / "library"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find_claims(named: str, folder: Path) -> Path:
    """The packaged file of that name, or the file at that path, relative to `folder`.

    Raises: InputError with the nearest packaged name if there is neither.
    """
    path = folder / named
    known = packaged()
    if named in known:
        return known[named]
    if path.is_file():
        return path
    near = difflib.get_close_matches(named, known, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Packaged are: {', '.join(known)}; or give the path of a file"
    raise bad_input(named, "is no claims file", hint)


def read_claims(path: Path) -> ClaimsFile:
    """Read and check a claims file.

    Raises: InputError listing every fault, by claim and key.
    """
    data = read_toml(path, "Give a claims file (TOML)")
    faults = [*_of_file(path, data)]
    raw = data.get("claims")
    claims = [claim for claim in raw if isinstance(claim, dict)] if isinstance(raw, list) else []
    for number, claim in enumerate(claims, 1):
        faults += _of_claim(f"{path}: {_called(claim, number)}", claim)
    faults += _between(path, claims)
    if faults:
        raise InputError(faults)
    return ClaimsFile.model_validate(data)


def take_roles(claims: Sequence[Claim], roles: Mapping[str, str], arms: Sequence[str], where: str) -> list[Claim]:
    """The claims with arms in place of roles; a role that is an arm's own name needs no telling.

    Raises: InputError naming every role that no arm plays, and every name given for it that is no arm.
    """
    known = [*arms, REAL]
    named = {arm for claim in claims for arm in (claim.arm, claim.against) if arm is not None}
    told = dict(roles)
    free = sorted(name for name in named if name not in told and name not in known and _asks_for_arm(name, claims))
    faults = [
        Fault(where, f"role {role!r} is played by no arm", f"Say which: {role} = one of {', '.join(arms)}")
        for role in free
    ]
    faults += [
        Fault(where, f"role {role!r} is played by {arm!r}, which is no arm", f"Arms are: {', '.join(known)}")
        for role, arm in sorted(told.items())
        if arm not in known
    ]
    faults += [
        Fault(where, f"no claim speaks of a role {role!r}", f"Roles are: {', '.join(sorted(named))}")
        for role in sorted(set(told) - named)
    ]
    if faults:
        raise InputError(faults)
    return [
        claim.model_copy(update={"arm": told.get(claim.arm, claim.arm),
                                 "against": told.get(claim.against, claim.against) if claim.against else None})
        for claim in claims
    ]  # fmt: skip


def lacking(claim: Claim, metrics: Sequence[str], regions: Sequence[str]) -> Claim:
    """The claim, with what it `needs` where a study that measures these cannot answer it."""
    if claim.needs or not claim.about.of_metric:
        return claim
    needs = ""
    if claim.metric not in metrics:
        wanted = "a task that gives it" if OF_TASK.fullmatch(claim.metric) else "it in `metrics`"
        needs = f"{claim.metric} was not measured: the study needs {wanted}"
    elif claim.region not in regions:
        needs = f"the region {claim.region} was not measured: the study needs it in `regions`"
    return claim.model_copy(update={"needs": needs})


def _asks_for_arm(name: str, claims: Sequence[Claim]) -> bool:
    """Whether a claim of the run's own rows speaks of it: timings have names of their own."""
    return any(
        claim.about.table != "timings" and not claim.needs for claim in claims if name in (claim.arm, claim.against)
    )


def _called(claim: Mapping[str, Any], number: int) -> str:
    return f"claim {claim['id']!r}" if isinstance(claim.get("id"), str) else f"claim {number}"


def _of_file(path: Path, data: Mapping[str, Any]) -> list[Fault]:
    """Faults in what stands around the claims."""
    faults = []
    try:
        ClaimsFile.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            if len(found["loc"]) == 1 or not isinstance(found["loc"][1], int):
                faults.append(_fault(f"{path}", dict(found), list(ClaimsFile.model_fields)))
            elif len(found["loc"]) == 2 and found["type"] in ("model_type", "model_attributes_type"):
                faults.append(
                    Fault(f"{path}: claim {found['loc'][1] + 1}", "is no table", "Write [[claims]] and its keys")
                )
    return faults


def _of_claim(where: str, claim: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of one claim by its keys, and what its parts do not go together in."""
    try:
        checked: Claim | None = Claim.model_validate(claim)
    except ValidationError as error:
        checked = None
        for found in error.errors():
            yield from _faults(where, dict(found))
    yield from _names(where, claim)
    if checked is not None:
        yield from _direction(where, checked)


def _faults(where: str, error: dict[str, Any]) -> list[Fault]:
    """What one error of pydantic says; problems that it found at once are told one by one."""
    if error["type"] == "value_error" and not error["loc"]:
        return [Fault(where, text) for text in str(error["ctx"]["error"]).split("; ")]
    return [_fault(where, error, list(Claim.model_fields))]


def _fault(where: str, error: dict[str, Any], known: Sequence[str]) -> Fault:
    place = f"{where}: {'.'.join(map(str, error['loc']))}"
    if error["type"] == "extra_forbidden":
        return unknown_key(place, str(error["loc"][-1]), known)
    found = error.get("input")
    shown = f", found {found!r}" if isinstance(found, str | int | float) and "Value error" not in error["msg"] else ""
    return Fault(place, error["msg"].removeprefix("Value error, ") + shown)


def _names(where: str, claim: Mapping[str, Any]) -> Iterator[Fault]:
    """Metric, region and population columns that are not known."""
    metric, region, population = claim.get("metric"), claim.get("region"), claim.get("population")
    if isinstance(metric, str) and metric and _of_metric(claim) and not OF_TASK.fullmatch(metric) and ":" not in metric:
        try:
            find_metric(metric, f"{where}: metric")
        except InputError as error:
            yield from error.faults
    if isinstance(region, str) and region and region not in REGIONS:
        near = difflib.get_close_matches(region, REGIONS, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(REGIONS)}"
        yield Fault(f"{where}: region", f"unknown region {region!r}", hint)
    for column in population if isinstance(population, dict) else ():
        if column not in ABOUT_CLIPS:
            yield Fault(
                f"{where}: population", f"unknown manifest column {column!r}", f"Known: {', '.join(ABOUT_CLIPS)}"
            )


def _of_metric(claim: Mapping[str, Any]) -> bool:
    try:
        return find_statistic(str(claim.get("statistic", "mean"))).of_metric
    except ValueError:
        return False


def _direction(where: str, claim: Claim) -> Iterator[Fault]:
    metric = METRICS.get(claim.metric) if claim.about.of_metric else None
    if metric is not None and claim.relation in _UNDIRECTED and metric.higher_is_better is None:
        yield undirected_fault(f"{where}: relation", claim, metric)


def undirected_fault(where: str, claim: Claim, metric: Metric) -> Fault:
    """A metric that is best at a target has no "better by": the mean of two bad arms, 0.5 and 1.5, would be perfect."""
    what = f"relation {claim.relation} does not go with {metric.name}: "
    if metric.descriptive:
        what += "it is descriptive, neither higher nor lower is better"
        remedy = "Use `equivalent` with `against` or `reference` and a margin, or at_least or at_most"
    else:
        what += f"{metric.target:g} is best, neither higher nor lower"
        remedy = f"Use `equivalent` with `reference = {metric.target:g}` and a margin, or at_least or at_most"
    return Fault(where, what, remedy)


def _between(path: Path, claims: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Ids that are given twice, and families that are too large or have several alphas."""
    ids = [claim["id"] for claim in claims if isinstance(claim.get("id"), str)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield Fault(f"{path}: claim {name!r}: id", f"is given {ids.count(name)} times", "Give each claim its own id")
    primary = [
        (str(claim.get("family", "primary")), float(alpha))
        for claim in claims
        if claim.get("exploratory") is not True and claim.get("family") != EXPLORATORY
        and isinstance(alpha := claim.get("alpha", 0.025), int | float)
    ]  # fmt: skip
    for problem in family_problems(primary):
        yield Fault(f"{path}: family", problem, "Split it, or say `exploratory = true` of what is not primary")
