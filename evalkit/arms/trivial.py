"""Trivial arms: what anybody could do without a network. A generator that does not beat them is worth nothing."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np

from evalkit.arms.spatial import BLUR_SIGMA, black_hole, blur, grey_conversion, navier_stokes
from evalkit.arms.temporal import nearest_in_time, temporal_fill, temporal_median
from translator.clips.clip import Clip, Frame, Frames, Mask, grey_clip
from translator.fill import prior
from translator.fill.prior import telea_fill
from translator.translation import Translation

WINDOW = 64  # frames that are held, and within which the temporal fills look
OVERLAP = 16  # frames over which the temporal fills pass from one window to the next


@dataclass(frozen=True)
class Trivial:
    """A fill, and what it declares: `fill(grey, mask)` of uint8 and bool (T, H, W), True where hidden, to uint8.

    `overlap` frames are shared by windows that follow each other; `version` moves whenever the output would.
    """

    fill: Callable[[Frames, Mask], Frames]
    summary: str
    source: str = ""
    overlap: int = 0
    version: int = 1
    follows: ModuleType | None = None  # its code is part of the arm's identity, as it has no version


class TrivialArm:
    """Fill window by window. Implements Translator.

    At most 64 frames are held. Temporal fills pass linearly from one window to the next over 16 shared frames, so
    that nothing jumps where the one ends.
    """

    card = None

    def __init__(self, name: str, trivial: Trivial) -> None:
        """`name` is the arm's in `TRIVIAL`."""
        self.name = name
        self.trivial = trivial
        self.identity: dict[str, Any] = {"trivial": name, "version": trivial.version}
        if trivial.follows is not None:
            source = inspect.getsource(trivial.follows)
            self.identity["source"] = sha256(source.encode()).hexdigest()

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        """Translate lazily."""
        header = replace(clip.header, channels=1, source=f"{clip.header.source} ({self.name})")
        return Translation(Clip(header, lambda: self._stream(clip, mask)))

    def _stream(self, clip: Clip, mask: Clip) -> Iterator[Frame]:
        overlap = self.trivial.overlap
        pairs = zip(grey_clip(clip).windows(WINDOW, overlap), mask.windows(WINDOW, overlap), strict=True)
        held: Frames | None = None  # the last frames of the window before, which are in this one too
        for (start, frames), (_, hidden) in pairs:
            made = self.trivial.fill(frames, hidden > 127)
            if held is not None:
                made[:overlap] = _passing(held, made[:overlap])
            last = start + len(made) == clip.header.frames
            held = made[len(made) - overlap :]
            yield from made if last else made[: len(made) - overlap]


def _passing(old: Frames, new: Frames) -> Frames:
    """From the one (T, H, W) to the other, linearly in time."""
    share = (np.arange(1, len(new) + 1) / (len(new) + 1))[:, None, None]
    return np.rint((1 - share) * old + share * new).astype(np.uint8)


TRIVIAL: dict[str, Trivial] = {
    "grey": Trivial(grey_conversion, "grey conversion: the luma of the colour frame, nothing filled"),
    "black-hole": Trivial(black_hole, "hidden pixels are black"),
    "blur": Trivial(
        blur,
        f"Gaussian mean (sigma {BLUR_SIGMA:g} pixels) of the visible pixels around",
        "doi:10.1109/CVPR.1993.341081",
    ),
    "telea": Trivial(telea_fill, "Telea inpainting of each frame alone", "doi:10.1080/10867651.2004.10487596"),
    "navier-stokes": Trivial(
        navier_stokes, "Navier-Stokes inpainting of each frame alone", "doi:10.1109/CVPR.2001.990497"
    ),
    "temporal-median": Trivial(
        temporal_median,
        f"median of the visible values of each pixel over {WINDOW} frames, else Telea",
        overlap=OVERLAP,
        version=2,
    ),
    "nearest": Trivial(
        nearest_in_time, "value of each pixel in the nearest frame that shows it, else Telea", overlap=OVERLAP
    ),
    "temporal-fill": Trivial(
        temporal_fill,
        "the generator's fill from frames of like phase, without its network; Telea where in doubt",
        overlap=OVERLAP,
        follows=prior,
    ),
}
