"""How far clips are from each other, and which is nearest: pure functions of arrays.

The distance from one clip to another is the mean, over its frames, of the distance to the other's nearest frame: so two
clips need not start in the same phase of the heart, and a copy is at distance 0. It is not symmetric. Only clips of
different subjects are compared, where a nearest one is sought.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frames, Mask

Floats = NDArray[np.float64]
Names = NDArray[np.str_]
_AT_ONCE = 256  # clips compared at a time, so that memory stays flat: 70 MB of 8 frames each


def pixel_distances(ones: Sequence[Frames], others: Sequence[Frames]) -> Floats:
    """(n, m) root mean squared differences [grey levels] of thumbnails, each (frames, side, side) uint8."""
    return hidden_distances(ones, [np.ones(one.shape, np.bool_) for one in ones], others)


def hidden_distances(ones: Sequence[Frames], hidden: Sequence[Mask], others: Sequence[Frames]) -> Floats:
    """The same over the pixels that are hidden in each frame of `ones`, at the same place of the others.

    Frames in which nothing is hidden count for nothing; a clip in which nothing ever is has NaN.
    """
    if not others or not ones:
        return np.full((len(ones), len(others)), np.nan)
    blocks = [others[start : start + _AT_ONCE] for start in range(0, len(others), _AT_ONCE)]
    return np.hstack([_from_each(ones, hidden, block) for block in blocks])


def _from_each(ones: Sequence[Frames], hidden: Sequence[Mask], others: Sequence[Frames]) -> Floats:
    stacked = np.concatenate([_flat(other) for other in others])
    starts = np.cumsum([0, *(len(other) for other in others[:-1])])
    squares = stacked**2
    pairs = zip(ones, hidden, strict=True)
    return np.stack([_from_one(_flat(one), _flat(mask), stacked, squares, starts) for one, mask in pairs])


def _from_one(one: Floats, mask: Floats, stacked: Floats, squares: Floats, starts: NDArray[np.intp]) -> Floats:
    pixels = mask.sum(axis=1)
    one, mask, pixels = one[pixels > 0], mask[pixels > 0], pixels[pixels > 0]
    if not len(pixels):
        return np.full(len(starts), np.nan)
    seen = one * mask
    # whole numbers below 2^53 throughout, so that a copy comes out as exactly 0
    square = (seen * one).sum(axis=1)[:, None] - 2 * seen @ stacked.T + mask @ squares.T
    nearest = np.minimum.reduceat(np.sqrt(square / pixels[:, None]), starts, axis=1)
    found: Floats = nearest.mean(axis=0)
    return found


def feature_distances(ones: Sequence[Floats], others: Sequence[Floats]) -> Floats:
    """(n, m) cosine distances (0 to 2) of vectors, each (frames, d)."""
    if not others or not ones:
        return np.full((len(ones), len(others)), np.nan)
    stacked = np.concatenate([_unit(other) for other in others])
    starts = np.cumsum([0, *(len(other) for other in others[:-1])])
    apart = (np.minimum.reduceat(np.maximum(1 - _unit(one) @ stacked.T, 0), starts, axis=1) for one in ones)
    return np.stack([each.mean(axis=0) for each in apart])


def own_error(made: Frames, real: Frames, hidden: Mask) -> float | None:
    """Root mean squared difference of two thumbnails of one clip over what is hidden; None if nothing is."""
    if not hidden.any():
        return None
    return float(np.sqrt(np.mean((made[hidden].astype(np.float64) - real[hidden]) ** 2)))


def nearest(apart: Floats, one: str, subjects: Names, among: NDArray[np.bool_]) -> float | None:
    """The least of the distances (m,) to clips of other subjects than `one`; None where there is none."""
    allowed = apart[among & (subjects != one) & np.isfinite(apart)]
    return float(allowed.min()) if len(allowed) else None


class Candidates(NamedTuple):
    """Real clips (m,): distance to the nearest version (NaN if none) that was not made of the subject left out."""

    nearest: Floats
    left_out: Names


def nearest_versions(apart: Floats, of_versions: Names, of_clips: Names, seed: int) -> Candidates:
    """For each real clip the distance to the nearest version, with one subject of the versions left out for each.

    Versions of a clip's own subject are left out, as a translation lies near what it was made of. A clip whose subject
    has no versions, as a training clip, is dealt another subject to be left out in its place, so that every clip has
    equally many subjects to be near to.
    """
    present = np.unique(of_versions)
    strangers = np.setdiff1d(of_clips, present)
    dealt = np.random.default_rng(seed).permutation(present)
    instead = {name: dealt[index % len(dealt)] for index, name in enumerate(strangers.tolist())} if len(dealt) else {}
    left_out = np.array([instead.get(name, name) for name in of_clips.tolist()], dtype=np.str_)
    allowed = np.where(of_versions[:, None] != left_out, apart, np.inf)
    found = allowed.min(axis=0, initial=np.inf)
    return Candidates(np.where(np.isfinite(found), found, np.nan), left_out)


class Threshold(NamedTuple):
    """Below `value` something is a copy; of what is none, `expected` of all fall below it. From n calibrations."""

    value: float
    expected: float
    n: int


def threshold(calibration: Sequence[float], false_alarms: float) -> Threshold | None:
    """The split-conformal threshold for a share of false alarms (Vovk et al. 2005, doi:10.1007/b106715).

    With too few calibrations for that share it is the least of them, and one in n + 1 falls below it. None without any.
    """
    if not calibration:
        return None
    ordered = sorted(calibration)
    rank = max(int(np.floor(false_alarms * (len(ordered) + 1) + 1e-9)), 1)
    return Threshold(ordered[rank - 1], rank / (len(ordered) + 1), len(ordered))


def _flat(frames: NDArray[np.uint8] | Mask) -> Floats:
    return frames.reshape(len(frames), -1).astype(np.float64)


def _unit(vectors: Floats) -> Floats:
    found: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return found
