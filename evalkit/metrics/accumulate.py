"""Metrics made of plain functions: means of maps over a region, means over frames, and whatever needs the whole clip.

mapped     a map a frame, or a pair of frames; averaged over all pixels of a region in all frames, so each pixel counts
           the same, however few of them a frame has
summed     the same, where the sums over a region are quicker to come by than the map
framed     a number a frame and region; averaged over the frames that have one
clipwise   an accumulator of the metric's own, where only the whole clip has a number
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import NO_CHANGE, Metric, Moment, Needs, Running, part
from translator.clips.clip import Frame, Frames, Mask

Map = NDArray[np.float64]
Means = tuple[float, ...]
MapOf = Callable[[Frame, Frame], Map] | Callable[[Frames, Frames], Map] | Callable[[Frame, Frame, Mask], Map]
MapAt = Callable[[Moment], Map]
FrameValue = Callable[[Moment, str], float | str]


class _Always(TypedDict):
    name: str
    unit: str
    bounds: tuple[float, float]
    version: int
    source: str
    summary: str


class Declaration(_Always, total=False):
    """The fields of `Metric` that a factory takes as they are."""

    higher_is_better: bool | None
    target: float | None
    regions: tuple[str, ...]
    needs: Needs
    descriptive: bool
    local: bool
    temporal: bool
    weights: tuple[str, ...]


def the_mean(means: Means) -> float | str:
    """The value of a metric that is the mean of one map."""
    return means[0]


def mapped(
    *,
    map_of: MapOf | None = None,
    map_at: MapAt | None = None,
    value_of: Callable[[Means], float | str] = the_mean,
    span: Literal[1, 2] = 1,
    within_region: bool = False,
    margin: int = 0,
    **declaration: Unpack[Declaration],
) -> Metric:
    """A metric made of means of maps over a region.

    `map_of(reference, test)` takes two uint8 frames (H, W) and gives float64 of the same shape, or K maps (K, H, W);
    NaN where the metric does not exist (as near the border of a windowed one). With `span` 2 it takes two pairs
    (2, H, W), the frame before and the frame, and a pixel counts where it is in the region in both. If
    `within_region`, it takes the region (bool H, W) as a third, and looks at no pixel outside it. In its place
    `map_at(moment)` can use what the moment shares; with a `margin` above 0 its maps are without so many pixels at each
    border, (H - 2 margin, W - 2 margin), and have a value at every other.

    Each map is averaged over all region pixels of all frames that have a value; `value_of` makes the clip's value of
    the K means, or says in words why there is none.
    """
    if (map_of is None) == (map_at is None) or (within_region and map_of is None):
        raise ValueError(f"metric {declaration['name']}: give either map_of or map_at, and map_of with within_region")
    maps: _Maps = _per_region(map_of) if within_region else _per_moment(map_at or _at(map_of, span))
    if span == 2:
        declaration["temporal"] = True
    if within_region:
        declaration["local"] = True

    def sums_of(moment: Moment, regions: Sequence[str]) -> Iterator[tuple[str, _Sums]]:
        for region, found in maps(moment, regions).items():
            if margin:
                yield region, _inner_sums(moment, region, found, margin)
            else:
                yield region, _sums_where_known(found, _common_area(moment, region, span))

    return Metric(start=lambda: _Pooled(sums_of, value_of, span), **declaration)


def summed(
    *,
    sums_at: Callable[[Moment, str], Means],
    value_of: Callable[[Means], float | str] = the_mean,
    **declaration: Unpack[Declaration],
) -> Metric:
    """A metric made of means over the pixels of a region, all of which have a value; it looks at no other pixel.

    `sums_at(moment, region)` gives the K sums over the region's pixels of one frame.
    """

    def sums_of(moment: Moment, regions: Sequence[str]) -> Iterator[tuple[str, _Sums]]:
        for region in regions:
            pixels = pixels_in(moment, region)
            yield region, _Sums(pixels, pixels, sums_at(moment, region))

    declaration["local"] = True
    return Metric(start=lambda: _Pooled(sums_of, value_of, 1), **declaration)


def framed(*, value_of_frame: FrameValue, span: Literal[1, 2] = 1, **declaration: Unpack[Declaration]) -> Metric:
    """A metric with a number a frame, averaged over the frames that have one.

    `value_of_frame(moment, region)` is not asked where the region is empty, nor, with `span` 2, at the first frame;
    it gives the number, or says in words why the frame has none.
    """
    if span == 2:
        declaration["temporal"] = True
    return Metric(start=lambda: _PerFrame(value_of_frame, span), **declaration)


def clipwise(*, start: Callable[[], Running], **declaration: Unpack[Declaration]) -> Metric:
    """A metric of which only the whole clip has a number; `start` makes its accumulator."""
    return Metric(start=start, **declaration)


_Maps = Callable[[Moment, Sequence[str]], dict[str, Map]]


def _at(map_of: Callable[..., Map] | None, span: int) -> MapAt:
    if map_of is None:
        raise ValueError("a mapped metric has a map")

    def at(moment: Moment) -> Map:
        if span == 1:
            return map_of(moment.real, moment.made)
        before = moment.before
        if before is None:
            raise ValueError("the first frame has none before it")
        return map_of(np.stack([before.real, moment.real]), np.stack([before.made, moment.made]))

    return at


def _per_moment(map_at: MapAt) -> _Maps:
    def maps(moment: Moment, regions: Sequence[str]) -> dict[str, Map]:
        found = map_at(moment)
        return dict.fromkeys(regions, found)

    return maps


def _per_region(map_of: Callable[..., Map] | None) -> _Maps:
    if map_of is None:
        raise ValueError("a mapped metric has a map")

    def maps(moment: Moment, regions: Sequence[str]) -> dict[str, Map]:
        return {region: map_of(moment.real, moment.made, moment.areas[region]) for region in regions}

    return maps


class _Sums(NamedTuple):
    """Of one frame: pixels of a region, those of them with a value, and the sums of K maps over the latter."""

    pixels: int
    known: int
    totals: Means

    def plus(self, other: "_Sums") -> "_Sums":
        totals = tuple(a + b for a, b in zip(self.totals, other.totals, strict=True))
        return _Sums(self.pixels + other.pixels, self.known + other.known, totals)


def _sums_where_known(maps: Map, area: Mask) -> _Sums:
    """Sums of maps (K, H, W) or one (H, W) over the pixels of the area at which no map is NaN."""
    planes = maps[None] if maps.ndim == 2 else maps
    chosen = area & ~np.isnan(planes).any(axis=0)
    totals = tuple(float(plane[chosen].sum()) for plane in planes)
    return _Sums(int(np.count_nonzero(area)), int(np.count_nonzero(chosen)), totals)


def _inner_sums(moment: Moment, region: str, maps: Map, margin: int) -> _Sums:
    """The same of maps without `margin` pixels at each border, with the region as weights that all metrics share."""
    inner = np.s_[margin:-margin, margin:-margin]
    weights = moment.of_real(f"{region} but {margin}", lambda _: moment.areas[region][inner].ravel().astype(np.float64))
    known = moment.of_real(f"pixels of {region} but {margin}", lambda _: int(np.count_nonzero(weights)))
    planes = maps[None] if maps.ndim == 2 else maps
    return _Sums(pixels_in(moment, region), known, tuple(float(plane.ravel() @ weights) for plane in planes))


def pixels_in(moment: Moment, region: str) -> int:
    """How many pixels a region has in this frame."""
    return moment.of_real(f"pixels of {region}", lambda _: int(np.count_nonzero(moment.areas[region])))


_SumsOf = Callable[[Moment, Sequence[str]], Iterator[tuple[str, _Sums]]]


class _Pooled:
    """Means of maps over the pixels of each region in all frames."""

    def __init__(self, sums_of: _SumsOf, value_of: Callable[[Means], float | str], span: int) -> None:
        self.sums_of, self.value_of, self.span = sums_of, value_of, span
        self.sums: dict[str, _Sums] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add one frame; with a span of two nothing at the first."""
        if self.span == 2 and moment.before is None:
            return
        for region, found in self.sums_of(moment, regions):
            self.sums[region] = self.sums[region].plus(found) if region in self.sums else found

    def value(self, region: str) -> float | str:
        """The clip's value, or why there is none."""
        if region not in self.sums:
            return NO_CHANGE
        total = self.sums[region]
        if not total.pixels:
            return empty(region, self.span)
        if not total.known:
            return f"no pixel of the {part(region)} has a value"
        return self.value_of(tuple(one / total.known for one in total.totals))


