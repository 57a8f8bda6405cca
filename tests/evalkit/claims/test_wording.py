"""The plain sentence of a verdict: n, unit, interval, what was compared, and what it came to."""

from dataclasses import replace

import pytest

from evalkit.claims.wording import plain_sentence
from evalkit.metrics.declare import Metric
from evalkit.metrics.mae import MAE
from evalkit.metrics.sharpness import SHARPNESS
from evalkit.metrics.ssim import SSIM
from evalkit.records import Claim, Estimate, Outcome


def _claim(metric: Metric, against: str | None) -> Claim:
    asked = {"against": against, "relation": "superior"} if against else {"reference": 5.0, "relation": "at_most"}
    return Claim.model_validate(
        {"id": "c", "sentence": "s", "arm": "ours", "metric": metric.name, "region": "mask", **asked}
    )


def _estimate(metric: Metric, **more: object) -> Estimate:
    made = Estimate(
        id="c", statistic="mean", metric=metric.name, region="mask", arm="ours", against=None, population="",
        value=3.25, low=1.5, high=5.0, level=0.95, relation=None, margin=None, reference=None, p=0.01, method="t",
        n_subjects=12, n_clips=31, n_undefined=0, n_failed=0,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_one_arm_in_grey_levels() -> None:
    assert plain_sentence(_claim(MAE, None), _estimate(MAE), "supported", MAE) == (
        "On 12 subjects (31 clips), mae in the mask of ours was 3.250 grey levels (95% interval 1.500 to 5.000); "
        "lower is better; the data support the claim."
    )


def test_two_arms_are_a_signed_difference_and_a_plain_number_has_no_unit() -> None:
    estimate = _estimate(SSIM, value=0.125, low=-0.05, high=0.3, level=0.9)
    assert plain_sentence(_claim(SSIM, "telea"), estimate, "inconclusive", SSIM) == (
        "On 12 subjects (31 clips), ssim[wang2004] in the mask of ours minus telea was +0.125 "
        "(90% interval -0.050 to +0.300); higher is better; the data do not settle the claim either way."
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("supported", "the data support the claim"),
        ("refuted", "the data contradict the claim"),
        ("inconclusive", "the data do not settle the claim either way"),
        ("not_evaluable", "the claim cannot be evaluated"),
    ],
)
def test_each_outcome_has_its_words(outcome: Outcome, words: str) -> None:
    assert plain_sentence(_claim(MAE, None), _estimate(MAE), outcome, MAE).endswith(f"{words}.")


def test_without_an_interval_the_reason_stands_in_its_place() -> None:
    note = "not computed: 5 subjects, an interval needs 6"
    estimate = _estimate(MAE, low=None, high=None, note=note, n_subjects=5)
    text = plain_sentence(_claim(MAE, None), estimate, "not_evaluable", MAE)
    assert "On 5 subjects" in text
    assert f"3.250 grey levels ({note})" in text
    assert "interval 1.5" not in text


def test_without_a_value_only_the_reason_is_given() -> None:
    estimate = _estimate(MAE, value=None, low=None, high=None, note="not computed: no clip has this value")
    text = plain_sentence(_claim(MAE, None), estimate, "not_evaluable", MAE)
    assert text == "On these data the claim cannot be evaluated: no clip has this value."


def test_one_subject_is_not_in_the_plural() -> None:
    assert plain_sentence(_claim(MAE, None), _estimate(MAE, n_subjects=1), "refuted", MAE).startswith("On 1 subject (")


@pytest.mark.parametrize(
    ("level", "words"), [(0.95, "95% interval"), (0.99, "99% interval"), (0.975, "97.5% interval")]
)
def test_level_of_the_interval_is_given_as_it_is(level: float, words: str) -> None:
    """A claim with alpha = 0.0125 has an interval of 97.5 %: neither 97 % nor 98 %."""
    assert f"({words} " in plain_sentence(_claim(MAE, None), _estimate(MAE, level=level), "supported", MAE)


@pytest.mark.parametrize("outcome", ["supported", "refuted", "inconclusive", "not_evaluable"])
def test_a_verdict_is_about_these_data_and_never_about_a_paper(outcome: Outcome) -> None:
    text = plain_sentence(_claim(MAE, None), _estimate(MAE), outcome, MAE)
    assert "paper" not in text
    assert "12 subjects" in text


def test_of_a_metric_with_a_target_the_nearer_is_better() -> None:
    said = plain_sentence(_claim(SHARPNESS, None), _estimate(SHARPNESS), "inconclusive", SHARPNESS)
    assert "3.250 (95% interval 1.500 to 5.000); nearer to 1 is better;" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"statistic": "clip_mean", "metric": MAE.name, "region": "mask"},
         "the mean over clips of mae in the mask of ours was 3.250 grey levels"),
        ({"statistic": "slope", "metric": MAE.name, "region": "mask"},
         "the change of mae in the mask of ours from coverage 0 to 1 was 3.250 grey levels"),
        ({"statistic": "failed_share"}, "the share of clips that failed in ours was 3.250"),
        ({"statistic": "f1[A4C]", "metric": "view"}, "F1 of class A4C of view on ours was 3.250"),
        ({"statistic": "auc", "metric": "discriminability"}, "AUC of discriminability on ours was 3.250"),
        ({"statistic": "times_faster", "against": "diffusion", "timings": "t.csv", "relation": "at_least"},
         "the speed of ours against diffusion was 3.250 times"),
    ],
)  # fmt: skip
def test_each_statistic_has_its_words(more: dict[str, object], words: str) -> None:
    asked = {"id": "c", "sentence": "s", "arm": "ours", "relation": "at_most", "reference": 5.0}
    claim = Claim.model_validate(asked | more)
    metric = MAE if claim.about.of_metric else None
    assert words in plain_sentence(claim, _estimate(MAE), "supported", metric)


def test_a_reader_study_counts_cases_and_no_direction_is_told_where_none_matters() -> None:
    claim = Claim.model_validate({"id": "c", "sentence": "s", "arm": "ours", "statistic": "reader_accuracy",
                                  "readers": "r.csv", "relation": "equivalent", "reference": 0.5,
                                  "margin": 0.1})  # fmt: skip
    sentence = plain_sentence(claim, _estimate(MAE, value=0.5, low=0.45, high=0.55), "supported", None)
    assert sentence.startswith("On 12 cases (31 scores), reader-averaged balanced accuracy was 0.500")
    assert "is better" not in sentence
