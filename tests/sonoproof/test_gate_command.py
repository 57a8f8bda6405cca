"""`gate`, `margins` and `history` as commands: files, exit codes, and real ids only where they are asked for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evalkit.pseudonyms import read_pseudonyms

Runner = Callable[..., tuple[int, str, str]]
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "run"
WORSE = ["gate", "--baseline", GOLDEN, "--candidate", GOLDEN, "--arm", "telea=grey"]
NAMES = read_pseudonyms(GOLDEN).clips
MARGINS = """
schema_version = 1
note = "by hand"
alpha = 0.4  # seven clips

[[endpoints]]
metric = "mae"
region = "mask"
margin = 1.0
clip_margin = 5.0
"""


@pytest.fixture
def margins(tmp_path: Path) -> Path:
    path = tmp_path / "margins.toml"
    path.write_text(MARGINS, encoding="utf-8")
    return path


def test_a_worse_arm_fails_the_gate_and_the_page_shows_its_worst_clips(
    run: Runner, margins: Path, tmp_path: Path
) -> None:
    page, junit, text = (tmp_path / name for name in ("gate.html", "gate.xml", "gate.md"))
    files = ["--html", page, "--junit", junit, "--markdown", text]
    code, out, err = run(*WORSE, "--margins", margins, *files, "--json")
    assert code == 1, err
    told = json.loads(out)
    assert {"regressed"} <= {each["state"] for each in told["findings"]}
    shown = page.read_text(encoding="utf-8")
    assert "The gate fails" in shown
    assert "data-frames" in shown  # a clip that plays
    assert "A telea" in shown
    assert "B grey" in shown
    assert int(ElementTree.parse(junit).getroot().get("failures", "0")) >= 1  # noqa: S314  # our own file
    for said in (out, shown, junit.read_text(encoding="utf-8"), text.read_text(encoding="utf-8")):
        assert not [clip for clip in NAMES if clip in said]
        assert any(name in said for name in NAMES.values())


def test_real_ids_are_told_where_they_are_asked_for(run: Runner, margins: Path, tmp_path: Path) -> None:
    code, out, _ = run(*WORSE, "--margins", margins, "--html", tmp_path / "gate.html", "--real-ids")
    assert code == 1
    assert any(clip in out for clip in NAMES)
    assert any(clip in (tmp_path / "gate.html").read_text(encoding="utf-8") for clip in NAMES)


def test_the_same_run_passes_and_an_unknown_arm_ends_with_two(run: Runner, margins: Path, tmp_path: Path) -> None:
    same = ["gate", "--baseline", GOLDEN, "--candidate", GOLDEN, "--margins", margins]
    code, out, err = run(*same, "--arm", "telea", "--strict", "--html", tmp_path / "gate.html")
    assert code == 0, err
    assert "the gate passes" in out
    assert "The gate passes" in (tmp_path / "gate.html").read_text(encoding="utf-8")
    code, _, err = run(*same, "--arm", "nobody")
    assert code == 2
    assert "has no arm 'nobody'" in err


def test_margins_are_refused_from_copies_of_one_run(run: Runner, tmp_path: Path) -> None:
    code, _, err = run(
        "margins", GOLDEN, GOLDEN, "--arm", "telea", "--endpoint", "mae:mask", "--out", tmp_path / "m.toml"
    )
    assert code == 2
    assert "exactly alike" in err
    assert not (tmp_path / "m.toml").exists()


def test_history_writes_a_page_and_names_a_folder_without_runs(run: Runner, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "runs" / "one")
    code, out, err = run("history", tmp_path / "runs")
    assert code == 0, err
    assert "trends.html" in out
    assert (tmp_path / "runs" / "trends.html").is_file()
    for folder in (tmp_path / "none", tmp_path / "runs" / "one" / "exhibits"):
        code, _, err = run("history", folder)
        assert code == 2
        assert "no finished run" in err or "is no folder" in err
