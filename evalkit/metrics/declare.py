"""What a metric declares about itself, what it is handed, and the regions that it can be measured in.

A metric is a declaration and an accumulator: `start()` makes a fresh accumulator for one clip and arm, which is handed
one `Moment` after another and asked for the value of each region at the end. The factories in
`evalkit.metrics.accumulate` make both from plain functions over arrays.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from translator.clips.clip import Frame, Mask

WITHOUT_MASK = frozenset({"frame", "sector"})  # the regions that a clip has without a mask
USUAL_REGIONS = ("frame", "sector", "mask", "seam", "unmasked")  # where a study names none
REGIONS = (*USUAL_REGIONS, "seen", "unseen")
PARTS = {"seen": "hidden part that is seen at other times", "unseen": "hidden part that is never seen",
         "unmasked": "part outside the mask"}  # fmt: skip
NO_CHANGE = "a clip of one frame shows no change over time"
Needs = Literal["pair", "translation", "given"]
T = TypeVar("T")


def part(region: str) -> str:
    """A region as a sentence names it."""
    return PARTS.get(region, region)


class Moment:
    """One time step of one clip and one arm.

    `real` and `made` are the reference and the translation, uint8 (H, W); `real` is None where a metric needs no pair
    and there is none. `given` is the luma of what the arm was given, None where that is not known. `areas` has the
    pixels of each region, bool (H, W). `before` is the moment before this one, or None; only one step is kept.
    `spacing_mm` is the clip's (row, column) where it is known, and `labels` the frame of the segmentation, uint8
    (H, W) as in translator.datasets.labels, where the clip has one. `device` is that of torch on which a metric's
    network runs.

    `shared` holds what was computed of `real`; the moments of all arms at one time step are given the same one. What is
    asked for as `passing` is large and of no use to the next moment, and is let go after the step.
    """

    def __init__(
        self,
        real: Frame | None,
        made: Frame,
        areas: Mapping[str, Mask],
        before: "Moment | None" = None,
        shared: "Products | None" = None,
        given: Frame | None = None,
        spacing_mm: tuple[float, float] | None = None,
        labels: Frame | None = None,
        device: str = "cpu",
    ) -> None:
        """`shared` is made anew where none is given."""
        self.real: Frame = real  # type: ignore[assignment]  # only a metric that declares that it needs none meets None
        self.given: Frame = given  # type: ignore[assignment]  # and of this likewise
        self.made, self.areas, self.before = made, areas, before
        self.spacing_mm, self.labels, self.device = spacing_mm, labels, device
        self._shared, self._own = shared or Products(), Products()
        if before is not None:
            before.before = None

    def of_real(self, key: str, make: Callable[[Frame], T], passing: bool = False) -> T:
        """`make(real)`, computed once for all metrics of all arms; `key` must say all that it depends on.

        It may also look at `areas` and at `before.real`, which are the same for all arms.
        """
        return self._shared.once(key, lambda: make(self.real), passing)

    def of_made(self, key: str, make: Callable[[Frame], T], passing: bool = False) -> T:
        """`make(made)`, computed once for all metrics."""
        return self._own.once(key, lambda: make(self.made), passing)

    def of_pair(self, key: str, make: Callable[[Frame, Frame], T], passing: bool = False) -> T:
        """`make(real, made)`, computed once for all metrics."""
        return self._own.once(f"pair: {key}", lambda: make(self.real, self.made), passing)

    def pass_by(self) -> None:
        """Let go what only this step needed of the translation."""
        self._own.pass_by()


class Products:
    """What was computed of a frame, by key."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._lasting: dict[str, Any] = {}
        self._passing: dict[str, Any] = {}

    def once(self, key: str, make: Callable[[], T], passing: bool) -> T:
        """What is kept under the key, or is made for it now."""
        kept = self._passing if passing else self._lasting
        if key not in kept:
            kept[key] = make()
        found: T = kept[key]
        return found

    def pass_by(self) -> None:
        """Let go what only this step needed."""
        self._passing.clear()


class Running(Protocol):
    """What a metric accumulates over one clip of one arm."""

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Take in one time step, for these regions."""

    def value(self, region: str) -> float | str:
        """The clip's number in a region, or why there is none, in words."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric: what it is and how it is accumulated.

    Either higher is better, or lower, or (`higher_is_better` None) nearest to `target` is; or, if `descriptive`,
    none of these, so that values can only be compared with those of another arm or with a number. `bounds` are the
    finite ends of what it can be: a failed translation counts as one of them.

    `needs` "translation" says that it looks at the translation alone, and "given" at what the arm was given as well, so
    that clips without truth have it too. `local` says that no pixel outside a region moves its value there, as one does
    where a window or a network looks at what surrounds it. `temporal` says that the order of the frames matters.
    `origin` identifies code from outside the package. `weights` names the pinned files that it needs
    (translator.pins), without which it has no value.
    """

    name: str
    unit: str
    bounds: tuple[float, float]
    version: int
    source: str
    summary: str
    start: Callable[[], Running]
    higher_is_better: bool | None = None
    target: float | None = None
    regions: tuple[str, ...] = REGIONS
    needs: Needs = "pair"
    descriptive: bool = False
    local: bool = False
    temporal: bool = False
    origin: str = ""
    weights: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a metric without a direction that is not descriptive, and one with two."""
        if [self.higher_is_better is not None, self.target is not None, self.descriptive].count(True) != 1:
            raise ValueError(f"metric {self.name}: give either higher_is_better or target, or say descriptive=True")
        if not all(math.isfinite(bound) for bound in self.bounds):
            raise ValueError(f"metric {self.name}: bounds {self.bounds} must be finite: a failed clip counts as one")
        if self.target is not None and not self.bounds[0] <= self.target <= self.bounds[1]:
            raise ValueError(f"metric {self.name}: target {self.target:g} lies outside {self.bounds}")
        unknown = [region for region in self.regions if region not in REGIONS]
        if unknown:
            raise ValueError(f"metric {self.name}: unknown regions {unknown}; known: {', '.join(REGIONS)}")

    @property
    def worst(self) -> float:
        """The value that a failed translation counts as: of both bounds the one farther from the best."""
        return max(self.bounds, key=self.distance)

    @property
    def best(self) -> float:
        """The best value that there can be.

        Raises: ValueError for a descriptive metric, which has none.
        """
        if self.descriptive:
            raise ValueError(f"metric {self.name} is descriptive: no value of it is best")
        if self.target is not None:
            return self.target
        return self.bounds[1] if self.higher_is_better else self.bounds[0]

    @property
    def better(self) -> str:
        """Which values are better, in words."""
        if self.descriptive:
            return "neither higher nor lower"
        if self.target is not None:
            return f"nearer to {self.target:g}"
        return "higher" if self.higher_is_better else "lower"

    @property
    def signature(self) -> str:
        """Name with profile, and version: what a printed value must carry; and where code from outside came from."""
        return f"{self.name}|v{self.version}|{self.unit}" + (f"|{self.origin}" if self.origin else "")

    def distance(self, value: float) -> float:
        """How far a value is from the best one; the smaller, the better."""
        return abs(value - self.best)
