"""What a study can say of the privacy task, and the numbers that the task declares."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evalkit.metrics.declare import Metric
from evalkit.tasks.declare import output

SOURCE = "arXiv:2301.13188"


class Options(BaseModel):
    """What a study can say of the task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    generator: str | None = None  # the arm whose training set is looked at; by default the one that has members
    training: Literal["card", "train"] = "card"  # members: clips that the card lists, or all of split train (stated)
    false_alarms: float = Field(0.05, gt=0, lt=0.5)  # share of clips that are no copies and are called so
    backbone: str = "efficientnet-lite0"  # of the features; "none" leaves them out
    fill_training: bool = True  # let the generator fill in its training clips, for the predictions NAME.fill_error


def outputs_of(name: str, options: Options) -> list[Metric]:
    """The outputs of a task of that name, made by `output`."""
    pixels, share, wide = ("frame", "mask"), (0.0, 1.0), (0.0, 1e6)
    made = []
    for prefix, regions, unit, most, how in (
        ("", pixels, "grey levels", 255.0, "pixels of small frames"),
        *((("feature_", ("frame",), "1", 2.0, f"cosine distance of {options.backbone} features"),)
          if options.backbone != "none" else ()),
    ):  # fmt: skip
        declared: tuple[tuple[str, str, tuple[float, float], str, dict[str, Any]], ...] = (
            ("nearest_training", "distance to the nearest training clip of another subject", (0, most), unit,
             {"descriptive": True}),
            ("nearest_heldout", "distance to the nearest held-out clip of another subject", (0, most), unit,
             {"descriptive": True}),
            ("ratio", "distance to the nearest training clip over that to the nearest held-out clip", wide, "1",
             {"descriptive": True}),
            ("copied", "nearer to a training clip than real clips of new subjects are", share, "1",
             {"higher_is_better": False}),
            ("same_subject", "the nearest real clip is of the same subject (expected of a translator)", share, "1",
             {"descriptive": True}),
            ("same_subject_other_clip", "the same without the clip that it was made of", share, "1",
             {"descriptive": True}),
        )  # fmt: skip
        made += [
            output(name, f"{prefix}{what}", f"{words}; {how}", bounds, unit=of, source=SOURCE, regions=regions, **kind)
            for what, words, bounds, of, kind in declared
        ]
    return made
