"""Agreement of two segmentations of the same frames, and areas over a cycle. Masks are bool (N, H, W).

Empty masks, in every number of two masks: a frame on which both are empty says nothing and is left out; one on which
a single one is empty is a miss, and counts as the worst: Dice, IoU and NSD 0, HD95 the frame's diagonal, area error 2.
Where no frame is left, there is no number, and a sentence in its place. Means are over the frames that are left.

Dice        2 |A and B| / (|A| + |B|)                 Dice 1945, doi:10.2307/1932409
IoU         |A and B| / |A or B|                      Jaccard 1912
HD95        95th percentile of the distances of one outline to the other, the larger of both ways, by the frame's
            diagonal, 0 to 1; or in mm, where the spacing is known   Huttenlocher et al. 1993, doi:10.1109/34.232073
NSD         share of both outlines that lies within a tolerance [pixels] of the other (surface Dice)
            Nikolov et al. 2021, doi:10.2196/26151
area error  | |A| - |B| | / ((|A| + |B|) / 2), 0 to 2
area change (largest - smallest) / largest area over the clip, after a median over three frames, so that one bad frame
            is no heart beat: the fractional area change, if the clip holds a whole cycle
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]
Numbers = NDArray[np.float64]
BOTH_EMPTY = "the structure is found in neither segmentation"
FEWEST_FRAMES = 3


def areas(masks: Masks) -> Numbers:
    """Pixels (N,) of each frame."""
    return np.asarray(np.count_nonzero(masks, axis=(1, 2)), np.float64)


def compared(ours: Masks, theirs: Masks) -> Masks:
    """Which frames (N,) have the structure in one of both at least."""
    return np.asarray(ours.any(axis=(1, 2)) | theirs.any(axis=(1, 2)), np.bool_)


def dice(ours: Masks, theirs: Masks) -> Numbers:
    """Dice (N,) of each frame; NaN where both are empty."""
    both = np.count_nonzero(ours & theirs, axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * both / (areas(ours) + areas(theirs)), np.float64)


def iou(ours: Masks, theirs: Masks) -> Numbers:
    """Intersection over union (N,) of each frame; NaN where both are empty."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.count_nonzero(ours & theirs, axis=(1, 2)) / areas(ours | theirs), np.float64)


def area_error(ours: Masks, theirs: Masks) -> Numbers:
    """Difference of the areas by their mean (N,), 0 to 2; NaN where both are empty."""
    a, b = areas(ours), areas(theirs)
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * np.abs(a - b) / (a + b), np.float64)


def area_change(found: Numbers) -> float | str:
    """Fractional change of areas (N,) over a clip, or why there is none."""
    if len(found) < FEWEST_FRAMES:
        return f"a change of area needs {FEWEST_FRAMES} frames, there are {len(found)}"
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(found, 3), axis=1)
    if smooth.max() == 0:
        return "the structure is not found"
    return float((smooth.max() - smooth.min()) / smooth.max())


def mean_where_known(values: Numbers, why: str = BOTH_EMPTY) -> float | str:
    """Mean of the values that are no NaN, or the reason."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else why


def mean_of(values: Sequence[float | str]) -> float | str:
    """Mean over structures of those that have a number; where none has, the first one's reason."""
    numbers = [value for value in values if not isinstance(value, str)]
    return float(np.mean(numbers)) if numbers else values[0]


def end_frames(found: Numbers) -> Mapping[str, int] | None:
    """Index of end-diastole (ed, the largest area) and end-systole (es, the smallest); None if the areas are equal."""
    if len(found) < 2 or found.max() == found.min():
        return None
    return {"ed": int(found.argmax()), "es": int(found.argmin())}
