"""Who a model is fitted to, who it is watched on, and who it is tested on; subjects are never shared."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from translator.clips.manifest import Entry
from translator.errors import bad_input

WATCHED_SHARE = 0.2


@dataclass(frozen=True)
class Fold:
    """clip_ids of the clips that a model is fitted to and watched on, and that it is tested on; None is all."""

    number: int
    fit: frozenset[str]
    watched: frozenset[str]
    tested: frozenset[str] | None

    def tests(self, clip_id: str) -> bool:
        """Whether the clip is tested by this fold's models."""
        return self.tested is None or clip_id in self.tested


def holdout(train: Mapping[str, tuple[Entry, str]], validation: Mapping[str, tuple[Entry, str]], seed: int) -> Fold:
    """The training split, watched on the validation split, or where there is none on held-out training subjects.

    train, validation: clip_id -> row and label.
    """
    if validation:
        return Fold(0, frozenset(train), frozenset(validation), None)
    return _split(0, train, seed, None)


def subject_folds(clips: Mapping[str, tuple[Entry, str]], k: int, seed: int, where: str) -> list[Fold]:
    """K folds with subjects apart, each class dealt out over them as evenly as its subjects allow.

    Raises: InputError if there are fewer subjects than folds.
    """
    labels_of = _labels_of(clips)
    if len(labels_of) < k:
        raise bad_input(where, f"{len(labels_of)} labelled subjects cannot be put into {k} folds", "Ask for fewer")
    dealt: dict[str, int] = {}
    shuffled = np.random.default_rng((seed, 1)).permutation(sorted(labels_of)).tolist()
    for place, subject in enumerate(sorted(shuffled, key=lambda name: sorted(labels_of[name]))):
        dealt[subject] = place % k
    found = []
    for number in range(k):
        mine = frozenset(clip for clip, (entry, _) in clips.items() if dealt[entry.subject_id] == number)
        rest = {clip: row for clip, row in clips.items() if clip not in mine}
        found.append(_split(number, rest, seed, mine))
    return found


def _split(number: int, clips: Mapping[str, tuple[Entry, str]], seed: int, tested: frozenset[str] | None) -> Fold:
    """Hold a share of the subjects out, but no class's last one."""
    labels_of = _labels_of(clips)
    left: dict[str, int] = defaultdict(int)
    for labels in labels_of.values():
        for label in labels:
            left[label] += 1
    held: set[str] = set()
    for subject in np.random.default_rng((seed, 2, number)).permutation(sorted(labels_of)).tolist():
        if len(held) + 1 > WATCHED_SHARE * len(labels_of):
            break
        if all(left[label] > 1 for label in labels_of[subject]):
            held.add(subject)
            for label in labels_of[subject]:
                left[label] -= 1
    watched = frozenset(clip for clip, (entry, _) in clips.items() if entry.subject_id in held)
    return Fold(number, frozenset(clips) - watched, watched, tested)


def _labels_of(clips: Mapping[str, tuple[Entry, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for entry, label in clips.values():
        found[entry.subject_id].add(label)
    return found


def subjects_of(clips: Sequence[str], rows: Mapping[str, tuple[Entry, str]]) -> int:
    """How many subjects these clips are of."""
    return len({rows[clip][0].subject_id for clip in clips})
