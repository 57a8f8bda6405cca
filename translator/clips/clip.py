"""Clip: a header and a way to stream frames.

Frames are uint8, (H, W) grey or (H, W, 3) colour in RGB order, rows from the top. fps is in Hz, pixel
spacing is (row, column) in mm. A clip is an array only where it is small: everything long goes through
`windows`. A mask travels as a grey clip of 0 and 255, so that it streams beside the clip it belongs to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from translator.errors import bad_input

Frame = NDArray[np.uint8]
Frames = NDArray[np.uint8]
Mask = NDArray[np.bool_]

ARRAY_LIMIT_BYTES = 1 << 30
Box = tuple[int, int, int, int]  # top, left, bottom, right [pixels]; bottom and right are not in it


@dataclass(frozen=True)
class Header:
    """Shape and scale of a clip: T frames of H x W, 1 or 3 channels, fps [Hz], spacing [mm], source.

    `frame_times_ms` are the onsets of the frames where the source gives them one by one, the first 0; fps is
    then their mean rate. `tissue_boxes` are the 2-D tissue or flow regions that the source's header declares,
    clipped to the frame; empty where it declares none.
    """

    frames: int
    height: int
    width: int
    channels: int
    fps: float | None = None
    spacing_mm: tuple[float, float] | None = None
    source: str = "array"
    frame_times_ms: tuple[float, ...] | None = None
    tissue_boxes: tuple[Box, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, H, W) or (T, H, W, 3)."""
        grey = (self.frames, self.height, self.width)
        return grey if self.channels == 1 else (*grey, self.channels)

    @property
    def nbytes(self) -> int:
        """Size of all frames as one array [bytes]."""
        return int(np.prod(self.shape, dtype=np.int64))


class Clip:
    """A header and a function that starts a fresh stream of frames each time it is called."""

    def __init__(self, header: Header, stream: Callable[[], Iterator[Frame]]) -> None:
        """`stream()` yields exactly `header.frames` uint8 frames of the header's shape."""
        self.header = header
        self._stream = stream

    @classmethod
    def from_array(
        cls,
        frames: Frames,
        fps: float | None = None,
        spacing_mm: tuple[float, float] | None = None,
        source: str = "array",
    ) -> Self:
        """Wrap a uint8 array (T, H, W) or (T, H, W, 3).

        Raises: InputError if the dtype or shape is another.
        """
        grey = frames.ndim == 3
        if frames.dtype != np.uint8 or not (grey or (frames.ndim == 4 and frames.shape[3] == 3)):
            raise bad_input(
                source,
                f"frames are {frames.dtype} of shape {frames.shape}",
                "Give uint8 of shape (T, H, W) or (T, H, W, 3)",
            )
        count, height, width = frames.shape[:3]
        header = Header(count, height, width, 1 if grey else 3, fps, spacing_mm, source)
        return cls(header, lambda: iter(frames))

    def frames(self) -> Iterator[Frame]:
        """Stream the frames once, from the first.

        Raises: InputError if the source ends early, runs on, or changes its frame size.
        """
        head, count = self.header, 0
        for frame in self._stream():
            if frame.shape != head.shape[1:] or frame.dtype != np.uint8:
                raise bad_input(
                    f"{head.source}: frame {count}",
                    f"is {frame.dtype} {frame.shape}, the header says uint8 {head.shape[1:]}",
                    "Every frame of a clip must have one size",
                )
            count += 1
            if count > head.frames:
                break
            yield frame
        if count != head.frames:
            raise bad_input(
                head.source,
                f"{'more than ' if count > head.frames else ''}{min(count, head.frames)} frames were decoded, "
                f"the header says {head.frames}",
                "The file is damaged or truncated: export it again",
            )

    def windows(self, n: int, overlap: int = 0) -> Iterator[tuple[int, Frames]]:
        """Yield (index of the first frame, frames) with n frames each, the last shorter, sharing `overlap`."""
        if n < 1 or not 0 <= overlap < n:
            raise ValueError(f"windows need n >= 1 and 0 <= overlap < n, got n={n}, overlap={overlap}")
        start, held = 0, list[Frame]()
        for frame in self.frames():
            if len(held) == n:
                yield start, np.stack(held)
                start += n - overlap
                held = held[n - overlap :]
            held.append(frame)
        if held:
            yield start, np.stack(held)

    def array(self, limit_bytes: int = ARRAY_LIMIT_BYTES) -> Frames:
        """All frames as one array, for small clips.

        Raises: InputError if the array would be larger than `limit_bytes`.
        """
        if self.header.nbytes > limit_bytes:
            raise bad_input(
                self.header.source,
                f"{self.header.nbytes / 1e9:.1f} GB of frames asked for at once, the limit is "
                f"{limit_bytes / 1e9:.1f} GB",
                "Use windows()",
            )
        out = np.empty(self.header.shape, np.uint8)
        for i, frame in enumerate(self.frames()):
            out[i] = frame
        return out

    def named(self, source: str) -> "Clip":
        """The same clip under another source."""
        return Clip(replace(self.header, source=source), self._stream)

    def mapped(self, function: Callable[[Frame], Frame], channels: int) -> "Clip":
        """A lazy clip of `function(frame)` with the same frame size and the given number of channels."""
        return Clip(replace(self.header, channels=channels), lambda: (function(frame) for frame in self.frames()))


def to_grey(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma of RGB frames (..., H, W, 3) -> (..., H, W), BT.601 weights; grey pixels keep their value.

    Integer arithmetic (weights of 2^-15 that add up to one), so that R = G = B maps to itself exactly.
    """
    red, green, blue = (frames[..., channel].astype(np.int32) for channel in range(3))
    return ((9798 * red + 19235 * green + 3735 * blue + 16384) >> 15).astype(np.uint8)


def grey_clip(clip: Clip) -> Clip:
    """The clip in grey: itself if it is, its luma if it is in colour."""
    return clip if clip.header.channels == 1 else clip.mapped(to_grey, 1)


def mask_clip(mask: Mask, like: Clip) -> Clip:
    """A boolean mask (T, H, W) as a clip of 0 and 255 with the header of `like`."""
    head = replace(like.header, channels=1, source=f"{like.header.source} (mask)")
    return Clip(head, lambda: (frame.astype(np.uint8) * np.uint8(255) for frame in mask))
