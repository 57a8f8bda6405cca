"""Distances between sets: against plain re-derivations, cases worked by hand, and the rule of different subjects."""

import numpy as np
import pytest
from scipy import linalg
from scipy.spatial.distance import cdist

from evalkit.statistics.set_distances import (
    Sample,
    density_coverage,
    frechet_distance,
    kernel_means,
    kid,
    kid_without_each,
)


def _sample(seed: int, n: int = 12, d: int = 5, prefix: str = "s", per_subject: int = 1, shift: float = 0.0) -> Sample:
    vectors = np.random.default_rng(seed).normal(shift, 1.0, (n, d))
    return Sample(vectors, np.array([f"{prefix}{i // per_subject:03d}" for i in range(n)]))


def _plain_kid(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased estimator as its authors write it: every vector on its own."""
    k_xx, k_yy, k_xy = ((a @ b.T / a.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    n, m = len(x), len(y)
    within = (k_xx.sum() - np.trace(k_xx)) / (n * (n - 1)) + (k_yy.sum() - np.trace(k_yy)) / (m * (m - 1))
    return float(within - 2 * k_xy.mean())


def test_with_a_subject_for_each_vector_kid_is_that_of_its_authors() -> None:
    real, made = _sample(1), _sample(2, n=9, prefix="m", shift=0.5)
    assert kid(kernel_means(real, made)) == pytest.approx(_plain_kid(real.vectors, made.vectors), rel=1e-12)


def test_kid_of_one_dimension_by_hand() -> None:
    real = Sample(np.array([[0.0], [1.0]]), np.array(["a", "b"]))
    made = Sample(np.array([[2.0], [0.0]]), np.array(["a", "b"]))
    # real a.b: (0*1+1)^3 = 1; made a.b: (2*0+1)^3 = 1; across, only a-b and b-a: (0*0+1)^3 = 1, (1*2+1)^3 = 27
    assert kid(kernel_means(real, made)) == pytest.approx(1 + 1 - 2 * (1 + 27) / 2)


def test_a_pair_within_a_subject_never_counts() -> None:
    real, made = _sample(1, per_subject=3), _sample(2, per_subject=3)
    found = kid(kernel_means(real, made))
    k = {}
    for key, (a, b) in {"rr": (real, real), "mm": (made, made), "rm": (real, made)}.items():
        kernel = (a.vectors @ b.vectors.T / 5 + 1) ** 3
        k[key] = kernel[a.subjects[:, None] != b.subjects].mean()
    assert found == pytest.approx(k["rr"] + k["mm"] - 2 * k["rm"], rel=1e-12)


def test_each_subject_counts_the_same_however_many_vectors_it_has() -> None:
    one, other = _sample(1), _sample(2, prefix="m")
    again = Sample(np.concatenate([one.vectors, one.vectors[:1]]), np.append(one.subjects, one.subjects[0]))
    assert kid(kernel_means(again, other)) == pytest.approx(kid(kernel_means(one, other)))


def test_equal_sets_of_the_same_subjects_have_kid_zero() -> None:
    one = _sample(1, per_subject=2)
    assert kid(kernel_means(one, one)) == pytest.approx(0, abs=1e-12)


def test_one_subject_has_no_kid() -> None:
    one = Sample(np.ones((3, 2)), np.array(["a", "a", "a"]))
    assert kid(kernel_means(one, one)) is None


def test_kid_without_a_subject_is_that_of_the_others() -> None:
    real, made = _sample(1, n=8, per_subject=2), _sample(2, n=10, per_subject=2)  # the last has made vectors only
    found = kid_without_each(kernel_means(real, made))
    for index, name in enumerate(np.unique(made.subjects)):
        left = [Sample(s.vectors[s.subjects != name], s.subjects[s.subjects != name]) for s in (real, made)]
        assert found[index] == pytest.approx(kid(kernel_means(*left)), rel=1e-10)


@pytest.mark.parametrize(("n", "m"), [(40, 30), (4, 30), (3, 4)])  # more and fewer vectors than dimensions
def test_the_frechet_distance_agrees_with_the_root_of_the_product(n: int, m: int) -> None:
    x, y = _sample(1, n=n, d=6).vectors, _sample(2, n=m, d=6, shift=0.4).vectors * 1.3
    s_x, s_y = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    eigenvalues = linalg.eigvals(s_x @ s_y).real
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s_x + s_y) - 2 * np.sqrt(eigenvalues.clip(0)).sum()
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)


def test_the_frechet_distance_by_hand() -> None:
    x, y = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])  # means 0 and 3, variances 2 and 8
    assert frechet_distance(x, y) == pytest.approx(9 + (np.sqrt(8) - np.sqrt(2)) ** 2)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="two vectors"):
        frechet_distance(x, y[:1])


def _plain_density_coverage(x: np.ndarray, y: np.ndarray, k: int) -> tuple[float, float]:
    """As its authors' code computes it: every vector on its own."""
    radii = np.sort(cdist(x, x), axis=1)[:, k]  # 0 is the vector itself
    across = cdist(x, y)
    return (across < radii[:, None]).sum(axis=0).mean() / k, (across.min(axis=1) < radii).mean()


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_with_a_subject_for_each_vector_density_and_coverage_are_those_of_their_authors(shift: float) -> None:
    real, made = _sample(1, n=60), _sample(2, n=50, prefix="m", shift=shift)
    assert density_coverage(real, made) == pytest.approx(_plain_density_coverage(real.vectors, made.vectors, 5))


def test_density_and_coverage_by_hand() -> None:
    real = Sample(np.array([[0.0], [1.0], [3.0]]), np.array(["a", "b", "c"]))  # radii at k = 1: 1, 1, 2
    made = Sample(np.array([[0.5], [9.0]]), np.array(["d", "e"]))  # 0.5 lies in the balls of 0 and 1, 9 in none
    assert density_coverage(real, made, 1) == pytest.approx((1.0, 2 / 3))


def test_a_synthetic_copy_does_not_cover_its_own_subject() -> None:
    real = Sample(np.array([[0.0], [10.0], [20.0], [30.0]]), np.array(["a", "b", "c", "d"]))
    found = density_coverage(real, real, 1)
    assert found == (0.0, 0.0)  # with one's own copies both would be 1


def test_fewer_subjects_than_neighbours_have_no_density() -> None:
    few = _sample(1, n=5)
    assert density_coverage(few, _sample(2, prefix="m"), 5) is None
    within = Sample(np.ones((20, 2)), np.repeat(["a", "b"], [17, 3]))
    assert density_coverage(within, within, 5) is None


def test_vectors_are_compared_in_parts_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = _sample(3, n=21, per_subject=3), _sample(4, n=15, per_subject=2, shift=0.2)
    whole = kernel_means(real, made), density_coverage(real, made, 3)
    monkeypatch.setattr("evalkit.statistics.set_distances._ROWS", 4)
    parts = kernel_means(real, made), density_coverage(real, made, 3)
    for one, other in zip(whole[0], parts[0], strict=True):
        assert np.array_equal(one, other) or one == pytest.approx(other, rel=1e-12)
    assert parts[1] == whole[1]


def test_one_subject_on_one_side_has_no_kid() -> None:
    assert kid(kernel_means(_sample(1, n=4), _sample(2, n=3, prefix="m", per_subject=3))) is None
    assert kid(kernel_means(_sample(1, n=4, per_subject=4), _sample(2, n=3, prefix="m"))) is None
