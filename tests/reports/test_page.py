import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import pytest

from evalkit.records import Distribution, Estimate
from evalkit.seal import Run, read_run
from reports import write_report
from reports.page.write import keep_report
from translator.artefacts import Store

OUTSIDE = re.compile(r"""(?:src|href|url|data)\s*[=(]\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)


@pytest.fixture(scope="session")
def page(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(run, tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


class _Reader(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_from_the_study_is_escaped(page: str) -> None:
    assert page.count("<script>") == 1  # the page's own
    assert "<script>alert(1)</script>" in _Reader(page).text


def test_the_page_asks_the_network_for_nothing_and_forbids_it(page: str) -> None:
    reader = _Reader(page)
    assert not OUTSIDE.search(page)
    assert not {tag for tag, _ in reader.tags} & {"link", "iframe", "object", "embed", "base", "form"}
    policy = [a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy"]
    script = page.partition("<script>")[2].partition("</script>")[0]
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == [
        f"default-src 'none'; script-src 'sha256-{allowed}'; style-src 'unsafe-inline'; img-src data:; media-src data:"
    ]


def test_every_verdict_stands_on_the_page_with_its_sentence_and_margin(run: Run, page: str) -> None:
    text = " ".join(_Reader(page).text.split())
    for verdict in run.verdicts:
        assert verdict.sentence in text
        assert verdict.reason in text
    assert [v.outcome for v in run.verdicts] == ["supported", "refuted"]
    assert text.index("Supported") < text.index("Refuted")
    assert "margin 0.0, alpha 0.025, family primary" in text


def test_every_mean_stands_in_the_table(run: Run, page: str) -> None:
    text = _Reader(page).text
    means = [e for e in run.estimates if e.relation is None]
    assert len(means) == 2 * 3 * 5  # arms, metrics, regions
    for estimate in means:
        assert f"{estimate.value:.{3 if estimate.metric.startswith('ssim') else 2}f}" in text


def test_each_exhibit_plays_all_its_panels_in_one_video(run: Run, page: str, tmp_path: Path) -> None:
    videos = [a for tag, a in _Reader(page).tags if tag == "video"]
    shown = json.loads((run.folder / "exhibits" / "index.json").read_text(encoding="utf-8"))["clips"]
    assert 3 <= len(videos) == len(shown) <= 5  # worst, median and best; two drawn, who may be the same
    for attributes in videos:
        kind, data = str(attributes["src"]).split(",", 1)
        assert kind == "data:video/mp4;base64"
        assert attributes["aria-label"]
        path = tmp_path / "clip.mp4"
        path.write_bytes(base64.b64decode(data))
        capture = cv2.VideoCapture(str(path))
        frames = 0
        while capture.grab():
            frames += 1
        assert frames == 4
    captions = "simulated colour, mask, telea, grey, greyscale truth, telea: difference, grey: difference"
    assert page.count(f"one frame: {captions}") == len(videos)  # never passed off as a real recording


def test_the_same_run_gives_the_same_page(run: Run, page: str, tmp_path: Path) -> None:
    assert write_report(run, tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_the_report_stands_in_the_run_and_does_not_break_its_seal(run: Run) -> None:
    assert write_report(run) == run.folder / "report.html"
    assert read_run(run.folder).record == run.record


def test_a_report_that_the_store_has_is_not_drawn_again_and_edits_do_not_last(
    run: Run, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    path = keep_report(run, store)
    assert path == run.folder / "report.html"
    assert path.read_text(encoding="utf-8") == page

    def unwanted(*arguments: object) -> None:
        raise AssertionError("the report was drawn again")

    monkeypatch.setattr("reports.page.write.write_report", unwanted)
    path.write_text("edited", encoding="utf-8")
    assert keep_report(run, store).read_text(encoding="utf-8") == page
    monkeypatch.setattr("reports.page.write._code", lambda: "another version")
    with pytest.raises(AssertionError, match="drawn again"):
        keep_report(run, store)


@pytest.mark.parametrize("package", ["reports", "evalkit", "translator"])
@pytest.mark.parametrize("name", ["inner/code.py", "page.html.j2", "page.css", "page.js", "table.toml"])
def test_a_change_to_any_code_or_template_that_shapes_the_page_draws_it_anew(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, name: str
) -> None:
    for other in ("reports", "evalkit", "translator"):
        (tmp_path / other / "inner").mkdir(parents=True)
        (tmp_path / other / name).write_text("one", encoding="utf-8")
    monkeypatch.setattr("reports.page.write.files", lambda wanted: tmp_path / wanted)
    monkeypatch.setattr("reports.page.write.write_report", lambda _, path: path.write_text("page", encoding="utf-8"))
    store = Store(tmp_path / "store")
    keep_report(run, store)
    drawn = list((tmp_path / "store").rglob("report.html"))
    keep_report(run, store)
    assert list((tmp_path / "store").rglob("report.html")) == drawn
    (tmp_path / package / name).write_text("two", encoding="utf-8")
    keep_report(run, store)
    assert len(list((tmp_path / "store").rglob("report.html"))) == len(drawn) + 1


def _set_estimate(statistic: str, value: float | None, note: str, **other: Any) -> Estimate:
    told = {"low": None, "high": None, "level": 0.95, "relation": None, "margin": None, "reference": None, "p": None,
            "method": "", "n_subjects": 7, "n_clips": 9, "n_undefined": 0, "n_failed": 0}  # fmt: skip
    named = {
        "arm": "telea",
        "against": "real",
        "id": f"telea|{statistic}",
        "metric": f"{statistic}[x]",
        **told,
        **other,
    }
    return Estimate(statistic=statistic, region="frame", population="", value=value, note=note, **named)


def test_sets_are_a_table_with_interval_n_and_the_words_on_what_is_descriptive_or_absent(
    run: Run, page: str, tmp_path: Path
) -> None:
    assert "distributions.json" not in page
    subject = run.measurements[0].subject_id
    rows = (
        _set_estimate("kid", 0.0125, "", low=0.01, high=0.02),
        _set_estimate("kid", 0.0031, "no interval", arm="real", id="real|kid|3 subjects a side", n_subjects=3),
        _set_estimate("frechet", 12.5, f"descriptive: 7 subjects, {subject} among them"),
    )
    absent = (_set_estimate("fid", None, "not computed: weights absent: no file"),)
    made = [
        Distribution(name, "", "", "cpu", 0, 200, 5, 8, found, {"telea": {"clip": "why"}})
        for name, found in (("efficientnet-lite0", rows), ("inception-fid", absent))
    ]
    shown = write_report(replace(run, distributions=made), tmp_path / "page.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]+>", " ", shown).split())  # a space for each cell
    for words in ("telea against real KID 0.0125 [0.0100, 0.0200] 7 9", "real against real KID 0.0031 3 a side",
                  "descriptive: 7 subjects", "FID not computed 7 9 not computed: weights absent"):  # fmt: skip
        assert words in text
    assert subject not in text
