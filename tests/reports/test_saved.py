"""Rows that can be saved of sections on tasks and sets: every number of the tables, or the reason in its place."""

import base64
import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import Run
from evalkit.statistics.result import Result
from reports.page.saved import COLUMNS, discriminability_rows, saved, segmentation_rows, set_rows
from reports.page.sections import conducted
from reports.page.view import View


def _result(value: float) -> Result:
    return Result("s", "m", value, value - 1, value + 1)


def _read(link: str) -> list[dict[str, str]]:
    data = link.partition(";base64,")[2].partition('"')[0]
    return list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))


def test_numbers_results_tables_and_words_share_one_form() -> None:
    table = {"value": 1, "low": 0, "high": 2, "level": 0.9, "method": "t", "note": "n"}
    rows: list[tuple[str, str, str, Any]] = [
        ("p", "v", "number", 0.1 + 0.2), ("p", "v", "result", _result(5.0)), ("p", "v", "table", table),
        ("p", "v", "words", "not computed: few"), ("p", "v", "nothing", None),
    ]  # fmt: skip
    number, result, one, words, nothing = _read(str(saved("a.csv", rows, "tasks.json")))
    assert tuple(number) == COLUMNS
    assert number["value"] == "0.30000000000000004"
    assert (result["value"], result["low"], result["high"], result["method"]) == ("5.0", "4.0", "6.0", "m")
    assert (one["level"], one["note"]) == ("0.9", "n")
    assert (words["value"], words["note"]) == ("", "not computed: few")
    assert nothing["value"] == nothing["note"] == ""


def test_a_text_of_a_study_that_a_spreadsheet_would_run_is_marked() -> None:
    (row,) = _read(str(saved("a.csv", [("=1+1", "v", "s", 1)])))
    assert row["part"] == "'=1+1"


def test_limits_of_agreement_and_overlap_with_labels_are_there() -> None:
    limits = SimpleNamespace(bias=_result(1.0), lower=_result(-2.0), upper=_result(4.0))
    area = {"arm": "ours", "structure": "lv", "what": "mean area", "unit": "%", "limits": limits, "icc": _result(0.9)}
    label = {"version": "real", "cells": [_result(0.8), None, None, None]}
    found = list(segmentation_rows([{"name": "seg", "areas": [area], "labels": [label]}]))
    assert [(what, each.value) for _, _, what, each in found] == [
        ("lv, mean area [%]: bias", 1.0), ("lv, mean area [%]: lower limit", -2.0),
        ("lv, mean area [%]: upper limit", 4.0), ("lv, mean area [%]: ICC", 0.9), ("Dice against the labels", 0.8),
    ]  # fmt: skip


def test_what_told_clips_apart_is_there_and_what_was_not_computed_says_why() -> None:
    worth = {"name": "speckle", "auc_alone": 0.75, "auc_lost_without": 0.125}
    told = {"p": 0.5, "smallest_p": 0.001, "clips": 9, "texture": {"features": [worth]}}
    result = SimpleNamespace(auc=_result(0.5), accuracy=_result(0.4))
    arms = [{"arm": "ours", "missing": "", "told": told, "result": result, "subjects": 8},
            {"arm": "grey", "missing": "too few"}]  # fmt: skip
    found = {
        (arm, what): each for _, arm, what, each in discriminability_rows([{"name": "d", "missing": "", "arms": arms}])
    }
    assert found["ours", "AUC"].value == 0.5
    assert (found["ours", "p"], found["ours", "subjects"]) == (0.5, 8)
    assert (found["ours", "AUC by speckle alone"], found["ours", "AUC lost without speckle"]) == (0.75, 0.125)
    assert found["grey", "AUC"] == "too few"


def test_figures_of_sets_are_there_by_backbone_and_side() -> None:
    estimate = SimpleNamespace(id="kid|ours", arm="ours", against="real", value=0.25)
    distribution: Any = SimpleNamespace(backbone="lpips", estimates=[estimate])
    assert list(set_rows([distribution])) == [("lpips", "ours against real", "kid|ours", estimate)]


def test_departures_from_the_frozen_plan_can_be_saved_and_what_may_name_somebody_is_counted(
    run: Run, tmp_path: Path
) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    departures = [{"field": "study.seed", "frozen": "0", "found": "1"},
                  {"field": "clips.x", "frozen": '"someone"', "found": None}]  # fmt: skip
    under = {"analysis_plan_sha256": "0" * 64, "frozen_at": "t", "clock": "c", "timestamp": {"status": "no token"},
             "departures": departures, "claims_not_fixed": [], "claims_lost": {}}  # fmt: skip
    (tmp_path / "run" / "departures.json").write_text(json.dumps(under))
    view = View.of(replace(run, folder=tmp_path / "run"), read_pseudonyms(run.folder))
    section = conducted.departures(view)
    assert section is not None
    rows = _read(str(section.body))
    assert rows == [{"field": "study.seed", "frozen": "0", "found": "1"},
                    {"field": "clips", "frozen": "1 differ", "found": ""}]  # fmt: skip
