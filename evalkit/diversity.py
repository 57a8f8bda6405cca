"""What translating the colour Doppler clips adds to a set: clips by class, site and view, before and after.

Before are the clips that have a real greyscale file; after are those and every clip that has colour Doppler only and
whose translation is allowed. A clip that has both is there before, and its translation adds nothing. No model is fitted
and no clip has a value of its own, so this is a verb over a manifest and no task of a study.

Under-represented are levels with fewer clips before than the median over the levels, or those that the caller states;
which they are is found once and stays the same in every resample. The reference paper (arXiv:2511.03255) reports a
rise of under-represented sites from 7.1 % to 19.8 % of the clips and does not define them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.statistics.bootstrap import RESAMPLES
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.hill import ORDERS, When, hill_estimate, share_estimate
from evalkit.statistics.result import Result
from evalkit.statistics.similarity import distances, nearest_scale, similarity_estimate
from translator.clips.manifest import Entry
from translator.errors import bad_input

COLUMNS = ("anatomy", "view", "site", "scanner", "domain")
_WHEN: tuple[When, ...] = ("before", "after", "difference")


@dataclass(frozen=True)
class Usable:
    """Whether a clip can be used as greyscale before and after translation."""

    entry: Entry
    before: bool
    after: bool

    @property
    def added(self) -> bool:
        """There only once it is translated."""
        return self.after and not self.before


@dataclass(frozen=True)
class LevelCount:
    """Clips and subjects of one level of a column."""

    level: str
    before: int
    added: int
    after: int
    subjects_before: int
    subjects_after: int
    under_represented: bool


@dataclass(frozen=True)
class Change:
    """A statistic before and after, and the difference, each with its interval."""

    statistic: str
    before: Result
    after: Result
    difference: Result


@dataclass(frozen=True)
class OfColumn:
    """What a column comes to; `not_stated` clips have no level and are in none of it."""

    column: str
    rule: str
    not_stated: int
    levels: tuple[LevelCount, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class OfVectors:
    """Similarity-sensitive diversity of clips by their feature vectors; similarity is exp(-distance / scale)."""

    arm: str
    backbone: str
    scale: float | None
    n_before: int
    n_after: int
    changes: tuple[Change, ...]
    note: str = ""


def usable(entries: Sequence[Entry], allowed: frozenset[str] | None = None) -> list[Usable]:
    """Each clip before and after; `allowed` are the clip_ids whose translation is good enough, by default all."""
    return [
        Usable(entry, entry.greyscale is not None,
               entry.greyscale is not None or allowed is None or entry.clip_id in allowed)
        for entry in entries
    ]  # fmt: skip


def of_column(
    clips: Sequence[Usable],
    column: str,
    stated: Sequence[str] = (),
    *,
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> OfColumn:
    """Counts, the share of under-represented levels, and Hill numbers of a manifest column.

    Raises: InputError if no clip has the column, or a stated level does not exist.
    """
    known = [clip for clip in clips if getattr(clip.entry, column) is not None and clip.after]
    levels = sorted({str(getattr(clip.entry, column)) for clip in known})
    if not levels:
        raise bad_input(f"column {column}", "is empty in every clip", "Fill it in the manifest, or name another column")
    unknown = sorted(set(stated) - set(levels))
    if unknown:
        what = f"has no level {', '.join(map(repr, unknown))}"
        raise bad_input(f"column {column}", what, f"There is {', '.join(levels)}")
    codes = {level: code for code, level in enumerate(levels)}
    before = {level: sum(c.before for c in known if str(getattr(c.entry, column)) == level) for level in levels}
    median = float(np.median(list(before.values())))
    under = set(stated) if stated else {level for level in levels if before[level] < median}
    rule = "stated" if stated else f"fewer clips before than the median over the levels, {median:g}"
    rows = Grouped.of(
        [clip.entry.subject_id for clip in known],
        [codes[str(getattr(clip.entry, column))] for clip in known],
        [float(clip.before) for clip in known],
        [float(clip.after) for clip in known],
    )
    chosen = [codes[level] for level in sorted(under)]
    n, how = len(levels), {"seed": seed, "n_resamples": n_resamples}
    changes = [_change("share of under-represented", [share_estimate(rows, n, chosen, w) for w in _WHEN])]
    changes += [
        _change(f"Hill number of order {order:g}", [hill_estimate(rows, n, order, w, **how) for w in _WHEN])
        for order in ORDERS
    ]
    counted = tuple(_counted(level, [c for c in known if str(getattr(c.entry, column)) == level], level in under)
                    for level in levels)  # fmt: skip
    return OfColumn(column, rule, len([clip for clip in clips if clip.after]) - len(known), counted, tuple(changes))


def _counted(level: str, clips: Sequence[Usable], under: bool) -> LevelCount:
    before, after = [c for c in clips if c.before], [c for c in clips if c.after]
    of_before, of_after = (len({clip.entry.subject_id for clip in part}) for part in (before, after))
    return LevelCount(level, len(before), len(after) - len(before), len(after), of_before, of_after, under)


def _change(name: str, results: Sequence[Result]) -> Change:
    return Change(name, *results)


def of_vectors(
    arm: str,
    backbone: str,
    real: Mapping[str, Floats],
    made: Mapping[str, Floats],
    subjects: Mapping[str, str],
) -> OfVectors:
    """Diversity by clip vectors (clip_id -> (d,)): real greyscale clips, and made ones of the clips that are added.

    The scale is the median distance from a real clip to the nearest of another subject, so that it is of these data and
    says nothing about others; without one there is no diversity, and the note says so.
    """
    names = [*sorted(real), *sorted(made)]
    empty = OfVectors(arm, backbone, None, len(real), len(names), ())
    if len(real) < 2:
        return _noted(empty, f"not computed: {len(real)} real clips have a vector, two subjects are needed")
    vectors = np.stack([*(real[name] for name in sorted(real)), *(made[name] for name in sorted(made))])
    apart = distances(vectors.astype(np.float64))
    of_real = len(real)
    scale = nearest_scale(apart[:of_real, :of_real], [subjects[name] for name in sorted(real)])
    if scale is None:
        return _noted(empty, "not computed: real clips of one subject only, or all alike")
    is_real = np.arange(len(names)) < of_real
    rows = Grouped.of([subjects[name] for name in names], np.arange(len(names)), is_real, np.ones(len(names)))
    similarity = np.exp(-apart / scale)
    changes = tuple(
        _change(f"similarity-sensitive diversity of order {order:g}",
                [similarity_estimate(rows, similarity, order, when) for when in _WHEN])
        for order in ORDERS
    )  # fmt: skip
    return OfVectors(arm, backbone, scale, of_real, len(names), changes)


def _noted(found: OfVectors, note: str) -> OfVectors:
    return OfVectors(found.arm, found.backbone, None, found.n_before, found.n_after, (), note)
