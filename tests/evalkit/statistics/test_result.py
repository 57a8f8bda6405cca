"""What every result says of itself: which statistic of which estimand, by which method, at which level, of how many."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from evalkit.statistics.auc import auc, auc_difference
from evalkit.statistics.binomial import proportion, proportion_within, share_of_subjects
from evalkit.statistics.bland_altman import limits_of_agreement
from evalkit.statistics.bootstrap import bootstrap
from evalkit.statistics.effect_size import paired_d
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.hill import hill_estimate, share_estimate
from evalkit.statistics.icc import icc
from evalkit.statistics.jackknife import jackknife
from evalkit.statistics.mcnemar import exact_mcnemar
from evalkit.statistics.mcnemar_clustered import eliasziw, obuchowski
from evalkit.statistics.noninferiority import noninferiority
from evalkit.statistics.paired import paired_t
from evalkit.statistics.randomisation import permutation, sign_flip, swap_arms
from evalkit.statistics.result import Result, p_in_range
from evalkit.statistics.similarity import similarity_estimate
from evalkit.statistics.statistic import mean, slope
from evalkit.statistics.tost import tost
from evalkit.statistics.welch import difference_of_groups

CODES = np.repeat(np.arange(9), [1, 2, 3, 2, 1, 2, 3, 2, 4])  # 9 subjects, 20 clips
NAMES = [f"s{code}" for code in CODES]
RNG = np.random.default_rng(5)
ONE = Grouped.of(NAMES, RNG.normal(0.3, 1, 20))
TWO = Grouped.of(NAMES, RNG.normal(size=20), RNG.normal(size=20))
TRUTH = np.arange(20) % 2
AREAS = Grouped.of(NAMES, TRUTH, TRUTH + RNG.normal(0, 2, 20), RNG.normal(size=20))
VERDICTS = Grouped.of(NAMES, np.arange(20) % 3 < 2, np.arange(20) % 4 < 2)
LEVELS = Grouped.of(NAMES, np.arange(20) % 3, np.arange(20) % 5 < 3, np.ones(20))
CLIPS = Grouped.of(NAMES, np.arange(20), np.arange(20) % 5 < 3, np.ones(20))
ALIKE = np.exp(-np.abs(np.subtract.outer(RNG.normal(size=20), RNG.normal(size=20))))
GROUPS = ({f"a{i}": [float(i), 1.0] for i in range(7)}, {f"b{i}": [float(i * i)] for i in range(8)})
T = "t on subject means"
SUBJECTS: Final = "subject-weighted"
CLIPWISE: Final = "clip-weighted"

SAID: dict[str, tuple[Callable[[], Result], tuple[str, str, float, str | None, int, int, int, int | None]]] = {
    "proportion": (lambda: proportion(3, 10, 0.9), ("proportion", "exact binomial", 0.9, None, 10, 10, 0, None)),
    "proportion within": (
        lambda: proportion_within(3, 10, 0.1, 0.6, 0.05), ("proportion", "exact binomial", 0.9, None, 10, 10, 0, None),
    ),
    "share": (
        lambda: share_of_subjects(3, 10, 0.9, (0.1, 0.6)),
        ("share of subjects", "exact binomial over subjects", 0.9, None, 10, 10, 0, None),
    ),
    "mcnemar": (
        lambda: exact_mcnemar(6, 16, 59, 80, 0.9),
        ("share of disagreements for the first arm", "exact McNemar", 0.9, None, 161, 161, 0, None),
    ),
    "obuchowski": (
        lambda: obuchowski(VERDICTS, 0.9),
        ("difference of proportions", "clustered McNemar (Obuchowski)", 0.9, CLIPWISE, 9, 20, 0, None),
    ),
    "eliasziw": (
        lambda: eliasziw(VERDICTS),
        ("difference of proportions", "clustered McNemar (Eliasziw and Donner)", 0.95, CLIPWISE, 9, 20, 0, None),
    ),
    "auc": (lambda: auc(AREAS, 0.9), ("AUC", "clustered AUC (Obuchowski)", 0.9, CLIPWISE, 9, 20, 0, None)),
    "auc difference": (
        lambda: auc_difference(AREAS, 0.9),
        ("difference of AUCs", "clustered AUC (Obuchowski)", 0.9, CLIPWISE, 9, 20, 0, None),
    ),
    "hedges": (
        lambda: paired_d(ONE, 0.9),
        ("Hedges' g of paired differences", "noncentral t", 0.9, SUBJECTS, 9, 20, 0, None),
    ),
    "cohen": (
        lambda: paired_d(ONE, 0.9, corrected=False),
        ("Cohen's d of paired differences", "noncentral t", 0.9, SUBJECTS, 9, 20, 0, None),
    ),
    "tost": (lambda: tost(ONE, -1, 1, 0.05), ("mean", T, 0.9, SUBJECTS, 9, 20, 0, None)),
    "tost by default": (lambda: tost(ONE, -1, 1), ("mean", T, 0.95, SUBJECTS, 9, 20, 0, None)),
    "noninferiority": (lambda: noninferiority(ONE, 1, True, 0.05), ("mean", T, 0.9, SUBJECTS, 9, 20, 0, None)),
    "noninferiority by default": (lambda: noninferiority(ONE, 1, True), ("mean", T, 0.95, SUBJECTS, 9, 20, 0, None)),
    "paired": (lambda: paired_t(ONE, level=0.9), ("mean", T, 0.9, SUBJECTS, 9, 20, 0, None)),
    "sign flip": (
        lambda: sign_flip(ONE, CLIPWISE, seed=3, n_resamples=99),
        ("mean", "sign-flip of subjects", 0.95, CLIPWISE, 9, 20, 99, 3),
    ),
    "swap": (
        lambda: swap_arms(TWO, TWO, slope(), seed=3),
        ("slope", "swap of arms within subjects", 0.95, CLIPWISE, 9, 20, 0, 3),
    ),
    "permutation": (
        lambda: permutation(TWO, [True] * 4 + [False] * 5, slope(), seed=3),
        ("slope", "permutation of subjects", 0.95, CLIPWISE, 9, 20, 126, 3),
    ),
    "percentile": (
        lambda: bootstrap(ONE, mean(), "percentile", 0.9, seed=3, n_resamples=99),
        ("mean", "percentile bootstrap of subjects", 0.9, SUBJECTS, 9, 20, 99, 3),
    ),
    "studentised": (
        lambda: bootstrap(ONE, mean(CLIPWISE), "studentised", 0.9, seed=3, n_resamples=99),
        ("mean", "studentised bootstrap of subjects", 0.9, CLIPWISE, 9, 20, 99, 3),
    ),
    "jackknife": (
        lambda: jackknife(TWO, slope(), 0.9), ("slope", "delete-subject jackknife", 0.9, CLIPWISE, 9, 20, 0, None),
    ),
    "welch": (
        lambda: difference_of_groups(*GROUPS, 0.9),
        ("difference of means", "Welch's t on subject means", 0.9, SUBJECTS, 15, 22, 0, None),
    ),
    "icc": (
        lambda: icc(RNG.normal(size=(8, 3)), "C", average=True, level=0.9),
        ("ICC(C,k)", "ANOVA mean squares", 0.9, SUBJECTS, 8, 8, 0, None),
    ),
    "icc of one rater": (
        lambda: icc(RNG.normal(size=(8, 3))), ("ICC(A,1)", "ANOVA mean squares", 0.95, SUBJECTS, 8, 8, 0, None),
    ),
    "richness": (
        lambda: hill_estimate(LEVELS, 3, 0, "after", 3, 99),
        ("Hill number of order 0", "count", 0.95, CLIPWISE, 9, 20, 0, None),
    ),
    "hill": (
        lambda: hill_estimate(LEVELS, 3, 2, "after", 3, 99),
        ("Hill number of order 2", "studentised bootstrap of subjects", 0.95, CLIPWISE, 9, 20, 99, 3),
    ),
    "hill difference": (
        lambda: hill_estimate(LEVELS, 3, 1, "difference", 3, 99),
        ("Hill number of order 1", "delete-subject jackknife", 0.95, CLIPWISE, 9, 20, 0, None),
    ),
    "share of levels": (
        lambda: share_estimate(LEVELS, 3, [1, 2], "after"),
        ("share", "delete-subject jackknife, logit", 0.95, CLIPWISE, 9, 20, 0, None),
    ),
    "similarity": (
        lambda: similarity_estimate(CLIPS, ALIKE, 2, "after"),
        ("similarity-sensitive diversity of order 2", "delete-subject jackknife", 0.95, CLIPWISE, 9, 20, 0, None),
    ),
    "lower limit": (
        lambda: limits_of_agreement(ONE, 0.9, 3, 99).lower,
        ("lower limit", "studentised bootstrap of subjects", 0.9, CLIPWISE, 9, 20, 99, 3),
    ),
    "bias": (
        lambda: limits_of_agreement(ONE, 0.9, 3, 99).bias,
        ("bias", "studentised bootstrap of subjects", 0.9, CLIPWISE, 9, 20, 99, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_result_names_its_statistic_method_level_estimand_sizes_and_seed(name: str) -> None:
    make, expected = SAID[name]
    found = make()
    assert (
        found.statistic, found.method, found.level, found.estimand,
        found.n_subjects, found.n_clips, found.n_resamples, found.seed,
    ) == expected  # fmt: skip


def test_p_in_a_range_is_the_larger_of_both_sides_and_none_where_a_side_has_none() -> None:
    assert p_in_range(lambda bound: bound, lambda bound: 2 * bound, (0.1, 0.2)) == 0.4
    assert p_in_range(lambda bound: bound, lambda bound: 2 * bound, (0.1, None)) == 0.1
    assert p_in_range(lambda bound: bound, lambda bound: 2 * bound, (None, 0.1)) == 0.2
    assert p_in_range(lambda bound: bound, lambda bound: 2 * bound, (None, None)) is None
    assert p_in_range(lambda bound: bound, lambda _: None, (0.1, 0.2)) is None
