"""Exact binomial, McNemar (exact, clustered) and adjustment for several tests, against statsmodels and by hand."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from evalkit.statistics.binomial import proportion, proportion_within, share_of_subjects
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.mcnemar import exact_mcnemar
from evalkit.statistics.mcnemar_clustered import eliasziw, obuchowski
from evalkit.statistics.multiplicity import benjamini_hochberg, holm


def _rows(n_subjects: int = 14, seed: int = 0) -> Grouped:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_subjects), rng.integers(1, 6, n_subjects))
    skill = rng.beta(2, 2, n_subjects)[codes]
    return Grouped.of([f"{c:03d}" for c in codes], rng.random(len(codes)) < skill, rng.random(len(codes)) < 0.8 * skill)


def _duplicated(rows: Grouped, times: int) -> Grouped:
    return Grouped(np.repeat(rows.columns, times, axis=0), np.repeat(rows.subject, times), rows.n_subjects)


@pytest.mark.parametrize(("successes", "trials"), [(0, 9), (5, 9), (9, 9), (31, 60)])
def test_proportion_is_clopper_pearsons(successes: int, trials: int) -> None:
    found = proportion(successes, trials, null=0.5)
    expected = proportion_confint(successes, trials, 0.05, method="beta")
    low, high = (0.0 if np.isnan(expected[0]) else expected[0], 1.0 if np.isnan(expected[1]) else expected[1])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert found.p == pytest.approx(stats.binomtest(successes, trials, 0.5).pvalue, abs=1e-12)


def test_proportion_within_holds_exactly_where_the_interval_lies_inside() -> None:
    for successes in range(201):
        found = proportion_within(successes, 200, 0.4, 0.6)
        assert found.p is not None
        assert found.low is not None
        assert found.high is not None
        assert (found.p <= 0.025) == (found.low > 0.4 and found.high < 0.6)
    assert proportion(0, 0).note == "not computed: no trials"


def test_exact_mcnemar_of_the_reference_table() -> None:
    """[[59, 6], [16, 80]]: 0.052478790283203125 from an independent tool."""
    found = exact_mcnemar(6, 16, 59, 80)
    assert found.p == pytest.approx(0.052478790283203125, abs=1e-15)
    assert found.value == pytest.approx(6 / 22)
    assert found.smallest_p == 2 * 0.5**22
    assert exact_mcnemar(16, 6, 59, 80).p == found.p
    assert exact_mcnemar(0, 0, 9, 9).note == "not computed: the arms never disagree"


def test_clustered_mcnemar_with_one_clip_each_is_nearly_mcnemar() -> None:
    """With one clip a subject the statistic is McNemar's without correction, times (n - 1) / n."""
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 50)) < np.array([[0.7], [0.5]])
    found = obuchowski(Grouped.of([f"{i:03d}" for i in range(50)], first, second))
    table = [[int((first & second).sum()), int((first & ~second).sum())],
             [int((~first & second).sum()), int((~first & ~second).sum())]]  # fmt: skip
    expected = stats.chi2.sf(49 / 50 * mcnemar(table, exact=False, correction=False).statistic, 1)
    assert found.p == pytest.approx(expected, abs=1e-12)


def test_clustered_mcnemar_has_the_cluster_robust_error_of_statsmodels() -> None:
    rows = _rows()
    wins: Floats = rows.columns[:, 0] - rows.columns[:, 1]
    options = {"groups": rows.subject, "use_correction": True}
    fit = sm.OLS(wins, np.ones(len(wins))).fit(cov_type="cluster", cov_kwds=options, use_t=True)
    found = obuchowski(rows)
    assert found.error == pytest.approx(float(fit.bse[0]), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int()[0]), abs=1e-9)


@pytest.mark.parametrize("times", [2, 5])
def test_duplicating_clips_makes_clustered_mcnemar_no_surer(times: int) -> None:
    rows = _rows()
    once, often = obuchowski(rows), obuchowski(_duplicated(rows, times))
    assert (often.p, often.low) == pytest.approx((once.p, once.low), abs=1e-12)


