"""What a DICOM header says about time and space, where it can be believed.

A rate, a spacing or a region that cannot be true (no number, not positive, outside the image) counts as not
given, as the frames can still be read. So does a FrameTimeVector whose length is not the number of frames, as
it is left behind when a loop is trimmed; FrameTime, CineRate or RecommendedDisplayFrameRate then give the rate.
"""

import math
from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from translator.clips.clip import Box
from translator.clips.damage import possible_rate, possible_spacing

TAGS = ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate", "PixelSpacing",
        "SequenceOfUltrasoundRegions")  # fmt: skip
_CENTIMETRES = 3  # PhysicalUnitsXDirection (0018,6024)
_TWO_DIMENSIONAL = 1  # RegionSpatialFormat (0018,6012)
_TISSUE_AND_FLOW = (1, 2)  # RegionDataType (0018,6014)
_OVERHANG = 0.01  # some devices write the width where the last column belongs; more is another resolution
_SMALLEST = 16  # pixels; a smaller region shows no anatomy


def frame_times(data: Dataset, frames: int) -> tuple[float, ...] | None:
    """Onset of each frame [ms], the first 0, from FrameTimeVector; None where it is absent or cannot be true."""
    steps = _numbers(data, "FrameTimeVector")
    if frames < 2 or len(steps) != frames or min(steps[1:]) < 0 or not sum(steps[1:]) > 0:
        return None
    onsets = [0.0]
    for step in steps[1:]:  # the first is the time before the first frame
        onsets.append(onsets[-1] + step)
    return tuple(onsets)


def rate(data: Dataset, times: tuple[float, ...] | None) -> float | None:
    """Frames per second: the mean of the frame times, FrameTime, CineRate or RecommendedDisplayFrameRate."""
    candidates = [1000.0 * (len(times) - 1) / times[-1]] if times else []
    candidates += [1000.0 / value for value in _numbers(data, "FrameTime")[:1] if value > 0]
    candidates += _numbers(data, "CineRate")[:1] + _numbers(data, "RecommendedDisplayFrameRate")[:1]
    return next((value for value in candidates if possible_rate(value)), None)


def spacing(data: Dataset, height: int, width: int) -> tuple[float, float] | None:
    """Row and column spacing [mm]: PixelSpacing, or the first region of the image that is in centimetres."""
    given = _numbers(data, "PixelSpacing")
    if len(given) == 2 and possible_spacing(*given):
        return given[0], given[1]
    for region in _regions(data):
        units = (region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection"))
        deltas = [abs(value) * 10 for key in ("PhysicalDeltaY", "PhysicalDeltaX") for value in _numbers(region, key)]
        box = _box(region)
        fits = box is not None and _fits(box, height, width)
        if fits and units == (_CENTIMETRES, _CENTIMETRES) and len(deltas) == 2 and possible_spacing(*deltas):
            return deltas[0], deltas[1]
    return None


def tissue_boxes(data: Dataset, height: int, width: int) -> tuple[Box, ...]:
    """The 2-D regions of tissue or colour flow, clipped to the frame, without those inside another.

    None at all if any region of the header lies outside the image: its coordinates are of another resolution.
    """
    regions = [(region, _box(region)) for region in _regions(data)]
    if any(box is not None and not _fits(box, height, width) for _, box in regions):
        return ()
    found: list[Box] = []
    for region, box in regions:
        shown = region.get("RegionSpatialFormat"), region.get("RegionDataType")
        if box is None or shown[0] != _TWO_DIMENSIONAL or shown[1] not in _TISSUE_AND_FLOW:
            continue
        clipped = max(box[0], 0), max(box[1], 0), min(box[2], height), min(box[3], width)
        if min(clipped[2] - clipped[0], clipped[3] - clipped[1]) >= _SMALLEST and clipped not in found:
            found.append(clipped)
    return tuple(box for box in found if not any(_inside(box, other) for other in found if other != box))


def _numbers(data: Dataset, keyword: str) -> list[float]:
    """The values of an element as finite numbers; empty where one is none."""
    try:
        value: Any = data.get(keyword)
        values = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        numbers = [float(item) for item in values if item is not None]
    except (TypeError, ValueError, OverflowError, NotImplementedError, AttributeError):
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []


def _regions(data: Dataset) -> list[Dataset]:
    try:
        return [region for region in data.get("SequenceOfUltrasoundRegions") or [] if isinstance(region, Dataset)]
    except (TypeError, ValueError, AttributeError):
        return []


def _box(region: Dataset) -> Box | None:
    """Top, left, bottom, right of a region; DICOM's largest coordinates are in it, ours are not."""
    keys = ("RegionLocationMinY0", "RegionLocationMinX0", "RegionLocationMaxY1", "RegionLocationMaxX1")
    ends = [_numbers(region, key) for key in keys]
    if any(len(end) != 1 for end in ends):
        return None
    top, left, bottom, right = (int(end[0]) for end in ends)
    return top, left, bottom + 1, right + 1


def _fits(box: Box, height: int, width: int) -> bool:
    rows, columns = max(1.0, _OVERHANG * height), max(1.0, _OVERHANG * width)
    top, left, bottom, right = box
    inside = top >= -rows and left >= -columns and bottom <= height + rows and right <= width + columns
    return inside and bottom > top and right > left


def _inside(box: Box, other: Box) -> bool:
    return other[0] <= box[0] and other[1] <= box[1] and other[2] >= box[2] and other[3] >= box[3]