class _PerFrame:
    """Mean over frames of a number a frame."""

    def __init__(self, value_of_frame: FrameValue, span: int) -> None:
        self.value_of_frame, self.span = value_of_frame, span
        self.frames = 0
        self.totals: dict[str, tuple[float, int]] = {}
        self.why: dict[str, str] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add one frame."""
        if self.span == 2 and moment.before is None:
            return
        self.frames += 1
        for region in regions:
            if not _common_area(moment, region, self.span).any():
                self.why.setdefault(region, empty(region, self.span))
                continue
            found = self.value_of_frame(moment, region)
            if isinstance(found, str):
                self.why[region] = found
            else:
                total, count = self.totals.get(region, (0.0, 0))
                self.totals[region] = total + float(found), count + 1

    def value(self, region: str) -> float | str:
        """The mean over frames, or why there is none."""
        if not self.frames:
            return NO_CHANGE
        total, count = self.totals.get(region, (0.0, 0))
        return total / count if count else self.why[region]


def empty(region: str, span: int = 1) -> str:
    """Why an empty region has no value."""
    return f"the {part(region)} is empty" + (" in every two frames that follow each other" if span > 1 else "")


def _common_area(moment: Moment, region: str, span: int) -> Mask:
    area = moment.areas[region]
    return area & moment.before.areas[region] if span == 2 and moment.before is not None else area
