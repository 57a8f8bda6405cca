"""Minimum detectable effects: against statsmodels, strictest alpha of Holm's, and why there is none."""

import pytest
from statsmodels.stats.power import TTestPower

from evalkit.claims.detectable import detectable_effect
from evalkit.records import Claim
from evalkit.statistics.power_means import power_equivalence


def _claim(**more: object) -> Claim:
    asked: dict[str, object] = {"id": "c", "sentence": "s", "arm": "a", "metric": "mae", "region": "mask",
                                "relation": "at_most", "reference": 5.0}  # fmt: skip
    return Claim.model_validate(asked | more)


def test_a_one_sided_claim_has_statsmodels_distance_at_the_strictest_alpha() -> None:
    found = detectable_effect(_claim(assumed_sd=2.0), 20, 5)
    assert found["alpha"] == pytest.approx(0.005)
    assert TTestPower().power(found["in_sd"], 20, 0.005, alternative="larger") == pytest.approx(0.8, abs=1e-4)
    assert found["effect"] == pytest.approx(2 * found["in_sd"])
    assert found["note"] == ""


def test_equivalence_has_the_smallest_margin_and_without_an_sd_it_is_in_units_of_it() -> None:
    found = detectable_effect(_claim(relation="equivalent", margin=1.0), 20, 1)
    assert power_equivalence(20, 1.0, -found["in_sd"], found["in_sd"]) == pytest.approx(0.8, abs=1e-6)
    assert (found["effect"], found["note"]) == (None, "not computed: no SD was assumed")


@pytest.mark.parametrize(
    ("more", "subjects", "note"),
    [
        ({}, 5, "5 subjects, an interval needs 6"),
        ({"statistic": "slope"}, 20, "no formula for the statistic slope"),
        ({"needs": "a reader study"}, 20, "a reader study"),
    ],
)
def test_what_cannot_be_computed_says_why(more: dict[str, object], subjects: int, note: str) -> None:
    found = detectable_effect(_claim(**more), subjects, 1)
    assert found["in_sd"] is None
    assert note in found["note"]
