"""Files that are damaged or lie: what a parser raises becomes one InputError, what a header says is bounded."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from translator.clips.discreet import discreet, without_values
from translator.errors import InputError, bad_input

FRAME_LIMIT_PIXELS = 1 << 25  # 8K video has 33.2 million; a header that asks for more than this lies
FASTEST_HZ = 20_000.0  # ultrafast plane waves stay below
EXPORT_AGAIN = "The file is damaged or truncated: export it again"

Item = TypeVar("Item")


@contextmanager
def reading(where: object, remedy: str = EXPORT_AGAIN, *, quote: bool = True) -> Iterator[None]:
    """Run a parser on untrusted bytes.

    Parsers of other projects raise what they like on a damaged file, and warn on stderr about what they mend:
    here every exception is bad input at `where`, and warnings are dropped. Keep our own logic out of it. What the
    exception says is passed on if `quote`; not where it can quote a header that names a patient.
    Raises: InputError.
    """
    with warnings.catch_warnings(), discreet():
        warnings.simplefilter("ignore")
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            said = reason(error) if quote else without_values(error)
            raise bad_input(where, f"cannot be read ({said})", remedy) from None


def reading_each(
    items: Iterator[Item], where: object, remedy: str = EXPORT_AGAIN, *, quote: bool = True
) -> Iterator[Item]:
    """The items, each fetched under `reading`; a fault names the frame."""
    index = 0
    while True:
        with reading(f"{where}: frame {index}", remedy, quote=quote):
            try:
                item = next(items)
            except StopIteration:
                return
        yield item
        index += 1


def reason(error: BaseException) -> str:
    """The first line of what an exception says, and the second where that is only announced; at most 200 characters."""
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines[:2]) if lines and lines[0].endswith(":") else "".join(lines[:1])
    return text[:200] or type(error).__name__


def checked_frame_size(where: object, height: int, width: int) -> None:
    """Refuse a frame that is empty or larger than any screen, before anything is allocated for it.

    Raises: InputError.
    """
    if height < 1 or width < 1:
        raise bad_input(where, f"its frames are {height} x {width} pixels", EXPORT_AGAIN)
    if height * width > FRAME_LIMIT_PIXELS:
        raise bad_input(
            where,
            f"its header says {height} x {width} pixels a frame, the limit is {FRAME_LIMIT_PIXELS / 1e6:.1f} million",
            "No screen is that large: export it again",
        )


def possible_rate(fps: float) -> float | None:
    """Frames per second, or None if no scanner has such a rate: 0, negative, not finite, above FASTEST_HZ."""
    return fps if 0 < fps <= FASTEST_HZ else None


def possible_spacing(row: float, column: float) -> tuple[float, float] | None:
    """Row and column spacing [mm], or None if one is not positive and finite."""
    return (row, column) if 0 < row < math.inf and 0 < column < math.inf else None
