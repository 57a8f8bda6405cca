"""The page on a run with a classifier and an arm with a card: figures, differences, drops; and none without them."""

import base64
import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.seal import Run
from reports.figures.reliability import reliability_plot
from reports.page.write import write_report

RESULT = {"value": 0.875, "low": 0.75, "high": 0.95, "level": 0.95, "method": "m", "note": ""}
BINS: list[dict[str, Any]] = [
    {"low": 0.0, "high": 0.5, "n": 0, "confidence": None, "accuracy": None},
    {"low": 0.5, "high": 1.0, "n": 9, "confidence": 0.8, "accuracy": 0.7},
]


def _figures() -> dict[str, Any]:
    one = {
        "n_clips": 7, "n_subjects": 7, "left_out": {"not computed: the clip has no view": 2}, "n_failed": 1,
        "f1_macro": RESULT, "f1_weighted": RESULT, "accuracy": {**RESULT, "low": None, "note": "not computed: few"},
        "f1": {"A2C": 0.5, "<b>": None}, "confusion": np.arange(18).reshape(3, 2, 3).tolist(),
        "calibration": {"ece": 0.125, "brier": 0.25, "n": 9, "bins": BINS},
    }  # fmt: skip
    none = {"n_clips": 0, "n_subjects": 0, "left_out": {}, "n_failed": 0, "note": "not computed: no clip has an answer"}
    never = {"p": None, "method": "m", "note": "never disagree"}
    against = {
        "n_clips": 7, "n_subjects": 7, "f1_macro": RESULT, "f1_weighted": RESULT, "accuracy": RESULT,
        "mcnemar": [{"p": 0.03125, "method": "m", "note": ""}, never],
    }  # fmt: skip
    nothing = {"n_clips": 0, "note": "not computed: no clip has an answer"}
    return {
        "population": "split = test", "column": "view", "classes": ["A2C", "<b>"], "seeds": [0, 1, 2],
        "arms": {"real": one, "telea": one, "grey": none}, "against_real": {"telea": against, "grey": nothing},
    }  # fmt: skip


def _transfer(subject: str) -> dict[str, Any]:
    row = {
        "arm": "telea", "metric": "mae", "region": "mask", "anatomy": "heart", "seen": "in-domain", "reason": "",
        "value": 3.25, "low": 3.0, "high": 3.5, "note": "", "n_subjects": 8, "n_clips": 9, "n_undefined": 0,
        "n_failed": 0, "drop": None, "drop_low": None, "drop_high": None, "drop_note": "", "method": "m",
    }  # fmt: skip
    return {"schema_version": 1, "population": "split = test", "without_card": ["grey"], "rows": [
        row,
        {**row, "anatomy": "kidney", "seen": "zero-shot", "value": 4.5, "drop": 1.25, "drop_note": "not computed: few"},
        {**row, "anatomy": "lung", "seen": "refused", "reason": f"subject '{subject}' is on the model card"},
    ]}  # fmt: skip


