"""Frames that lie one after another as plain numbers: what NPY, MetaImage and NIfTI have in common."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame
from translator.clips.damage import reading
from translator.errors import bad_input

GREY_REMEDY = "Save 8-bit greyscale or RGB, as it is shown on the screen"


@dataclass(frozen=True)
class Planes:
    """Where plain frames lie: `opened()` gives a stream at the first, each of `shape` (H, W) or (H, W, 3).

    A stored number n stands for n * slope + intercept, which must be an integer within 0..255.
    """

    where: str
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    count: int
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    slope: float = 1.0
    intercept: float = 0.0

    def stream(self) -> Iterator[Frame]:
        """The frames as uint8; fewer if the file ends early, which Clip.frames names.

        Raises: InputError if a value is no integer within 0..255, or the stream is damaged.
        """
        size = int(np.prod(self.shape)) * self.dtype.itemsize
        with reading(self.where):
            opening = self.opened()
            file = opening.__enter__()
        try:
            for index in range(self.count):
                where = f"{self.where}: frame {index}"
                with reading(where):
                    data = file.read(size)
                if len(data) != size:
                    return
                yield self._to_uint8(np.frombuffer(data, self.dtype).reshape(self.shape), where)
        finally:
            opening.__exit__(None, None, None)

    def _to_uint8(self, stored: NDArray[np.generic], where: str) -> Frame:
        if stored.dtype == np.uint8 and (self.slope, self.intercept) == (1.0, 0.0):
            return np.asarray(stored, np.uint8)
        with np.errstate(all="ignore"):  # what overflows is refused below
            values = stored.astype(np.float64) * self.slope + self.intercept
        low, high = float(values.min()), float(values.max())
        if not (low >= 0 and high <= 255):
            raise bad_input(where, f"has {stored.dtype} values from {low:g} to {high:g}, not 0 to 255", GREY_REMEDY)
        if (values != np.rint(values)).any():
            raise bad_input(where, f"has {stored.dtype} values that are no integers", GREY_REMEDY)
        return values.astype(np.uint8)
