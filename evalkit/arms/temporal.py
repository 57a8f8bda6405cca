"""Fills from other frames of the same clip: (grey, mask) of uint8 and bool (T, H, W), True where hidden, to uint8.

Where a pixel is visible in no frame, Telea's inpainting stands in (doi:10.1080/10867651.2004.10487596).
"""

import numpy as np

from translator.clips.clip import Frames, Mask
from translator.fill.prior import phase_prior, telea_fill
from translator.fill.propagate import propagate


def temporal_median(grey: Frames, mask: Mask) -> Frames:
    """Hidden pixels get the median of that pixel's visible values, else Telea's fill."""
    out = grey.copy()
    ever = mask.any(axis=0)
    values = np.where(mask[:, ever], np.nan, grey[:, ever].astype(np.float64))
    seen = ~np.isnan(values).all(axis=0)
    median = np.zeros(values.shape[1])
    median[seen] = np.nanmedian(values[:, seen], axis=0)
    never = mask.copy()
    never[:, ever] &= ~seen
    if never.any():
        out = np.where(never, telea_fill(grey, mask), out)
    picture = np.zeros(ever.shape, np.uint8)
    picture[ever] = np.rint(median).astype(np.uint8)
    shown = np.zeros(ever.shape, np.bool_)
    shown[ever] = seen
    return np.where(mask & shown, picture, out)


def nearest_in_time(grey: Frames, mask: Mask) -> Frames:
    """Hidden pixels get their value in the nearest frame that shows them, of two the earlier, else Telea's fill."""
    ever = mask.any(axis=0)
    out = grey.copy()
    columns = grey[:, ever][:, None].astype(np.float32), mask[:, ever][:, None]  # (T, 1, N): only what is ever hidden
    earlier, later = propagate(*columns)
    value = np.where(later.nearness > earlier.nearness, later.value, earlier.value)[:, 0].astype(np.uint8)
    never = np.zeros(mask.shape, np.bool_)
    never[:, ever] = (np.maximum(earlier.nearness, later.nearness) == 0)[:, 0]
    out[:, ever] = value
    return np.where(never, telea_fill(grey, mask), out) if never.any() else out


def temporal_fill(grey: Frames, mask: Mask) -> Frames:
    """The generator's phase-matched fill without its network: like frames weigh more, Telea where in doubt."""
    return np.rint(np.clip(phase_prior(grey, mask).value, 0, 255)).astype(np.uint8)
