"""The interval of KID covers the truth about as often as it says; that of a plain subject bootstrap does not."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from evalkit.statistics.set_distances import KernelMeans, Sample, kernel_means, kid
from evalkit.statistics.set_estimates import kid_estimate, real_null

SUBJECTS, FRAMES, DIMENSIONS, REPEATS = 20, 2, 24, 60


def _sets(random: np.random.Generator, shift: float, subjects: int = SUBJECTS) -> tuple[Sample, Sample]:
    """Real and made frames of the same subjects: each normal with mean 0 or `shift`, variance 1, half of it shared."""
    names = np.repeat([f"s{i:03d}" for i in range(subjects)], FRAMES)
    shared = np.repeat(random.normal(size=(subjects, DIMENSIONS)), FRAMES, axis=0)
    own = random.normal(size=(2, *shared.shape))
    real, made = np.sqrt(0.5) * (shared + own)
    return Sample(real, names), Sample(made + shift, names)


def _truth(shift: float) -> float:
    """KID of N(0, I) and N(shift, I): E (1 + t)^3 = (1 + a)^3 + 3 (1 + a) b for t = x.y / d of mean a, variance b."""
    x = np.random.default_rng(0).normal(size=(40_000, DIMENSIONS))
    x = np.concatenate([x, -x])

    def kernel(one: float, other: float) -> float:
        given = x + one
        a, b = given.sum(axis=1) * other / DIMENSIONS, (given**2).sum(axis=1) / DIMENSIONS**2
        return float(((1 + a) ** 3 + 3 * (1 + a) * b).mean())

    return kernel(0, 0) + kernel(shift, shift) - 2 * kernel(0, shift)


def _bootstrap(means: KernelMeans, random: np.random.Generator) -> tuple[float, float]:
    """The 95 % percentile interval of a plain bootstrap of subjects: what must not be done."""
    n, apart = len(means.names), ~np.eye(len(means.names), dtype=bool)
    values = []
    for _ in range(100):
        chosen = random.integers(0, n, n)
        blocks = [matrix[np.ix_(chosen, chosen)][apart].mean() for matrix in (means.real, means.made, means.cross)]
        values.append(blocks[0] + blocks[1] - 2 * blocks[2])
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _covered(shift: float) -> tuple[float, float]:
    """How often both intervals hold the truth: jackknife, bootstrap."""
    truth, random, hits = _truth(shift), np.random.default_rng(7), []
    for _ in range(REPEATS):
        means = kernel_means(*_sets(random, shift))
        found = kid_estimate(means)
        assert found.low is not None
        assert found.high is not None
        low, high = _bootstrap(means, random)
        hits.append((found.low <= truth <= found.high, low <= truth <= high))
    jackknife, bootstrap = np.mean(hits, axis=0)
    return float(jackknife), float(bootstrap)


def test_of_equal_distributions_the_jackknife_covers_zero_and_the_bootstrap_does_not() -> None:
    jackknife, bootstrap = _covered(0.0)
    assert jackknife >= 0.9  # of 60; 0.95 is nominal
    assert bootstrap <= 0.2


def test_of_unequal_distributions_the_jackknife_covers_the_truth() -> None:
    jackknife, _ = _covered(0.6)
    assert 0.87 <= jackknife <= 1.0  # two standard errors below nominal


def test_below_six_subjects_there_is_a_value_and_no_interval() -> None:
    found = kid_estimate(kernel_means(*_sets(np.random.default_rng(0), 0.0, subjects=5)))
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert "5 subjects" in found.note


def test_one_subject_gives_a_reason() -> None:
    found = kid_estimate(kernel_means(*_sets(np.random.default_rng(0), 0.0, subjects=1)))
    assert found.value is None
    assert "1 subjects with real" in found.note


def test_the_null_splits_compare_as_many_subjects_and_tell_a_shift() -> None:
    random = np.random.default_rng(3)
    same, far = (real_null(kernel_means(*_sets(random, shift)), 50, seed=1) for shift in (0.0, 1.0))
    assert same is not None
    assert far is not None
    assert same.n == far.n == SUBJECTS // 2
    assert abs(same.real.mean()) < 0.1
    assert 0.2 < same.share_above < 0.8
    assert far.share_above == 1.0


def test_the_null_is_seeded_and_needs_four_subjects() -> None:
    means = kernel_means(*_sets(np.random.default_rng(3), 0.0))
    one, other = real_null(means, 5, seed=1), real_null(means, 5, seed=1)
    assert one is not None
    assert other is not None
    assert np.array_equal(one.real, other.real)
    assert real_null(kernel_means(*_sets(np.random.default_rng(0), 0.0, subjects=3)), 5, seed=1) is None


def test_the_null_takes_made_clips_of_other_subjects_where_they_are_others() -> None:
    real, made = _sets(np.random.default_rng(3), 0.0)
    others: NDArray[np.str_] = np.array([f"m{name}" for name in made.subjects])
    found = real_null(kernel_means(real, Sample(made.vectors, others)), 5, seed=1)
    assert found is not None
    assert found.n == SUBJECTS // 2
    assert np.isfinite(found.made).all()


def test_the_interval_is_the_jackknife_of_kids_that_were_made_without_each_subject() -> None:
    real, made = _sets(np.random.default_rng(8), 0.4, subjects=9)
    names = np.unique(real.subjects)
    left_out = []
    for name in names:
        kept = real.subjects != name
        left_out.append(kid(kernel_means(Sample(real.vectors[kept], real.subjects[kept]),
                                         Sample(made.vectors[kept], made.subjects[kept]))))  # fmt: skip
    error = np.sqrt(8 * np.var(np.array(left_out, float)))
    found = kid_estimate(kernel_means(real, made), 0.9)
    assert found.value is not None
    assert found.low == pytest.approx(found.value - stats.t.ppf(0.95, 8) * error, rel=1e-9)
    assert found.high == pytest.approx(found.value + stats.t.ppf(0.95, 8) * error, rel=1e-9)
    assert (found.n_subjects, found.method, found.note) == (9, "delete-subject jackknife, t", "")
    one = kid_estimate(kernel_means(*_sets(np.random.default_rng(0), 0.0, subjects=1)))
    assert (one.n_subjects, one.method) == (1, "delete-subject jackknife, t")


def test_made_clips_of_subjects_without_real_ones_leave_all_real_subjects_to_the_null() -> None:
    """Four real subjects and three others with made clips: two a side, since no made subject is taken from the real."""
    real, _ = _sets(np.random.default_rng(3), 0.0, subjects=4)
    _, made = _sets(np.random.default_rng(4), 0.0, subjects=3)
    others: NDArray[np.str_] = np.array([f"m{name}" for name in made.subjects])
    found = real_null(kernel_means(real, Sample(made.vectors, others)), 3, seed=1)
    assert found is not None
    assert found.n == 2
