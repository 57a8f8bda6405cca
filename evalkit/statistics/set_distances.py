"""Distances between two sets of feature vectors: KID, Frechet distance, density and coverage. Pure functions of arrays.

Vectors are float64 (n, d); `subjects` names the subject of each. In KID, density and coverage only vectors of different
subjects are ever compared: frames of one subject are near-duplicates, and a synthetic frame lies near the real one that
it was made of, whatever the generator is worth.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
Matrix = NDArray[np.float64]
_ROWS = 512  # vectors compared at once, so that memory stays flat


class Sample(NamedTuple):
    """Vectors (n, d) and the subject of each (n,)."""

    vectors: Vectors
    subjects: NDArray[np.str_]


class KernelMeans(NamedTuple):
    """Mean kernel between the vectors of two subjects, (S, S) each: real with real, made with made, real with made.

    `names` are the S subjects of either set; `has_real` and `has_made` (S,) say who has vectors in which. Entries of
    subjects without vectors are 0 and count for nothing.
    """

    names: NDArray[np.str_]
    has_real: NDArray[np.bool_]
    has_made: NDArray[np.bool_]
    real: Matrix
    made: Matrix
    cross: Matrix


def kernel_means(real: Sample, made: Sample) -> KernelMeans:
    """Means of the kernel of KID, (x.y / d + 1)^3 (Binkowski et al. 2018, arXiv:1801.01401), by pairs of subjects."""
    names = np.unique(np.concatenate([real.subjects, made.subjects]))
    of_real, of_made = (_shares(sample.subjects, names) for sample in (real, made))
    return KernelMeans(
        names,
        np.isin(names, real.subjects),
        np.isin(names, made.subjects),
        _block_means(real.vectors, of_real, real.vectors, of_real),
        _block_means(made.vectors, of_made, made.vectors, of_made),
        _block_means(real.vectors, of_real, made.vectors, of_made),
    )


def _shares(subjects: NDArray[np.str_], names: NDArray[np.str_]) -> Matrix:
    """(n, S): 1 over the number of the subject's vectors at the vector's subject, else 0."""
    belongs = (subjects[:, None] == names).astype(np.float64)
    return np.asarray(belongs / np.maximum(belongs.sum(axis=0), 1), np.float64)


def _block_means(x: Vectors, of_x: Matrix, y: Vectors, of_y: Matrix) -> Matrix:
    total = np.zeros((of_x.shape[1], of_y.shape[1]))
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        kernel = (x[rows] @ y.T / x.shape[1] + 1) ** 3
        total += of_x[rows].T @ (kernel @ of_y)
    return total


def kid(means: KernelMeans) -> float | None:
    """KID, the unbiased squared MMD with every subject counting the same; None where a kind of pair does not exist."""
    return float(_kid_without(means)[0]) if _has_pairs(means) else None


def kid_without_each(means: KernelMeans) -> NDArray[np.float64]:
    """KID (S,) without each subject in turn: the delete-one values of the jackknife. Needs 3 subjects in each set."""
    return _kid_without(means)[1]


def _has_pairs(means: KernelMeans) -> bool:
    both = int((means.has_real & means.has_made).sum())
    real, made = int(means.has_real.sum()), int(means.has_made.sum())
    return real >= 2 and made >= 2 and real * made > both


def _kid_without(means: KernelMeans) -> tuple[float, NDArray[np.float64]]:
    """KID of all subjects, and without each (NaN where no pairs are left)."""
    whole, without = 0.0, np.zeros(len(means.names))
    for matrix, rows, columns, sign in (
        (means.real, means.has_real, means.has_real, 1),
        (means.made, means.has_made, means.has_made, 1),
        (means.cross, means.has_real, means.has_made, -2),
    ):
        apart = matrix * (1 - np.eye(len(matrix)))  # a subject is never compared with itself
        pairs = np.outer(rows, columns) & ~np.eye(len(matrix), dtype=bool)
        total, count = apart.sum(), pairs.sum()
        lost, fewer = apart.sum(axis=0) + apart.sum(axis=1), pairs.sum(axis=0) + pairs.sum(axis=1)
        whole += sign * total / count
        left = np.where(count > fewer, count - fewer, np.nan)
        without += sign * (total - lost) / left
    return whole, without


def frechet_distance(x: Vectors, y: Vectors) -> float:
    """|mean_x - mean_y|^2 + Tr(S_x + S_y - 2 (S_x S_y)^(1/2)) of vectors (n, d) and (m, d), covariances unbiased.

    Heusel et al. 2017 (arXiv:1706.08500). Tr (S_x S_y)^(1/2) is the sum of the singular values of the product of any
    square roots of the two, so that no root of a product that may be singular is taken. Raises: ValueError for fewer
    than two vectors.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"a covariance needs two vectors, got {len(x)} and {len(y)}")
    roots = [_root(vectors) for vectors in (x, y)]
    shared = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    apart = x.mean(axis=0) - y.mean(axis=0)
    return float(apart @ apart + sum((root**2).sum() for root in roots) - 2 * shared)


def _root(vectors: Vectors) -> Matrix:
    """R (k, d), k at most d, with R^T R the covariance."""
    centred = (vectors - vectors.mean(axis=0)) / np.sqrt(len(vectors) - 1)
    return centred if len(centred) <= centred.shape[1] else np.asarray(np.linalg.qr(centred, mode="r"))


class DensityCoverage(NamedTuple):
    """Density (0 and up, 1 for equal distributions) and coverage (0..1)."""

    density: float
    coverage: float


def density_coverage(real: Sample, made: Sample, neighbours: int = 5) -> DensityCoverage | None:
    """Naeem et al. 2020 (arXiv:2002.09797), k = `neighbours`, between different subjects only.

    The ball of a real vector reaches to its k-th nearest real vector of other subjects; density is the mean number of
    balls that a made vector lies in, over k; coverage the share of balls with a made vector in them; vectors of the
    ball's own subject count in neither. None where some real vector has fewer than k of other subjects.
    """
    inside, covered = np.zeros(len(made.vectors)), np.zeros(len(real.vectors), np.bool_)
    for start in range(0, len(real.vectors), _ROWS):
        rows = slice(start, start + _ROWS)
        ours = Sample(real.vectors[rows], real.subjects[rows])
        among_real = _apart(ours, real)
        if neighbours > among_real.shape[1]:
            return None
        radii = np.partition(among_real, neighbours - 1, axis=1)[:, neighbours - 1]
        if not np.isfinite(radii).all():
            return None
        within = _apart(ours, made) < radii[:, None]
        inside += within.sum(axis=0)
        covered[rows] = within.any(axis=1)
    return DensityCoverage(float(inside.mean() / neighbours), float(covered.mean()))


def _apart(one: Sample, other: Sample) -> Matrix:
    """Distances (n, m), infinite within a subject."""
    x, y = one.vectors, other.vectors
    squared = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    same = one.subjects[:, None] == other.subjects
    return np.where(same, np.inf, np.sqrt(np.maximum(squared, 0)))
