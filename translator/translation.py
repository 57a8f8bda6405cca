"""Translator and Translation: the seam between a generator and everything that uses or judges one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import NamedTuple, Protocol, Self, runtime_checkable

from translator.clips.clip import Clip, Frame, Header
from translator.errors import bad_input

UNCERTAINTY_STEP = 0.25  # grey levels of expected absolute error that one step of an uncertainty frame stands for


class TracedFrame(NamedTuple):
    """One frame of a translation with what is known of it; see Translation."""

    picture: Frame
    evidence: Frame | None = None
    uncertainty: Frame | None = None


@dataclass(frozen=True)
class Translation:
    """A greyscale clip, and optionally where it was invented and how uncertain it is (grey clips of its size).

    evidence: the classes of translator.fill.origins: 0 measured in this frame, 128 carried over from other frames,
    255 invented. uncertainty: expected absolute error in steps of UNCERTAINTY_STEP grey levels, so that 255 stands
    for 63.75 or more; 0 outside the mask. Either may be absent. Who makes all in one go uses `from_stream`, so
    that `together` does the work once.
    """

    clip: Clip
    evidence: Clip | None = None
    uncertainty: Clip | None = None
    _stream: Callable[[], Iterator[TracedFrame]] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_stream(
        cls, header: Header, stream: Callable[[], Iterator[TracedFrame]], *, evidence: bool, uncertainty: bool
    ) -> Self:
        """A translation made frame by frame: each call of `stream()` starts anew and yields `header.frames` frames.

        `evidence` and `uncertainty` say which of the two every frame has.
        """
        grey = replace(header, channels=1)
        return cls(
            Clip(header, lambda: (frame.picture for frame in stream())),
            Clip(grey, lambda: (part for frame in stream() if (part := frame.evidence) is not None))
            if evidence
            else None,
            Clip(grey, lambda: (part for frame in stream() if (part := frame.uncertainty) is not None))
            if uncertainty
            else None,
            stream,
        )

    def together(self) -> Iterator[TracedFrame]:
        """Every frame with its evidence and uncertainty, as far as there are any, in one pass.

        Raises: InputError if evidence or uncertainty have another size or length than the clip.
        """
        if self._stream is not None:
            return self._stream()
        head = self.clip.header
        sides: list[Iterator[Frame | None]] = []
        for name, side in (("evidence", self.evidence), ("uncertainty", self.uncertainty)):
            if side is not None and side.header.shape != head.shape[:3]:
                what = f"has shape {side.header.shape}, its clip {head.shape[:3]}"
                raise bad_input(f"{head.source}: {name}", what, "Give one grey frame of the clip's size for each frame")
            sides.append(repeat(None, head.frames) if side is None else side.frames())
        return (TracedFrame(*parts) for parts in zip(self.clip.frames(), *sides, strict=True))

    def mapped(self, function: Callable[[Frame], Frame], header: Header) -> "Translation":
        """The same with `function` applied to every frame of all that there is; `header` is the new clip's."""

        def stream() -> Iterator[TracedFrame]:
            for frame in self.together():
                yield TracedFrame(*(None if part is None else function(part) for part in frame))  # type: ignore[arg-type]

        return Translation.from_stream(
            header, stream, evidence=self.evidence is not None, uncertainty=self.uncertainty is not None
        )


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
