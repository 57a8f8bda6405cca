"""Sections: the order in which a page is read, and that one more can be plugged in without touching the page."""

import re
from dataclasses import replace
from typing import Any

import pytest
from markupsafe import Markup

from evalkit.pseudonyms import read_pseudonyms
from evalkit.records import Claim, Verdict
from evalkit.seal import Run
from reports.page import write
from reports.page.section import Section
from reports.page.view import View


def _page(run: Run) -> str:
    return write.page_of(run, read_pseudonyms(run.folder), False)


def test_one_more_section_stands_in_the_page_and_in_its_contents(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def extra(view: View) -> Section | None:
        return Section("extra", "<Extra>", Markup("<p>{}</p>").format(f"{len(view.claims)} < 3"))

    monkeypatch.setattr(write, "BEFORE_GALLERY", ())
    monkeypatch.setattr(write, "AFTER_GALLERY", (extra, lambda view: None))
    page = _page(replace(run, measurements=run.measurements[:1]))
    assert '<li><a href="#extra">&lt;Extra&gt;</a></li>' in page
    assert '<h2 id="extra">&lt;Extra&gt;</h2>\n<p>2 &lt; 3</p>' in page
    assert re.findall(r'<h2 id="(\w+)"', page) == ["gallery", "extra"]


def test_sections_come_in_the_order_of_a_reader_and_every_table_and_figure_has_its_data(run: Run) -> None:
    page = _page(run)
    assert re.findall(r'<h2 id="(\w+)"', page) == [
        "verdicts", "forest", "gallery", "paired", "means", "coverage", "strata", "flow", "missing", "methods",
        "provenance",
    ]  # fmt: skip
    assert page.count("</svg>") == 7  # forest, distributions, one of each of three metrics, coverage, flow
    names = re.findall(r'<a download="([\w-]+\.csv)"', page)
    assert len(names) == len(set(names)) >= 12
    assert {"verdicts.csv", "forest.csv", "means.csv", "coverage.csv", "slopes.csv", "strata.csv"} <= set(names)
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_claims_of_no_metric_and_of_one_that_was_not_measured_are_shown(run: Run) -> None:
    asked: dict[str, dict[str, Any]] = {
        "view-f1": {"statistic": "f1_macro", "metric": "view", "relation": "at_least", "reference": 0.9},
        "lpips": {"metric": "lpips[alex-v0.1]", "region": "frame", "relation": "superior", "against": "grey",
                  "needs": "it was not measured"},
    }  # fmt: skip
    claims = [Claim(id=name, sentence=f"Says {name}.", arm="telea", **about) for name, about in asked.items()]
    (estimate,) = (each for each in run.estimates if each.id == run.verdicts[0].claim)
    missing = [replace(estimate, id=claim.id, value=None, low=None, high=None, note="not computed") for claim in claims]
    verdicts = [Verdict(c.id, "not_evaluable", "Nobody knows.", "not computed", c.id, None, "post hoc") for c in claims]
    study = {**run.plan["study"], "claims": [*run.plan["study"]["claims"], *(claim.model_dump() for claim in claims)]}
    page = _page(replace(run, plan={**run.plan, "study": study}, estimates=[*run.estimates, *missing],
                         verdicts=[*run.verdicts, *verdicts]))  # fmt: skip
    assert "Says view-f1." in page
    assert "Says lpips." in page
    assert page.count(", post hoc") == 2


def test_an_arm_that_knows_what_was_hidden_is_a_warning_on_the_page(run: Run) -> None:
    hidden = ("telea", "mae", "mask")
    rows = [
        replace(row, value=0.0) if (row.arm, row.metric, row.region) == hidden and row.value else row
        for row in run.measurements
    ]
    assert 'id="known"' not in _page(run)
    page = _page(replace(run, measurements=rows))
    assert 'id="known"' in page
    assert "telea gives exactly the real pixels" in page