def test_eliasziw_of_copies_is_mcnemar_of_the_originals() -> None:
    """Copies correlate fully: the design effect is their number, and the chi-squared that of one clip each."""
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 40)) < np.array([[0.8], [0.5]])
    single = Grouped.of([f"{i:03d}" for i in range(40)], first, second)
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    plain = stats.chi2.sf((only_first - only_second) ** 2 / (only_first + only_second), 1)
    assert eliasziw(_duplicated(single, 3)).p == pytest.approx(plain, abs=1e-12)
    assert eliasziw(single).note == "not computed: a correlation within subjects needs several clips and subjects"


def test_eliasziw_and_obuchowski_come_to_similar_p() -> None:
    rows = _rows(60, 3)
    first, second = obuchowski(rows).p, eliasziw(rows).p
    assert first is not None
    assert second is not None
    assert abs(stats.norm.isf(first / 2) - stats.norm.isf(second / 2)) < 0.5


def test_clustered_mcnemar_without_disagreement_or_subjects_says_why() -> None:
    names = [f"{i}" for i in range(8)]
    same = Grouped.of(names, [1, 0] * 4, [1, 0] * 4)
    assert obuchowski(same).note == eliasziw(same).note == "not computed: the arms never disagree"
    assert obuchowski(Grouped.of(["a"] * 4, [1, 1, 0, 1], [0, 1, 0, 0])).note.startswith("not computed: 1 subject,")
    balanced = Grouped.of(names * 2, [1] * 8 + [0] * 8, [0] * 8 + [1] * 8)
    assert obuchowski(balanced).note == "not computed: no variation between subjects"
    always = obuchowski(Grouped.of(names, [1] * 8, [0] * 8))
    assert (always.value, always.low, always.note) == (1.0, None, "not computed: no variation between subjects")
    assert always.p == pytest.approx(stats.chi2.sf(7, 1))


def test_holm_by_hand_and_a_test_without_p_helps_no_other() -> None:
    """Four tests count although one has no p: .01 x 4, .02 x 3, .03 x 2, each at least the one before."""
    assert holm({"a": 0.03, "b": 0.01, "c": None, "d": 0.02}) == {
        "a": pytest.approx(0.06), "b": pytest.approx(0.04), "c": None, "d": pytest.approx(0.06),
    }  # fmt: skip
    assert holm({}) == {}


def test_benjamini_hochberg_is_scipys() -> None:
    p = {"a": 0.03, "b": 0.01, "c": 0.5, "d": 0.02}
    expected = stats.false_discovery_control(list(p.values()))
    assert list(benjamini_hochberg(p).values()) == pytest.approx(expected.tolist(), abs=1e-12)


def test_benjamini_hochberg_does_not_count_what_has_no_p() -> None:
    """One p of .01 was tested: beside two that were not computed it is still .01."""
    assert benjamini_hochberg({"a": None, "b": 0.01, "c": None}) == {"a": None, "b": pytest.approx(0.01), "c": None}
    assert benjamini_hochberg({"a": None}) == {"a": None}
    assert benjamini_hochberg({}) == {}


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
def test_proportion_has_its_value_and_the_interval_of_the_level_that_was_asked_for(level: float) -> None:
    for found in (proportion(7, 20, level), proportion_within(7, 20, 0.1, 0.9, (1 - level) / 2),
                  share_of_subjects(7, 20, level, (None, None))):  # fmt: skip
        assert found.value == 7 / 20
        assert (found.low, found.high) == pytest.approx(proportion_confint(7, 20, 1 - level, method="beta"), abs=1e-9)
    assert proportion(7, 20, level).p is None
    assert proportion(7, 20, level, 0.3).p == pytest.approx(stats.binomtest(7, 20, 0.3).pvalue, abs=1e-12)


def test_share_of_subjects_is_tested_on_the_side_of_each_bound() -> None:
    above, below = (stats.binomtest(7, 20, 0.2, alternative=side).pvalue for side in ("greater", "less"))
    assert share_of_subjects(7, 20, 0.95, (0.2, None)).p == pytest.approx(above, abs=1e-12)
    assert share_of_subjects(7, 20, 0.95, (None, 0.2)).p == pytest.approx(below, abs=1e-12)


