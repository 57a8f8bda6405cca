"""Training configuration: one TOML file, every key known."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from translator.clips.manifest import Split
from translator.design import Design
from translator.documents import read_toml
from translator.errors import Fault, InputError
from translator.simulate.anatomies import Choice

PRECISION = Literal["float32", "bfloat16"]
FEATURES = Literal["lpips-alex", "efficientnet-lite0"]


class LossWeights(BaseModel):
    """Weights of the terms; see translator.training.losses. A term of weight 0 is not computed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden: float = Field(1.0, ge=0)
    everywhere: float = Field(0.1, ge=0)
    structure: float = Field(0.4, ge=0)
    coarse: float = Field(0.5, ge=0)
    temporal: float = Field(0.0, ge=0)
    contrast: float = Field(0.0, ge=0)
    perceptual: float = Field(0.0, ge=0)
    features: FEATURES = "lpips-alex"
    adversarial: float = Field(0.0, ge=0)
    matching: float = Field(0.0, ge=0)
    adversarial_from: float = Field(0.5, ge=0, lt=1)


class TrainingConfig(BaseModel):
    """What to train on and how. Paths are relative to the configuration file.

    Real clips: rows of `manifest` with greyscale whose split is in `splits`, of these `anatomies` (all if empty),
    without `leave_out` (subject ids or anatomies). Rows of the split `validation` that are not trained on, and
    `validation_phantoms`, measure the loss as training goes on, and at its end how far the predicted uncertainty must
    be scaled to be right; `spread_scale` with `spread_from`, where it was measured, gives that instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[2]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    summary: str = ""
    design: Design = Design()
    losses: LossWeights = LossWeights.model_validate({})
    seed: int = 0
    manifest: str | None = None
    splits: tuple[Split, ...] = ("train",)
    anatomies: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    clips_per_subject: int = Field(40, ge=1)
    phantoms: Choice = "heart"
    phantom_subjects: int = Field(200, ge=0)
    phantom_seed: int = 1
    validation_phantoms: int = Field(0, ge=0)
    window: int = Field(32, ge=3)
    kept_pairs: int = Field(6, ge=1)
    crop: int = Field(112, ge=32, multiple_of=8)
    steps: int = Field(3000, ge=1)
    batch: int = Field(12, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    threads: int = Field(2, ge=1)
    device: Literal["cpu", "cuda"] = "cpu"
    precision: PRECISION = "float32"
    compile: bool = False
    tensorboard: bool = False
    spread_scale: float | None = Field(None, gt=0)
    spread_from: str = ""


OF_THE_SAMPLES = {"window", "kept_pairs", "crop"}  # what the training samples of a clip depend on, beside its seed


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration.

    Raises: InputError listing every fault.
    """
    data = read_toml(path, "Give a TOML file", "")
    try:
        return TrainingConfig.model_validate(data)
    except ValidationError as error:
        raise InputError(Fault(f"{path}: {'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()) from None
