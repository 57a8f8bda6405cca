"""What a gate looks at, and how large a difference matters: a file, or calibrated on runs that ought to be alike.

schema_version = 1
alpha = 0.05                    # risk that a gate is red by chance, over all endpoints and strata
strata = ["view"]               # looked at under each endpoint; empty: none
max_new_failures = 0            # clips that fail now and did not before
max_broken_clips = 0            # clips that are worse by more than an endpoint's clip_margin

[[endpoints]]
metric = "ssim[wang2004]"
region = "mask"
margin = 0.01                   # of the mean, in the metric's unit
clip_margin = 0.2               # of a single clip; may be left out
"""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evalkit.records import Estimate
from evalkit.study import FAMILY_LIMIT, STATED
from translator.documents import read_toml
from translator.errors import Fault, InputError, bad_input


class Endpoint(BaseModel):
    """A metric in a region, and the differences [its unit] that matter: of the mean, and of a single clip."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str
    region: str
    margin: float = Field(gt=0, allow_inf_nan=False)
    clip_margin: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @property
    def name(self) -> str:
        """For people and files."""
        return f"{self.metric} in the {self.region}"


class Margins(BaseModel):
    """What a gate looks at; see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    note: str = ""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    strata: list[str] = []
    max_new_failures: int = Field(default=0, ge=0)
    max_broken_clips: int = Field(default=0, ge=0)
    endpoints: list[Endpoint] = Field(min_length=1, max_length=FAMILY_LIMIT)

    @field_validator("strata")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        known = [column for column in STATED if column != "subject"]
        for column in value:
            if column not in known:
                near = difflib.get_close_matches(column, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                raise ValueError(f"unknown stratum {column!r}; {hint}")
        return value

    @model_validator(mode="after")
    def _once(self) -> "Margins":
        names = [endpoint.name for endpoint in self.endpoints]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"endpoints are given twice: {', '.join(twice)}")
        return self


def read_margins(path: Path) -> Margins:
    """Read and check a margins file.

    Raises: InputError listing every fault.
    """
    data = read_toml(path, "Make one with `sonoproof margins`")
    try:
        return Margins.model_validate(data)
    except ValidationError as error:
        faults = [
            (".".join(map(str, e["loc"])) or "file", e["msg"].removeprefix("Value error, ")) for e in error.errors()
        ]
        raise InputError(Fault(f"{path}: {where}", what) for where, what in faults) from None


@dataclass(frozen=True)
class Difference:
    """Two runs that ought to be alike: the mean difference with its interval, and that of each clip."""

    mean: Estimate
    clips: tuple[float, ...]


@dataclass(frozen=True)
class Calibrated:
    """An endpoint with the margins that differences between runs that ought to be alike ask for, and what they were."""

    endpoint: Endpoint
    differences: tuple[Difference, ...]


def calibrate(metric: str, region: str, differences: Sequence[Difference]) -> Calibrated:
    """The margin of one endpoint: the largest end of the intervals of all differences; of a clip, twice the largest.

    Each difference is between two runs of generators that are held to be equally good: the same generator trained with
    another seed, another engine, last week's nightly runs. What differs by less than these did is no news.

    Raises: InputError if a difference has no interval, or if all are exactly 0: from copies nothing can be learnt.
    """
    where = f"{metric} in the {region}"
    if not any(each.mean.value for each in differences):
        what = "the runs are exactly alike: they say nothing of how much good generators differ"
        raise bad_input(where, what, "Give runs of other seeds, or write the margin by hand")
    ends = [abs(end) for each in differences for end in (each.mean.low, each.mean.high) if end is not None]
    if len(ends) < 2 * len(differences):
        lost = next(each.mean.note for each in differences if each.mean.low is None)
        raise bad_input(where, f"no margin can be calibrated: {lost}", "Write it by hand")
    clip = 2 * max(abs(change) for each in differences for change in each.clips)
    endpoint = Endpoint(metric=metric, region=region, margin=max(ends), clip_margin=clip)
    return Calibrated(endpoint, tuple(differences))


def as_toml(found: Sequence[Calibrated], alpha: float, strata: Sequence[str], runs: Sequence[str]) -> str:
    """A margins file with what each margin was calibrated on."""
    lines = [
        f"# Calibrated on {len(runs)} runs: {', '.join(runs)}.",
        "# margin: the largest end of the intervals of the differences between any two of them;",
        "# clip_margin: twice the largest difference of a clip.",
        "schema_version = 1",
        f"alpha = {alpha!r}",
        f"strata = {json.dumps(list(strata))}",
    ]
    for each in found:
        spread = ", ".join(f"{e.mean.value:+.3g} [{e.mean.low:+.3g}, {e.mean.high:+.3g}]" for e in each.differences)
        endpoint = each.endpoint
        lines += ["", f"# {spread}", "[[endpoints]]", f'metric = "{endpoint.metric}"', f'region = "{endpoint.region}"',
                  f"margin = {endpoint.margin!r}", f"clip_margin = {endpoint.clip_margin!r}"]  # fmt: skip
    return "\n".join(lines) + "\n"
