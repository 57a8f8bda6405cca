"""Runs side by side: the same clips or none, differences that the statistics of a run would give, no one's name."""

import base64
import csv
import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from evalkit.metrics.registry import METRICS
from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import Run
from evalkit.statistics.estimates import estimate_difference
from reports.comparison.differences import differences, matched_arms, not_compared
from reports.comparison.pairing import pair
from reports.comparison.write import write_comparison
from translator.errors import InputError


@pytest.fixture(scope="module")
def better(run: Run) -> Run:
    """The run again, with telea's error inside the mask smaller by 2 to 2.6 grey levels, by clip."""
    order = {clip["clip_id"]: 0.1 * i for i, clip in enumerate(run.plan["clips"])}
    rows = [
        replace(row, value=row.value - 2.0 - order[row.clip_id])
        if row.value is not None and (row.arm, row.metric, row.region) == ("telea", "mae", "mask")
        else row
        for row in run.measurements
    ]
    return replace(run, measurements=rows)


def _without(run: Run, *clips: str) -> Run:
    left = [clip for clip in run.plan["clips"] if clip["clip_id"] not in clips]
    inputs = {name: files for name, files in run.plan["inputs"].items() if name not in clips}
    rows = [row for row in run.measurements if row.clip_id not in clips]
    return replace(run, plan={**run.plan, "clips": left, "inputs": inputs}, measurements=rows)


def _text(page: Path) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.read_text(encoding="utf-8"))).split())


def test_what_was_made_better_is_found_by_the_interval_that_one_run_of_both_would_give(run: Run, better: Run) -> None:
    found = {(d.arm, d.metric.name, d.region): d for d in differences(pair([run, better]))}
    made = found["telea", "mae", "mask"]
    assert made.finding == "better"
    assert made.estimate.value == pytest.approx(-2.3)
    both = [row for row in run.measurements if row.arm == "telea"]
    both += [replace(row, arm="new") for row in better.measurements if row.arm == "telea"]
    alone = estimate_difference("new", "telea", "mask", both, METRICS["mae"], "all")
    assert (made.estimate.low, made.estimate.high) == pytest.approx((alone.low, alone.high))
    assert (made.estimate.n_subjects, made.estimate.n_clips) == (7, 7)
    assert len(found) == 2 * 3 * 5  # arms, metrics, regions
    same = found["grey", "mae", "mask"]
    assert (same.estimate.value, same.finding) == (0.0, "not computed: no variation between subjects")


def test_runs_on_other_clips_are_refused_by_name_with_the_number_shared(run: Run) -> None:
    names = sorted(clip["clip_id"] for clip in run.plan["clips"])
    with pytest.raises(InputError) as refused:
        pair([_without(run, names[0]), _without(run, names[1], names[2])])
    said = str(refused.value)
    assert f"lacks 2 clips of A: {names[1]}, {names[2]}; has 1 clip that A lacks: {names[0]}" in said
    assert "4 clips are shared" in said
    assert "--shared" in said


def test_a_clip_of_the_same_name_with_another_file_is_another_clip(run: Run) -> None:
    name = run.plan["clips"][0]["clip_id"]
    inputs = {**run.plan["inputs"], name: {**run.plan["inputs"][name], "greyscale": "0" * 64}}
    with pytest.raises(InputError, match=f"has other files for 1 clip: {name}; 6 clips are shared"):
        pair([run, replace(run, plan={**run.plan, "inputs": inputs})])


def test_only_shared_clips_count_where_that_is_asked_for(run: Run, better: Run, tmp_path: Path) -> None:
    gone = run.plan["clips"][0]["clip_id"]
    pairing = write_comparison([run, _without(better, gone)], tmp_path / "c.html", shared_only=True)
    assert (len(pairing.clips), pairing.left_out) == (6, 1)
    assert {d.estimate.n_clips for d in differences(pairing)} == {6}
    assert "1 clips are not in all runs" in _text(tmp_path / "c.html")


