"""Montages of many exhibits within the room that a page leaves."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reports.gallery.montage import Montage, montage
from translator.clips.clip import Clip

_AT_ONCE = 4  # montages in memory that are not thinned yet


def fitted(panels: Sequence[Callable[[], Mapping[str, Clip]]], room: int) -> list[tuple[Montage | None, str]]:
    """Each exhibit's montage in about `room` bytes in all, the first ones first: as video, else as a still, else not.

    Beside it what had to go, in words; None without words where there is nothing to show. Encoding takes nearly all of
    the time and leaves the interpreter free, so that threads share it.
    """
    found: list[tuple[Montage | None, str]] = []
    with ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1)) as workers:
        for first in range(0, len(panels), _AT_ONCE):
            for made in workers.map(lambda make: montage(make()), panels[first : first + _AT_ONCE]):
                shown, thinned = _thinned(made, room)
                room -= 0 if shown is None else shown.size
                found.append((shown, thinned))
    return found


def _thinned(made: Montage | None, room: int) -> tuple[Montage | None, str]:
    if made is None or made.size <= room:
        return made, ""
    return (made.as_still(), "shown as a still") if len(made.still) <= room else (None, "left out")
