"""One version of a clip against all real clips: how near, how much nearer to training clips, is it the same subject.

Distances are a row (m,) to the real clips of a `Pool`. A value is a number, or words for why there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.records import REAL, Measurement, Prediction
from evalkit.tasks.declare import Version
from evalkit.tasks.membership import Membership
from evalkit.tasks.nearest import (
    Floats,
    Names,
    Threshold,
    feature_distances,
    hidden_distances,
    nearest,
    own_error,
    pixel_distances,
)
from translator.artefacts import canonical_json
from translator.clips.clip import Frames, Mask
from translator.clips.manifest import PAIRED

MEMBER, NONMEMBER = "member", "nonmember"
WHATS = ("nearest_training", "nearest_heldout", "ratio", "copied", "same_subject", "same_subject_other_clip")
Value = float | str


@dataclass(frozen=True)
class Small:
    """A version as it is compared; `vectors` (frames, d) of a backbone, None where it has no weights."""

    version: Version
    frames: Frames
    hidden: Mask | None
    vectors: Floats | None

    @property
    def subject(self) -> str:
        """The clip's subject."""
        return self.version.entry.subject_id

    @property
    def clip_id(self) -> str:
        """The clip's id."""
        return self.version.entry.clip_id


@dataclass(frozen=True)
class Pool:
    """Real clips whose membership is clear, and of each whether it is a member, bool (m,)."""

    clips: tuple[Small, ...]
    member: NDArray[np.bool_]

    @property
    def subjects(self) -> Names:
        """The subject of each."""
        return np.array([clip.subject for clip in self.clips], dtype=np.str_)

    @property
    def with_membership(self) -> list[tuple[Small, bool]]:
        """Each clip, and whether it is a member."""
        return list(zip(self.clips, self.member.tolist(), strict=True))


def pool_of(clips: Sequence[Small], kinds: Mapping[str, Membership]) -> Pool:
    """The clips whose membership (by clip_id) is clear."""
    clear = tuple(clip for clip in clips if kinds[clip.clip_id] != "unclear")
    return Pool(clear, np.array([kinds[clip.clip_id] == "member" for clip in clear], dtype=np.bool_))


@dataclass(frozen=True)
class Way:
    """A way to compare: its name, the prefix and region of its outputs, the distances from versions to real clips, and
    why a version cannot be compared so, or nothing."""

    name: str
    prefix: str
    region: str
    apart: Callable[[Sequence[Small], Sequence[Small]], Floats]
    unable: Callable[[Small], str]


def ways(with_features: bool) -> list[Way]:
    """Whole frames, the hidden part, and features where a backbone is asked for."""
    found = [Way("frame", "", "frame", _whole, _always), Way("mask", "", "mask", _hidden, _unhidden)]
    return [*found, Way("features", "feature_", "frame", _features, _unseen)] if with_features else found


def _whole(ones: Sequence[Small], others: Sequence[Small]) -> Floats:
    return pixel_distances([one.frames for one in ones], [other.frames for other in others])


def _hidden(ones: Sequence[Small], others: Sequence[Small]) -> Floats:
    masks = [one.hidden for one in ones if one.hidden is not None]
    return hidden_distances([one.frames for one in ones], masks, [other.frames for other in others])


def _features(ones: Sequence[Small], others: Sequence[Small]) -> Floats:
    vectors = [[each.vectors for each in part if each.vectors is not None] for part in (ones, others)]
    return feature_distances(*vectors)


def _always(one: Small) -> str:  # noqa: ARG001  # of the shape that every way has
    return ""


def _unhidden(one: Small) -> str:
    if one.hidden is None:
        return "the clip has neither colour Doppler nor a mask"
    if not one.hidden.any():
        return "nothing is hidden in the frames that are compared"
    if one.version.arm == REAL and one.version.entry.pairing not in PAIRED:
        return f"pairing is {one.version.entry.pairing}, so what the colour hid is not known"
    return ""


def _unseen(one: Small) -> str:
    return "weights absent" if one.vectors is None else ""


