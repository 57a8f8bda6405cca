"""The page in a real browser: nothing is asked of a network, the gallery plays in step, tables sort, all can use it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.gate.judge import judge
from evalkit.gate.margins import Endpoint, Margins
from evalkit.history import read_history
from evalkit.pseudonyms import Pseudonyms, read_pseudonyms
from evalkit.seal import Run
from reports.comparison.write import write_comparison
from reports.gate.write import write_gate
from reports.page.pdf import find_browser, write_pdf
from reports.page.write import page_of
from reports.trend.write import write_trends

NASTY = "<script>alert(1)</script>"
playwright = pytest.importorskip("playwright.sync_api", reason="the dependency group `browser` is not installed")
pytestmark = pytest.mark.slow
A4 = (703, 1017)  # CSS pixels within the margins of the page that the style sheet asks for


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium, Chrome or Edge on this machine")
    with playwright.sync_playwright() as program:
        options = [
            "--disable-background-networking",
            "--disable-component-update",
            "--autoplay-policy=no-user-gesture-required",
        ]
        opened = program.chromium.launch(executable_path=str(found), args=options, chromium_sandbox=False)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def nasty(run: Run) -> Run:
    """The run, with a note that is a script; the study's title and claims are too."""
    first, *rest = run.measurements
    return replace(run, measurements=[replace(first, status="failed", value=None, note=NASTY), *rest])


