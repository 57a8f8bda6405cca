"""The nouns that stages hand to each other: ClipFacts, Measurement, Prediction, Estimate (of all clips, of a stratum,
of a slope), Claim, Verdict; and their tables.

What is missing has a status or a note with the reason; a value is never 0 or NaN in its place.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evalkit.claimable import Claimable, find_statistic

Status = Literal["ok", "undefined", "failed"]
Relation = Literal["superior", "noninferior", "equivalent", "at_least", "at_most"]
Outcome = Literal["supported", "refuted", "inconclusive", "not_evaluable"]
Standing = Literal["fixed beforehand", "exploratory", "post hoc"]
REAL = "real"  # stands where an arm's name stands, for the real greyscale clip itself
EXPLORATORY = "exploratory"  # the family of which no claim is primary
Row = TypeVar("Row", "ClipFacts", "Measurement", "Prediction", "Estimate", "StratumEstimate")


@dataclass(frozen=True, order=True)
class ClipFacts:
    """What was measured of a clip itself, whatever the arms make of it; `note` says why something is missing.

    frames: its length; fps: frames a second [Hz] as the file states them; coverage: share of the sector's pixels
    that the mask hides, over all frames (0 to 1).
    """

    clip_id: str
    subject_id: str
    frames: int | None
    fps: float | None
    coverage: float | None
    note: str = ""


@dataclass(frozen=True, order=True)
class Measurement:
    """One metric of one clip and arm in one region. `value` is a number exactly when status is ok."""

    arm: str
    clip_id: str
    subject_id: str
    metric: str
    region: str
    pairing: str
    value: float | None
    status: Status
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a value without status ok, and the reverse."""
        if (self.status == "ok") != (self.value is not None and math.isfinite(self.value)):
            raise ValueError(f"status {self.status} does not go with value {self.value}")


@dataclass(frozen=True)
class Prediction:
    """What a task's fitted model said of one version of a clip: the real one (`arm` is "real") or an arm's.

    `label` is the class that the clip has, `predicted` the one that the model gave it, `probabilities` the canonical
    JSON of class -> probability, empty where the model gives none. `seed` is that of the model's training. `predicted`
    is there exactly when status is ok.
    """

    task: str
    arm: str
    clip_id: str
    subject_id: str
    seed: int
    label: str | None
    predicted: str | None
    probabilities: str
    status: Status
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a prediction without status ok, and the reverse."""
        if (self.status == "ok") != (self.predicted is not None):
            raise ValueError(f"status {self.status} does not go with prediction {self.predicted}")


@dataclass(frozen=True)
class Estimate:
    """One statistic of one arm, or of `arm` minus `against`, on a population; and the test that was asked for.

    The interval has level 1 - 2 alpha, so that it and the one-sided test (or both of TOST) agree. `p` is for
    `relation` at `margin` and `reference`. Where interval or p are missing, `note` says why.
    """

    id: str
    statistic: str
    metric: str
    region: str
    arm: str
    against: str | None
    population: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    relation: str | None
    margin: float | None
    reference: float | None
    p: float | None
    method: str
    n_subjects: int
    n_clips: int
    n_undefined: int
    n_failed: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class StratumEstimate(Estimate):
    """An estimate on one level of one stratum, as view = A4C. Exploratory: `p_adjusted` is Benjamini and Hochberg's
    over all p of the run's strata."""

    column: str
    level_name: str
    p_adjusted: float | None


@dataclass(frozen=True)
class LinePoint:
    """A place on a fitted line: the mean value at a coverage, with its pointwise interval."""

    coverage: float
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Slope(Estimate):
    """Change of a metric from coverage 0 to 1 (all of the sector), with the fitted line over the coverages there were.

    `p` is two-sided, of the null "the slope is 0". Exploratory: `p_adjusted` is Benjamini and Hochberg's over all
    slopes of the run. `df` are the degrees of freedom of interval and p.
    """

    df: float | None
    p_adjusted: float | None
    line: tuple[LinePoint, ...]


