from evalkit.metrics.registry import METRICS
from evalkit.records import Claim, Estimate, Measurement
from reports.figures.forest import forest_plot
from reports.figures.paired import paired_plot, subject_means
from reports.page.view import main_panels

CLAIM = Claim.model_validate(
    {"id": "c", "sentence": "s", "arm": "a", "against": "b", "metric": "mae", "region": "mask", "relation": "superior"}
)


def _estimate(low: float | None) -> Estimate:
    return Estimate(
        "c", "mean", "mae", "mask", "a", "b", "all", -2.0, low, None if low is None else -1.0, 0.95, "superior", 0.0,
        None, 0.01, "t", 8, 8, 0, 0, "",
    )  # fmt: skip


def _row(arm: str, subject: str, clip: str, value: float | None) -> Measurement:
    return Measurement(arm, clip, subject, "mae", "mask", "simulated", value, "ok" if value is not None else "failed")


def test_a_claim_without_interval_is_left_out_of_the_forest() -> None:
    assert forest_plot([CLAIM], {"c": _estimate(None)}, METRICS) == ""
    assert "mae, mask, a minus b" in forest_plot([CLAIM], {"c": _estimate(-3.0)}, METRICS)


def test_figures_take_their_colour_from_the_page_and_are_the_same_each_time() -> None:
    first = forest_plot([CLAIM], {"c": _estimate(-3.0)}, METRICS)
    assert first == forest_plot([CLAIM], {"c": _estimate(-3.0)}, METRICS)
    assert "currentColor" in first
    assert "#123456" not in first


def test_the_paired_plot_averages_within_subjects_and_needs_every_arm() -> None:
    rows = [
        _row("a", "s1", "s1-2", 4.0),
        _row("b", "s1", "s1-2", 8.0),
        _row("a", "s1", "s1-0", 2.0), _row("a", "s1", "s1-1", 4.0), _row("b", "s1", "s1-0", 6.0),
        _row("a", "s2", "s2-0", 1.0), _row("b", "s2", "s2-0", None),
    ]  # fmt: skip
    assert subject_means(rows, ["a", "b"]) == [("s1", [3.0, 7.0])]
    assert "mask, 1 subjects" in paired_plot(
        {("mae", "mask"): rows}, ["a", "b"], [("mae", "mask")], {"mae": "grey levels"}
    )


def test_a_title_cannot_break_out_of_the_figure() -> None:
    claim = CLAIM.model_copy(update={"arm": '"><script>'})
    assert "<script>" not in forest_plot([claim], {"c": _estimate(-3.0)}, METRICS)


def test_panels_leave_out_what_no_clip_has_a_value_of() -> None:
    study = {"claims": [], "metrics": ["ssim[wang2004]", "mae"], "regions": ["frame", "mask", "sector"]}
    rows = [
        Measurement(
            "a", "c", "s", "mae", region, "matched", value, "ok" if value else "undefined", "" if value else "why"
        )
        for region, value in (("mask", None), ("frame", 2.0), ("sector", 3.0))
    ]
    assert main_panels(study, rows) == [("mae", "frame"), ("mae", "sector")]
    assert len(main_panels(study, [])) == 3
