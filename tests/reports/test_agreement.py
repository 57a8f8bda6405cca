"""Which agreement is shown, and that it says what it is."""

from dataclasses import replace

import pytest

from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import Run
from reports.page.sections import agreement
from reports.page.view import View


def _view(run: Run) -> View:
    return View.of(run, read_pseudonyms(run.folder))


def test_without_a_claim_about_two_arms_and_without_real_values_there_is_none(run: Run) -> None:
    assert agreement.section(_view(run)) is None


def test_the_two_arms_of_a_claim_are_compared_and_not_passed_off_as_reality(run: Run) -> None:
    first, *rest = run.plan["study"]["claims"]
    claims = [{**first, "relation": "superior", "reference": None, "against": "grey"}, *rest]
    made = replace(run, plan={**run.plan, "study": {**run.plan["study"], "claims": claims}})
    section = agreement.section(_view(made))
    assert section is not None
    assert section.title == "Agreement of arms (Bland-Altman)"
    assert "no agreement with reality" in section.body
    (shown,), with_real = agreement.compared(_view(made))
    assert not with_real
    values = {(row.arm, row.clip_id): row.value for row in _view(made).by_panel["mae", "mask"]}
    assert len(shown.clips) == 7
    assert all(values["telea", clip] == one and values["grey", clip] == other for _, clip, one, other in shown.clips)


def test_where_a_quantity_was_measured_of_the_real_clips_arms_are_compared_with_these(run: Run) -> None:
    real = [
        replace(row, arm="real", value=row.value + 1.0)
        for row in run.measurements
        if row.value is not None and (row.arm, row.metric, row.region) == ("grey", "change", "frame")
    ]
    section = agreement.section(_view(replace(run, measurements=[*run.measurements, *real])))
    assert section is not None
    assert section.title == "Agreement with the real clips (Bland-Altman)"
    (telea, grey), _ = agreement.compared(_view(replace(run, measurements=[*run.measurements, *real])))
    assert (telea.first, telea.second, grey.first) == ("telea", "real", "grey")
    assert grey.limits.bias == pytest.approx(-1.0)
