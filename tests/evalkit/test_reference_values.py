"""tests/data/reference_values.json: figures of independent tools, each reproduced, or why it cannot be."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.readers.list_mode import ReaderStudy, read_reader_study
from evalkit.readers.mrmc import mrmc_auc
from evalkit.readers.performance import performance
from evalkit.statistics.mcnemar import exact_mcnemar

DATA = Path(__file__).resolve().parents[1] / "data"
VALUES: dict[str, Any] = json.loads((DATA / "reference_values.json").read_text(encoding="utf-8"))
STUDY = read_reader_study(DATA / "reader_study.csv")
ABOVE = 3.0  # confidence above which a reader says positive

REPRODUCED_HERE = {"mrmc_ours_confidence", "mrmc_ours_binary_gt3", "mcnemar_exact_[[59,6],[16,80]]"}
REPRODUCED_ELSEWHERE = {
    "lpips_alex_v0.1": "tests/evalkit/networks/test_lpips.py, where a folder of weights holds the three pictures",
    "ssim_speed_note": "tests/evalkit/metrics/test_ssim.py has the agreement of the libraries, on clips of its own",
}
NOT_REPRODUCED = {
    "mrmc_iMRMC_dfMRMC_example": "the scores come with the R package iMRMC and not with the file;"
    " tests/evalkit/readers/test_mrmc.py holds the difference of two modalities to its definition, pair by pair",
    "ssim_I03": "the pictures are those of TID2013, which are not ours to carry;"
    " tests/evalkit/metrics/test_ssim.py holds both profiles to scikit-image at every pixel of simulated frames",
    "tost": "the file has the p and not the numbers that it is of;"
    " tests/evalkit/statistics/test_tests_of_means.py holds TOST to other implementations",
    "fid_kid": "the file has the distances and not the vectors;"
    " tests/evalkit/statistics/test_set_distances.py holds both to their definitions",
}


def test_every_figure_of_the_file_is_reproduced_or_says_why_not() -> None:
    assert {*REPRODUCED_HERE, *REPRODUCED_ELSEWHERE, *NOT_REPRODUCED} == VALUES.keys() - {"_note"}
    for reason in (*REPRODUCED_ELSEWHERE.values(), *NOT_REPRODUCED.values()):
        files = [word.rstrip(",;") for word in reason.split() if word.startswith("tests/")]
        assert files
        assert all((DATA.parents[1] / file).is_file() for file in files)


def test_confidence_of_the_reader_study_gives_the_figures_of_imrmc() -> None:
    told, found = VALUES["mrmc_ours_confidence"], mrmc_auc(STUDY)
    assert (found.n_readers, found.n_negative, found.n_positive) == (told["NR"], told["N0"], told["N1"])
    assert found.result.value == pytest.approx(told["AUC"], abs=1e-12)
    assert (found.variance, found.variance_mle) == pytest.approx((told["varAUC_U"], told["varAUC_MLE"]), abs=1e-14)
    assert [found.result.p, found.result.low, found.result.high] == pytest.approx(
        [told["pBDG"], *told["CI_BDG"]], abs=1e-12
    )


def test_yes_and_no_of_the_reader_study_give_the_figures_of_imrmc_and_wider_errors_than_the_naive_ones() -> None:
    told = VALUES["mrmc_ours_binary_gt3"]
    found = mrmc_auc(_yes_or_no())
    assert found.result.value == pytest.approx(told["balanced_accuracy"], abs=1e-12)
    assert found.variance == pytest.approx(told["var_U"], abs=1e-15)
    assert found.result.error == pytest.approx(told["mrmc_SE"], abs=5e-7)
    alone = [performance(STUDY, 0, reader, ABOVE).accuracy.value for reader in range(len(STUDY.readers))]
    assert alone == pytest.approx(told["per_reader"], abs=5e-8)
    answers, value = STUDY.scores[0].size, told["balanced_accuracy"]
    naive = float(np.std(np.array(alone, float), ddof=1) / np.sqrt(len(alone)))
    pooled = float(np.sqrt(value * (1 - value) / answers))
    assert (naive, pooled) == pytest.approx((told["naive_reader_SE"], told["naive_pooled_binomial_SE"]), abs=5e-7)
    assert (found.result.error or 0.0) > max(naive, pooled)


def _yes_or_no() -> ReaderStudy:
    scores = np.where(np.isnan(STUDY.scores), np.nan, (STUDY.scores > ABOVE).astype(float))
    return ReaderStudy(STUDY.readers, STUDY.cases, STUDY.modalities, STUDY.truth, scores)


def test_mcnemars_exact_p_is_that_of_the_table() -> None:
    ((both, first), (second, neither)) = ((59, 6), (16, 80))
    found = exact_mcnemar(first, second, both, neither)
    assert found.p == pytest.approx(VALUES["mcnemar_exact_[[59,6],[16,80]]"], abs=1e-15)
