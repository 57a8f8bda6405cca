"""Options of the task `view-classification`, checked before anything is opened."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FEWEST_SEEDS = 3
_SUM = 1e-3
Column = Literal["view", "anatomy", "domain", "site", "scanner"]
TrainOn = Literal["real", "synthetic", "real+synthetic"]


class OwnModel(BaseModel):
    """A classifier that the user brings, and what it is given.

    `source`: `csv:FILE` of predictions, `torchscript:FILE`, `onnx:FILE`, or `module:object`; files count from where the
    command is run. The rest is for networks: `classes` in the order of the outputs; `input` is `frames` (F, C, H, W),
    whose probabilities are averaged, or `clip` (1, C, F, H, W); grey values are (value / 255 - mean) / std.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    classes: list[str] = []
    input: Literal["frames", "clip"] = "frames"
    frames: int = Field(8, ge=1, le=512)
    size: tuple[int, int] = (224, 224)  # rows, columns
    channels: Literal[1, 3] = 3
    mean: float = 0.0
    std: float = Field(1.0, gt=0)
    output: Literal["logits", "probabilities"] = "logits"

    @property
    def kind(self) -> str:
        """csv, torchscript, onnx, or object."""
        scheme = self.source.partition(":")[0]
        return scheme if scheme in ("csv", "torchscript", "onnx") else "object"

    @property
    def file(self) -> Path:
        """The file of a source that is one."""
        return Path(self.source.partition(":")[2])

    @model_validator(mode="after")
    def _complete(self) -> "OwnModel":
        if ":" not in self.source:
            raise ValueError(f"source is csv:FILE, torchscript:FILE, onnx:FILE or module:object, found {self.source!r}")
        if self.kind in ("torchscript", "onnx") and len(set(self.classes)) < 2:
            raise ValueError("a network needs `classes`, at least two, in the order of its outputs")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("`classes` names one twice")
        if min(self.size) < 1:
            raise ValueError(f"size is rows and columns above 0, found {self.size}")
        if self.kind != "object" and not self.file.is_file():
            raise ValueError(f"there is no file {str(self.file)!r}, counted from where the command is run")
        return self


class ViewOptions(BaseModel):
    """Which column is classified, with what, and how it is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Column = "view"
    backbone: str = "auto"  # efficientnet-lite0 (frozen), small (from scratch), timm:NAME, or the first that is there
    backbone_weights: str | None = None  # safetensors of a timm backbone; without, it is trained from scratch
    pooling: Literal["mean-std", "attention"] = "mean-std"
    seeds: int = Field(3, ge=FEWEST_SEEDS, le=100)
    frames: int = Field(8, ge=1, le=64)
    size: int = Field(96, ge=16, le=1024)
    dropout: float = Field(0.2, ge=0, lt=1)
    epochs: int = Field(200, ge=1)
    epochs_unwatched: int = Field(40, ge=1)
    patience: int = Field(20, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(1e-2, ge=0)
    balanced: bool = False
    train_on: list[TrainOn] = ["real"]
    cross_validate: int | None = Field(None, ge=2)
    model: OwnModel | None = None

    @field_validator("backbone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ("auto", "efficientnet-lite0", "small") and not value.removeprefix("timm:"):
            raise ValueError("timm: needs a name, as timm:resnet18")
        if value not in ("auto", "efficientnet-lite0", "small") and not value.startswith("timm:"):
            raise ValueError(f"unknown backbone {value!r}; known: auto, efficientnet-lite0, small, timm:NAME")
        return value

    @field_validator("train_on")
    @classmethod
    def _with_real(cls, value: list[str]) -> list[str]:
        if "real" not in value or len(set(value)) != len(value):
            raise ValueError(f"train_on holds `real`, with which the others are compared, and each once; found {value}")
        return value

    @model_validator(mode="after")
    def _together(self) -> "ViewOptions":
        problems = []
        if self.backbone_weights is not None and not self.backbone.startswith("timm:"):
            problems.append("backbone_weights are for timm:NAME; the others have their own or none")
        if self.backbone_weights is not None and not Path(self.backbone_weights).is_file():
            problems.append(f"there is no file {self.backbone_weights!r}, counted from where the command is run")
        if self.backbone_weights is not None and Path(self.backbone_weights).suffix != ".safetensors":
            problems.append("backbone_weights are a .safetensors file: others can hold programs")
        if self.model is not None:
            own = {"column", "model"}
            idle = sorted(self.model_fields_set - own)
            problems += [f"{', '.join(idle)}: nothing is trained where `model` is given"] if idle else []
        if problems:
            raise ValueError("; ".join(problems))
        return self
