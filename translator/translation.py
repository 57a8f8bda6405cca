"""Translator and Translation: the seam between a generator and everything that uses or judges one."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from translator.clips.clip import Clip


@dataclass(frozen=True)
class Translation:
    """A greyscale clip, and optionally where it was invented and how uncertain it is (clips of its size)."""

    clip: Clip
    evidence: Clip | None = None
    uncertainty: Clip | None = None


@runtime_checkable
class Translator(Protocol):
    """Anything that turns a colour Doppler clip into greyscale.

    `mask` is a grey clip of 0 and 255 with the clip's frames. The result has the clip's size, frame count and
    frame rate; it may be lazy. Two optional attributes are read where they exist: `card` (ModelCard) and
    `identity` (a JSON-like dict that changes whenever the output would).
    """

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        """Translate one clip."""
        ...
