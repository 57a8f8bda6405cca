"""Study: what was asked, as one TOML file. Unknown keys are errors that name the nearest known one."""

import difflib
import math
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evalkit.metrics.declare import REGIONS, USUAL_REGIONS
from evalkit.records import Claim
from translator.clips.manifest import COLUMNS
from translator.errors import Fault, InputError, bad_input

FAMILY_LIMIT = 10
STATED, MEASURED = ("view", "anatomy", "domain", "site", "scanner", "subject"), ("coverage", "fps")
STRATA = (*STATED, *MEASURED)


class ArmSpec(BaseModel):
    """A name for the report, and where the translator comes from (see evalkit.arms.load)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    translator: str

    @field_validator("name")
    @classmethod
    def _not_a_panel(cls, value: str) -> str:
        if value in ("cfd", "real"):
            raise ValueError("cfd and real are the names of the pictures that arms are shown beside")
        return value


class TaskSpec(BaseModel):
    """A task that fits a model: what it is called here, of which kind, and the kind's options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    kind: str
    options: dict[str, Any] = {}


class Exhibits(BaseModel):
    """Which clips the report shows: those named, best, median and worst of one arm by one metric, and some drawn at
    random."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    always: list[str] = []
    arm: str | None = None
    metric: str = "ssim[wang2004]"
    region: str = "mask"
    random: int = Field(default=2, ge=0, le=20)


class Bins(BaseModel):
    """Where measured strata are cut: a level reaches from one edge up to the next, which is not in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    coverage: list[float] = Field(default=[0.05, 0.1, 0.2, 0.4], min_length=1)  # share of the sector
    fps: list[float] = Field(default=[20.0, 30.0, 50.0], min_length=1)  # Hz

    @field_validator("coverage", "fps")
    @classmethod
    def _rising(cls, value: list[float]) -> list[float]:
        if not all(0 < low < high < math.inf for low, high in pairwise([*value, value[-1] + 1])):
            raise ValueError(f"edges must be above 0 and rise, found {value}")
        return value

    @field_validator("coverage")
    @classmethod
    def _shares(cls, value: list[float]) -> list[float]:
        if value[-1] >= 1:
            raise ValueError(f"coverage is a share of the sector, below 1, found {value}; 10 % is 0.1")
        return value


class Study(BaseModel):
    """A study. `split` says which clips are translated; `population` which of them the statistics are about; `strata`
    by what they are also told apart, which is exploratory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(1, ge=1, le=1)
    title: str
    note: str = ""
    manifest: str
    split: str = "test"
    population: dict[str, str] = {}
    seed: int = 0
    metrics: list[str] = Field(["ssim[wang2004]", "mae", "change"], min_length=1)
    regions: list[str] = Field(list(USUAL_REGIONS), min_length=1)
    arms: list[ArmSpec] = Field(min_length=1)
    tasks: list[TaskSpec] = []
    claims: list[Claim] = []
    strata: list[str] = []
    bins: Bins = Bins()
    exhibits: Exhibits = Exhibits()

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, value: list[str]) -> list[str]:
        for region in value:
            if region not in REGIONS:
                raise ValueError(f"unknown region {region!r}; known: {', '.join(REGIONS)}")
        return value

    @field_validator("strata")
    @classmethod
    def _known_strata(cls, value: list[str]) -> list[str]:
        for column in value:
            if column not in STRATA:
                near = difflib.get_close_matches(column, STRATA, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(STRATA)}"
                raise ValueError(f"unknown stratum {column!r}; {hint}")
        return value

    @field_validator("population")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for column in value:
            if column not in COLUMNS:
                raise ValueError(f"unknown manifest column {column!r}; known: {', '.join(COLUMNS)}")
        return value

    @model_validator(mode="after")
    def _names_exist(self) -> "Study":
        named = {
            "arm": [arm.name for arm in self.arms],
            "claim": [claim.id for claim in self.claims],
            "task": [task.name for task in self.tasks],
            "metric": self.metrics,
            "region": self.regions,
            "stratum": self.strata,
        }
        problems = [
            f"{kind} {name!r} is given twice"
            for kind, names in named.items()
            for name in sorted({n for n in names if names.count(n) > 1})
        ]
        for claim in self.claims:
            problems += self._claim_problems(claim, named)
        families = [claim.family for claim in self.claims]
        problems += [
            f"family {family!r} has {families.count(family)} claims, at most {FAMILY_LIMIT} can be primary"
            for family in sorted(set(families))
            if families.count(family) > FAMILY_LIMIT
        ]
        for family in sorted(set(families)):
            alphas = sorted({claim.alpha for claim in self.claims if claim.family == family})
            if len(alphas) > 1:
                problems.append(f"family {family!r} has alphas {alphas}: Holm needs one alpha per family")
        for kind in sorted(self.exhibits.model_fields_set & {"arm", "metric", "region"}):
            problems += _unknown("exhibits name", kind, getattr(self.exhibits, kind), named[kind])
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _claim_problems(self, claim: Claim, named: dict[str, list[str]]) -> list[str]:
        says = f"claim {claim.id!r} names"
        of_task = claim.metric.partition(".")[0] in named["task"]  # what a task declares is known when it is made
        arms = [*named["arm"], *(["real"] if of_task else [])]
        problems = _unknown(says, "arm", claim.arm, arms)
        if claim.against is not None:
            problems += _unknown(says, "arm", claim.against, arms)
        if not of_task:
            problems += _unknown(says, "metric", claim.metric, named["metric"])
        problems += _unknown(says, "region", claim.region, named["region"])
        for column, value in claim.population.items():
            problems += _unknown(says, "manifest column", column, list(COLUMNS))
            ours = self.population.get(column, value)
            if ours != value:
                problems.append(f"claim {claim.id!r} wants {column} = {value!r}, the study's population has {ours!r}")
        return problems


def _unknown(says: str, kind: str, name: str, known: list[str]) -> list[str]:
    if name in known:
        return []
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return [f"{says} an unknown {kind} {name!r}; {hint}"]


def read_study(path: str | Path) -> Study:
    """Read and check a study file.

    Raises: InputError listing every fault, unknown keys with the nearest known one.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise bad_input(path, f"cannot be read ({error.strerror})", "Make one with `sonoproof study init`") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad_input(path, f"is not TOML ({error})", "Correct it there") from None
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        raise InputError(_fault(path, dict(e)) for e in error.errors()) from None


def _fault(path: Path, error: dict[str, Any]) -> Fault:
    where = f"{path}: {'.'.join(map(str, error['loc'])) or 'study'}"
    if error["type"] != "extra_forbidden":
        return Fault(where, error["msg"].removeprefix("Value error, "))
    key, known = str(error["loc"][-1]), _known_keys(error["loc"])
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return Fault(where, f"unknown key {key!r}", f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}")


def _known_keys(location: tuple[str | int, ...]) -> list[str]:
    tables: dict[str | int, type[BaseModel]] = {
        "arms": ArmSpec, "tasks": TaskSpec, "claims": Claim, "exhibits": Exhibits, "bins": Bins,
    }  # fmt: skip
    return list((tables.get(location[0], Study) if len(location) > 1 else Study).model_fields)
