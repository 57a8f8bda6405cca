"""Montages of many exhibits within the room that a page leaves."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reports.gallery.montage import Montage, montage
from translator.clips.clip import Clip

_MOST_AT_ONCE = 4  # montages in memory while they are made


def fitted(panels: Sequence[Callable[[], Mapping[str, Clip]]], room: int) -> list[tuple[Montage | None, str]]:
    """Each exhibit's montage in about `room` bytes in all, the first ones first: as video, else as a still, else not.

    Beside it what had to go, in words; None without words where there is nothing to show. Encoding takes nearly all of
    the time and leaves the interpreter free, so that threads share it.
    """
    with ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1)) as workers:
        return _thinned(list(workers.map(lambda make: montage(make()), panels)), room)


def _thinned(montages: Sequence[Montage | None], room: int) -> list[tuple[Montage | None, str]]:
    found: list[tuple[Montage | None, str]] = []
    for made in montages:
        shown, thinned = made, ""
        if made is not None and made.size > room:
            shown, thinned = (made.as_still(), "shown as a still") if len(made.still) <= room else (None, "left out")
        room -= 0 if shown is None else shown.size
        found.append((shown, thinned))
    return found
