"""Classifier two-sample test: can a classifier that is fitted to some subjects tell real from synthetic in others?

Features are float64 (clips, 2, d): of each clip the real version first, then the synthetic one. Subjects are kept
apart: each fold holds all clips of some subjects, in both versions. The classifier is ridge regression of the label (-1
real, 1 synthetic) on standardised features, which is Fisher's discriminant, regularised; its penalty is fixed, so that
nothing is chosen by looking at labels. The statistic is the area under the ROC curve of the scores of clips left out.

The p comes from swapping the two versions of a clip, all clips of a subject together, as a subject's clips are not
independent: under the null "real and synthetic are exchangeable within each subject" every such swap is as likely as
the data. Ridge scores are linear in the labels, so that the whole fit is repeated in every permutation at the price of
one product of matrices. p = (count + 1) / (n + 1), the data being the added one (Phipson and Smyth 2010,
doi:10.2202/1544-6115.1585).

Sources: Lopez-Paz and Oquab 2017, arXiv:1610.06545; Kim et al. 2021, doi:10.1214/20-AOS1962.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
PENALTY = 0.1  # of the mean squared length of a standardised feature vector
FOLDS = 5
FEWEST_SUBJECTS = 2
_DIGITS = 10  # the same vector in another row of a product can differ in the last digits
_AT_ONCE = 256


@dataclass(frozen=True)
class TwoSample:
    """What a test came to.

    scores: (clips, 2), of each version when its subject was left out; above 0 is taken for synthetic. `smallest_p` is
    the least that could have come out. null: AUCs (permutations,) under swaps.
    """

    scores: Floats
    auc: float
    p: float
    smallest_p: float
    null: Floats
    folds: int


def two_sample_test(features: Floats, subjects: Sequence[str], permutations: int, seed: int) -> TwoSample:
    """Fit, score and test.

    Raises: ValueError if there are fewer than two subjects, or a feature is infinite (NaN stands for missing).
    """
    codes = subject_codes(subjects)
    hat, folds = _hat(features, codes, seed)
    truth = np.tile([-1.0, 1.0], len(codes))
    scores = np.round(hat @ truth, _DIGITS)
    found = float(aucs(scores[:, None], truth[:, None])[0])
    null = np.concatenate(
        [
            aucs(np.round(hat @ swapped, _DIGITS), swapped)
            for swapped in _swapped_labels(codes, permutations, seed)
        ]
        or [np.zeros(0)]
    )  # fmt: skip
    p = (np.count_nonzero(null >= found - 1e-12) + 1) / (len(null) + 1)
    return TwoSample(scores.reshape(-1, 2), found, p, smallest_p(int(codes.max()) + 1, permutations), null, folds)


def cross_fitted_auc(features: Floats, subjects: Sequence[str], seed: int) -> float:
    """The AUC alone."""
    hat, _ = _hat(features, subject_codes(subjects), seed)
    truth = np.tile([-1.0, 1.0], len(features))
    return float(aucs(np.round(hat @ truth, _DIGITS)[:, None], truth[:, None])[0])


def weights(features: Floats) -> Floats:
    """The discriminant (d,) on all clips, in standard deviations of each feature; above 0 speaks for synthetic."""
    rows = _filled(features.reshape(-1, features.shape[2]), features.reshape(-1, features.shape[2]))
    scaled = rows / np.sqrt(max(rows.shape[1], 1))
    truth = np.tile([-1.0, 1.0], len(features))
    kernel = scaled @ scaled.T + PENALTY * np.eye(len(scaled))
    return np.asarray(scaled.T @ np.linalg.solve(kernel, truth) / np.sqrt(max(rows.shape[1], 1)), np.float64)


def raw_weights(features: Floats) -> Floats:
    """The same discriminant (d,) in the features' own units; 0 for one that does not vary."""
    spread = np.nanstd(features.reshape(-1, features.shape[2]), axis=0)
    return np.asarray(np.where(spread > 0, weights(features) / np.where(spread > 0, spread, 1), 0), np.float64)


def swapped_aucs(scores: Floats, subjects: Sequence[str], permutations: int, seed: int) -> tuple[float, Floats]:
    """AUC of fixed scores (clips, 2), and those (permutations,) with the versions of subjects swapped: no fit."""
    codes, flat = subject_codes(subjects), scores.reshape(-1)
    null = [
        aucs(np.repeat(flat[:, None], swapped.shape[1], axis=1), swapped)
        for swapped in _swapped_labels(codes, permutations, seed)
    ]
    truth = np.tile([-1.0, 1.0], len(codes))
    return float(aucs(flat[:, None], truth[:, None])[0]), np.concatenate(null)


