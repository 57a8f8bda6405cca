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
    fits, truth = scorer(features, codes, seed), _truth(len(codes))
    scores = fits.scores(truth)
    found = float(aucs(scores, truth)[0])
    null = np.concatenate(
        [aucs(fits.scores(swapped), swapped) for swapped in swapped_labels(codes, permutations, seed)]
    )
    p = (np.count_nonzero(null >= found - 1e-12) + 1) / (len(null) + 1)
    return TwoSample(
        scores.reshape(-1, 2), found, p, smallest_p(int(codes.max()) + 1, permutations), null, len(fits.folds)
    )


def cross_fitted_auc(features: Floats, subjects: Sequence[str], seed: int) -> float:
    """The AUC alone."""
    truth = _truth(len(features))
    return float(aucs(scorer(features, subject_codes(subjects), seed).scores(truth), truth)[0])


def weights(features: Floats) -> Floats:
    """The discriminant (d,) on all clips, in standard deviations of each feature; above 0 speaks for synthetic."""
    rows = _filled(features.reshape(-1, features.shape[2]), features.reshape(-1, features.shape[2]))
    scaled = rows / np.sqrt(max(rows.shape[1], 1))
    truth = np.tile([-1.0, 1.0], len(features))
    square = scaled.T @ scaled + PENALTY * np.eye(scaled.shape[1]) if len(scaled) > scaled.shape[1] else None
    if square is not None:
        found = np.linalg.solve(square, scaled.T @ truth)
    else:
        found = scaled.T @ np.linalg.solve(scaled @ scaled.T + PENALTY * np.eye(len(scaled)), truth)
    return np.asarray(found / np.sqrt(max(rows.shape[1], 1)), np.float64)


def raw_weights(features: Floats) -> Floats:
    """The same discriminant (d,) in the features' own units; 0 for one that does not vary."""
    spread = np.nanstd(features.reshape(-1, features.shape[2]), axis=0)
    return np.asarray(np.where(spread > 0, weights(features) / np.where(spread > 0, spread, 1), 0), np.float64)


def swapped_aucs(scores: Floats, subjects: Sequence[str], permutations: int, seed: int) -> tuple[float, Floats]:
    """AUC of fixed scores (clips, 2), and those (permutations,) with the versions of subjects swapped: no fit."""
    codes, flat = subject_codes(subjects), scores.reshape(-1)
    null = [
        aucs(np.repeat(flat[:, None], swapped.shape[1], axis=1), swapped)
        for swapped in swapped_labels(codes, permutations, seed)
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
    for swapped in swapped_labels(codes, permutations, seed):
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


def _truth(clips: int) -> Floats:
    return np.tile([-1.0, 1.0], clips)[:, None]


def swapped_labels(codes: Codes, permutations: int, seed: int) -> Iterator[Floats]:
    """Labels (2 clips, up to 256) with the versions of random subjects swapped."""
    rng = np.random.default_rng((42, seed))
    for start in range(0, permutations, _AT_ONCE):
        number = min(_AT_ONCE, permutations - start)
        signs = rng.choice([-1.0, 1.0], (int(codes.max()) + 1, number))[codes]
        yield np.stack([-signs, signs], axis=1).reshape(-1, number)


@dataclass(frozen=True)
class Scorer:
    """Ridge scores as a linear function of labels: of each fold its rows, those it is fitted to, and both factors."""

    folds: tuple[tuple[Codes, Codes, Floats, Floats], ...]

    def scores(self, labels: Floats) -> Floats:
        """Scores (2 clips, P) of labels (2 clips, P), each row blind to its own fold."""
        found = np.empty_like(labels)
        for out, kept, left, right in self.folds:
            found[out] = left @ (right @ labels[kept])
        return np.round(found, _DIGITS)


def scorer(features: Floats, codes: Codes, seed: int) -> Scorer:
    """The fits of all folds. Whichever is smaller is solved for, rows or features, so that thousands of either will do.

    Raises: ValueError if a feature is infinite.
    """
    if np.isinf(features).any():
        raise ValueError("a feature is infinite")
    rows, fold = features.reshape(-1, features.shape[2]), np.repeat(folds_of(codes, seed), 2)
    width = max(rows.shape[1], 1)
    folds = []
    for number in range(int(fold.max()) + 1):
        out, kept = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        trained = _filled(rows[kept], rows[kept]) / np.sqrt(width)
        asked = _filled(rows[out], rows[kept]) / np.sqrt(width)
        if len(trained) <= trained.shape[1]:
            inverse = np.linalg.inv(trained @ trained.T + PENALTY * np.eye(len(trained)))
            folds.append((out, kept, asked @ trained.T, inverse))
        else:
            inverse = np.linalg.inv(trained.T @ trained + PENALTY * np.eye(trained.shape[1]))
            folds.append((out, kept, asked @ inverse, trained.T))
    return Scorer(tuple(folds))


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
