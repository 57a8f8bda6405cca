"""Redact clips: blank or cut away what lies outside the sector, where scanners write names, dates and numbers.

Text inside the sector stays, and the sector is an estimate: somebody still has to look before a clip is
handed on. Faces and other pictures of a person are not looked for.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from translator.clips.clip import Box, Clip, Frame, Mask
from translator.errors import bad_input
from translator.regions.screen import Regions
from translator.translation import Translation

Outside = Literal["blank", "crop", "keep"]
_METHODS: dict[Outside, str | None] = {  # DICOM LO: at most 64 characters
    "blank": "new header; pixels outside the estimated sector blanked",
    "crop": "new header; cropped to the estimated sector, blanked outside it",
    "keep": None,
}


@dataclass(frozen=True, eq=False)
class Redaction:
    """What happens outside a sector (bool H,W): made black, cropped to `box` and made black there, or kept.

    `box` is the part of the source's frame that remains: the whole frame unless it is cropped.
    """

    outside: Outside
    sector: Mask
    box: Box

    @classmethod
    def around(cls, regions: Regions, outside: Outside, where: object) -> Self:
        """The redaction for one clip; `where` names it in the error.

        Raises: InputError if something is to go and no sector was found: neither the whole frame nor a black
        clip is what was asked for.
        """
        sector = regions.sector
        if outside != "keep" and not sector.any():
            what = f"no sector was found, so it is not known what to {outside}"
            raise bad_input(where, what, "Look at the clip; if no text in it names anybody, give --outside keep")
        return cls(outside, sector, _bounds(sector) if outside == "crop" else (0, 0, *sector.shape))

    @property
    def method(self) -> str | None:
        """What was done, as DICOM's DeidentificationMethod (at most 64 characters); None where nothing was."""
        return _METHODS[self.outside]

    def frame(self, frame: Frame) -> Frame:
        """One frame (H, W) or (H, W, 3), redacted."""
        if self.outside == "keep":
            return frame
        top, left, bottom, right = self.box
        inside, seen = self.sector[top:bottom, left:right], frame[top:bottom, left:right]
        return np.where(inside if frame.ndim == 2 else inside[..., None], seen, np.uint8(0))

    def clip(self, clip: Clip) -> Clip:
        """A clip or mask of the sector's frame size, redacted lazily; spacing, rate and times stay.

        Raises: InputError if its frames have another size than the sector.
        """
        if self.outside == "keep":
            return clip
        head = clip.header
        if (head.height, head.width) != self.sector.shape:
            what = f"has frames of {head.height} x {head.width}, its sector {' x '.join(map(str, self.sector.shape))}"
            raise bad_input(head.source, what, "Give the frames the clip's size, or --outside keep")
        top, left, bottom, right = self.box
        boxes = tuple(moved for box in head.tissue_boxes if (moved := _moved(box, self.box)) is not None)
        header = replace(head, height=bottom - top, width=right - left, tissue_boxes=boxes)
        return Clip(header, lambda: (self.frame(frame) for frame in clip.frames()))

    def translation(self, made: Translation) -> Translation:
        """A translation of the sector's frame size, redacted lazily with all that goes with it.

        Raises: InputError if its frames have another size than the sector.
        """
        return made if self.outside == "keep" else made.mapped(self.frame, self.clip(made.clip).header)

    def put_back(self, clip: Clip) -> Clip:
        """A cropped clip or mask in the middle of black frames of the source's size: the reverse of a crop."""
        (height, width), (top, left, bottom, right) = self.sector.shape, self.box
        margins = ((top, height - bottom), (left, width - right))
        header = replace(clip.header, height=height, width=width, tissue_boxes=())
        return Clip(header, lambda: (np.pad(f, margins + ((0, 0),) * (f.ndim - 2)) for f in clip.frames()))


def _bounds(sector: Mask) -> Box:
    rows, columns = np.flatnonzero(sector.any(axis=1)), np.flatnonzero(sector.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _moved(box: Box, frame: Box) -> Box | None:
    """A box as counted from the crop's corner and clipped to it; None where nothing of it is left."""
    top, left = max(box[0], frame[0]) - frame[0], max(box[1], frame[1]) - frame[1]
    bottom, right = min(box[2], frame[2]) - frame[0], min(box[3], frame[3]) - frame[1]
    return (top, left, bottom, right) if bottom > top and right > left else None
