"""Distances between clips: against loops and scikit-learn, copies, the fair left-out subject, the threshold."""

import numpy as np
import pytest

from evalkit.tasks import nearest as module
from evalkit.tasks.nearest import (
    feature_distances,
    hidden_distances,
    nearest,
    nearest_versions,
    own_error,
    pixel_distances,
    threshold,
)


def _clips(*frames: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (n, 6, 6)).astype(np.uint8) for n in frames]


def test_pixel_distances_are_the_mean_over_frames_of_the_nearest_frames_root_mean_square() -> None:
    ones, others = _clips(3, 2), _clips(4, 1, 5, seed=1)
    found = pixel_distances(ones, others)
    for i, one in enumerate(ones):
        for j, other in enumerate(others):
            errors = [[np.sqrt(np.mean((a.astype(float) - b) ** 2)) for b in other] for a in one]
            assert found[i, j] == pytest.approx(np.mean(np.min(errors, axis=1)))


def test_pixel_distances_of_single_frames_are_those_of_scikit_learn() -> None:
    pairwise = pytest.importorskip("sklearn.metrics.pairwise")
    ones, others = _clips(1, 1, 1), _clips(1, 1, seed=2)
    flat = [np.stack([clip.ravel() for clip in part]).astype(float) for part in (ones, others)]
    assert pixel_distances(ones, others) == pytest.approx(pairwise.euclidean_distances(*flat) / 6)
    vectors = [[row[None] for row in part] for part in flat]
    assert feature_distances(*vectors) == pytest.approx(pairwise.cosine_distances(*flat))


def test_a_copy_is_at_distance_exactly_0_in_whatever_order_its_frames_are() -> None:
    (clip,) = _clips(5)
    assert pixel_distances([clip[::-1]], [clip])[0, 0] == 0
    assert feature_distances([clip.reshape(5, -1).astype(float)], [clip.reshape(5, -1) * 2.0])[0, 0] == pytest.approx(0)


def test_only_what_is_hidden_in_a_frame_is_compared_at_the_same_place() -> None:
    one, other = _clips(2), _clips(3, seed=3)
    hidden = np.zeros((2, 6, 6), bool)
    hidden[0, 1:3, 2:5] = True  # the second frame hides nothing and does not count
    errors = [np.sqrt(np.mean((one[0][0, 1:3, 2:5].astype(float) - b[1:3, 2:5]) ** 2)) for b in other[0]]
    assert hidden_distances(one, [hidden], other)[0, 0] == pytest.approx(min(errors))


def test_clips_are_compared_in_blocks_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    ones, others = _clips(3, 2), _clips(4, 1, 5, 2, 2, seed=1)
    whole = pixel_distances(ones, others)
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    assert (pixel_distances(ones, others) == whole).all()


def test_a_clip_in_which_nothing_is_hidden_has_no_distance() -> None:
    assert np.isnan(hidden_distances(_clips(2), [np.zeros((2, 6, 6), bool)], _clips(2))).all()
    (one,), (other,) = _clips(2), _clips(2, seed=1)
    assert own_error(one, other, np.zeros((2, 6, 6), bool)) is None


def test_the_nearest_is_sought_among_other_subjects() -> None:
    apart, subjects = np.array([0.0, 2.0, 1.0, np.nan]), np.array(["a", "b", "c", "d"])
    assert nearest(apart, "a", subjects, np.ones(4, bool)) == 1
    assert nearest(apart, "a", subjects, np.array([True, True, False, False])) == 2
    assert nearest(apart, "a", subjects, np.array([True, False, False, True])) is None


def test_each_real_clip_has_as_many_subjects_to_be_near_to() -> None:
    of_versions, of_clips = np.array(["a", "b", "c"]), np.array(["a", "t1", "t2", "t3", "t1"])
    apart = np.arange(15.0).reshape(3, 5)
    found = nearest_versions(apart, of_versions, of_clips, 0)
    assert found.left_out[0] == "a"
    assert sorted(found.left_out[1:4]) == ["a", "b", "c"]
    assert found.left_out[4] == found.left_out[1]  # by subject
    for index, left_out in enumerate(found.left_out):
        assert found.nearest[index] == apart[of_versions != left_out, index].min()


def test_nothing_to_be_near_to_is_no_number() -> None:
    found = nearest_versions(np.ones((1, 2)), np.array(["a"]), np.array(["a", "b"]), 0)
    assert np.isnan(found.nearest).all()


def test_members_that_are_like_all_others_are_not_nearer() -> None:
    """Exchangeable clips: over many draws members have the smaller distance half of the time."""
    rng = np.random.default_rng(5)
    wins = []
    for draw in range(400):
        points = rng.normal(size=(20, 2))
        subjects = np.array([f"s{index:02d}" for index in range(20)])
        made = points[10:] + 0.1 * rng.normal(size=(10, 2))  # of the last ten, held out
        apart = np.linalg.norm(made[:, None] - points, axis=2)
        score = nearest_versions(apart, subjects[10:], subjects, draw).nearest
        wins.append(np.mean(score[:10, None] < score[10:]))
    assert np.mean(wins) == pytest.approx(0.5, abs=4 * np.std(wins) / np.sqrt(len(wins)))


def test_below_the_threshold_falls_the_share_that_was_asked_for() -> None:
    found = threshold(list(np.arange(1.0, 100.0)), 0.05)
    assert found is not None
    assert (found.value, found.expected, found.n) == (5.0, 0.05, 99)
    few = threshold([3.0, 1.0, 2.0], 0.05)
    assert few is not None
    assert (few.value, few.expected) == (1.0, 0.25)
    assert threshold([], 0.05) is None