@dataclass(frozen=True)
class Distribution:
    """Every arm's clips against the real ones as sets, by the features of one backbone, and what decided the numbers.

    `estimates` has KID with an interval, KID between real clips alone, and descriptive figures; `failed` has for each
    arm (and `real`) the clips that are in no set, with the reason.
    """

    backbone: str
    weights_sha256: str
    plan_sha256: str
    device: str
    seed: int
    splits: int
    neighbours: int
    frames_per_clip: int
    estimates: tuple[Estimate, ...]
    failed: dict[str, dict[str, str]]

    def document(self) -> dict[str, Any]:
        """As JSON-like data."""
        return {"schema_version": 1, **asdict(self)}


class Claim(BaseModel):
    """A sentence that can be judged: names an estimate, a relation and a margin; computes nothing.

    docs/claims.md describes every key. `needs` says what would have to exist before it could be judged; `readers` and
    `timings` are files, relative to that of the claim; `assumed_sd` is only for the plan's detectable effect.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    sentence: str
    source: str = ""
    reason: str = ""
    unspecified: list[str] = []
    population: dict[str, str] = {}
    arm: str
    against: str | None = None
    metric: str = ""
    region: str = ""
    statistic: str = "mean"
    relation: Relation
    margin: float = Field(0.0, ge=0, allow_inf_nan=False)
    reference: float | None = Field(None, allow_inf_nan=False)
    alpha: float = Field(0.025, gt=0, lt=0.5)
    family: str = "primary"
    exploratory: bool = False
    max_failed_share: float = Field(0.0, ge=0, le=1)
    max_undefined_share: float = Field(0.1, ge=0, le=1)
    zero_shot: bool = False
    needs: str = ""
    readers: str | None = None
    timings: str | None = None
    assumed_sd: float | None = Field(None, gt=0, allow_inf_nan=False)

    @field_validator("statistic")
    @classmethod
    def _known_statistic(cls, value: str) -> str:
        return find_statistic(value).name

    @model_validator(mode="after")
    def _complete(self) -> "Claim":
        problems = [*self._of_arms(), *self._of_margin(), *self._of_statistic()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def about(self) -> Claimable:
        """The statistic that it names."""
        return find_statistic(self.statistic)

    @property
    def is_primary(self) -> bool:
        """Whether it counts among the endpoints that Holm adjusts."""
        return not self.exploratory and self.family != EXPLORATORY

    def _of_arms(self) -> list[str]:
        relation = self.relation
        if self.against == self.arm:
            return [f"arm {self.arm!r} is compared with itself"]
        if self.about.table == "timings":
            two = self.against is not None and self.reference is not None and relation in ("at_least", "at_most")
            return (
                [] if two else [f"statistic {self.statistic} needs `against`, and a `reference` in times for at_least"]
            )
        if relation in ("superior", "noninferior") and (self.against is None or self.reference is not None):
            return [f"relation {relation} compares two arms: give `against`, and no `reference`"]
        if relation in ("at_least", "at_most") and (self.reference is None or self.against):
            return [f"relation {relation} compares one arm with a number: give `reference`, not `against`"]
        if relation == "equivalent" and (self.against is None) == (self.reference is None):
            return ["relation equivalent needs exactly one of `against` and `reference`"]
        return []

    def _of_margin(self) -> list[str]:
        if self.relation in ("noninferior", "equivalent") and self.margin == 0:
            return [f"relation {self.relation} needs a margin above 0"]
        return []

    def _of_statistic(self) -> list[str]:
        about, problems = self.about, list[str]()
        if self.against is not None and not about.takes_two:
            problems.append(f"statistic {self.statistic} compares no arms: give `reference`, not `against`")
        if self.needs:
            return problems
        wanted = {"metric": about.table in ("measurements", "predictions"), "region": about.of_metric}
        wanted |= {"readers": about.table == "readers", "timings": about.table == "timings"}
        problems += [f"statistic {self.statistic} needs `{key}`" for key, asked in wanted.items()
                    if asked and not getattr(self, key)]  # fmt: skip
        return problems + [f"statistic {self.statistic} looks at no `{key}`" for key in ("readers", "timings")
                           if getattr(self, key) is not None and not wanted[key]]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a claim came to; `reason` says what decided it.

    `p_adjusted` is Holm's within the family, or Benjamini and Hochberg's where the claim is exploratory or was not
    fixed before the data were seen, as `standing` says.
    """

    claim: str
    outcome: Outcome
    sentence: str
    reason: str
    estimate: str
    p_adjusted: float | None
    standing: Standing = "fixed beforehand"


