"""No clip_id, subject_id or file name reaches a report: texts, attributes, figures, pictures, videos."""

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.plan import freeze
from evalkit.pseudonyms import read_pseudonyms
from evalkit.run import run_study
from evalkit.seal import Run, read_run
from evalkit.study import Study
from reports import write_report
from sonoproof.cli import app as command
from translator.artefacts import Store
from translator.clips.clip import Clip, grey_clip
from translator.clips.manifest import Entry, write_manifest
from translator.clips.npz import read_npz, write_npz
from translator.simulate.dataset import PhantomSet, write_phantoms
from translator.translation import Translation

PEOPLE = ("DOE-JOHN-1947", "ROE-JANE-1951", "OBRIEN.MAEVE", "QVARN_ZEB", "1955-04-03", "Ngata-Tui", "LIDDELL-A")


class _Talkative:
    """Fails on one clip with its name and its file's, as foreign code does; lists its clips in its identity."""

    identity = {"seen": {"DOE-JOHN-1947-A4C": "DOE-JOHN-1947"}}  # noqa: RUF012 - the form that arms declare it in

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        if clip.header.source.startswith("DOE"):
            raise RuntimeError(f"no luck with {clip.header.source!r} in {Path('/data/wards/x')}/FILE-ROE-SCAN-3.npz")
        return Translation(grey_clip(clip))


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of clips, subjects, files and folders that are all named after people."""
    folder = tmp_path_factory.mktemp("named")
    made = write_phantoms(folder, PhantomSet(7, 5, clips_per_subject=1, frames=2, size=64), lambda i, n: None)
    entries = []
    for number, (who, entry) in enumerate(zip(PEOPLE, made, strict=True)):
        files = {}
        for column in ("cfd", "greyscale", "mask"):
            name = f"FILE of {who}/FILE-{who}-SCAN.{column}.npz"
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(folder / str(getattr(entry, column)), folder / name)
            files[column] = name
        ids = {"clip_id": f"{who}-A4C", "subject_id": who, "segmentation": None}
        entries.append(Entry(**{**entry.model_dump(), **ids, **files}))
        if number == 1:
            (folder / files["cfd"]).write_bytes(b"no clip at all")
    write_manifest(folder / "manifest.csv", entries)
    (folder / "videos").mkdir()
    for entry in entries[2:]:
        shutil.copyfile(folder / str(entry.greyscale), folder / "videos" / f"{entry.clip_id}.npz")
    write_npz(folder / "videos" / "FILE-STRANGER.npz", read_npz(folder / str(entries[2].greyscale)))
    claim = {"id": "c1", "sentence": f"Without {PEOPLE[0]}.", "source": PEOPLE[1], "arm": "telea", "metric": "mae"}
    study = Study.model_validate(
        {
            "title": f"On {PEOPLE[0]}",
            "note": f"with {PEOPLE[2]}-A4C",
            "manifest": "manifest.csv",
            "arms": [
                {"name": "telea", "translator": "trivial:telea"},
                {"name": "videos", "translator": "folder:videos"},
                {"name": "mine", "translator": "fake:x"},
            ],
            "claims": [{**claim, "region": "mask", "relation": "at_most", "reference": 100.0}],
            "strata": ["subject", "site", "coverage"],
            "exhibits": {"always": [f"{who}-A4C" for who in PEOPLE[:2]]},
        }
    )
    plan = freeze(study, folder, {"fake": lambda rest: _Talkative()})
    return run_study(plan, folder / "run", Store(folder / "cache"), lambda stage, i, n: None)


def _all_bytes(page: str) -> bytes:
    """The page, and its pictures and videos as they lie in it."""
    inside = re.findall(r"base64,([A-Za-z0-9+/=]+)", page)
    assert inside
    return page.encode() + b"".join(base64.b64decode(data) for data in inside)


def _found(page: str, invented: bytes = b"") -> list[str]:
    data = _all_bytes(page).replace(invented, b"").lower()
    return [name for name in (*PEOPLE, "FILE-", "-SCAN", "STRANGER", "FILE of") if name.lower().encode() in data]


def test_the_run_is_one_that_could_leak(named: Run) -> None:
    """Clips failed and were unreadable for reasons that quote ids, and the user's own tables keep them."""
    notes = {(row.status, row.note) for row in named.measurements if row.status != "ok"}
    assert any("DOE-JOHN-1947-A4C" in note for status, note in notes if status == "failed")
    assert any("has no video" in note for _, note in notes)
    assert any("ROE-JANE-1951-A4C" in note for status, note in notes if status == "undefined")
    assert {row.subject_id for row in named.measurements} == set(PEOPLE)


def test_no_file_name_of_a_clip_is_in_the_tables(named: Run) -> None:
    assert not [row.note for row in named.measurements if "FILE of" in row.note or "-SCAN." in row.note]


def test_no_id_and_no_file_name_is_in_the_report(named: Run, tmp_path: Path) -> None:
    page = write_report(named, tmp_path / "report.html").read_text(encoding="utf-8")
    assert _found(page, b"FILE-ROE-SCAN-3.npz") == []  # what foreign code invents is nobody's id
    names = read_pseudonyms(named.folder)
    assert f"On {names.subjects[PEOPLE[0]]}" in page
    for who in PEOPLE[:2]:
        assert f"<h3>{names.clips[f'{who}-A4C']} of {names.subjects[who]}</h3>" in page
    assert f"has no video {names.clips['DOE-JOHN-1947-A4C']}.*" in page
    assert "no luck with" in page


def test_real_ids_are_shown_where_they_are_asked_for(named: Run, tmp_path: Path) -> None:
    page = write_report(named, tmp_path / "report.html", real_ids=True).read_text(encoding="utf-8")
    assert "<h3>DOE-JOHN-1947-A4C of DOE-JOHN-1947</h3>" in page
    assert "under their real ids" in page
    assert "STRANGER" not in page  # a folder's list of videos is never printed


def test_only_ids_differ_between_the_two(named: Run, tmp_path: Path) -> None:
    names = read_pseudonyms(named.folder)
    pages = [write_report(named, tmp_path / "r.html", real).read_text(encoding="utf-8") for real in (True, False)]
    tables = [re.findall(r"<td>[^<]*", page) for page in pages]
    assert sorted(map(names.text, tables[0])) == sorted(tables[1])


def test_the_key_is_sealed_and_a_report_changes_nothing_in_the_run(named: Run, tmp_path: Path) -> None:
    assert "pseudonyms.csv" in named.record["files"]
    before = {path: path.read_bytes() for path in sorted(named.folder.rglob("*")) if path.is_file()}
    write_report(named, tmp_path / "report.html")
    assert {path: path.read_bytes() for path in sorted(named.folder.rglob("*")) if path.is_file()} == before
    assert read_run(named.folder) == named


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["sonoproof", "report", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command.main()
        out, err = capfd.readouterr()
        assert not stop.value.code, err
        return out + err

    return run


def test_the_command_shows_pseudonyms_unless_it_is_told(named: Run, tmp_path: Path, report: Callable[..., str]) -> None:
    said = report(named.folder, "--out", tmp_path / "a.html")
    report(named.folder, "--out", tmp_path / "b.html", "--real-ids", "--json")
    assert not [who for who in PEOPLE if who in said]
    assert PEOPLE[0] not in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert PEOPLE[0] in (tmp_path / "b.html").read_text(encoding="utf-8")
