"""MRMC variance against iMRMC's printed figures and against its definition, pair by pair."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evalkit.readers.list_mode import ReaderStudy, read_reader_study
from evalkit.readers.mrmc import mrmc_auc, mrmc_difference
from evalkit.statistics.grouped import Floats

OURS = Path(__file__).resolve().parents[2] / "data" / "reader_study.csv"
# iMRMC 2.1.2 under R 4.2.2 on the same file, as printed
CONFIDENCE = {"auc": 0.552407407407, "var": 0.00158011190056, "mle": 0.00268772928415, "df": 28.5546346187,
              "p": 0.198051682556, "low": 0.47098195067, "high": 0.633832864145}  # fmt: skip
ABOVE_3 = {"auc": 0.536111111111, "var": 0.000945774797786, "df": 15.7546064816, "p": 0.258615671177,
           "low": 0.470561680242, "high": 0.601660541981}  # fmt: skip
PER_READER = [0.4666667, 0.5666667, 0.6166667, 0.5166667, 0.5333333, 0.5166667]


def _binary(study: ReaderStudy, threshold: float) -> ReaderStudy:
    scores = np.where(np.isnan(study.scores), np.nan, (study.scores > threshold).astype(float))
    return ReaderStudy(study.readers, study.cases, study.modalities, study.truth, scores)


def _simulated(
    modalities: int = 1, holes: bool = False, seed: int = 0, readers: int = 3, cases: int = 9
) -> ReaderStudy:
    rng = np.random.default_rng(seed)
    truth = np.arange(cases) % 2 == 0
    base = truth + rng.normal(size=(1, 1, cases)) + 0.5 * rng.normal(size=(modalities, readers, 1))
    scores = np.round(base + rng.normal(size=(modalities, readers, cases)))
    if holes:
        scores[rng.random(scores.shape) < 0.2] = np.nan
    names = tuple(f"c{i}" for i in range(cases))
    return ReaderStudy(tuple("abcdefgh"[:readers]), names, ("m", "n")[:modalities], truth, scores)


def _by_definition(study: ReaderStudy, first: int, second: int) -> tuple[Floats, Floats]:
    """Moments and weights from all pairs of comparisons: the class of a pair is what exactly the two share."""
    negatives, positives = (np.flatnonzero(study.truth == truth).tolist() for truth in (False, True))
    comparisons = []
    for modality in (first, second):
        found = {}
        for r, i, j in product(range(len(study.readers)), negatives, positives):
            low, high = study.scores[modality, r, i], study.scores[modality, r, j]
            if not (np.isnan(low) or np.isnan(high)):
                found[r, i, j] = (high > low) + 0.5 * (high == low)
        comparisons.append(found)
    shared = ((1, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (0, 1, 1), (0, 0, 1), (0, 1, 0), (0, 0, 0))
    sums, counts = np.zeros(8), np.zeros(8)
    for (one, won), (two, also) in product(comparisons[0].items(), comparisons[1].items()):
        kind = shared.index((int(one[0] == two[0]), int(one[1] == two[1]), int(one[2] == two[2])))
        sums[kind] += won * also
        counts[kind] += 1
    return sums / np.where(counts > 0, counts, 1), counts / counts.sum()


def test_ordinal_scores_reproduce_imrmc_to_the_printed_digits() -> None:
    found = mrmc_auc(read_reader_study(OURS))
    assert (found.n_readers, found.n_negative, found.n_positive) == (6, 30, 30)
    assert found.result.value == pytest.approx(CONFIDENCE["auc"], abs=1e-12)
    assert found.variance == pytest.approx(CONFIDENCE["var"], abs=1e-14)
    assert found.variance_mle == pytest.approx(CONFIDENCE["mle"], abs=1e-14)
    assert found.result.p == pytest.approx(CONFIDENCE["p"], abs=1e-12)
    assert (found.result.low, found.result.high) == pytest.approx((CONFIDENCE["low"], CONFIDENCE["high"]), abs=1e-12)
    assert found.components is not None
    assert found.variance is not None
    df = found.components.degrees_of_freedom(6, 30, 30, found.variance)
    assert df == pytest.approx(CONFIDENCE["df"], abs=1e-10)
    assert found.result.df == 28


def test_binary_scores_reproduce_imrmc_to_the_printed_digits() -> None:
    found = mrmc_auc(_binary(read_reader_study(OURS), 3))
    assert found.result.value == pytest.approx(ABOVE_3["auc"], abs=1e-12)
    assert found.variance == pytest.approx(ABOVE_3["var"], abs=1e-15)
    assert found.result.error == pytest.approx(0.030753, abs=5e-7)
    assert found.result.p == pytest.approx(ABOVE_3["p"], abs=1e-12)
    assert (found.result.low, found.result.high) == pytest.approx((ABOVE_3["low"], ABOVE_3["high"]), abs=1e-12)
    assert found.components is not None
    assert found.variance is not None
    df = found.components.degrees_of_freedom(6, 30, 30, found.variance)
    assert df == pytest.approx(ABOVE_3["df"], abs=1e-10)
    assert found.per_reader == pytest.approx(PER_READER, abs=5e-8)


@pytest.mark.parametrize("holes", [False, True])
def test_variance_is_that_of_the_definition(holes: bool) -> None:
    study = _simulated(holes=holes)
    moments, weights = _by_definition(study, 0, 0)
    found = mrmc_auc(study)
    assert found.moments == pytest.approx(moments.tolist(), abs=1e-12)
    assert found.variance == pytest.approx(weights @ moments - moments[7], abs=1e-12)


@pytest.mark.parametrize("holes", [False, True])
def test_variance_of_a_difference_is_that_of_the_definition(holes: bool) -> None:
    study = _simulated(2, holes, seed=1)
    expected = 0.0
    for sign, first, second in ((1, 0, 0), (1, 1, 1), (-2, 0, 1)):
        moments, weights = _by_definition(study, first, second)
        expected += sign * (weights @ moments - moments[7])
    assert mrmc_difference(study).variance == pytest.approx(expected, abs=1e-12)


def test_components_add_up_to_the_variance_of_a_full_design_and_scale_it() -> None:
    found = mrmc_auc(_simulated(readers=4, cases=14))
    assert found.components is not None
    assert found.variance is not None
    assert found.components.variance(4, 7, 7) == pytest.approx(found.variance, abs=1e-12)
    assert found.components.variance(8, 70, 70) < found.variance


def test_swapping_modalities_mirrors_the_interval() -> None:
    study = _simulated(2, seed=2, readers=5, cases=40)
    ours, theirs = mrmc_difference(study).result, mrmc_difference(study, 1, 0).result
    assert ours.low is not None
    assert ours.high is not None
    assert (theirs.low, theirs.high) == pytest.approx((-ours.high, -ours.low), abs=1e-12)
    assert theirs.p == pytest.approx(ours.p)


def test_a_variance_that_is_not_above_0_gives_way_to_the_plug_in_one() -> None:
    """Among small simulated studies some have one; what is used then is never negative, and the method says so."""
    studies = (mrmc_auc(_simulated(seed=seed, readers=2, cases=6)) for seed in range(60))
    found = next(
        study for study in studies if study.variance is not None and study.variance <= 0 < (study.variance_mle or 0)
    )
    assert found.variance_mle is not None
    assert found.result.error == pytest.approx(np.sqrt(found.variance_mle))
    assert "MLE" in found.result.method


def test_what_cannot_be_had_says_why() -> None:
    study = _simulated()
    lonely = ReaderStudy(("a",), study.cases, ("m",), study.truth, study.scores[:, :1])
    assert mrmc_auc(lonely).result.note.startswith("not computed: the variance needs at least two readers")
    perfect = ReaderStudy(study.readers, study.cases, ("m",), study.truth, np.tile(study.truth * 1.0, (1, 3, 1)))
    found = mrmc_auc(perfect).result
    assert (found.value, found.low, found.note) == (1.0, None, "not computed: no variation between readers and cases")
    apart = study.scores.copy()
    apart[0, :, study.truth] = np.nan
    empty = mrmc_auc(ReaderStudy(study.readers, study.cases, ("m",), study.truth, apart)).result
    assert (empty.value, empty.status) == (None, "undefined")


@pytest.mark.slow
def test_intervals_cover_with_random_readers_and_cases() -> None:
    """400 studies of 5 readers and 50 cases at AUC 0.5: between 92 and 99 % of 95 % intervals hold it."""
    covered = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        truth = np.arange(50) % 2 == 0
        scores = rng.normal(size=(1, 1, 50)) + rng.normal(size=(1, 5, 1)) * truth * 0.5 + rng.normal(size=(1, 5, 50))
        names = tuple(map(str, range(50)))
        found = mrmc_auc(ReaderStudy(tuple("abcde"), names, ("m",), truth, scores)).result
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.5 <= found.high
    assert stats.binom.cdf(covered, 400, 0.92) > 0.01
    assert covered / 400 < 0.995
