"""Printing a page by a browser: which one, and what is said where there is none or it misbehaves."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.page.pdf import find_browser, write_pdf
from translator.errors import InputError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for a browser are shell scripts")
Pretend = Callable[[str], Path]


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Put a shell script in the place of the browser."""

    def put(script: str) -> Path:
        path = tmp_path / "browser"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("SONOPROOF_BROWSER", str(path))
        return path

    return put


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "a page.html"
    path.write_text("<p>x</p>", encoding="utf-8")
    return path


PRINTS = (
    'for a in "$@"; do case "$a" in --print-to-pdf=*) printf "%%PDF-1.4 x" > "${a#*=}";; esac; echo "$a"; done'
    ' > "$0.told"'
)


def test_the_browser_is_given_the_page_and_its_pdf_is_kept(pretend: Pretend, page: Path, tmp_path: Path) -> None:
    browser = pretend(PRINTS)
    made = write_pdf(page, tmp_path / "out.pdf")
    assert made.read_bytes() == b"%PDF-1.4 x"
    told = Path(f"{browser}.told").read_text(encoding="utf-8").splitlines()
    assert told[-1] == page.as_uri()
    assert "%20" in told[-1]
    assert ("--no-sandbox" in told) == (os.geteuid() == 0)


def test_without_a_browser_it_says_what_to_do(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SONOPROOF_BROWSER", raising=False)
    monkeypatch.setattr("reports.page.pdf.shutil.which", lambda name: None)
    assert find_browser() is None
    with pytest.raises(InputError, match=r"no Chromium, Chrome or Edge was found.*SONOPROOF_BROWSER"):
        write_pdf(page, tmp_path / "out.pdf")
    monkeypatch.setenv("SONOPROOF_BROWSER", "/no/such/browser")
    with pytest.raises(InputError, match="is no program"):
        find_browser()


def test_a_browser_that_hangs_is_ended_with_all_that_it_started(pretend: Pretend, page: Path, tmp_path: Path) -> None:
    browser = pretend('sleep 60 & echo $! > "$0.child"; wait')
    with pytest.raises(InputError, match=r"took longer than 0\.5 s"):
        write_pdf(page, tmp_path / "out.pdf", seconds=0.5)
    child = int(Path(f"{browser}.child").read_text(encoding="utf-8"))
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        if Path(f"/proc/{child}/stat").is_file() and " Z " in Path(f"/proc/{child}/stat").read_text():
            break
        time.sleep(0.05)
    else:
        raise AssertionError("what the browser started still runs")
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize(
    "script",
    [
        "echo no display >&2; exit 1",
        'for a in "$@"; do case "$a" in --print-to-pdf=*) echo junk > "${a#*=}";; esac; done; echo no display >&2',
    ],
)
def test_a_browser_that_writes_no_pdf_is_quoted_and_leaves_nothing(
    pretend: Pretend, page: Path, tmp_path: Path, script: str
) -> None:
    pretend(script)
    with pytest.raises(InputError, match=r"wrote no PDF \(no display\)"):
        write_pdf(page, tmp_path / "out.pdf")
    assert not list(tmp_path.glob("*.pdf"))
