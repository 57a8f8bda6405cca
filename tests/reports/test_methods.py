"""Methods in words: only what was done, with the signatures and sources of what was done."""

import base64
import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import Run
from reports.page.sections import methods, provenance
from reports.page.view import View


def _words(run: Run, **study: Any) -> str:
    plan = {**run.plan, "study": {**run.plan["study"], **study}}
    made = replace(run, plan=plan)
    return " ".join(str(methods.section(View.of(made, read_pseudonyms(run.folder))).body).split())


def test_what_was_done_is_said_with_its_numbers_and_sources(run: Run) -> None:
    words = _words(run)
    assert "The study took 7 clips of 7 subjects" in words
    assert "7 simulated" in words
    assert "2 arms were given each clip that has what they need: telea, grey." in words
    for signature in run.plan["metrics"]:
        assert signature in words
    assert "primary: 2 at alpha 0.025" in words
    assert "Student&#39;s t was taken on the subject means" in words
    for source in ("doi:10.1109/TIP.2003.819861", "jstor:4615733", "doi:10.1136/bmj.314.7098.1874"):
        assert source in words


def test_what_was_not_done_is_not_said(run: Run) -> None:
    words = _words(run)
    assert "[tost]" not in words  # no claim of equivalence
    assert "Limits of agreement" not in words  # and none that compares two arms
    without = _words(replace(run, slopes=[], strata=[], verdicts=[]), claims=[])
    for absent in ("Holm", "Benjamini", "Slopes on coverage", "Strata ("):
        assert absent in words
        assert absent not in without
    assert "makes no claim" in without


def test_a_claim_of_equivalence_brings_its_test_and_source(run: Run) -> None:
    claim = {**run.plan["study"]["claims"][0], "relation": "equivalent", "reference": 1.0, "margin": 0.5}
    words = _words(run, claims=[claim, run.plan["study"]["claims"][1]])
    assert "TOST" in words
    assert "doi:10.1007/BF01068419" in words


def test_hashes_stand_on_the_page_but_for_that_of_the_key_and_no_folder_of_a_clip(run: Run) -> None:
    view = View.of(run, read_pseudonyms(run.folder))
    listed = dict(provenance.sealed_files(view))
    files = run.record["files"]
    assert listed["measurements.parquet"] == files["measurements.parquet"]
    assert "pseudonyms.csv" not in listed
    assert not [name for name in listed if "phantom" in name]
    assert sum(name.startswith("exhibits (") for name in listed) == 1
    body = str(provenance.section(view).body)
    assert run.record["seal_sha256"] in body
    assert files["pseudonyms.csv"] not in body
    assert f"study {run.plan['study']['seed']}" in body


def test_the_table_of_arms_can_be_saved_with_what_identifies_each_and_what_its_card_says(run: Run) -> None:
    sources = [
        {"name": "ward", "licence": "CC0", "subjects": ["a", "b"]},
        {"name": "sim", "licence": "CC0", "subjects": []},
    ]
    card = {"name": "gen", "summary": "A generator.", "training_sources": sources}
    arms = {**run.plan["arms"], "telea": {**run.plan["arms"]["telea"], "card": card}}
    view = View.of(replace(run, plan={**run.plan, "arms": arms}), read_pseudonyms(run.folder))
    (data,) = re.findall(r'download="arms.csv" href="[^,]*,([^"]*)"', str(provenance.section(view).body))
    saved = {row["arm"]: row for row in csv.DictReader(io.StringIO(base64.b64decode(data).decode()))}
    assert saved.keys() == arms.keys()
    assert (saved["telea"]["card"], saved["telea"]["trained_on"]) == ("gen", "ward (CC0); sim (CC0)")
    assert (saved["telea"]["training_subjects"], saved["grey"]["training_subjects"]) == ("2", "")
    assert json.loads(saved["grey"]["identity"]) == run.plan["arms"]["grey"]["identity"]
