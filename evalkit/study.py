"""Study: what was asked, as one TOML file. Unknown keys are errors that name the nearest known one."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evalkit.metrics.declare import REGIONS
from evalkit.records import Claim
from translator.clips.manifest import COLUMNS
from translator.errors import Fault, InputError, bad_input

FAMILY_LIMIT = 10


class ArmSpec(BaseModel):
    """A name for the report, and where the translator comes from (see evalkit.arms.load)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"[A-Za-z0-9][A-Za-z0-9._-]*")
    translator: str


class Exhibits(BaseModel):
    """Which clips the report shows: those named, and best, median and worst of one arm by one metric."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    always: list[str] = []
    arm: str | None = None
    metric: str = "ssim[wang2004]"
    region: str = "mask"


class Study(BaseModel):
    """A study. `split` says which clips are translated; `population` which of them the statistics are about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(1, ge=1, le=1)
    title: str
    note: str = ""
    manifest: str
    split: str = "test"
    population: dict[str, str] = {}
    seed: int = 0
    metrics: list[str] = ["ssim[wang2004]", "mae"]
    regions: list[str] = list(REGIONS)
    arms: list[ArmSpec] = Field(min_length=1)
    claims: list[Claim] = []
    exhibits: Exhibits = Exhibits()

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, value: list[str]) -> list[str]:
        for region in value:
            if region not in REGIONS:
                raise ValueError(f"unknown region {region!r}; known: {', '.join(REGIONS)}")
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
        names = [arm.name for arm in self.arms]
        problems = [f"arm {name!r} is given twice" for name in {n for n in names if names.count(n) > 1}]
        ids = [claim.id for claim in self.claims]
        problems += [f"claim {name!r} is given twice" for name in {i for i in ids if ids.count(i) > 1}]
        for claim in self.claims:
            wanted = [
                ("arm", claim.arm, names),
                ("metric", claim.metric, self.metrics),
                ("region", claim.region, self.regions),
            ]
            wanted += [("arm", claim.against, names)] if claim.against else []
            wanted += [("manifest column", column, list(COLUMNS)) for column in claim.population]
            for kind, name, known in wanted:
                if name not in known:
                    near = difflib.get_close_matches(str(name), known, 1)
                    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                    problems.append(f"claim {claim.id!r} names an unknown {kind} {name!r}; {hint}")
        for family in {claim.family for claim in self.claims}:
            size = sum(claim.family == family for claim in self.claims)
            if size > FAMILY_LIMIT:
                problems.append(f"family {family!r} has {size} claims, at most {FAMILY_LIMIT} can be primary")
        if self.exhibits.arm is not None and self.exhibits.arm not in names:
            problems.append(f"exhibits name an unknown arm {self.exhibits.arm!r}")
        if problems:
            raise ValueError("; ".join(problems))
        return self


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
    tables: dict[str | int, type[BaseModel]] = {"arms": ArmSpec, "claims": Claim, "exhibits": Exhibits}
    return list((tables.get(location[0], Study) if len(location) > 1 else Study).model_fields)