@pytest.mark.parametrize(
    ("hit", "bounds", "p"),
    [
        (3, (-0.1, None), 0.0), (3, (None, -0.1), 1.0), (3, (1.5, None), 1.0), (3, (None, 1.5), 0.0),
        (3, (0.0, None), 0.0), (0, (0.0, None), 1.0), (10, (None, 1.0), 1.0), (3, (None, 1.0), 0.0),
    ],
)  # fmt: skip
def test_a_bound_that_no_share_can_cross_is_certain_and_0_and_1_are_tested(
    hit: int, bounds: tuple[float | None, float | None], p: float
) -> None:
    assert share_of_subjects(hit, 10, 0.95, bounds).p == p


def test_exact_mcnemar_has_clopper_pearsons_interval_at_its_level_and_needs_only_the_disagreements() -> None:
    found = exact_mcnemar(6, 16, level=0.9)
    assert (found.n_subjects, found.n_clips) == (22, 22)
    assert (found.low, found.high) == pytest.approx(proportion_confint(6, 22, 0.1, method="beta"), abs=1e-9)
    assert (exact_mcnemar(1, 1).p, exact_mcnemar(1, 0).smallest_p) == (1.0, 1.0)


def test_clustered_mcnemar_has_subjects_less_one_degrees_of_freedom() -> None:
    assert obuchowski(_rows(14)).df == 13
    assert obuchowski(Grouped.of(["a", "a", "b"], [1, 0, 1], [0, 0, 0])).note == (
        "not computed: 2 subjects, an interval needs 6"
    )


def _eliasziw_by_the_paper(tables: list[tuple[int, int, int, int]]) -> float:
    """p from each subject's clips (both right, only first, only second, neither), as the paper sums them up."""
    K, sizes = len(tables), [sum(table) for table in tables]
    total, mean_size = sum(sizes), sum(sizes) / len(tables)
    shares = [sum(table[cell] for table in tables) / total for cell in range(4)]
    bms = wms = 0.0
    for table, n in zip(tables, sizes, strict=True):
        for cell, share in zip(table, shares, strict=True):
            bms += (cell - n * share) ** 2 / n / K
            wms += cell * (n - cell) / n / (K * (mean_size - 1))
    n0 = mean_size - sum((n - mean_size) ** 2 for n in sizes) / (K * (K - 1) * mean_size)
    rho = (bms - wms) / (bms + (n0 - 1) * wms)
    rho_tilde = 1 / (1 + (shares[1] + shares[2]) * (1 - rho) / rho)
    discordant = [table[1] + table[2] for table in tables if table[1] + table[2]]
    Kd, mean_d = len(discordant), sum(discordant) / len(discordant)
    s0 = mean_d - sum((s - mean_d) ** 2 for s in discordant) / (Kd * (Kd - 1) * mean_d)
    effect = 1 + (s0 + Kd * (mean_d - s0) - 1) * rho_tilde
    b, c = (sum(table[cell] for table in tables) for cell in (1, 2))
    return float(stats.chi2.sf((b - c) ** 2 / (b + c) / effect, 1))


def _table_rows(tables: list[tuple[int, int, int, int]]) -> Grouped:
    clips = [(f"{subject:02d}", first, second) for subject, table in enumerate(tables)
             for many, (first, second) in zip(table, ((1, 1), (1, 0), (0, 1), (0, 0)), strict=True)
             for _ in range(many)]  # fmt: skip
    names, first, second = zip(*clips, strict=True)
    return Grouped.of(names, first, second)


@pytest.mark.parametrize("seed", range(4))
def test_eliasziw_is_that_of_the_paper_summed_up_subject_by_subject(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = [tuple(int(n) for n in 1 + rng.multinomial(rng.integers(1, 8), rng.dirichlet([1, 2, 0.5, 1])))
              for _ in range(12)]  # fmt: skip
    tables += [(2, 0, 0, 1), (1, 0, 0, 3)]
    assert eliasziw(_table_rows(tables)).p == pytest.approx(_eliasziw_by_the_paper(tables), abs=1e-12)  # type: ignore[arg-type]


def test_eliasziw_counts_disagreements_that_cancel_within_a_subject() -> None:
    found = eliasziw(_table_rows([(1, 1, 1, 0), (0, 2, 2, 1), (2, 1, 1, 1)]))
    assert found.value == 0.0
    assert found.p == pytest.approx(1.0)
