"""Strata and slopes on the page: every number from the run's tables, and that it is exploratory."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from evalkit.metrics.registry import METRICS
from evalkit.records import ClipFacts, Measurement
from evalkit.seal import Run
from evalkit.statistics.coverage import estimate_slope
from reports import write_report
from reports.figures.coverage import coverage_plot
from reports.page.exploratory import strata_tables

UNITS = {"mae": "grey levels"}


@pytest.fixture(scope="module")
def page(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(run, tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def _section(page: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[1])).split())


def test_every_slope_stands_in_the_table_with_interval_and_both_p(run: Run, page: str) -> None:
    text = _section(page, "coverage")
    assert "(exploratory)" in text
    assert "Benjamini and Hochberg" in text
    assert len(run.slopes) == 2 * 3 * 5  # arms, metrics (ssim, mae, change), regions
    for slope in run.slopes:
        assert slope.value is not None
        if slope.metric == "change" and slope.low is None:  # an arm that changes nothing outside the mask
            assert slope.note
            assert slope.note in text
            continue
        digits = 4 if slope.metric.startswith("ssim") else 3
        low, high = (f"{(end or 0) / 10:.{digits}f}" for end in (slope.low, slope.high))
        assert f"{slope.arm} {slope.value / 10:.{digits}f} [{low}, {high}]" in text
        assert slope.p is not None
        assert f"{slope.p:.4f}" in text or "< 0.0001" in text


def test_every_level_stands_on_the_page_with_its_n(run: Run, page: str) -> None:
    text = _section(page, "strata")
    assert "(exploratory)" in text
    for name in ("anatomy", "coverage", "scanner"):
        levels = {e.level_name: e for e in run.strata if e.column == name and e.relation is None}
        assert levels
        for level, estimate in levels.items():
            assert level in text
            assert f"n = {estimate.n_subjects} ({estimate.n_clips} clip" in text
    assert "coverage (cut at 0.05, 0.1, 0.2, 0.4)" in text


def test_claims_stand_on_every_level_with_p_and_no_verdict(run: Run, page: str) -> None:
    claims = [e for e in run.strata if e.relation is not None]
    text = _section(page, "strata")
    assert "no verdict follows from it" in text
    assert len(claims) == 2 * len({(e.column, e.level_name) for e in run.strata})
    for estimate in claims:
        assert f"{estimate.id.partition('|')[0]} {estimate.column} = {estimate.level_name}" in text


def test_levels_with_fewer_than_six_subjects_have_no_interval(run: Run) -> None:
    few = [e for e in run.strata if e.n_subjects < 6]
    assert few
    assert {(e.low, e.high, e.p) for e in few} == {(None, None, None)}


def test_a_run_without_these_tables_has_a_page_without_them(run: Run, tmp_path: Path) -> None:
    """As runs that were sealed before there were any."""
    old = replace(run, clips=[], strata=[], slopes=[])
    page = write_report(old, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "exploratory" not in page


def test_a_table_of_many_levels_is_cut_and_says_so(run: Run) -> None:
    mean = next(e for e in run.strata if e.relation is None and (e.metric, e.region) == ("mae", "mask"))
    many = [replace(mean, column="subject", level_name=f"subject-{i:03d}") for i in range(70)]
    (block,) = strata_tables(many, [mean.arm], [("mae", "mask")], METRICS, {})
    assert (len(block["rows"]), block["left_out"]) == (60, 10)


def _drawn(clips: int, arms: tuple[str, ...] = ("a", "b")) -> str:
    facts = [ClipFacts(f"c{i}", f"s{i % 9}", 1, None, 0.05 + 0.3 * i / clips) for i in range(clips)]
    rows = [
        Measurement(arm, clip.clip_id, clip.subject_id, "mae", "mask", "simulated", 5.0 + (i * 7) % 5, "ok")
        for arm in arms
        for i, clip in enumerate(facts)
    ]
    shares = {clip.clip_id: clip.coverage for clip in facts}
    slopes = [estimate_slope(arm, "mask", rows, METRICS["mae"], "all", shares) for arm in arms]
    return coverage_plot(rows, facts, slopes, [("mae", "mask"), ("mae", "frame")], UNITS)


def test_the_figure_has_dots_a_line_and_a_band_for_every_arm_and_is_the_same_each_time() -> None:
    figure = _drawn(30)
    assert figure == _drawn(30)
    assert figure.count("<use ") >= 60  # dots
    assert figure.count('id="FillBetweenPolyCollection') == 2
    assert "coverage [% of the sector]" in figure
    assert "frame" not in figure  # no slope there


def test_many_clips_are_one_picture_in_the_figure() -> None:
    figure = _drawn(600, ("a",))
    assert figure.count("<use ") < 100
    assert "data:image/png;base64" in figure
    assert len(figure) < 300_000


def test_without_lines_there_is_no_figure() -> None:
    assert coverage_plot([], [], [], [("mae", "mask")], UNITS) == ""
