"""Gates on measured arms: margins from candidates without a fault, and what is red of any other candidate."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.gate.judge import differences, judge
from evalkit.gate.margins import Endpoint, Margins, calibrate
from evalkit.identical import identical
from evalkit.metrics.registry import METRICS
from evalkit.records import Measurement
from evalkit.seal import Run
from evalkit.untouched import altered
from translator.clips.manifest import Entry
from translator.errors import InputError

ENDPOINTS = (
    ("ssim[wang2004]", "mask"), ("mae", "mask"), ("mae", "unmasked"), ("sharpness_ratio", "mask"),
    ("histogram_distance[wasserstein]", "mask"), ("temporal_error", "mask"), ("frozen_share", "mask"),
    ("misaligned_share", "frame"), ("seam_visibility", "seam"),
)  # fmt: skip
ARM, BASELINE, NULL = "arm", "baseline", "none-"
VIEWS = 4
DRAWS, SEEN = 100, 0.8
_ANY = 1e-9

Rows = Sequence[Measurement]


@dataclass(frozen=True)
class Candidate:
    """What is handed to the gate: rows of the arm, and the clips that the candidate's run has (None: all)."""

    rows: Rows
    clips: frozenset[str] | None = None


@dataclass(frozen=True)
class Seen:
    """The share of draws in which something was red, and in how many of them each check was; and the share in which
    single clips were told to be far better, which is no red."""

    share: float
    checks: Counter[str]
    draws: int
    leaps: float = 0.0

    def often(self, most: int = 2) -> str:
        """The checks that were red most often."""
        return ", ".join(name for name, _ in self.checks.most_common(most)) or "nothing"


def from_which(shares: Sequence[tuple[float, float]]) -> float | None:
    """The least strength from which on every share is enough, of (strength, share) in order; None without one."""
    found = None
    for strength, share in reversed(shares):
        if share < SEEN:
            break
        found = strength
    return found


class Trial:
    """Gates on draws of the subjects."""

    def __init__(self, entries: Sequence[Entry], rows: Rows, seed: int, calibrating: int) -> None:
        """`rows` are of all arms; so many of the candidates without a fault serve to find the margins."""
        self.entries = entries
        self.by_arm: dict[str, list[Measurement]] = {}
        for row in rows:
            self.by_arm.setdefault(row.arm, []).append(replace(row, arm=ARM))
        self.everyone = sorted({entry.subject_id for entry in entries})
        self.view = {subject: f"v{number % VIEWS}" for number, subject in enumerate(self.everyone)}
        self.rng = np.random.default_rng(seed)
        nulls = [name for name in self.by_arm if name.startswith(NULL)]
        self.used, self.kept = nulls[:calibrating], nulls[calibrating:]
        self.margins = self._calibrated()

    def _calibrated(self) -> Margins:
        runs = [self.run(Candidate(self.by_arm[name]), self.everyone) for name in self.used]
        found = []
        for metric, region in ENDPOINTS:
            pairs = [differences(one, other, (ARM, ARM), metric, region) for one, other in combinations(runs, 2)]
            if any(pair.mean.value for pair in pairs):
                found.append(calibrate(metric, region, pairs).endpoint)
            else:  # good candidates never differ in it: any difference is news
                found.append(Endpoint(metric=metric, region=region, margin=_ANY, clip_margin=_ANY))
        return Margins(endpoints=found)

    def seen(self, candidate: Callable[[Collection[str]], Candidate], number: int, views: bool = False) -> Seen:
        """What is red over draws of `number` subjects; `candidate` makes the run for the subjects that were drawn."""
        draws = 1 if number >= len(self.everyone) else DRAWS
        drawn = (sorted(self.rng.choice(self.everyone, number, replace=False)) for _ in range(draws))
        return self._seen(candidate, [self.everyone] if draws == 1 else drawn, views)

    def apart(self, candidate: Callable[[Collection[str]], Candidate], number: int, views: bool = False) -> Seen:
        """The same over groups of `number` subjects that have nobody in common."""
        order = list(self.rng.permutation(self.everyone))
        groups = [sorted(order[at : at + number]) for at in range(0, len(order) - number + 1, number)]
        return self._seen(candidate, groups, views)

    def _seen(
        self, candidate: Callable[[Collection[str]], Candidate], groups: Iterable[list[str]], views: bool
    ) -> Seen:
        count, leaps, draws, checks = 0, 0, 0, Counter[str]()
        for chosen in groups:
            draws += 1
            red, leap = self.red(candidate(chosen), chosen, views)
            count += bool(red)
            leaps += leap
            checks.update(sorted(red))
        return Seen(count / draws, checks, draws, leaps / draws)

    def arm(self, name: str) -> Callable[[Collection[str]], Candidate]:
        """A measured arm as the candidate."""
        return lambda _: Candidate(self.by_arm[name])

    def red(self, candidate: Candidate, subjects: Sequence[str], views: bool) -> tuple[set[str], bool]:
        """The checks that are red: endpoints, strata, single clips, failures, warnings, or that it is refused; and
        whether single clips are far better."""
        margins = self.margins.model_copy(update={"strata": ["view"]}) if views else self.margins
        old, new = self.run(Candidate(self.by_arm[BASELINE]), subjects), self.run(candidate, subjects)
        try:
            found = judge(old, new, (ARM, ARM), margins)
        except InputError as error:
            return {f"refused: {error.faults[0].what.partition(':')[0].lstrip('0123456789 ')}"}, False
        red = {" in ".join([each.endpoint.name, *filter(None, [each.stratum])]) for each in found.of("regressed")}
        red |= {f"single clips: {each.endpoint}" for each in found.broken}
        red |= {"clips without a value"} if found.too_many_failures else set()
        red |= {"pixels altered outside the mask"} if altered(new.measurements) else set()
        red |= {"clips identical to the real ones"} if identical(new.measurements) else set()
        return red, bool(found.leaps)

    def run(self, candidate: Candidate, subjects: Collection[str]) -> Run:
        """A run of the candidate on the clips of some subjects."""
        chosen = {e.clip_id for e in self.entries if e.subject_id in set(subjects)} & (
            candidate.clips if candidate.clips is not None else {e.clip_id for e in self.entries}
        )
        rows = [row for row in candidate.rows if row.clip_id in chosen]
        return Run(Path(ARM), {"seal_sha256": ARM}, self.plan(chosen), rows, [], [], [], [], [], [], {})

    def plan(self, chosen: Collection[str]) -> dict[str, Any]:
        """The document of a plan on some clips, as far as gates and frozen plans look at it."""
        clips = [
            {"clip_id": e.clip_id, "subject_id": e.subject_id, "pairing": e.pairing, "view": self.view[e.subject_id]}
            for e in self.entries
            if e.clip_id in chosen
        ]
        return {
            "study": {"population": {}, "claims": []}, "clips": clips, "arms": {ARM: {}},
            "inputs": {clip["clip_id"]: {} for clip in clips},
            "metrics": [f"{name}|v{METRICS[name].version}" for name in dict.fromkeys(name for name, _ in ENDPOINTS)],
        }  # fmt: skip
