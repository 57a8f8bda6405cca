"""Sharpness: how much fine texture a translation has, as a share of what the real frames have.

The fine part of a frame is the frame minus its Gaussian mean (sigma 2 pixels, cut at 4 sigma). The mean is over the
region's own pixels (normalised convolution), so that the step at a mask's border is no texture: a region filled with
one grey has the value 0. The value is the root mean square of the translation's fine part over that of the real
clip, in the region over all frames. Below 1 is too smooth, above 1 too rough, so neither high nor low is better.

It says how much texture there is, not whether it is in the right place; specks, and colour that a mask missed, count
as texture. Pixels are those of the frame: another size of the same clip has another value.
"""

import cv2
import numpy as np

from evalkit.metrics.accumulate import Map, Means, mapped
from translator.clips.clip import Frame, Mask

SIGMA = 2.0  # pixels
FLAT = 0.5  # grey levels: below it the real texture is no more than rounding
_SIDE = 2 * round(4 * SIGMA) + 1


def fine_power(reference: Frame, test: Frame, area: Mask) -> Map:
    """Squared fine part (2, H, W) of the reference and of the test, uint8 (H, W), in grey levels squared.

    `area` (bool H, W) are the pixels that are looked at; elsewhere the value is NaN.
    """
    inside = area.astype(np.float64)
    weight = np.where(area, _blurred(inside), 1.0)
    return np.stack([_fine(frame, inside, weight, area) ** 2 for frame in (reference, test)])


def _fine(frame: Frame, inside: Map, weight: Map, area: Mask) -> Map:
    whole = frame.astype(np.float64)
    return np.where(area, whole - _blurred(whole * inside) / weight, np.nan)


def _blurred(plane: Map) -> Map:
    blurred = cv2.GaussianBlur(plane, (_SIDE, _SIDE), SIGMA, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, np.float64)


def _ratio(means: Means) -> float | str:
    real, made = (float(np.sqrt(mean)) for mean in means)
    if real < FLAT:
        return f"the real clip is flat there: {real:.1f} grey levels of fine texture, {FLAT:g} are needed"
    return made / real


SHARPNESS = mapped(
    name="sharpness_ratio",
    map_of=fine_power,
    unit="1",
    target=1.0,
    bounds=(0.0, 255.0 / FLAT),
    version=1,
    source="doi:10.1109/CVPR.1993.341081",
    summary="RMS of the frame minus its Gaussian mean (sigma 2) within the region, translation over real",
    within_region=True,
    value_of=_ratio,
)
