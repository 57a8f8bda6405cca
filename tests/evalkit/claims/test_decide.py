"""Decisions: every relation and verdict, Holm by hand, too many failures, direction."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evalkit.claims.decide import decide, decide_all
from evalkit.metrics.declare import Metric
from evalkit.metrics.mae import MAE
from evalkit.metrics.ssim import SSIM
from evalkit.records import Claim, Estimate, Measurement, Outcome, Relation, Verdict
from evalkit.statistics.estimates import estimate_claim

METRICS = {metric.name: metric for metric in (SSIM, MAE)}


def _claim(name: str, relation: Relation, metric: Metric = SSIM, **more: object) -> Claim:
    asked: dict[str, object] = {"id": name, "sentence": "s", "arm": "a", "metric": metric.name, "region": "mask"}
    asked["relation"] = relation
    if relation in ("superior", "noninferior", "equivalent"):
        asked["against"] = "b"
    return Claim.model_validate(asked | more)


def _rows(metric: Metric, ours: Sequence[float], theirs: float) -> list[Measurement]:
    both = (("a", ours), ("b", [theirs] * len(ours)))
    return [
        Measurement(arm, f"s{i}-0", f"s{i}", metric.name, "mask", "simulated", value, "ok")
        for arm, values in both
        for i, value in enumerate(values)
    ]


def _around(centre: float, reach: float, subjects: int = 8) -> list[float]:
    """Subjects alternating about the centre: their interval reaches 0.89 x `reach` to both sides."""
    return [centre + reach * (1 if index % 2 else -1) for index in range(subjects)]


# Both arms: b has .5 (SSIM) or 50 (MAE), the margin is .05 or 5. One arm: the reference is .5 or 50, no margin.
# The interval reaches .009 or .9 to both sides of the value of arm a.
CASES: list[tuple[Relation, Metric, float, Outcome]] = [
    ("superior", SSIM, 0.60, "supported"),
    ("superior", SSIM, 0.50, "refuted"),
    ("superior", SSIM, 0.53, "refuted"),  # better, but by less than the margin
    ("superior", SSIM, 0.55, "inconclusive"),
    ("superior", MAE, 40.0, "supported"),
    ("superior", MAE, 60.0, "refuted"),
    ("superior", MAE, 47.0, "refuted"),
    ("superior", MAE, 45.0, "inconclusive"),
    ("noninferior", SSIM, 0.50, "supported"),
    ("noninferior", SSIM, 0.47, "supported"),  # worse, but by less than the margin
    ("noninferior", SSIM, 0.40, "refuted"),
    ("noninferior", SSIM, 0.45, "inconclusive"),
    ("noninferior", MAE, 50.0, "supported"),
    ("noninferior", MAE, 53.0, "supported"),
    ("noninferior", MAE, 60.0, "refuted"),
    ("noninferior", MAE, 55.0, "inconclusive"),
    ("equivalent", SSIM, 0.50, "supported"),
    ("equivalent", SSIM, 0.60, "refuted"),
    ("equivalent", SSIM, 0.40, "refuted"),
    ("equivalent", SSIM, 0.55, "inconclusive"),
    ("equivalent", SSIM, 0.45, "inconclusive"),
    ("equivalent", MAE, 51.0, "supported"),
    ("equivalent", MAE, 60.0, "refuted"),
    ("equivalent", MAE, 40.0, "refuted"),
    ("equivalent", MAE, 45.0, "inconclusive"),
    ("at_least", SSIM, 0.60, "supported"),
    ("at_least", SSIM, 0.40, "refuted"),
    ("at_least", SSIM, 0.50, "inconclusive"),
    ("at_least", MAE, 60.0, "supported"),
    ("at_least", MAE, 40.0, "refuted"),
    ("at_least", MAE, 50.0, "inconclusive"),
    ("at_most", SSIM, 0.40, "supported"),
    ("at_most", SSIM, 0.60, "refuted"),
    ("at_most", SSIM, 0.50, "inconclusive"),
    ("at_most", MAE, 40.0, "supported"),
    ("at_most", MAE, 60.0, "refuted"),
    ("at_most", MAE, 50.0, "inconclusive"),
]


def _verdict(relation: Relation, metric: Metric, centre: float, subjects: int, spread: float = 1.0) -> Verdict:
    scale = 1.0 if metric is SSIM else 100.0
    two_arms = relation in ("superior", "noninferior", "equivalent")
    claim = _claim("c", relation, metric, **({"margin": 0.05 * scale} if two_arms else {"reference": 0.5 * scale}))
    rows = _rows(metric, _around(centre, spread * 0.01 * scale, subjects), 0.5 * scale)
    estimate = estimate_claim(claim, rows, metric, "")
    (verdict,) = decide_all([claim], {"c": estimate}, METRICS)
    return verdict


@pytest.mark.parametrize(("relation", "metric", "centre", "outcome"), CASES)
def test_each_relation_comes_to_each_verdict(
    relation: Relation, metric: Metric, centre: float, outcome: Outcome
) -> None:
    verdict = _verdict(relation, metric, centre, subjects=8)
    assert verdict.outcome == outcome
    assert verdict.reason
    assert verdict.p_adjusted is not None
    assert (verdict.p_adjusted <= 0.025) == (outcome == "supported")


@pytest.mark.parametrize(("relation", "metric", "centre", "outcome"), CASES)
def test_with_five_subjects_no_claim_can_be_evaluated(
    relation: Relation, metric: Metric, centre: float, outcome: Outcome
) -> None:
    verdict = _verdict(relation, metric, centre, subjects=5)
    assert verdict.outcome == "not_evaluable"
    assert verdict.p_adjusted is None
    assert verdict.reason == "not computed: 5 subjects, an interval needs 6"


def test_without_variation_no_claim_can_be_evaluated() -> None:
    verdict = _verdict("superior", SSIM, 0.9, subjects=8, spread=0.0)
    assert (verdict.outcome, verdict.reason) == ("not_evaluable", "not computed: no variation between subjects")


def test_no_difference_found_is_not_equivalence() -> None:
    """The interval of the difference spans 0 and both margins: nothing is settled."""
    verdict = _verdict("equivalent", SSIM, 0.5, subjects=8, spread=20.0)
    assert verdict.outcome == "inconclusive"


def _estimate(name: str, p: float | None, **more: object) -> Estimate:
    made = Estimate(
        id=name, statistic="mean", metric=SSIM.name, region="mask", arm="a", against="b", population="", value=0.1,
        low=-0.1, high=0.3, level=0.95, relation="superior", margin=0.0, reference=None, p=p, method="t",
        n_subjects=20, n_clips=20, n_undefined=0, n_failed=0, note="" if p is not None else "not computed: no reason",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def _adjusted(p: dict[str, float | None], families: dict[str, str] | None = None) -> dict[str, Verdict]:
    claims = [_claim(name, "superior", family=(families or {}).get(name, "primary")) for name in p]
    made = {name: _estimate(name, value) for name, value in p.items()}
    return {verdict.claim: verdict for verdict in decide_all(claims, made, METRICS)}


def test_holm_adjusts_within_a_family_by_hand() -> None:
    """Sorted: .005 x 4 = .02, .01 x 3 = .03, .03 x 2 = .06, .04 x 1 = .04, raised to .06 before it."""
    found = _adjusted({"w": 0.01, "x": 0.04, "y": 0.03, "z": 0.005})
    by_hand = {"w": 0.03, "x": 0.06, "y": 0.06, "z": 0.02}
    assert {name: verdict.p_adjusted for name, verdict in found.items()} == pytest.approx(by_hand, abs=1e-12)
    assert {name for name, verdict in found.items() if verdict.outcome == "supported"} == {"z"}


def test_holm_never_goes_above_1() -> None:
    assert _adjusted({"w": 0.6, "x": 0.9})["w"].p_adjusted == 1.0


def test_families_are_adjusted_apart() -> None:
    found = _adjusted({"w": 0.02, "x": 0.02, "y": 0.02}, {"y": "secondary"})
    assert [found[name].p_adjusted for name in "wxy"] == pytest.approx([0.04, 0.04, 0.02])
    assert [found[name].outcome for name in "wxy"] == ["inconclusive", "inconclusive", "supported"]


def test_a_claim_without_p_stays_in_its_family_and_helps_no_other() -> None:
    """.01 x 3, as the family has three members although one has no p."""
    found = _adjusted({"w": 0.01, "x": 0.012, "y": None})
    assert found["w"].p_adjusted == pytest.approx(0.03)
    assert found["x"].p_adjusted == pytest.approx(0.03)
    assert found["y"].p_adjusted is None
    assert found["y"].outcome == "not_evaluable"
    assert found["y"].reason == "not computed: no reason"


def test_verdicts_come_in_the_order_of_the_claims_and_name_their_estimates() -> None:
    found = list(_adjusted({"z": 0.5, "a": 0.001, "m": 0.2}, {"z": "late"}).values())
    assert [verdict.claim for verdict in found] == ["z", "a", "m"]
    assert [verdict.estimate for verdict in found] == ["z", "a", "m"]


@pytest.mark.parametrize(("p", "outcome"), [(0.025, "supported"), (0.0250001, "inconclusive")])
def test_p_at_alpha_supports_and_p_above_it_does_not(p: float, outcome: Outcome) -> None:
    claim = _claim("c", "superior")
    assert decide(claim, _estimate("c", p), p, SSIM).outcome == outcome


@pytest.mark.parametrize(("failed", "share", "outcome"), [
    (0, 0.0, "supported"), (1, 0.0, "not_evaluable"), (2, 0.1, "supported"), (3, 0.1, "not_evaluable"),
    (20, 1.0, "supported")])  # fmt: skip
def test_more_failures_than_the_declared_share_cannot_be_evaluated(failed: int, share: float, outcome: Outcome) -> None:
    """Of 20 clips; a share exactly as declared is allowed."""
    claim = _claim("c", "superior", max_failed_share=share)
    verdict = decide(claim, _estimate("c", 0.001, low=0.05, n_failed=failed), 0.001, SSIM)
    assert verdict.outcome == outcome
    if outcome == "not_evaluable":
        assert f"{failed} of 20 clips failed" in verdict.reason
        assert f"{share:g}" in verdict.reason


def test_an_interval_that_ends_at_the_margin_lies_on_the_wrong_side() -> None:
    """Superior by more than 0 is false at 0, so an interval up to 0 refutes it."""
    claim, at, above = _claim("c", "superior"), *(_estimate("c", 0.97, low=-0.2, high=high) for high in (0.0, 1e-9))
    assert decide(claim, at, 0.97, SSIM).outcome == "refuted"
    assert decide(claim, above, 0.97, SSIM).outcome == "inconclusive"


def test_exploratory_claims_are_adjusted_by_benjamini_and_hochberg_and_say_so() -> None:
    """Sorted .01 .02 .03, times 3/1 3/2 3/3, and none above the next: all .03. Holm would give .03, .04, .04."""
    claims = [_claim(name, "superior", exploratory=True) for name in "wxy"]
    made = {name: _estimate(name, p) for name, p in zip("wxy", (0.01, 0.02, 0.03), strict=True)}
    found = decide_all(claims, made, METRICS)
    assert [verdict.p_adjusted for verdict in found] == pytest.approx([0.03, 0.03, 0.03])
    assert {verdict.standing for verdict in found} == {"exploratory"}
    assert "Benjamini-Hochberg-adjusted" in found[0].reason


def test_a_claim_that_was_not_fixed_beforehand_is_post_hoc_and_leaves_the_family_as_it_was() -> None:
    claims = [_claim(name, "superior") for name in "wx"]
    made = {"w": _estimate("w", 0.02), "x": _estimate("x", 0.004)}
    found = {verdict.claim: verdict for verdict in decide_all(claims, made, METRICS, post_hoc={"x"})}
    assert (found["w"].standing, found["w"].p_adjusted) == ("fixed beforehand", 0.02)
    assert (found["x"].standing, found["x"].p_adjusted) == ("post hoc", 0.004)


def test_the_family_called_exploratory_is_exploratory() -> None:
    [verdict] = decide_all([_claim("w", "superior", family="exploratory")], {"w": _estimate("w", 0.01)}, METRICS)
    assert verdict.standing == "exploratory"


def test_a_statistic_of_no_metric_is_decided_without_one() -> None:
    claim = Claim.model_validate({"id": "c", "sentence": "s", "arm": "a", "against": "real", "metric": "view",
                                  "statistic": "f1_macro", "relation": "noninferior", "margin": 0.05})  # fmt: skip
    made = _estimate("c", 0.9, value=-0.3, low=-0.4, high=-0.2, against="real")
    assert decide(claim, made, 0.9, None).outcome == "refuted"