def single_aucs(features: Floats) -> Floats:
    """AUC (d,) of each feature by itself; above 0.5: larger in synthetic clips. A missing one counts as the median."""
    rows = features.reshape(-1, features.shape[2])
    rows = np.where(np.isnan(rows), _medians(rows), rows)
    truth = np.tile([-1.0, 1.0], len(features))
    return aucs(rows, np.repeat(truth[:, None], rows.shape[1], axis=1))


def single_ps(features: Floats, subjects: Sequence[str], permutations: int, seed: int) -> Floats:
    """Two-sided p (d,) of each feature's own AUC being 0.5, by the same swaps."""
    codes = subject_codes(subjects)
    rows = features.reshape(-1, features.shape[2])
    ranks = rankdata(np.where(np.isnan(rows), _medians(rows), rows), axis=0)
    ranks -= ranks.mean(axis=0)
    away = np.abs(np.tile([-1.0, 1.0], len(codes)) @ ranks)
    counts = np.zeros(rows.shape[1])
    for swapped in _swapped_labels(codes, permutations, seed):
        counts += (np.abs(swapped.T @ ranks) >= away - 1e-9).sum(axis=0)
    return (counts + 1) / (permutations + 1)


def subject_codes(subjects: Sequence[str]) -> Codes:
    """Subjects (clips,) as codes from 0.

    Raises: ValueError if there are fewer than two.
    """
    names, codes = np.unique(np.asarray(subjects, dtype=str), return_inverse=True)
    if len(names) < FEWEST_SUBJECTS:
        what = f"{len(names)} subject{'s' * (len(names) != 1)} with both versions of a clip"
        raise ValueError(f"{what}: to keep subjects apart {FEWEST_SUBJECTS} are needed")
    return codes.astype(np.intp)


def smallest_p(subjects: int, permutations: int) -> float:
    """The least p that swaps of so many subjects can give: swapping all gives the AUC of the data again."""
    return max(1 / (permutations + 1), 2.0 ** (1 - subjects))


def aucs(scores: Floats, truths: Floats) -> Floats:
    """AUC (P,) of each column of scores (N, P) for truths (N, P) of -1 and 1, ties counting half."""
    ranks, ill = rankdata(scores, axis=0), truths > 0
    n_ill = ill.sum(axis=0)
    above = (ranks * ill).sum(axis=0) - n_ill * (n_ill + 1) / 2
    return np.asarray(above / (n_ill * (len(scores) - n_ill)), np.float64)


def folds_of(codes: Codes, seed: int) -> Codes:
    """Fold (clips,) of each clip: subjects in random order, dealt out in turn."""
    subjects = int(codes.max()) + 1
    dealt = np.empty(subjects, np.intp)
    dealt[np.random.default_rng((41, seed)).permutation(subjects)] = np.arange(subjects) % min(FOLDS, subjects)
    return dealt[codes]


def _swapped_labels(codes: Codes, permutations: int, seed: int) -> Iterator[Floats]:
    """Labels (2 clips, up to 256) with the versions of random subjects swapped."""
    rng = np.random.default_rng((42, seed))
    for start in range(0, permutations, _AT_ONCE):
        number = min(_AT_ONCE, permutations - start)
        signs = rng.choice([-1.0, 1.0], (int(codes.max()) + 1, number))[codes]
        yield np.stack([-signs, signs], axis=1).reshape(-1, number)


def _hat(features: Floats, codes: Codes, seed: int) -> tuple[Floats, int]:
    """The matrix (2 clips, 2 clips) that makes scores of labels, each row blind to its own fold; and how many folds."""
    if np.isinf(features).any():
        raise ValueError("a feature is infinite")
    rows, fold = features.reshape(-1, features.shape[2]), np.repeat(folds_of(codes, seed), 2)
    hat = np.zeros((len(rows), len(rows)))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        trained = _filled(rows[~out], rows[~out])
        asked = _filled(rows[out], rows[~out])
        width = max(rows.shape[1], 1)
        kernel = trained @ trained.T / width + PENALTY * np.eye(len(trained))
        hat[np.ix_(out, ~out)] = np.linalg.solve(kernel, trained @ asked.T / width).T
    return hat, int(fold.max()) + 1


def _filled(rows: Floats, like: Floats) -> Floats:
    """Rows (n, d) standardised by those of `like`; a missing value is the mean, a constant feature 0."""
    known = ~np.isnan(like)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, like, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (like - centre) ** 2, 0).sum(axis=0) / count)
    varies = spread > 1e-9 * np.maximum(np.abs(centre), 1e-300)
    scaled = (rows - centre) / np.where(varies, spread, 1)
    return np.where(np.isnan(rows) | ~varies, 0, scaled)


def _medians(rows: Floats) -> Floats:
    filled = [np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0.0 for column in rows.T]
    return np.asarray(filled, np.float64)
