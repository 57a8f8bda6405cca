"""The classifier two-sample test: by construction, against scikit-learn, and what it may not be fooled by."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from evalkit.tasks import two_sample
from evalkit.tasks.two_sample import PENALTY, two_sample_test

Floats = NDArray[np.float64]


def _pairs(clips: int, d: int, rng: np.random.Generator, gap: float = 0.0) -> Floats:
    content = rng.normal(size=(clips, 1, d))
    return np.asarray(content + 0.7 * rng.normal(size=(clips, 2, d)) + gap * np.array([0, 1])[None, :, None])


def _subjects(number: int, clips_each: int = 2) -> list[str]:
    return [f"s{index // clips_each}" for index in range(number)]


@pytest.mark.parametrize("d", [1, 20, 300])
def test_identical_versions_have_an_auc_of_a_half_and_a_p_of_one(d: int) -> None:
    features = np.repeat(np.random.default_rng(0).normal(size=(24, 1, d)), 2, axis=1)
    found = two_sample_test(features, _subjects(24), 99, 0)
    assert found.auc == 0.5
    assert found.p == 1.0
    assert (found.scores[:, 0] == found.scores[:, 1]).all()


def test_versions_that_are_far_apart_are_told_apart_at_the_smallest_p() -> None:
    found = two_sample_test(_pairs(24, 5, np.random.default_rng(1), gap=6), _subjects(24), 199, 0)
    assert found.auc > 0.99
    assert found.p == pytest.approx(1 / 200)


def test_scores_are_those_of_ridge_regression_in_scikit_learn_with_subjects_apart() -> None:
    features, subjects = _pairs(20, 8, np.random.default_rng(2), gap=0.5), _subjects(20)
    found = two_sample_test(features, subjects, 19, 3)
    fold = two_sample.folds_of(two_sample.subject_codes(subjects), 3)
    truth = np.tile([-1.0, 1.0], (20, 1))
    for number in range(fold.max() + 1):
        trained, asked = (features[fold != number].reshape(-1, 8), features[fold == number].reshape(-1, 8))
        scaler = StandardScaler().fit(trained)
        ridge = Ridge(alpha=8 * PENALTY, fit_intercept=False)
        ridge.fit(scaler.transform(trained), truth[fold != number].ravel())
        expected = ridge.predict(scaler.transform(asked))
        assert found.scores[fold == number].ravel() == pytest.approx(expected, abs=1e-9)
    assert found.auc == pytest.approx(roc_auc_score(truth.ravel() > 0, found.scores.ravel()))


def test_a_subject_is_never_in_two_folds() -> None:
    codes = two_sample.subject_codes(_subjects(37, 3))
    fold = two_sample.folds_of(codes, 5)
    assert all(len(set(fold[codes == code])) == 1 for code in set(codes))


def test_each_permutation_is_a_whole_new_fit() -> None:
    features, subjects = _pairs(12, 4, np.random.default_rng(4), gap=0.4), _subjects(12, 3)
    found = two_sample_test(features, subjects, 19, 7)
    codes = two_sample.subject_codes(subjects)
    signs = next(two_sample.swapped_labels(codes, 19, 7))[1::2]
    for number in range(19):
        swapped = np.where(signs[:, number, None, None] > 0, features, features[:, ::-1])
        again = two_sample.cross_fitted_auc(swapped, subjects, 7)
        assert found.null[number] == pytest.approx(again, abs=1e-9)


def test_content_that_only_tells_subjects_apart_helps_nobody() -> None:
    rng = np.random.default_rng(5)
    features = np.repeat(rng.normal(size=(15, 1, 40)), 2, axis=0).repeat(2, axis=1) + 1e-3 * rng.normal(
        size=(30, 2, 40)
    )
    assert two_sample_test(features, _subjects(30), 199, 0).p > 0.05


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_exchangeable_versions_that_are_not_identical_are_found_no_more_often_than_alpha(alpha: float) -> None:
    """Clips of a subject share what each version does to them; a swap of single clips would find too much here."""
    ps = []
    for seed in range(120):
        rng = np.random.default_rng((6, seed))
        shared = np.repeat(rng.normal(size=(8, 2, 3)), 4, axis=0)
        features = shared + 0.5 * rng.normal(size=(32, 2, 3))
        ps.append(two_sample_test(features, _subjects(32, 4), 39, seed).p)
    share = float(np.mean(np.array(ps) <= alpha))
    assert share <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / 120)


def test_the_smallest_p_is_that_of_the_swaps_or_of_few_subjects() -> None:
    assert two_sample.smallest_p(40, 999) == 1 / 1000
    assert two_sample.smallest_p(4, 999) == 1 / 8


def test_one_subject_has_no_test() -> None:
    with pytest.raises(ValueError, match="1 subject with both versions"):
        two_sample_test(np.zeros((3, 2, 4)), ["a", "a", "a"], 19, 0)


def test_missing_and_constant_features_do_no_harm() -> None:
    features = _pairs(12, 4, np.random.default_rng(8), gap=5)
    features[:, :, 1] = 3.0
    features[0, 0, 2] = np.nan
    features[:, :, 3] = np.nan
    found = two_sample_test(features, _subjects(12), 19, 0)
    assert found.auc > 0.9
    assert two_sample.single_aucs(features)[[1, 3]].tolist() == [0.5, 0.5]


def test_the_weight_of_the_feature_that_differs_is_the_largest() -> None:
    features = _pairs(30, 6, np.random.default_rng(9))
    features[:, 1, 4] -= 3
    weights = two_sample.weights(features)
    assert np.abs(weights).argmax() == 4
    assert weights[4] < 0
    assert two_sample.single_aucs(features)[4] < 0.2
    assert two_sample.single_ps(features, _subjects(30), 199, 0)[4] == pytest.approx(1 / 200)
