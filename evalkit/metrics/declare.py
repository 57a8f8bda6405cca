"""What a metric declares about itself, and the registry of those that come with the suite."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame

REGIONS = ("frame", "sector", "mask", "seam")
Map = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """A full-reference metric that is the mean of a map over a region.

    `map_of(reference, test)` takes two uint8 frames (H, W) and gives float64 of the same shape, NaN where the
    metric does not exist (as near the border of a windowed one). The clip's value is the mean over all region
    pixels of all frames that have a value, so each pixel counts the same.
    """

    name: str
    map_of: Callable[[Frame, Frame], Map]
    unit: str
    higher_is_better: bool
    bounds: tuple[float, float]
    version: int
    source: str
    summary: str
    regions: tuple[str, ...] = REGIONS

    @property
    def worst(self) -> float:
        """The value that a failed translation counts as."""
        return self.bounds[0] if self.higher_is_better else self.bounds[1]

    @property
    def best(self) -> float:
        """The other end of the bounds."""
        return self.bounds[1] if self.higher_is_better else self.bounds[0]

    @property
    def signature(self) -> str:
        """Name with profile, and version: what a printed value must carry."""
        return f"{self.name}|v{self.version}|{self.unit}"
