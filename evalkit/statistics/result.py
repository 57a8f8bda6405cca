"""Result: one number with its interval and p, how it was had, or why not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Estimand = Literal["subject-weighted", "clip-weighted"]
Alternative = Literal["two-sided", "greater", "less"]
Range = tuple[float | None, float | None]  # open; None is without bound


@dataclass(frozen=True)
class Result:
    """What a method came to. `low`, `high` and `p` are None exactly where `note` gives the reason, or none was asked.

    p belongs to the null that the method's docstring states. `smallest_p` is the least p that the method could have
    given on these data (resampling and exact tests only): p cannot go below it, however large the effect.
    `estimand` says whether every subject or every clip counts the same.
    """

    statistic: str
    method: str
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    p: float | None = None
    smallest_p: float | None = None
    error: float | None = None
    df: float | None = None
    estimand: Estimand | None = None
    n_subjects: int = 0
    n_clips: int = 0
    n_resamples: int = 0
    seed: int | None = None
    note: str = ""

    @property
    def status(self) -> Literal["ok", "undefined"]:
        """`undefined` where the value, or an interval or p that was asked for, could not be had; `note` says why."""
        return "undefined" if self.note else "ok"


OneSided = Callable[[float], float | None]


def p_in_range(p_above: OneSided, p_below: OneSided, bounds: Range) -> float | None:
    """p of "the value lies in the open range", from one-sided p: two bounds make it TOST, no bound makes it None."""
    low, high = bounds
    sides = ([] if low is None else [p_above(low)]) + ([] if high is None else [p_below(high)])
    found = [p for p in sides if p is not None]
    return max(found) if found and len(found) == len(sides) else None
