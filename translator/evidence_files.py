"""Evidence and uncertainty as files beside a translation, written in the one pass that writes the picture."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from translator.clips.clip import Clip, Frame
from translator.clips.npz import npz_writer
from translator.errors import bad_input
from translator.fill.origins import OriginCount
from translator.translation import TracedFrame, Translation

SIDES = EVIDENCE, UNCERTAINTY = ("evidence", "uncertainty")
Watch = Callable[[TracedFrame, OriginCount | None], None]
_COMPRESS = 1  # classes and errors are smooth: more costs time and saves little


def side_name(stem: str, side: str) -> str:
    """The name of the file that lies beside a translation: `clip.evidence.npz`."""
    return f"{stem}.{side}.npz"


def picture_name(stem: str) -> str:
    """The name of the picture that shows evidence and uncertainty of one frame: `clip.evidence.png`."""
    return f"{stem}.{EVIDENCE}.png"


def side_names(stem: str) -> list[str]:
    """The names of all that can lie beside a translation."""
    return [*(side_name(stem, side) for side in SIDES), picture_name(stem)]


def recorded(translation: Translation, folder: Path, stem: str, watch: Watch | None = None) -> Clip:
    """The translation's clip, which writes what goes with it while its frames are streamed.

    `folder` gets STEM.evidence.npz and STEM.uncertainty.npz, as far as there is such a thing; they are whole when
    the last frame has been taken. `watch` is called with every frame and the count of its origins, which is None
    without evidence. Streaming raises: InputError if evidence or uncertainty do not fit the clip, or evidence holds
    a value that is no class.
    """
    source = translation.clip.header.source

    def stream() -> Iterator[Frame]:
        with ExitStack() as files:
            sides = [(EVIDENCE, translation.evidence), (UNCERTAINTY, translation.uncertainty)]
            keep = {
                side: files.enter_context(npz_writer(folder / side_name(stem, side), clip.header, _COMPRESS))
                for side, clip in sides
                if clip is not None
            }
            for frame in translation.together():
                for side, add in keep.items():
                    add(_fitting(frame, frame.evidence if side == EVIDENCE else frame.uncertainty, f"{source}: {side}"))
                classes = frame.evidence
                count = None if classes is None else OriginCount.of(classes, frame.uncertainty, source)
                if watch is not None:
                    watch(frame, count)
                yield frame.picture

    return Clip(translation.clip.header, stream)


def _fitting(frame: TracedFrame, part: Frame | None, where: str) -> Frame:
    size = frame.picture.shape[:2]
    if part is None or part.shape != size or part.dtype != np.uint8:
        found = "is absent" if part is None else f"is {part.dtype} of shape {part.shape}"
        raise bad_input(where, f"{found}, its picture {size}", "Give one uint8 frame of the picture's size each time")
    return part