def _saved(page: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table that can be saved from a page."""
    (data,) = re.findall(rf'download="{name}" href="data:text/csv;charset=utf-8;base64,([^"]*)"', page.read_text())
    return list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))


def test_every_table_of_the_page_can_be_saved(run: Run, better: Run, tmp_path: Path) -> None:
    page = tmp_path / "c.html"
    write_comparison([run, better], page)
    text = page.read_text(encoding="utf-8")
    assert text.count("<table") == 3
    assert {"runs.csv", "verdicts.csv", "differences.csv"} <= set(re.findall(r'download="([^"]+)"', text))
    assert [(row["run"], row["clips"]) for row in _saved(page, "runs.csv")] == [("A", "7"), ("B", "7")]
    assert _saved(page, "runs.csv")[0]["seal_sha256"] == run.record["seal_sha256"]


def test_verdicts_are_saved_a_row_a_claim_and_run_with_every_digit(run: Run, better: Run, tmp_path: Path) -> None:
    moved = [replace(verdict, outcome="refuted") for verdict in run.verdicts[:1]] + run.verdicts[1:]
    write_comparison([run, replace(better, verdicts=moved)], tmp_path / "c.html")
    saved = _saved(tmp_path / "c.html", "verdicts.csv")
    claims = [verdict.claim for verdict in run.verdicts]
    assert [(row["claim"], row["run"]) for row in saved] == [(name, letter) for name in claims for letter in "AB"]
    first = next(estimate for estimate in run.estimates if estimate.id == claims[0])
    assert saved[0]["estimate"] == ("" if first.value is None else repr(first.value))
    assert saved[1]["verdict"] == "refuted"
    assert (saved[1]["defined_alike"], saved[1]["changed"]) == ("True", str(run.verdicts[0].outcome != "refuted"))


def test_without_any_shared_clip_there_is_nothing_to_compare(run: Run) -> None:
    names = [clip["clip_id"] for clip in run.plan["clips"]]
    with pytest.raises(InputError, match="0 clips are shared"):
        pair([_without(run, *names[:3]), _without(run, *names[3:])], shared_only=True)


def test_arms_of_other_names_are_compared_where_they_are_paired(run: Run, better: Run) -> None:
    first, second = pair([run, better]).sides
    assert matched_arms(first, second, []) == [("telea", "telea"), ("grey", "grey")]
    assert matched_arms(first, second, [("grey", "telea")]) == [("grey", "telea")]
    with pytest.raises(InputError, match=r"grey=nobody.*A has telea, grey; B has telea, grey"):
        matched_arms(first, second, [("grey", "nobody")])


def test_a_metric_that_changed_its_version_is_not_compared_and_named(run: Run, better: Run) -> None:
    first, second = pair([run, better]).sides
    second.view.metrics["mae"] = replace(second.view.metrics["mae"], version=99)
    assert not_compared(first, second) == ["mae: A has mae|v1|grey levels, B has mae|v99|grey levels"]
    pairing = replace(pair([run, better]), sides=[first, second])
    assert {d.metric.name for d in differences(pairing)} == {"ssim[wang2004]", "change"}


def test_the_page_shows_verdicts_differences_and_clips_of_both_without_a_name(
    run: Run, better: Run, tmp_path: Path
) -> None:
    write_comparison([run, better], tmp_path / "c.html")
    page, text = (tmp_path / "c.html").read_text(encoding="utf-8"), _text(tmp_path / "c.html")
    assert "What changed from run A, on 7 clips" in text
    assert "c1" in text
    assert "B telea telea mae mask" in text.replace(" B telea", " B telea")
    assert re.search(r"-2\.300 \[-2\.\d+, -2\.\d+\] better 7 7", text)
    assert "A telea, A grey, B telea, B grey, greyscale truth, A telea: difference" in page
    assert page.count("<script>") == 1
    assert not [name for name in read_pseudonyms(run.folder).clips if name in page]
