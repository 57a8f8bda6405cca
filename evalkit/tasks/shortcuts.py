"""Facts of a version of a clip that are no tissue: by which a classifier could tell real from synthetic for nothing.

Geometry (frames, size, rate) has to be the same in both versions of a clip. The other facts are traces of a
container or of a chain of processing: a line at the border, grey levels that are missing, the 8 x 8 grid of a lossy
codec, repeated frames, black that is not quite black. Names and formats of files are not among them, as no classifier
here is shown any: it is handed decoded frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from evalkit.tasks.two_sample import Floats, single_aucs, single_ps, smallest_p
from translator.clips.clip import Clip

FACTS_VERSION = 1
GEOMETRY = ("frames", "height", "width", "frames a second")
TRACES = (
    "step at the top border",
    "step at the bottom border",
    "step at the left border",
    "step at the right border",
    "grey levels in use",
    "darkest grey level",
    "brightest grey level",
    "share of odd grey levels",
    "steps on an 8-pixel grid",
    "share of repeated frames",
    "share of black pixels at the border",
)
# the mean difference between both versions below which a trace, however steady, is left to texture
_LEAST = dict(zip(TRACES, (2.0, 2.0, 2.0, 2.0, 16.0, 4.0, 8.0, 0.05, 0.1, 0.02, 0.02), strict=True))
FACTS = (*GEOMETRY, *TRACES)
ALPHA, SEPARATES = 0.05, 0.75


def facts_of(clip: Clip) -> Floats:
    """The facts (len(FACTS),) of a grey clip; NaN where the clip does not say."""
    head = clip.header
    counts = np.zeros(256, np.int64)
    steps, grid, black, repeated = list[list[float]](), list[list[float]](), list[float](), 0
    before: NDArray[np.uint8] | None = None
    for frame in clip.frames():
        counts += np.bincount(frame.ravel(), minlength=256)
        steps.append(_border_steps(frame.astype(np.float64)))
        grid.append(_grid_steps(frame.astype(np.float64)))
        black.append(float((_border(frame) == 0).mean()))
        repeated += before is not None and bool((frame == before).all())
        before = frame
    used = np.flatnonzero(counts)
    between = counts[1:255]
    on_grid, off_grid = np.sum(grid, axis=0)
    return np.array(
        [
            head.frames, head.height, head.width, np.nan if head.fps is None else head.fps,
            *np.mean(steps, axis=0),
            len(used), used[0], used[-1],
            between[::2].sum() / between.sum() if between.any() else np.nan,
            np.log((on_grid + 1e-3) / (off_grid + 1e-3)),
            repeated / max(head.frames - 1, 1),
            float(np.mean(black)),
        ],
        np.float64,
    )  # fmt: skip


def _border(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The outermost pixels, where a picture of ultrasound is black."""
    return np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])


def _border_steps(frame: Floats) -> list[float]:
    """Mean step [grey levels] from each outermost line to the line two further in."""
    if min(frame.shape) < 3:
        return [0.0] * 4
    pairs = ((frame[0], frame[2]), (frame[-1], frame[-3]), (frame[:, 0], frame[:, 2]), (frame[:, -1], frame[:, -3]))
    return [float(np.abs(outer - inner).mean()) for outer, inner in pairs]


def _grid_steps(frame: Floats) -> list[float]:
    """Mean step between neighbours across the lines of an 8-pixel grid, and elsewhere."""
    on, off = [], []
    for plane in (frame, frame.T):
        step = np.abs(np.diff(plane, axis=1))
        across = np.arange(step.shape[1]) % 8 == 7
        if across.any():
            on.append(float(step[:, across].mean()))
            off.append(float(step[:, ~across].mean()))
    return [float(np.mean(on)), float(np.mean(off))] if on else [0.0, 0.0]


def material(facts: Floats) -> Floats:
    """The facts (clips, 2, len(FACTS)), without differences in a trace so small that a fill of tissue makes them.

    Such a trace has the real version's value in both. A fill moves the share of odd grey levels by a hair, and
    steadily, which would tell the versions apart and mean nothing.
    """
    found = facts.copy()
    apart = np.abs(facts[:, 0] - facts[:, 1])
    for index, fact in enumerate(FACTS):
        known = apart[:, index][~np.isnan(apart[:, index])]
        if fact in _LEAST and known.size == len(apart) and known.mean() < _LEAST[fact]:
            found[:, 1, index] = facts[:, 0, index]
    return found


@dataclass(frozen=True)
class Shortcut:
    """A fact that separates: in how many clips both versions differ in it, its AUC, and Holm's p over all facts."""

    fact: str
    clips_differing: int
    auc: float
    p: float
    why: str

    def document(self) -> dict[str, Any]:
        """As JSON-like data."""
        return {"fact": self.fact, "clips_differing": self.clips_differing, "auc": self.auc, "p": self.p,
                "why": self.why}  # fmt: skip


def differing(facts: Floats) -> list[str]:
    """Names of the facts (clips, 2, len(FACTS)) that differ between the versions of a clip at all."""
    same = np.isclose(facts[:, 0], facts[:, 1], rtol=0, atol=1e-9, equal_nan=True)
    return [fact for index, fact in enumerate(FACTS) if not same[:, index].all()]


def find_shortcuts(facts: Floats, subjects: Sequence[str], permutations: int, seed: int) -> list[Shortcut]:
    """Which of the facts (clips, 2, len(FACTS)) tell synthetic from real, real first.

    Geometry is found where it differs in a single clip. A trace is found where its AUC is at least 0.75 (or at most
    0.25) and Holm's p at most 0.05, or so few subjects are there that p could not have been. Give `material` facts.
    """
    real, made = facts[:, 0], facts[:, 1]
    differ = ~np.isclose(real, made, rtol=0, atol=1e-9, equal_nan=True)
    moving = np.flatnonzero(differ.any(axis=0))
    if not moving.size:
        return []
    found, raw = single_aucs(facts), single_ps(facts, subjects, permutations, seed)
    adjusted = dict(zip(moving.tolist(), multipletests(raw[moving], method="holm")[1].tolist(), strict=True))
    untestable = smallest_p(len(set(subjects)), permutations) * len(moving) > ALPHA
    shortcuts = []
    for index in moving.tolist():
        clips, auc, p = int(differ[:, index].sum()), float(found[index]), adjusted[index]
        why = ""
        if index < len(GEOMETRY):
            why = f"differs in {clips} of {len(facts)} clips, and must be the same in both versions of a clip"
        elif max(auc, 1 - auc) >= SEPARATES and (p <= ALPHA or untestable):
            why = f"tells the versions apart by itself (AUC {auc:.2f})"
            why += "; too few subjects for a test" if p > ALPHA else ""
        if why:
            shortcuts.append(Shortcut(FACTS[index], clips, auc, p, why))
    return shortcuts
