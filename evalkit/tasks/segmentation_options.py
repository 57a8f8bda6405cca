"""What a study can say of the task `segmentation`, and the numbers that the task gives."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from translator.datasets.labels import NOT_LABELLED

FOREGROUND = "foreground"
SOURCE = "arXiv:2511.03255"
Label = int


class SegmentationOptions(BaseModel):
    """What a study can say of the task.

    structures: name -> label values of the data set that make it up; without any, all labels are one structure.
    timed_by: the structure whose largest and smallest area are end-diastole and end-systole; without, no phases.
    model: a TorchScript (.pt) or ONNX (.onnx) file, or module:object; masks: a folder of finished ones. In place of
    both a network is fitted. frames: most frames of a clip that are segmented, evenly spaced, beside the labelled ones.
    nsd_tolerance in pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    structures: dict[str, list[Label]] = {}
    timed_by: str | None = None
    model: str | None = None
    masks: str | None = None
    architecture: str = "Unet"
    encoder: str = "tu-mobilenetv3_small_050"
    side: int = Field(128, ge=32, le=1024, multiple_of=32)
    frames: int = Field(32, ge=1)
    frames_per_training_clip: int = Field(8, ge=1)
    epochs: int = Field(60, ge=1)
    patience: int = Field(12, ge=1)
    batch: int = Field(16, ge=2)
    learning_rate: float = Field(2e-3, gt=0, le=1)
    nsd_tolerance: float = Field(2.0, gt=0)

    @field_validator("structures", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: labels if isinstance(labels, list) else [labels] for name, labels in value.items()}

    @model_validator(mode="after")
    def _consistent(self) -> "SegmentationOptions":
        taken = [label for labels in self.structures.values() for label in labels]
        wrong = [label for label in taken if not 1 <= label < NOT_LABELLED]
        if wrong:
            raise ValueError(
                f"structures: label {wrong[0]} is not within 1 to 254 (0 is anything else, 255 unlabelled)"
            )
        if len(set(taken)) < len(taken):
            raise ValueError("structures: a label belongs to two structures")
        if not all(labels for labels in self.structures.values()):
            raise ValueError("structures: a structure has no label")
        if not all(name.replace("-", "").replace("_", "").isalnum() for name in self.structures):
            raise ValueError("structures: names are made of letters, digits, - and _")
        if self.timed_by is not None and self.timed_by not in self.structures:
            raise ValueError(f"timed_by: no structure {self.timed_by!r}; known: {', '.join(self.structures) or 'none'}")
        if self.model is not None and self.masks is not None:
            raise ValueError("give `model` or `masks`, not both")
        return self

    @property
    def classes(self) -> dict[str, list[Label]]:
        """Structures in the order of the network's classes; no labels: all."""
        return dict(self.structures) or {FOREGROUND: []}


@dataclass(frozen=True)
class Number:
    """How a number of one or two segmentations of a structure is declared."""

    name: str
    summary: str
    bounds: tuple[float, float]
    better: Literal["higher", "lower", "zero", "neither"]
    unit: str = "1"
    source: str = SOURCE


_HD, _NSD = "doi:10.1109/34.232073", "doi:10.2196/26151"
OF_PAIR = (
    Number("dice", "Dice of the segmentations of real clip and translation", (0, 1), "higher"),
    Number("iou", "intersection over union of both segmentations", (0, 1), "higher"),
    Number("hd95", "95 % Hausdorff distance by the frame's diagonal", (0, 1), "lower", source=_HD),
    Number("hd95_mm", "95 % Hausdorff distance", (0, 500), "lower", "mm", source=_HD),
    Number("nsd", "share of both outlines within the tolerance of the other", (0, 1), "higher", source=_NSD),
    Number("area_error", "difference of the areas by their mean", (0, 2), "lower"),
    Number("area_change_error", "area change of the translation less the real clip's", (-1, 1), "zero"),
)
OF_ONE = (
    Number("area", "mean area as a share of the frame", (0, 1), "neither"),
    Number("area_change", "largest less smallest area by the largest, over the clip", (0, 1), "neither"),
)
OF_LABELS = tuple(
    Number(f"label_{each.name}", f"{each.summary.split(' of the segm')[0]}, against the labels",
            each.bounds, each.better, each.unit, each.source)
    for each in OF_PAIR[:6]
)  # fmt: skip
OF_PHASES = tuple(
    Number(f"dice_{phase}", f"Dice of both segmentations at end-{words}", (0, 1), "higher")
    for phase, words in (("ed", "diastole"), ("es", "systole"))
)
