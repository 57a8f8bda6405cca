"""The gallery within its room: what goes first, and that the page says what went."""

import json
import re
from typing import Any

import pytest

from evalkit.pseudonyms import read_pseudonyms
from evalkit.seal import Run
from reports.page.sections import gallery
from reports.page.sections.gallery import Shown
from reports.page.view import View
from reports.page.write import page_of


@pytest.fixture(scope="module")
def view(run: Run) -> View:
    return View.of(run, read_pseudonyms(run.folder))


def _index(run: Run) -> list[dict[str, Any]]:
    """One exhibit of the run again and again, each time for another reason."""
    clips = json.loads((run.folder / "exhibits" / "index.json").read_text(encoding="utf-8"))["clips"]
    return [{**clips[0], "why": why} for why in REASONS]


REASONS = ["named by the study", "worst by mae", "best by mae", "drawn at random"]


def _thinned(view: View, room: int) -> list[str]:
    index = _index(view.run)
    return [clip.thinned for clip in gallery._clips(view, index, view.run.folder / "exhibits", room)]


def test_what_was_drawn_goes_first_then_what_is_named_and_worst_and_best_go_last(view: View) -> None:
    whole: list[Shown] = gallery._clips(view, _index(view.run), view.run.folder / "exhibits", 10**9)
    assert [clip.about["why"] for clip in whole] == REASONS
    assert whole[0].montage is not None
    size, still = whole[0].montage.size, len(whole[0].montage.still)
    assert _thinned(view, 4 * size) == ["", "", "", ""]
    assert _thinned(view, 3 * size + still) == ["", "", "", "shown as a still"]
    assert _thinned(view, 3 * size) == ["", "", "", "left out"]
    assert _thinned(view, 2 * size + still) == ["shown as a still", "", "", "left out"]
    assert _thinned(view, size) == ["left out", "", "left out", "left out"]
    assert _thinned(view, -5) == ["left out"] * 4


def test_a_page_keeps_below_its_limit_and_names_what_it_left_out(run: Run) -> None:
    names = read_pseudonyms(run.folder)
    whole = page_of(run, names, False)
    bare = len(re.sub(r'(?<=src=")data:[^"]*', "", whole).encode())
    limit = bare + 150_000
    page = page_of(run, names, False, limit=limit)
    assert len(page.encode()) < limit < len(whole.encode())
    assert "Thinned to keep this page small enough" in page
    assert re.search(r"clip-\d+ (left out|shown as a still)", page)
    assert "Thinned" not in whole