@pytest.fixture(scope="module")
def file(nasty: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, with clip and subject ids that are scripts as well."""
    names = read_pseudonyms(nasty.folder)
    named = Pseudonyms(
        *({real: f"{NASTY} {shown}" for real, shown in each.items()} for each in (names.clips, names.subjects))
    )
    path = tmp_path_factory.mktemp("browser") / "report.html"
    path.write_text(page_of(nasty, named, False), encoding="utf-8")
    return path


class _Heard:
    """All that a page asked for, said and complained of."""

    def __init__(self, page: Any) -> None:
        self.requests: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def _opened(browser: Any, file: Path, **context: Any) -> tuple[Any, _Heard]:
    page = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **context}).new_page()
    heard = _Heard(page)
    page.goto(file.as_uri())
    return page, heard


def test_it_opens_from_a_file_asks_for_nothing_says_nothing_and_runs_no_script_of_a_name(
    browser: Any, file: Path
) -> None:
    page, heard = _opened(browser, file)
    for exhibit in page.locator(".exhibit").all():
        exhibit.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert [url for url in heard.requests if not url.startswith("data:")] == [file.as_uri()]
    assert heard.said == []
    assert page.locator("script").count() == 1
    text = page.locator("body").inner_text()
    shown = len(page.locator(".exhibit").all())
    assert text.count(NASTY) == 1 + 2 + 1 + 2 * shown  # title, claims, a note, clips and subjects


def test_the_gallery_plays_stops_steps_and_scrubs_with_all_panels_in_step(browser: Any, file: Path) -> None:
    page, heard = _opened(browser, file)
    exhibit = page.locator(".exhibit[data-frames]").first
    frames = int(exhibit.get_attribute("data-frames") or 0)
    exhibit.scroll_into_view_if_needed()
    video, shown = exhibit.locator("video"), exhibit.locator("output")
    page.wait_for_function("v => v.readyState >= 2 && !v.paused", arg=video.element_handle())
    exhibit.focus()
    page.keyboard.press("Space")
    page.wait_for_function("v => v.paused", arg=video.element_handle())
    page.keyboard.press("Home")
    assert shown.inner_text() == f"frame 1 of {frames}"
    pictures = [_pictures(page, exhibit)]
    for number in range(2, frames + 1):
        page.keyboard.press("ArrowRight")
        assert shown.inner_text() == f"frame {number} of {frames}"
        pictures.append(_pictures(page, exhibit))
    assert all(len(set(panel)) > 1 for panel in zip(*pictures, strict=True) if any(panel))
    assert len(pictures[0]) == len(exhibit.locator(".tiles li").all())
    exhibit.locator("input").fill("1")
    assert shown.inner_text() == f"frame 2 of {frames}"
    assert _pictures(page, exhibit) == pictures[1]
    exhibit.get_by_role("button", name="one frame back").click()
    assert _pictures(page, exhibit) == pictures[0]
    exhibit.get_by_role("button", name="Play").click()
    page.wait_for_function("v => !v.paused", arg=video.element_handle())
    assert heard.said == []


def _pictures(page: Any, exhibit: Any) -> list[int]:
    """A number for what each canvas shows, once the video is where it was sent."""
    page.wait_for_function("v => !v.seeking", arg=exhibit.locator("video").element_handle())
    page.wait_for_timeout(120)
    script = """canvases => canvases.map(c => {
      const copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(c, 0, 0);
      return copy.getImageData(0, 0, c.width, c.height).data.reduce((sum, value) => (sum * 31 + value) % 1000003, 7);
    })"""
    return list(exhibit.locator("canvas").evaluate_all(script))


def test_whoever_asks_for_less_motion_gets_none_until_they_play(browser: Any, file: Path) -> None:
    page, _ = _opened(browser, file, reduced_motion="reduce")
    exhibit = page.locator(".exhibit[data-frames]").first
    exhibit.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    assert exhibit.locator("video").evaluate("v => v.paused")


def test_tables_sort_by_value_both_ways_and_filter(browser: Any, file: Path, nasty: Run) -> None:
    page, _ = _opened(browser, file)
    table = page.locator("table.sortable", has_text="Change of the metric for 10 percentage points")
    header = table.get_by_role("columnheader", name="change")
    known = sorted(slope.value / 10 for slope in nasty.slopes if slope.value is not None)
    for direction, expected in (("ascending", known), ("descending", known[::-1])):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == direction
        cells = table.locator("tbody tr td:nth-child(4)").evaluate_all("cells => cells.map(c => Number(c.dataset.v))")
        assert cells == pytest.approx(expected)
    box = page.locator(".filter", has=page.locator("xpath=following-sibling::*[1]", has=table))
    box.get_by_role("searchbox").fill("telea seam mae")
    assert table.locator("tbody tr:visible").count() == 1
    assert f"1 of {len(known)} rows" in box.inner_text()
    box.get_by_role("searchbox").fill("")
    assert table.locator("tbody tr:visible").count() == len(known)


@pytest.fixture(scope="module")
def pages(run: Run, file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    margins = Margins(endpoints=[Endpoint(metric="mae", region="mask", margin=0.5, clip_margin=4.0)])
    write_gate(judge(run, run, ("telea", "grey"), margins), run, run, folder / "gate.html")
    write_comparison([run, run], folder / "comparison.html", [("telea", "grey")])
    write_trends(read_history(run.folder.parent), folder / "trends.html", "Trends")
    return {"report": file, **{path.stem: path for path in folder.glob("*.html")}}


@pytest.mark.parametrize("kind", ["report", "gate", "comparison", "trends"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    browser: Any, pages: dict[str, Path], kind: str, theme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    asked = {"color_scheme": theme, "viewport": {"width": width, "height": 844}, "bypass_csp": True}
    page, heard = _opened(browser, pages[kind], **asked)
    assert heard.said == []
    for folded in page.locator("details").all():
        folded.evaluate("d => { d.open = true }")
    found = axe.Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not serious, json.dumps([(e["id"], e["help"], e["nodes"][0]["html"][:300]) for e in serious], indent=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_colours_can_be_chosen_against_the_system(browser: Any, file: Path) -> None:
    page, _ = _opened(browser, file, color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_data_that_a_figure_shows_is_saved_from_the_page(browser: Any, file: Path, nasty: Run, tmp_path: Path) -> None:
    page, heard = _opened(browser, file)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="forest.csv").click()
    waiting.value.save_as(tmp_path / "forest.csv")
    lines = (tmp_path / "forest.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("claim,metric,region,arm")
    assert len(lines) == 1 + len(nasty.verdicts)
    assert repr(next(e.value for e in nasty.estimates if e.id == "c1")) in lines[1]
    assert heard.said == []


def test_on_paper_no_figure_is_cut_and_videos_are_stills(browser: Any, file: Path) -> None:
    page, _ = _opened(browser, file, viewport={"width": A4[0], "height": A4[1]})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    boxes = page.locator("figure svg, .exhibit img").evaluate_all(
        "all => all.map(e => { const b = e.getBoundingClientRect(); return [b.left, b.right, b.width, b.height]; })"
    )
    assert len(boxes) > 6
    for left, right, width, height in boxes:
        assert left >= -0.5
        assert right <= A4[0] + 0.5
        assert width > 100
        assert 20 < height < A4[1]
    breaks = page.locator("figure").evaluate_all("all => all.map(e => getComputedStyle(e).breakInside)")
    assert set(breaks) == {"avoid"}
    assert (
        page.locator("video:visible, canvas:visible, .transport:visible, .filter:visible, .data:visible").count() == 0
    )
    assert page.locator("details:not([open])").count() == 0


def test_the_pdf_is_made_by_the_browser_that_is_there(file: Path, tmp_path: Path) -> None:
    if find_browser() is None:
        pytest.skip("no Chromium, Chrome or Edge on this machine")
    made = write_pdf(file, tmp_path / "report.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") >= 4
