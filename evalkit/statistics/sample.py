"""Rows made ready for a statistic: with failures at either end, and what is missing counted."""

from dataclasses import dataclass

from evalkit.statistics.grouped import Grouped
from evalkit.statistics.statistic import Statistic


@dataclass(frozen=True)
class Sample:
    """What a statistic is taken of.

    `low` and `high` have every failed clip where the statistic comes out lowest and highest, `shown` where it comes
    out worst; they are the same object where nothing failed. None, with `note`, where there is nothing to take it of.
    """

    statistic: Statistic
    low: Grouped | None
    high: Grouped | None
    shown: Grouped | None
    n_clips: int
    n_failed: int
    n_undefined: int
    note: str = ""


def empty(statistic: Statistic, note: str, n_failed: int = 0, n_undefined: int = 0) -> Sample:
    """A sample of nothing, and why."""
    return Sample(statistic, None, None, None, 0, n_failed, n_undefined, note)
