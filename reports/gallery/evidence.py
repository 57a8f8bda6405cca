"""Evidence and uncertainty as colours over a picture, with a legend; the colours are told apart by the colour-blind.

Sources: Okabe and Ito 2008 (two hues of their palette, for where a pixel comes from); cividis, Nunez et al. 2018,
doi:10.1371/journal.pone.0199239 (for how large an error is expected).
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from reports.gallery.panels import GAP, LETTERS, in_colour, panel, written
from translator.clips.clip import Clip, Frame, grey_clip, to_grey
from translator.fill.origins import CARRIED_OVER, INVENTED
from translator.translation import UNCERTAINTY_STEP

COLOURS = {CARRIED_OVER: (86, 180, 233), INVENTED: (213, 94, 0)}
WORDS = {CARRIED_OVER: "carried over from other frames", INVENTED: "invented: no frame that is alike shows it"}
SCALE_TOP = 32  # expected error [grey levels] that has the scale's last colour
_OPACITY = 0.6
_DIMMED = 2  # the picture around an error is shown at 1 / _DIMMED of its brightness
_SHORTEST, _TALLEST = 320, 480  # rows of a panel: its caption must be readable, and the picture not too large
_SWATCH, _SCALE_WIDTH, _LINE = 14, 128, 26  # pixels


def origin_picture(grey: Frame, classes: Frame) -> Frame:
    """A grey frame (H, W) with what is hidden tinted by its class, as RGB (H, W, 3)."""
    picture = in_colour(grey).astype(np.float32)
    for value, colour in COLOURS.items():
        where = classes == value
        picture[where] = (1 - _OPACITY) * picture[where] + _OPACITY * np.array(colour, np.float32)
    return np.rint(picture).astype(np.uint8)


def uncertainty_picture(grey: Frame, uncertainty: Frame, hidden: NDArray[np.bool_]) -> Frame:
    """The expected error of hidden pixels (bool H, W) in colours from 0 to SCALE_TOP, over the dimmed frame; RGB."""
    levels = uncertainty.astype(np.float32) * UNCERTAINTY_STEP
    return np.where(hidden[..., None], scaled_colours(levels), in_colour(grey) // _DIMMED)


def scaled_colours(levels: NDArray[np.float32]) -> Frame:
    """Grey levels (H, W) in the scale's colours, from 0 to SCALE_TOP and all above it; RGB."""
    index = np.minimum(np.rint(levels * np.float32(255 / SCALE_TOP)), 255).astype(np.uint8)
    made: Frame = scale_colours()[index]
    return made


@cache
def scale_colours() -> Frame:
    """RGB (256, 3) from no expected error to SCALE_TOP grey levels."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_CIVIDIS)[:, 0, ::-1])


def side_panels(clip: Clip, evidence: Clip | None, uncertainty: Clip | None) -> dict[str, Clip]:
    """The panels that go with a translation, by name: `origin` and `uncertainty`, as far as there is such a thing."""
    grey = grey_clip(clip)
    panels = {} if evidence is None else {"origin": _drawn(origin_picture, grey, evidence)}
    if uncertainty is not None:
        hidden = uncertainty if evidence is None else evidence
        panels["uncertainty"] = _drawn(lambda g, u, h: uncertainty_picture(g, u, h > 0), grey, uncertainty, hidden)
    return panels


def evidence_sheet(colour: Frame, grey: Frame, classes: Frame, uncertainty: Frame | None) -> Frame:
    """One frame as colour Doppler | translation | origin | uncertainty, side by side over a legend; RGB.

    All of one frame size: (H, W) or, of colour Doppler and translation, (H, W, 3).
    """
    height = min(max(grey.shape[0], _SHORTEST), _TALLEST)
    luma = grey if grey.ndim == 2 else to_grey(grey)
    shown = {"colour Doppler": colour, "translation": grey, "origin": origin_picture(luma, classes)}
    if uncertainty is not None:
        shown["uncertainty"] = uncertainty_picture(luma, uncertainty, classes > 0)
    row = np.concatenate([panel(frame, name, height) for name, frame in shown.items()], axis=1)
    legend = _legend(uncertainty is not None)
    width = max(row.shape[1], max(line.shape[1] for line in legend))
    return np.concatenate([_widened(part, width) for part in (row, *legend)], axis=0)


def _drawn(function: Callable[..., Frame], *clips: Clip) -> Clip:
    header = replace(clips[0].header, channels=3)
    return Clip(header, lambda: (function(*f) for f in zip(*(clip.frames() for clip in clips), strict=True)))


def _legend(with_scale: bool) -> list[Frame]:
    """A line for each colour, and one for the scale."""
    lines = []
    for value, colour in COLOURS.items():
        line = np.zeros((_LINE, 2 * GAP + _SWATCH, 3), np.uint8)
        line[(_LINE - _SWATCH) // 2 :, GAP : GAP + _SWATCH][:_SWATCH] = colour
        lines.append(_labelled(line, WORDS[value]))
    if with_scale:
        line = np.zeros((_LINE, 2 * GAP + _SCALE_WIDTH, 3), np.uint8)
        ramp = scale_colours()[np.linspace(0, 255, _SCALE_WIDTH).astype(int)]
        line[(_LINE - _SWATCH) // 2 :, GAP : GAP + _SCALE_WIDTH][:_SWATCH] = ramp
        lines.append(_labelled(line, f"expected error: 0 to {SCALE_TOP} grey levels or more"))
    return lines


def _labelled(line: Frame, text: str) -> Frame:
    start = line.shape[1] + GAP
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, LETTERS, 1)
    return written(_widened(line, start + width + GAP), text, (start, _LINE - 8))


def _widened(picture: Frame, width: int) -> Frame:
    return np.pad(picture, ((0, 0), (0, width - picture.shape[1]), (0, 0)))