def values(one: Small, apart: Floats, pool: Pool, limit: Threshold | None) -> dict[str, Value]:
    """The numbers of WHATS for one version."""
    training = nearest(apart, one.subject, pool.subjects, pool.member)
    heldout = nearest(apart, one.subject, pool.subjects, ~pool.member)
    ratio = _ratio(training, heldout)
    return {
        "nearest_training": "no training clip of another subject" if training is None else training,
        "nearest_heldout": "no held-out clip of another subject" if heldout is None else heldout,
        "ratio": ratio,
        "copied": _copied(one, ratio, limit),
        "same_subject": _reidentified(one, apart, pool, own_clip=True),
        "same_subject_other_clip": _reidentified(one, apart, pool, own_clip=False),
    }


def _ratio(training: float | None, heldout: float | None) -> Value:
    if training is None or heldout is None:
        return f"no {'training' if training is None else 'held-out'} clip of another subject"
    return "a held-out clip of another subject is the same" if heldout == 0 else training / heldout


def _copied(one: Small, ratio: Value, limit: Threshold | None) -> Value:
    if one.version.arm == REAL:
        return "real clips are what copies are told by"
    if isinstance(ratio, str):
        return ratio
    return "no real test clip to tell copies by" if limit is None else float(ratio < limit.value)


def _reidentified(one: Small, apart: Floats, pool: Pool, own_clip: bool) -> Value:
    """Whether the nearest real clip is of the same subject; without `own_clip` the version's own is left out."""
    if own_clip and one.version.arm == REAL:
        return "the nearest to a real clip is the clip itself"
    names = np.array([clip.clip_id for clip in pool.clips], dtype=np.str_)
    allowed = np.isfinite(apart) & (own_clip | (names != one.clip_id))
    same = pool.subjects == one.subject
    if not (same & allowed).any():
        return f"the subject has no {'' if own_clip else 'other '}real clip here"
    if not (~same & allowed).any():
        return "no real clip of another subject here"
    return float(same[np.flatnonzero(allowed)[np.argmin(apart[allowed])]])


def measurement(name: str, way: Way, one: Small, what: str, value: Value) -> Measurement:
    """The row of one of WHATS."""
    entry, told = one.version.entry, isinstance(value, str)
    return Measurement(
        one.version.arm, entry.clip_id, entry.subject_id, f"{name}.{way.prefix}{what}", way.region, entry.pairing,
        None if isinstance(value, str) else float(value),
        "undefined" if told else "ok",
        f"not computed: {value}" if told else "",
    )  # fmt: skip


def predictions(task: str, arm: str, scores: Sequence[float] | str, pool: Pool, seed: int) -> list[Prediction]:
    """Member or not, for each real clip: the smaller its score (NaN if none), the likelier.

    The probability of "member" is m / (m + score), with m the median of all scores: a number in order, no more.
    Words in place of scores are why there is none.
    """
    if isinstance(scores, str):
        return [_predicted(task, arm, clip, seed, member, scores) for clip, member in pool.with_membership]
    known = [score for score in scores if np.isfinite(score)]
    middle = (float(np.median(known)) if known else 0.0) or 1.0
    return [
        _predicted(task, arm, clip, seed, member, middle / (middle + score) if np.isfinite(score) else "nothing to "
                   "compare with")
        for score, (clip, member) in zip(scores, pool.with_membership, strict=True)
    ]  # fmt: skip


def _predicted(task: str, arm: str, clip: Small, seed: int, member: bool, p: Value) -> Prediction:
    who = (task, arm, clip.clip_id, clip.subject, seed, MEMBER if member else NONMEMBER)
    if isinstance(p, str):
        return Prediction(*who, None, "", "undefined", f"not computed: {p}")
    told = canonical_json({MEMBER: p, NONMEMBER: 1 - p})
    return Prediction(*who, MEMBER if p >= 0.5 else NONMEMBER, told, "ok")


def fill_error(filled: Small | None, real: Small) -> float:
    """How far a translation of a clip is from the clip where it was hidden; NaN where that is not known."""
    if filled is None or filled.hidden is None or filled.frames.shape != real.frames.shape:
        return float("nan")
    found = own_error(filled.frames, real.frames, filled.hidden) if real.version.entry.pairing in PAIRED else None
    return float("nan") if found is None else found
