"""`report` and `compare` as commands: what they write, what they say, and how they end."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.seal import read_run

Runner = Callable[..., tuple[int, str, str]]
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "run"


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "golden")
    return tmp_path / "golden"


def test_without_a_browser_the_page_is_there_and_pdf_ends_with_two(
    run: Runner, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONOPROOF_BROWSER", "/no/such/browser")
    code, _, err = run("report", golden, "--pdf")
    assert code == 2
    assert "SONOPROOF_BROWSER" in err
    assert (golden / "report.html").is_file()
    assert not (golden / "report.pdf").exists()


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="the stand-in for a browser is a shell script")
def test_a_pdf_in_the_run_does_not_break_its_seal(
    run: Runner, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        '#!/bin/sh\nfor a in "$@"; do case "$a" in --print-to-pdf=*) printf %%PDF-1 > "${a#*=}";; esac; done\n'
    )
    browser.chmod(0o755)
    monkeypatch.setenv("SONOPROOF_BROWSER", str(browser))
    code, out, err = run("report", golden, "--pdf", "--json")
    assert code == 0, err
    assert json.loads(out) == {"report": str(golden / "report.html"), "pdf": str(golden / "report.pdf")}
    assert read_run(golden).record["seal_sha256"] == read_run(GOLDEN).record["seal_sha256"]


def test_two_runs_are_compared_and_a_page_inside_a_run_is_refused(run: Runner, golden: Path, tmp_path: Path) -> None:
    code, out, err = run("compare", golden, GOLDEN, "--out", tmp_path / "c.html", "--pair", "grey=telea")
    assert code == 0, err
    assert "7 clips are shared by all runs" in out
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "2 runs compared" in page
    assert "<td>telea</td><td>grey</td><td>mae</td><td>mask</td>" in page
    for wrong in (["--out", golden / "c.html"], ["--out", tmp_path / "d.html", "--pair", "grey"]):
        assert run("compare", golden, GOLDEN, *wrong)[0] == 2
    assert run("compare", golden, "--out", tmp_path / "d.html")[0] == 2
    assert not (tmp_path / "d.html").exists()
