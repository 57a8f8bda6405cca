"""What a gate tells: the same red and green in JSON, JUnit XML and Markdown."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from evalkit.gate.judge import ClipChange, Judgement, Leap, judge
from evalkit.gate.margins import Endpoint, Margins
from evalkit.gate.tell import as_json, as_junit, as_markdown, leaps
from tests.evalkit.gate.conftest import MakeRun


@pytest.fixture
def red(make_run: MakeRun) -> Judgement:
    """A gate with mae regressed, SSIM unchanged, and a new failure."""
    worse = make_run(1, 0.001, lambda clip, metric: 5.0 if metric == "mae" else 0.0, failed=("c07",))
    asked = Margins(
        endpoints=[
            Endpoint(metric="mae", region="mask", margin=1.0),
            Endpoint(metric="sharpness_ratio", region="mask", margin=0.2),
        ]
    )
    return judge(make_run(), worse, ("generator", "generator"), asked)


def test_json_has_everything_and_can_be_written(red: Judgement) -> None:
    told = json.loads(json.dumps(as_json(red, strict=False), allow_nan=False))
    assert told["passes"] is False
    assert told["new_failures"] == ["c07"]
    assert told["baseline"]["seal_sha256"] == "seal-0"


def test_junit_fails_the_endpoint_that_regressed_and_the_failures(red: Judgement) -> None:
    suite = ElementTree.fromstring(as_junit(red, strict=False))  # noqa: S314  # our own text
    failed = [case.get("classname") for case in suite if case.find("failure") is not None]
    assert failed[-1] == "failures"
    assert int(suite.get("failures", "")) == len(failed)
    assert int(suite.get("tests", "")) == len(suite)


def test_junit_can_be_read_whatever_a_level_is_called(red: Judgement) -> None:
    odd = replace(red, findings=tuple(replace(each, stratum="site = a\x0bb\x00<") for each in red.findings))
    names = [case.get("name") for case in ElementTree.fromstring(as_junit(odd, strict=False))]  # noqa: S314
    assert "site = a b <" in names


def test_training_on_the_trial_is_thought_of_only_where_nothing_is_worse(red: Judgement) -> None:
    leap = Leap("mae in the mask", ClipChange("c01", 9.0, 1.0, -8.0))
    assert "trained" not in leaps(replace(red, leaps=(leap,)))
    fine = replace(red, leaps=(leap,), findings=(), new_failures=())
    assert "1 clip is better" in leaps(fine)
    assert "trained" in leaps(fine)


def test_markdown_names_the_regression_first_and_escapes(red: Judgement) -> None:
    text = as_markdown(red, strict=False)
    assert text.startswith("### Sonoproof gate fails")
    assert "1 clip fail" in text
    assert "sharpness\\_ratio" in text