_ARROW = {"str": pa.string(), "str | None": pa.string(), "float": pa.float64(), "float | None": pa.float64(),
          "int": pa.int64(), "int | None": pa.int64(), "Status": pa.string()}  # fmt: skip


def _schema(row: type[ClipFacts | Measurement | Prediction | Estimate | StratumEstimate]) -> pa.Schema:
    names = {
        f.name: f.type if isinstance(f.type, str) else getattr(f.type, "__name__", str(f.type)) for f in fields(row)
    }
    columns = [pa.field(name, _ARROW.get(kind, pa.string()), nullable=True) for name, kind in names.items()]
    return pa.schema(columns, metadata={"schema_version": "1", "kind": row.__name__})


SCHEMAS = {row: _schema(row) for row in (ClipFacts, Measurement, Prediction, Estimate, StratumEstimate)}


def write_table(path: Path, rows: Sequence[Row], kind: type[Row]) -> None:
    """Write rows as Parquet with the schema of their kind; the same rows give the same bytes."""
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema=SCHEMAS[kind])
    pq.write_table(table, path, compression="zstd")


def read_table(path: Path, kind: type[Row]) -> list[Row]:
    """Read rows that `write_table` wrote.

    Raises: ValueError if the file is of another kind or version.
    """
    table = pq.read_table(path)
    if not table.schema.equals(SCHEMAS[kind], check_metadata=True):
        raise ValueError(f"{path} is no {kind.__name__} table of schema version 1")
    return [kind(**row) for row in table.to_pylist()]


def write_slopes(path: Path, slopes: Sequence[Slope]) -> None:
    """Write slopes with their lines as JSON; the same slopes give the same bytes."""
    text = json.dumps({"schema_version": 1, "slopes": as_json(slopes)}, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_slopes(path: Path) -> list[Slope]:
    """Read slopes that `write_slopes` wrote.

    Raises: ValueError if the file is of another version.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("schema_version") != 1:
        raise ValueError(f"{path} holds no slopes of schema version 1")
    return [
        Slope(**{**slope, "line": tuple(LinePoint(**point) for point in slope["line"])}) for slope in data["slopes"]
    ]


def write_distributions(path: Path, found: Sequence[Distribution]) -> None:
    """Write distributions as JSON; the same ones give the same bytes."""
    data = {"schema_version": 1, "distributions": [one.document() for one in found]}
    path.write_text(json.dumps(data, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def read_distributions(path: Path) -> list[Distribution]:
    """Read distributions that `write_distributions` wrote.

    Raises: ValueError if the file is of another version.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if {data.get("schema_version"), *(one.pop("schema_version") for one in data["distributions"])} != {1}:
        raise ValueError(f"{path} holds no distributions of schema version 1")
    return [
        Distribution(**{**one, "estimates": tuple(Estimate(**row) for row in one["estimates"])})
        for one in data["distributions"]
    ]


def as_json(items: Iterable[Verdict | Estimate | Measurement | Prediction | ClipFacts]) -> list[dict[str, Any]]:
    """Rows as JSON-like dictionaries."""
    return [asdict(item) for item in items]
