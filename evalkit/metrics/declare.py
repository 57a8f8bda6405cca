"""What a metric declares about itself, and the regions that it can be measured in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame, Frames, Mask

USUAL_REGIONS = ("frame", "sector", "mask", "seam")  # where a study names none
REGIONS = (*USUAL_REGIONS, "seen", "unseen")
WITHOUT_MASK = frozenset({"frame", "sector"})  # the regions that a clip has without a mask
Map = NDArray[np.float64]
MapOf = Callable[[Frame, Frame], Map] | Callable[[Frames, Frames], Map] | Callable[[Frame, Frame, Mask], Map]
Means = tuple[float, ...]


def _the_mean(means: Means) -> float | str:
    return means[0]


@dataclass(frozen=True)
class Metric:
    """A full-reference metric made of means of maps over a region.

    `map_of(reference, test)` takes two uint8 frames (H, W) and gives float64 of the same shape, or K maps
    (K, H, W); NaN where the metric does not exist (as near the border of a windowed one). With `span` 2 it takes
    two pairs (2, H, W), the frame before and the frame, and a pixel counts where it is in the region in both. If
    `within_region`, it takes the region (bool H, W) as a third, and looks at no pixel outside it.
    Each map is averaged over all region pixels of all frames that have a value, so each pixel counts the same;
    `value_of` makes the clip's value of the K means, or says in words why there is none.

    Either higher is better, or lower, or (`higher_is_better` None) nearest to `target` is.
    """

    name: str
    map_of: MapOf
    unit: str
    higher_is_better: bool | None
    bounds: tuple[float, float]
    version: int
    source: str
    summary: str
    regions: tuple[str, ...] = REGIONS
    target: float | None = None
    span: Literal[1, 2] = 1
    within_region: bool = False
    value_of: Callable[[Means], float | str] = _the_mean

    def __post_init__(self) -> None:
        """Refuse a metric without a direction, and one with two."""
        if (self.higher_is_better is None) != (self.target is not None):
            raise ValueError(f"metric {self.name}: give either higher_is_better or target")
        if self.target is not None and not self.bounds[0] <= self.target <= self.bounds[1]:
            raise ValueError(f"metric {self.name}: target {self.target:g} lies outside {self.bounds}")

    @property
    def worst(self) -> float:
        """The value that a failed translation counts as: of both bounds the one farther from the best."""
        return max(self.bounds, key=self.distance)

    @property
    def best(self) -> float:
        """The best value that there can be."""
        if self.target is not None:
            return self.target
        return self.bounds[1] if self.higher_is_better else self.bounds[0]

    @property
    def better(self) -> str:
        """Which values are better, in words."""
        if self.target is not None:
            return f"nearer to {self.target:g}"
        return "higher" if self.higher_is_better else "lower"

    @property
    def signature(self) -> str:
        """Name with profile, and version: what a printed value must carry."""
        return f"{self.name}|v{self.version}|{self.unit}"

    def distance(self, value: float) -> float:
        """How far a value is from the best one; the smaller, the better."""
        return abs(value - self.best)
