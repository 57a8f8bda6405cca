"""Measure one translation against its reference, streamed frame by frame."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Map, Metric
from evalkit.records import Measurement
from translator.clips.clip import Clip, Frame, Mask, grey_clip
from translator.errors import bad_input
from translator.regions.seam import seam

Rows = dict[tuple[str, str], float | str]
_Areas = Mapping[str, NDArray[np.bool_]]
_CALLED = {"seen": "hidden part that is seen at other times", "unseen": "hidden part that is never seen"}


def measure_pair(
    reference: Clip, test: Clip, mask: Clip, sector: Mask, metrics: Sequence[Metric], regions: Sequence[str]
) -> Rows:
    """(metric, region) -> value over the region's pixels of all frames, or why there is none.

    All clips are grey, of one size. The regions: the whole `frame`; the `sector`; the `mask`, which is what was
    hidden; the `seam` around it; of the hidden pixels those `unseen` in every frame of the clip, and those `seen`
    in some other one. Raises: InputError if the clips are not of one size.
    """
    for other in (test, mask):
        if other.header.shape != reference.header.shape:
            raise bad_input(
                other.header.source,
                f"is {other.header.shape}, the reference {reference.header.source} is {reference.header.shape}",
                "A translation must keep size and frame count",
            )
    sums = {(m.name, r): _Sum(m, r) for m in metrics for r in regions if r in m.regions}
    never = _never_visible(mask) if {"seen", "unseen"} & set(regions) else np.zeros(sector.shape, np.bool_)
    before: tuple[Frame, Frame, _Areas] | None = None
    for real, made, hidden in zip(grey_clip(reference).frames(), grey_clip(test).frames(), mask.frames(), strict=True):
        areas = _areas(hidden > 127, sector, never, regions)
        for metric in metrics:
            wanted = [region for region in regions if (metric.name, region) in sums]
            for region, maps, area in _maps(metric, real, made, {name: areas[name] for name in wanted}, before):
                sums[metric.name, region].add(maps.reshape(-1, *real.shape), area)
        before = real, made, areas
    return {key: total.value() for key, total in sums.items()}


def missing_rows(
    arm: str, clip_id: str, subject_id: str, pairing: str, status: str, note: str,
    metrics: Sequence[Metric], regions: Sequence[str],
) -> list[Measurement]:  # fmt: skip
    """One row per metric and region with a status and its reason instead of a value."""
    return [
        Measurement(
            arm,
            clip_id,
            subject_id,
            m.name,
            r,
            pairing,
            None,
            "failed" if status == "failed" else "undefined",
            note,
        )
        for m in metrics
        for r in regions
        if r in m.regions
    ]


class _Sum:
    """Sums of the maps of one metric in one region."""

    def __init__(self, metric: Metric, region: str) -> None:
        self.metric, self.region = metric, region
        self.frames = self.pixels = self.count = 0
        self.totals: list[float] = []

    def add(self, maps: NDArray[np.float64], area: NDArray[np.bool_]) -> None:
        """Add the pixels of one frame's maps (K, H, W) that lie in the area and have a value."""
        chosen = area & ~np.isnan(maps).any(axis=0)
        self.frames += 1
        self.pixels += int(area.sum())
        self.count += int(chosen.sum())
        sums = [float(plane[chosen].sum()) for plane in maps]
        self.totals = [a + b for a, b in zip(self.totals or [0.0] * len(sums), sums, strict=True)]

    def value(self) -> float | str:
        """The clip's value, or why there is none."""
        if not self.frames:
            return "a clip of one frame shows no change over time"
        if not self.pixels:
            both = " in every two frames that follow each other" if self.metric.span > 1 else ""
            return f"the {_CALLED.get(self.region, self.region)} is empty{both}"
        if not self.count:
            return f"no pixel of the {_CALLED.get(self.region, self.region)} has a value"
        return self.metric.value_of(tuple(total / self.count for total in self.totals))


def _maps(
    metric: Metric, real: Frame, made: Frame, areas: _Areas, before: tuple[Frame, Frame, _Areas] | None
) -> Iterator[tuple[str, Map, NDArray[np.bool_]]]:
    """Of each region the metric's maps of a frame and the pixels that count; nothing where it needs a frame before."""
    map_of: Callable[..., Map] = metric.map_of
    if metric.within_region:
        yield from ((region, map_of(real, made, area), area) for region, area in areas.items())
    elif metric.span == 1:
        maps = map_of(real, made)
        yield from ((region, maps, area) for region, area in areas.items())
    elif before is not None:
        maps = map_of(np.stack([before[0], real]), np.stack([before[1], made]))
        yield from ((region, maps, area & before[2][region]) for region, area in areas.items())


def _never_visible(mask: Clip) -> Mask:
    """Pixels (H, W) that are hidden in every frame."""
    hidden = np.ones((mask.header.height, mask.header.width), np.bool_)
    for frame in mask.frames():
        hidden &= frame > 127
    return hidden


def _areas(hidden: Mask, sector: Mask, never: Mask, names: Sequence[str]) -> _Areas:
    made: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "frame": lambda: np.ones(hidden.shape, np.bool_),
        "sector": lambda: sector,
        "mask": lambda: hidden,
        "seam": lambda: seam(hidden, sector),
        "seen": lambda: hidden & ~never,
        "unseen": lambda: hidden & never,
    }
    return {name: made[name]() for name in names}
