"""How far apart the grey-level histograms of translation and real clip are, over all pixels of a region in all frames.

- `histogram_distance[wasserstein]`: the Wasserstein distance of order 1, in grey levels 0..255: the least mean number
  of levels by which pixels would have to change for one histogram to become the other; in one dimension the sum of the
  differences of the cumulative histograms (Vallender 1974, doi:10.1137/1118101). A shift of every pixel by d gives d.
- `histogram_distance[jensen-shannon]`: the square root of the Jensen-Shannon divergence with logarithms of base 2, 0..1
  (Lin 1991, doi:10.1109/18.61115): 1 if no grey level occurs in both. It does not see how far apart levels are.

Lower is better, identical clips have 0. Neither looks at where a grey level is.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import Metric, Moment
from translator.clips.clip import Frame, Mask

Counts = NDArray[np.int64]


def grey_counts(frame: Frame, area: Mask) -> Counts:
    """How often each of the 256 grey values occurs in an area (bool H, W) of a uint8 frame (H, W)."""
    return np.asarray(np.bincount(frame[area], minlength=256), np.int64)


def wasserstein(real: Counts, made: Counts) -> float:
    """Wasserstein distance of order 1 of two histograms (256,), neither empty, in grey levels 0..255."""
    return float(np.abs(np.cumsum(real / real.sum() - made / made.sum())[:-1]).sum())


def jensen_shannon(real: Counts, made: Counts) -> float:
    """Jensen-Shannon distance of two histograms, neither empty, 0..1."""
    p, q = real / real.sum(), made / made.sum()
    middle = (p + q) / 2
    divergence = sum(float((one[one > 0] * np.log2(one[one > 0] / middle[one > 0])).sum()) for one in (p, q)) / 2
    return float(np.sqrt(min(max(divergence, 0.0), 1.0)))


class _Histograms:
    """Both histograms of each region over a clip."""

    def __init__(self, distance: Callable[[Counts, Counts], float]) -> None:
        self.distance = distance
        self.real: dict[str, Counts] = {}
        self.made: dict[str, Counts] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Count one frame."""
        none = np.zeros(256, np.int64)
        for region in regions:
            area = moment.areas[region]
            counted = partial(grey_counts, area=area)
            real = moment.of_real(f"histogram in {region}", counted)
            made = moment.of_made(f"histogram in {region}", counted)
            self.real[region] = self.real.get(region, none) + real
            self.made[region] = self.made.get(region, none) + made

    def value(self, region: str) -> float | str:
        """The distance, or why there is none."""
        if not self.real[region].any():
            return empty(region)
        return self.distance(self.real[region], self.made[region])


def _metric(profile: str, unit: str, most: float, source: str, distance: Callable[[Counts, Counts], float]) -> Metric:
    return clipwise(
        name=f"histogram_distance[{profile}]",
        start=lambda: _Histograms(distance),
        unit=unit,
        higher_is_better=False,
        bounds=(0.0, most),
        version=1,
        source=source,
        summary="distance of the grey-level histograms of translation and real clip, over all frames",
        local=True,
    )


HISTOGRAM_WASSERSTEIN = _metric("wasserstein", "grey levels", 255.0, "doi:10.1137/1118101", wasserstein)
HISTOGRAM_JENSEN_SHANNON = _metric("jensen-shannon", "1", 1.0, "doi:10.1109/18.61115", jensen_shannon)
