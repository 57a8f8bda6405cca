"""Each pixel's mean, spread and median over a stack of frames, in blocks of rows: no temporary as large as the stack.

The values are those of numpy's mean, std and median, to the last bit.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 20  # bytes of the stack that are worked on at a time: the cache of a processor holds them


def mean_over_time(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean (H, W) of frames (T, H, W)."""
    return np.asarray(np.add.reduce(frames, axis=0, dtype=np.uint32) / len(frames), np.float64)


def spread_over_time(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Standard deviation (H, W), in single precision, of frames (T, H, W)."""
    out = np.empty(frames.shape[1:], np.float32)
    for rows in _blocks(frames):
        out[rows] = frames[:, rows].astype(np.float32).std(axis=0)
    return out


def median_over_time(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Median (H, W, ...) of frames (T, H, W, ...); between two middle values their mean, rounded down.

    By a sorting network over whole planes (Batcher 1968, doi:10.1145/1468075.1468121), of which only what reaches
    the middle is done.
    """
    low, high = (len(frames) - 1) // 2, len(frames) // 2
    out = np.empty(frames.shape[1:], np.uint8)
    for rows in _blocks(frames):
        planes = list(np.array(frames[:, rows], order="C"))
        spare = np.empty_like(planes[0])
        for first, second in _network(len(frames)):
            np.minimum(planes[first], planes[second], out=spare)
            np.maximum(planes[first], planes[second], out=planes[second])
            planes[first], spare = spare, planes[first]
        out[rows] = planes[low] + (planes[high] - planes[low]) // 2
    return out


@cache
def _network(count: int) -> tuple[tuple[int, int], ...]:
    """Pairs of planes to put in order, after which the middle ones of `count` planes are where sorting puts them."""
    needed = {(count - 1) // 2, count // 2}
    kept = []
    for pair in reversed(list(_sorting(count))):
        if needed & set(pair):
            needed |= set(pair)
            kept.append(pair)
    return tuple(reversed(kept))


def _sorting(count: int) -> Iterator[tuple[int, int]]:
    """Batcher's odd-even merge sort of `count` values, as pairs (lower, upper) to put in order."""
    run = 1
    while run < count:
        step = run
        while step:
            for start in range(step % run, count - step, 2 * step):
                for at in range(start, min(start + step, count - step)):
                    if at // (2 * run) == (at + step) // (2 * run):
                        yield at, at + step
            step //= 2
        run *= 2


def _blocks(frames: NDArray[np.uint8]) -> Iterator[slice]:
    rows = max(1, _BLOCK // max(1, frames[:, :1].nbytes))
    return (slice(start, start + rows) for start in range(0, frames.shape[1], rows))
