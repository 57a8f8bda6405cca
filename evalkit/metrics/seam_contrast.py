"""Seam visibility: the contrast across the mask's border, of the translation relative to the real clip.

At every hidden pixel that touches the visible part of the sector (of its four neighbours) the contrast is the mean grey
value of the hidden pixels less that of the visible ones, both within 3 pixels (a 7 x 7 window) and in the sector. Means
of about twenty pixels keep the step and little of the speckle. Where the mask ends at the sector's own edge there is no
seam.

- `seam_visibility`: mean absolute contrast of the translation over that of the real clip at the same places, all border
  pixels of all frames. 1 is best: no more of an edge there than anatomy has. It has no value where the real clip's is
  below half a grey level.
- `seam_flicker`: a seam is seen most where it comes and goes. Mean absolute change, from frame to frame, of the frame's
  mean contrast (with its sign) less that of the real clip; in grey levels, 0 is best. As the real clip is taken at the
  same place, a mask that moves is no flicker.

Blocking measures put the difference across a boundary in relation in the same way (Wu and Yuen 1997,
doi:10.1109/97.641398); here it is to the real clip and not to the surroundings.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import NO_CHANGE, Moment
from translator.clips.clip import Frame, Mask
from translator.regions.seam import WIDTH

FLAT = 0.5  # grey levels of contrast
WORST_RATIO = 255 / FLAT
Values = NDArray[np.float64]
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_WINDOW = (2 * WIDTH + 1, 2 * WIDTH + 1)


def border(hidden: Mask, sector: Mask) -> Mask:
    """Hidden pixels (H, W) of the sector with a visible one of it above, below, left or right."""
    visible = (sector & ~hidden).astype(np.uint8)
    return np.asarray(hidden & sector & (cv2.dilate(visible, _CROSS) > 0), np.bool_)


def seam_contrast(frame: Frame, hidden: Mask, sector: Mask) -> Values:
    """Contrast (N,) at the border pixels of a uint8 frame (H, W), row by row, in grey levels -255..255."""
    at = border(hidden, sector)
    inside, outside = (_local_mean(frame, part, at) for part in (hidden & sector, sector & ~hidden))
    return inside - outside


def _local_mean(frame: Frame, part: Mask, at: Mask) -> Values:
    """Mean over the pixels of `part` in the window around each pixel `at`."""
    weight = part.astype(np.float64)
    total, count = (
        cv2.boxFilter(plane, cv2.CV_64F, _WINDOW, normalize=False, borderType=cv2.BORDER_CONSTANT)[at]
        for plane in (frame * weight, weight)
    )
    return np.asarray(total / np.maximum(count, 1), np.float64)


def _contrasts(moment: Moment) -> tuple[Values, Values]:
    """Contrast of the real and of the translated frame at the same places."""
    hidden, sector = moment.areas["mask"], moment.areas["sector"]
    real = moment.of_real("seam contrast", lambda frame: seam_contrast(frame, hidden, sector))
    return real, moment.of_made("seam contrast", lambda frame: seam_contrast(frame, hidden, sector))


class _Visibility:
    """Sums of the absolute contrasts of both clips."""

    def __init__(self) -> None:
        self.real = self.made = 0.0
        self.count = 0

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add one frame."""
        if regions:
            real, made = _contrasts(moment)
            self.real += float(np.abs(real).sum())
            self.made += float(np.abs(made).sum())
            self.count += real.size

    def value(self, region: str) -> float | str:
        """The ratio, or why there is none."""
        if not self.count:
            return empty(region)
        if self.real < FLAT * self.count:
            return f"the real clip has no contrast there: {self.real / self.count:.1f} grey levels, {FLAT:g} are needed"
        return self.made / self.real


class _Flicker:
    """Changes of the mean contrast less the real clip's; a frame without a seam breaks the row."""

    def __init__(self) -> None:
        self.frames = self.steps = 0
        self.total = 0.0
        self.last: float | None = None

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add one frame."""
        if not regions:
            return
        self.frames += 1
        real, made = _contrasts(moment)
        now = float((made - real).mean()) if real.size else None
        if now is not None and self.last is not None:
            self.steps += 1
            self.total += abs(now - self.last)
        self.last = now

    def value(self, region: str) -> float | str:
        """The mean change, or why there is none."""
        if self.frames == 1:
            return NO_CHANGE
        return self.total / self.steps if self.steps else empty(region, 2)


SEAM_VISIBILITY = clipwise(
    name="seam_visibility",
    start=_Visibility,
    unit="1",
    target=1.0,
    bounds=(0.0, WORST_RATIO),
    version=1,
    source="doi:10.1109/97.641398",
    summary="mean absolute contrast across the mask's border within 3 pixels, translation over real",
    regions=("seam",),
)
SEAM_FLICKER = clipwise(
    name="seam_flicker",
    start=_Flicker,
    unit="grey levels",
    higher_is_better=False,
    bounds=(0.0, 1020.0),
    version=1,
    source="doi:10.1109/97.641398",
    summary="mean change, from frame to frame, of the contrast across the mask's border less that of the real clip",
    regions=("seam",),
    temporal=True,
)
