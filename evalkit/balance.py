"""Which colour Doppler clips to translate, so that a variable comes out balanced.

One clip after another is taken for the level that has the fewest, until no level below the fullest one has a clip left.
Within a level the subject goes first of whom fewest clips were taken, then the clip with the lowest coverage (fill is
better the less is hidden), then the one whose id comes first. With enough clips this raises every level to the fullest
one, and with too few it raises the lowest as far as it goes. Where nothing is there yet, all levels are raised to what
the poorest one has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from translator.clips.manifest import Entry


@dataclass(frozen=True)
class Chosen:
    """A clip to translate: `order` counts from 1; `clips` is how many its level then has."""

    order: int
    clip_id: str
    subject_id: str
    level: str
    clips: int
    coverage: float | None


def plan_balance(
    there: Mapping[str, int],
    candidates: Sequence[Entry],
    column: str,
    *,
    per_subject: int | None = None,
    at_most: int | None = None,
    coverage: Mapping[str, float | None] | None = None,
) -> list[Chosen]:
    """The clips to translate, in order. `there` is level -> clips that are usable now.

    `candidates` are clips with colour Doppler and without greyscale; those whose level is not stated are passed over.
    At most `per_subject` clips of a subject are taken, and at most `at_most` in all.
    """
    known = coverage or {}
    left: dict[str, list[Entry]] = {}
    for entry in candidates:
        level = getattr(entry, column)
        if level is not None:
            left.setdefault(level, []).append(entry)
    now = Counter({level: there.get(level, 0) for level in sorted({*there, *left})})
    target = max(now.values(), default=0) or _fewest(left, per_subject)
    taken: Counter[str] = Counter()
    chosen: list[Chosen] = []
    while at_most is None or len(chosen) < at_most:
        able = {level: found for level in left if (found := _allowed(left[level], taken, per_subject))}
        short = [level for level in able if now[level] < target]
        if not short:
            break
        level = min(short, key=lambda name: (now[name], name))
        entry = min(able[level], key=lambda one: (taken[one.subject_id], _order(known.get(one.clip_id)), one.clip_id))
        left[level].remove(entry)
        taken[entry.subject_id] += 1
        now[level] += 1
        number = len(chosen) + 1
        chosen.append(Chosen(number, entry.clip_id, entry.subject_id, level, now[level], known.get(entry.clip_id)))
    return chosen


def _fewest(left: Mapping[str, Sequence[Entry]], per_subject: int | None) -> int:
    """How far every level can be raised where nothing is there yet."""
    most = len([entry for entries in left.values() for entry in entries]) if per_subject is None else per_subject
    of_subjects = [Counter(entry.subject_id for entry in entries) for entries in left.values()]
    return min((sum(min(most, clips) for clips in counts.values()) for counts in of_subjects), default=0)


def _allowed(entries: Sequence[Entry], taken: Mapping[str, int], per_subject: int | None) -> list[Entry]:
    return [entry for entry in entries if per_subject is None or taken.get(entry.subject_id, 0) < per_subject]


def _order(coverage: float | None) -> float:
    """Clips of unknown coverage come last."""
    return 2.0 if coverage is None else coverage
