"""Trivial arms: what anybody could do without a network. A generator that does not beat them is worth nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frame, Mask, grey_clip
from translator.fill.prior import telea_fill
from translator.translation import Translation

VERSION = 1
WINDOW = 64  # frames within which the temporal median looks

Fill = Callable[[NDArray[np.uint8], Mask], NDArray[np.uint8]]


def temporal_median(grey: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Hidden pixels (T, H, W) get the median of that pixel's visible values in the window, else Telea's fill."""
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


class TrivialArm:
    """Fill window by window with a function of (grey, mask). Implements Translator."""

    card = None

    def __init__(self, name: str, fill: Fill) -> None:
        """`fill(grey, mask)` takes and gives uint8 (T, H, W); mask is bool, True where hidden."""
        self.name = name
        self.fill = fill
        self.identity: dict[str, Any] = {"trivial": name, "version": VERSION}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        """Translate lazily."""
        header = replace(clip.header, channels=1, source=f"{clip.header.source} ({self.name})")
        return Translation(Clip(header, lambda: self._stream(clip, mask)))

    def _stream(self, clip: Clip, mask: Clip) -> Iterator[Frame]:
        pairs = zip(grey_clip(clip).windows(WINDOW), mask.windows(WINDOW), strict=True)
        for (_, frames), (_, hidden) in pairs:
            yield from self.fill(frames, hidden > 127)


TRIVIAL: dict[str, Fill] = {
    "grey": lambda grey, _: grey,
    "telea": telea_fill,
    "temporal-median": temporal_median,
}
SUMMARIES = {
    "grey": "grey conversion: the luma of the colour frame, nothing filled",
    "telea": "Telea inpainting of each frame alone (doi:10.1080/10867651.2004.10487596)",
    "temporal-median": "median of the visible values of each pixel over 64 frames, else Telea",
}