@pytest.fixture(scope="module")
def page(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the session's run, as if it had these tables."""
    folder = tmp_path_factory.mktemp("page") / "run"
    shutil.copytree(run.folder, folder)
    figures = {"schema_version": 1, "predictions": {"view": _figures(), "view.train-synthetic": _figures()}}
    (folder / "classification.json").write_text(json.dumps(figures), encoding="utf-8")
    subject = run.plan["clips"][0]["subject_id"]
    (folder / "transfer.json").write_text(json.dumps(_transfer(subject)), encoding="utf-8")
    history = {"validation_accuracy": 0.75}
    training = {"fitted_to": {"clips": 12, "subjects": 6}, "watched_on": {"subjects": 2}, "history": history}
    tasks = {"view": {"trained": True, "backbone": "small", "models": [{"arm": "real", "trainings": [training]}]}}
    return write_report(replace(run, folder=folder, tasks=tasks)).read_text(encoding="utf-8")


def test_figures_differences_and_what_is_missing_are_shown(page: str) -> None:
    assert '0.875 <span class="small">[0.750, 0.950]</span>' in page
    assert "0.0312, never disagree" in page
    assert "not computed: no clip has an answer" in page
    assert "Left out: not computed: the clip has no view" in page
    assert "Fitted to 12 clips of 6 subjects, watched on 2 others, of which 75.0% to 75.0% of clips were right" in page
    assert "trained on synthetic clips, tested on real ones" in page


def test_confusion_is_summed_over_seeds_and_calibration_is_drawn(page: str) -> None:
    assert "<td>18</td><td>21</td><td>24</td>" in page
    assert "Expected calibration error (10 bins): real 0.125 (Brier score 0.250, 9 answers)" in page
    assert "Share of right answers against the probability" in page


def test_class_names_are_escaped(page: str) -> None:
    assert "F1 &lt;b&gt;" in page
    assert "F1 <b>" not in page


def test_drops_and_refusals_are_shown_and_subjects_have_pseudonyms(page: str, run: Run) -> None:
    assert '1.25 <span class="small">not computed: few</span>' in page
    assert "telea, lung: not called zero-shot, as subject &#39;subject-" in page
    assert run.plan["clips"][0]["subject_id"] not in page
    assert "Without a model card nothing is called zero-shot: grey." in page


def _saved(page: str, name: str) -> list[dict[str, str]]:
    (data,) = re.findall(rf'download="{name}" href="data:text/csv;charset=utf-8;base64,([^"]*)"', page)
    return list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))


def test_figures_can_be_saved_in_full_with_the_reason_of_what_is_missing(page: str) -> None:
    rows = {(row["part"], row["version"], row["statistic"]): row for row in _saved(page, "classification.csv")}
    macro = rows["view", "telea", "f1_macro"]
    assert (macro["value"], macro["low"], macro["high"], macro["method"]) == ("0.875", "0.75", "0.95", "m")
    assert rows["view", "telea", "accuracy"]["note"] == "not computed: few"
    assert rows["view", "grey", "F1"]["note"] == "not computed: no clip has an answer"
    assert rows["view", "telea", "<b> called failed, model 3"]["value"] == "17"
    assert rows["view", "telea minus real", "p of McNemar's test, model 1"]["value"] == "0.03125"
    assert rows["view", "telea minus real", "p of McNemar's test, model 2"]["note"] == "never disagree"


def test_the_whole_transfer_table_can_be_saved_under_pseudonyms(page: str, run: Run) -> None:
    rows = _saved(page, "transfer.csv")
    assert [(row["statistic"], row["value"]) for row in rows] == [
        ("heart (in-domain)", "3.25"), ("kidney (zero-shot)", "4.5"), ("drop on kidney (zero-shot)", "1.25"),
        ("lung (refused)", "3.25"),
    ]  # fmt: skip
    assert rows[2]["note"] == "not computed: few"
    assert "is on the model card" in rows[3]["note"]
    assert run.plan["clips"][0]["subject_id"] not in str(rows)


def test_every_section_that_has_a_table_or_a_figure_has_something_to_save(page: str) -> None:
    sections = re.findall(r'<section[^>]*aria-labelledby="([^"]+)"(.*?)</section>', page, re.DOTALL)
    assert len(sections) > 8
    shown = {name for name, body in sections if "<table" in body or 'class="plot"' in body}
    assert "classification" in shown
    assert sorted(name for name, body in sections if name in shown and 'class="data"' not in body) == []


def test_the_flow_of_clips_can_be_saved(page: str) -> None:
    rows = {(row["part"], row["version"], row["statistic"]): row["value"] for row in _saved(page, "flow.csv")}
    assert rows["study", "in_run", "clips"] == "7"
    assert rows["telea", "measured", "subjects"] == "7"


def test_a_run_without_them_has_no_such_sections(run: Run, tmp_path: Path) -> None:
    text = write_report(run, tmp_path / "plain.html").read_text(encoding="utf-8")
    assert 'id="classification"' not in text
    assert 'id="transfer"' not in text


def test_nothing_is_drawn_without_answers() -> None:
    assert reliability_plot({"real": BINS[:1]}) == ""
