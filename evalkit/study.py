"""Study: what was asked, as one TOML file. Unknown keys are errors that name the nearest known one."""

import difflib
import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evalkit.backbones import BACKBONES
from evalkit.metrics.declare import REGIONS, USUAL_REGIONS
from evalkit.metrics.registry import METRICS
from evalkit.records import REAL, Claim
from translator.clips.manifest import COLUMNS, FILES
from translator.documents import key_fault, read_toml
from translator.errors import InputError

FAMILY_LIMIT = 10
ABOUT_CLIPS = tuple(column for column in COLUMNS if column not in FILES)  # plans hold these, and no file names
RUNS_OWN = frozenset({"measurements", "translations", "predictions"})  # tables of a run, whose arms must be the study's
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


class Exclusion(BaseModel):
    """Clips that are left out, declared before they are seen: one by its clip_id, or all with a value in a column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clip_id: str | None = None
    column: str | None = None
    value: str | None = None
    reason: str = Field(min_length=1)

    @field_validator("column")
    @classmethod
    def _known_column(cls, value: str | None) -> str | None:
        if value is not None and value not in COLUMNS:
            raise ValueError(f"unknown manifest column {value!r}; known: {', '.join(COLUMNS)}")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> "Exclusion":
        if (self.clip_id is None) == (self.column is None) or (self.column is None) != (self.value is None):
            raise ValueError("an exclusion names a `clip_id`, or a `column` and its `value`")
        return self

    @property
    def where(self) -> dict[str, str]:
        """The columns and values that its clips have."""
        return {"clip_id": self.clip_id} if self.clip_id is not None else {str(self.column): str(self.value)}


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
    by what they are also told apart, which is exploratory; `distributions` by which backbones (evalkit.backbones) the
    clips of an arm are also compared with the real ones as sets; `device` where the judge's own networks run."""

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
    claims_file: str | None = None
    claims_arms: dict[str, str] = {}
    exclusions: list[Exclusion] = []
    strata: list[str] = []
    distributions: list[str] = []
    device: Literal["cpu", "cuda"] = "cpu"
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

    @field_validator("distributions")
    @classmethod
    def _known_backbones(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in BACKBONES:
                raise ValueError(f"unknown backbone {name!r}; known: {', '.join(BACKBONES)}")
        return value

    @field_validator("population")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        for column in value:
            if column not in ABOUT_CLIPS:
                raise ValueError(f"unknown manifest column {column!r}; known: {', '.join(ABOUT_CLIPS)}")
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
            "distribution": self.distributions,
        }
        problems = [
            f"{kind} {name!r} is given twice"
            for kind, names in named.items()
            for name in sorted({n for n in names if names.count(n) > 1})
        ]
        if any(name not in METRICS and ":" not in name for name in self.metrics):
            named["metric"] = [*self.metrics, *METRICS]  # the misspelt one is told when metrics are looked up, not here
        for claim in self.claims:
            problems += self._claim_problems(claim, named)
        problems += family_problems((claim.family, claim.alpha) for claim in self.claims if claim.is_primary)
        for kind in sorted(self.exhibits.model_fields_set & {"arm", "metric", "region"}):
            problems += _unknown("exhibits name", kind, getattr(self.exhibits, kind), named[kind])
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _claim_problems(self, claim: Claim, named: dict[str, list[str]]) -> list[str]:
        says, about = f"claim {claim.id!r} names", claim.about
        problems: list[str] = []
        of_task = claim.metric.partition(".")[0] in named["task"]  # what a task declares is known when it is made
        if about.table in RUNS_OWN:
            arms = [*named["arm"], *([REAL] if of_task or about.table == "predictions" else [])]
            problems += [problem for arm in (claim.arm, claim.against) if arm is not None
                         for problem in _unknown(says, "arm", arm, arms)]  # fmt: skip
        if about.of_metric and not claim.needs:
            problems += [] if of_task else _unknown(says, "metric", claim.metric, named["metric"])
            problems += _unknown(says, "region", claim.region, named["region"])
        for column, value in claim.population.items():
            problems += _unknown(says, "manifest column", column, list(ABOUT_CLIPS))
            ours = self.population.get(column, value)
            if ours != value:
                problems.append(f"claim {claim.id!r} wants {column} = {value!r}, the study's population has {ours!r}")
        return problems


def family_problems(primary: Iterable[tuple[str, float]]) -> list[str]:
    """What is wrong with the families of primary claims, given family and alpha of each."""
    alphas: dict[str, list[float]] = defaultdict(list)
    for family, alpha in primary:
        alphas[family].append(alpha)
    many = [f"family {family!r} has {len(found)} claims, at most {FAMILY_LIMIT} can be primary"
            for family, found in sorted(alphas.items()) if len(found) > FAMILY_LIMIT]  # fmt: skip
    return many + [f"family {family!r} has alphas {sorted(set(found))}: Holm needs one alpha per family"
                   for family, found in sorted(alphas.items()) if len(set(found)) > 1]  # fmt: skip


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
    data = read_toml(path, "Make one with `sonoproof study init`")
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        raise InputError(
            key_fault(f"{path}: {'.'.join(map(str, e['loc'])) or 'study'}", Study, dict(e)) for e in error.errors()
        ) from None
