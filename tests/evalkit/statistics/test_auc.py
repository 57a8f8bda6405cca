"""Clustered AUC against its definition, DeLong's, scikit-learn and the jackknife."""

import numpy as np
import pytest
from scipy import stats

from evalkit.statistics.auc import auc, auc_difference
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.jackknife import jackknife
from evalkit.statistics.statistic import OfRows


def _rows(n_subjects: int = 30, clips: int = 3, seed: int = 0) -> Grouped:
    """Each subject has clips of both truths; scores of two models, some of them equal."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_subjects), clips)
    truth = rng.integers(0, 2, len(codes))
    own = rng.normal(size=n_subjects)[codes]
    scores = [np.round(truth * gain + own + rng.normal(size=len(codes)), 1) for gain in (1.0, 0.5)]
    return Grouped.of([f"{c:03d}" for c in codes], truth, *scores)


def _wins(positive: Floats, negative: Floats) -> Floats:
    won: Floats = (positive[:, None] > negative[None]) + 0.5 * (positive[:, None] == negative[None])
    return won


def _delong(truth: Floats, first: Floats, second: Floats) -> tuple[float, float]:
    """Variance of the first AUC and of the difference, from the definition."""
    tables = [_wins(scores[truth == 1], scores[truth == 0]) for scores in (first, second)]
    by_positive = np.cov([table.mean(axis=1) for table in tables])
    by_negative = np.cov([table.mean(axis=0) for table in tables])
    covariance = by_positive / len(tables[0]) + by_negative / tables[0].shape[1]
    return float(covariance[0, 0]), float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])


def test_with_one_clip_a_subject_it_is_delongs() -> None:
    rows = _rows(40, 1)
    single, difference = _delong(*rows.columns.T)
    assert auc(rows).error == pytest.approx(np.sqrt(single), abs=1e-12)
    found = auc_difference(rows)
    assert found.error == pytest.approx(np.sqrt(difference), abs=1e-12)
    assert found.value is not None
    assert found.df is not None
    assert 20 < found.df <= 39
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.value) / np.sqrt(difference), found.df), abs=1e-12)


def test_value_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rows = _rows()
    assert auc(rows).value == pytest.approx(metrics.roc_auc_score(rows.columns[:, 0], rows.columns[:, 1]), abs=1e-12)


def test_clustered_error_is_obuchowskis_sum_over_subjects() -> None:
    rows = _rows(12, 4, 3)
    truth, scores = rows.columns[:, 0] == 1, rows.columns[:, 1]
    table = _wins(scores[truth], scores[~truth])
    area = table.mean()
    ill, well = rows.subject[truth], rows.subject[~truth]
    tens = [sum(table[i].mean() - area for i in np.flatnonzero(ill == s)) for s in range(12)]
    ones = [sum(table[:, j].mean() - area for j in np.flatnonzero(well == s)) for s in range(12)]
    n_ill, n_well, m, n = len(set(ill)), len(set(well)), len(ill), len(well)
    s10, s01 = (k / (k - 1) / c * sum(v**2 for v in vs) for k, c, vs in ((n_ill, m, tens), (n_well, n, ones)))
    s11 = 12 / 11 * sum(a * b for a, b in zip(tens, ones, strict=True))
    assert auc(rows).error == pytest.approx(np.sqrt(s10 / m + s01 / n + 2 * s11 / (m * n)), abs=1e-12)


def test_clustered_error_is_near_the_jackknifes() -> None:
    """Both estimate the same; on 40 subjects they differ by less than 10 %."""
    rows = _rows(40, 3, 5)

    def area(columns: Floats, weights: Floats) -> float:
        ill = columns[:, 0] == 1
        each = np.outer(weights[ill], weights[~ill])
        return float((_wins(columns[ill, 1], columns[~ill, 1]) * each).sum() / each.sum())

    theirs = jackknife(rows, OfRows("AUC", "clip-weighted", area))
    assert auc(rows).value == pytest.approx(theirs.value, abs=1e-12)
    assert auc(rows).error == pytest.approx(theirs.error, rel=0.1)


def test_duplicating_clips_does_not_narrow_it_and_swapping_models_mirrors_it() -> None:
    rows = _rows()
    thrice = Grouped(np.repeat(rows.columns, 3, axis=0), np.repeat(rows.subject, 3), rows.n_subjects)
    assert (auc(thrice).low, auc(thrice).high) == pytest.approx((auc(rows).low, auc(rows).high), abs=1e-12)
    swapped = Grouped(rows.columns[:, [0, 2, 1]], rows.subject, rows.n_subjects)
    ours, theirs = auc_difference(rows), auc_difference(swapped)
    assert ours.low is not None
    assert ours.high is not None
    assert (theirs.low, theirs.high) == pytest.approx((-ours.high, -ours.low), abs=1e-12)
    assert theirs.p == pytest.approx(ours.p)


def test_what_has_no_interval_says_why() -> None:
    names = [f"{i}" for i in range(8)]
    truth = [0, 1] * 4
    perfect = auc(Grouped.of(names, truth, truth))
    assert (perfect.value, perfect.low, perfect.note) == (1.0, None, "not computed: no variation, as the AUC is 1")
    tied = auc(Grouped.of(names, truth, [3] * 8))
    assert (tied.value, tied.note) == (0.5, "not computed: no variation, as the AUC is 0.5")
    assert auc(Grouped.of(names, [1] * 8, range(8))).note == "not computed: all clips have the same truth"
    assert auc(Grouped.of(["a"] * 8, truth, range(8))).note == "not computed: 1 subject, an interval needs 6"
    lonely = auc(Grouped.of(names, [1] + [0] * 7, range(8)))
    assert lonely.note == "not computed: fewer than two subjects have clips of one of the truths"
    same = auc_difference(Grouped.of(names, truth, [1, 2, 1, 4, 5, 3, 7, 9], [1, 2, 1, 4, 5, 3, 7, 9]))
    assert same.note == "not computed: no variation of the difference between subjects"


def _placements(rows: Grouped) -> tuple[Floats, Floats, float]:
    truth, scores = rows.columns[:, 0] == 1, rows.columns[:, 1]
    won = _wins(scores[truth], scores[~truth])
    return won.mean(axis=1), won.mean(axis=0), float(won.mean())


def test_interval_and_p_are_students_on_the_logit_scale_with_satterthwaites_degrees_of_freedom() -> None:
    rows = _rows(14, 1, 5)
    of_ill, of_well, area = _placements(rows)
    a, b = of_ill.var(ddof=1) / len(of_ill), of_well.var(ddof=1) / len(of_well)
    df = (a + b) ** 2 / (a**2 / (len(of_ill) - 1) + b**2 / (len(of_well) - 1))
    assert df < 13
    error, centre = np.sqrt(a + b), np.log(area / (1 - area))
    scale = error / (area * (1 - area))
    reach = stats.t.ppf(0.95, df) * scale
    found = auc(rows, 0.9, null=0.6)
    assert (found.value, found.error, found.df) == pytest.approx((area, error, df))
    assert (found.low, found.high) == pytest.approx(tuple(1 / (1 + np.exp(-(centre + s * reach))) for s in (-1, 1)))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(centre - np.log(0.6 / 0.4)) / scale, df))


def test_two_subjects_of_a_truth_are_enough_and_one_is_not() -> None:
    names, scores = [f"{i}" for i in range(8)], [0.1, 0.5, 0.2, 0.4, 0.3, 0.45, 0.35, 0.6]
    assert auc(Grouped.of(names, [0, 1, 0, 1, 0, 0, 0, 0], scores)).low is not None
    for truths in ([0, 1] + [0] * 6, [1, 0] + [1] * 6):
        found = auc(Grouped.of(names, truths, scores))
        assert (found.low, found.note) == (
            None, "not computed: fewer than two subjects have clips of one of the truths"
        )  # fmt: skip


def test_interval_and_p_of_a_difference_are_students() -> None:
    rows = _rows(14, 2, 6)
    found = auc_difference(rows, 0.9)
    assert found.value is not None
    assert found.error is not None
    assert found.df is not None
    reach = stats.t.ppf(0.95, found.df) * found.error
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.value) / found.error, found.df))
