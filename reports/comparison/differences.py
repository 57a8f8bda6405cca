"""Differences of two runs, clip by clip, with intervals that take the subject as the unit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evalkit.metrics.declare import Metric
from evalkit.records import Estimate, Measurement
from evalkit.statistics.estimates import estimate_difference, estimate_mean
from reports.comparison.pairing import Pairing, Side
from translator.errors import bad_input

Arms = tuple[str, str]  # in the first run, in the other


@dataclass(frozen=True)
class Difference:
    """One arm of one run minus its counterpart of the first run, in one metric and region.

    `finding`: better, worse, more, less, or not settled, where the interval holds 0; or why there is no interval.
    """

    letter: str
    arm: str
    against: str
    metric: Metric
    region: str
    first: Estimate
    other: Estimate
    estimate: Estimate

    @property
    def finding(self) -> str:
        """In a word."""
        low, high = self.estimate.low, self.estimate.high
        if low is None or high is None:
            return self.estimate.note or "no interval"
        if low <= 0 <= high:
            return "not settled"
        up = low > 0
        if self.metric.higher_is_better is None:
            return "higher" if up else "lower"
        return "better" if up == self.metric.higher_is_better else "worse"


def matched_arms(first: Side, other: Side, asked: Sequence[Arms]) -> list[Arms]:
    """The arms that are compared: those asked for, else those of the same name.

    Raises: InputError if there are none, or one that was asked for is not there.
    """
    ours, theirs = first.view.arms, other.view.arms
    there = f"A has {', '.join(ours)}; {other.letter} has {', '.join(theirs)}"
    for one, two in asked:
        if one not in ours or two not in theirs:
            raise bad_input(f"--pair {one}={two}", f"names an arm that is not there: {there}", "Correct it")
    found = list(asked) or [(arm, arm) for arm in ours if arm in theirs]
    if not found:
        raise bad_input(f"runs A and {other.letter}", f"have no arm in common: {there}", "Give --pair ARM_OF_A=ARM")
    return found


def differences(pairing: Pairing, asked: Sequence[Arms] = ()) -> list[Difference]:
    """Every comparable metric and region of every matched arm, on the clips of the pairing and of all populations."""
    first = pairing.sides[0]
    clips = common_clips(pairing)
    return [
        made
        for other in pairing.sides[1:]
        for arms in matched_arms(first, other, asked)
        for made in _of_arms(first, other, arms, clips)
    ]


def common_clips(pairing: Pairing) -> frozenset[str]:
    """The shared clips that every run's statistics are about."""
    populations = [{row.clip_id for row in side.view.population} for side in pairing.sides]
    return pairing.clips.intersection(*populations)


def not_compared(first: Side, other: Side) -> list[str]:
    """Metrics that both runs have under one name and another signature: their values mean different things."""
    ours, theirs = first.view.metrics, other.view.metrics
    return [
        f"{name}: A has {ours[name].signature}, {other.letter} has {theirs[name].signature}"
        for name in ours
        if name in theirs and ours[name].signature != theirs[name].signature
    ]


def _of_arms(first: Side, other: Side, arms: Arms, clips: frozenset[str]) -> Iterator[Difference]:
    one, two = arms
    names = f"{one} in A", f"{two} in {other.letter}"
    theirs = other.view.metrics
    for name, metric in first.view.metrics.items():
        if name not in theirs or theirs[name].signature != metric.signature:
            continue
        for region in first.view.study["regions"]:
            if region not in metric.regions or region not in other.view.study["regions"]:
                continue
            sides = ((first, one, names[0]), (other, two, names[1]))
            rows = [row for side, arm, shown in sides for row in _rows(side, (name, region), arm, shown, clips)]
            words = f"{len(clips)} clips shared by all runs"
            ours, new = (estimate_mean(shown, region, rows, metric, words) for shown in names)
            found = estimate_difference(names[1], names[0], region, rows, metric, words)
            yield Difference(other.letter, two, one, metric, region, ours, new, found)


def _rows(side: Side, panel: tuple[str, str], arm: str, shown: str, clips: frozenset[str]) -> list[Measurement]:
    return [
        replace(row, arm=shown) for row in side.view.by_panel.get(panel, ()) if row.arm == arm and row.clip_id in clips
    ]
