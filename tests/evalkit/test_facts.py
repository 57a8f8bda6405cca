"""What is measured of a clip itself, and runs on clips without colour Doppler."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.facts import coverage_of
from evalkit.plan import freeze
from evalkit.records import ClipFacts
from evalkit.run import run_study
from evalkit.seal import Run, read_run
from evalkit.study import Study
from reports import write_report
from translator.artefacts import Store
from translator.clips.clip import Clip, mask_clip
from translator.clips.manifest import Entry, write_manifest
from translator.clips.npz import write_npz

SIZE = 64
FRAMES = 3


def _fan(seed: int) -> NDArray[np.uint8]:
    """A speckled triangle (T, 64, 64) on black."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    inside = (np.abs(columns - SIZE // 2) * 2 < rows) & (rows > 6)
    speckle = np.random.default_rng(seed).integers(60, 160, (FRAMES, SIZE, SIZE))
    return np.where(inside, speckle, 0).astype(np.uint8)


def _study(folder: Path, masks: bool, **more: Any) -> Study:
    """Seven real clips of seven subjects, and finished videos that add 10 grey levels in a square that grows."""
    entries = []
    for number in range(7):
        frames, hidden = _fan(number), np.zeros((FRAMES, SIZE, SIZE), np.bool_)
        hidden[:, 40:60, 20 : 24 + 3 * number] = True
        made = frames + np.where(hidden, 10, 0).astype(np.uint8)
        clip = Clip.from_array(frames, 25.0)
        write_npz(folder / f"real-{number}.npz", clip)
        write_npz(folder / f"mask-{number}.npz", mask_clip(hidden, clip))
        (folder / "made").mkdir(exist_ok=True)
        write_npz(folder / "made" / f"clip-{number}.npz", Clip.from_array(made))
        mask = {"mask": f"mask-{number}.npz"} if masks else {}
        entries.append(
            Entry(
                clip_id=f"clip-{number}",
                subject_id=f"subject-{number}",
                split="test",
                pairing="matched",
                view="A4C" if number < 4 else None,
                greyscale=f"real-{number}.npz",
                **mask,
            )
        )
    write_manifest(folder / "manifest.csv", entries)
    arms = [{"name": "made", "translator": "folder:made"}]
    regions = ["frame", "sector", "mask", "seam"]
    asked = {"title": "T", "manifest": "manifest.csv", "metrics": ["mae"], "regions": regions, "arms": arms}
    return Study.model_validate(asked | {"exhibits": {"metric": "mae", "region": "frame"}} | more)


def _run(folder: Path, study: Study) -> Run:
    return run_study(freeze(study, folder, {}), folder / "run", Store(folder / "cache"), lambda stage, i, n: None)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("masked")
    return _run(folder, _study(folder, masks=True, strata=["view", "fps"]))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Without masks, and with a second arm that would need colour."""
    folder = tmp_path_factory.mktemp("plain")
    arms = [{"name": "made", "translator": "folder:made"}, {"name": "telea", "translator": "trivial:telea"}]
    return _run(folder, _study(folder, masks=False, arms=arms))


def test_coverage_is_the_masked_share_of_the_sector_by_hand() -> None:
    """Of 8 sector pixels 2 are masked in the first frame and 4 in the second; a masked pixel outside does not count."""
    sector = np.zeros((4, 4), np.bool_)
    sector[:2] = True
    hidden = np.zeros((2, 4, 4), np.bool_)
    hidden[0, 0, :2] = hidden[1, 0] = hidden[:, 3, 3] = True
    mask = mask_clip(hidden, Clip.from_array(np.zeros((2, 4, 4), np.uint8)))
    assert coverage_of(mask, sector) == 6 / 16
    assert coverage_of(mask, np.zeros((4, 4), np.bool_)) is None


def test_facts_stand_in_the_run_with_rate_and_length(masked: Run) -> None:
    assert [clip.clip_id for clip in masked.clips] == [f"clip-{number}" for number in range(7)]
    assert {(clip.frames, clip.fps, clip.note) for clip in masked.clips} == {(FRAMES, 25.0, "")}
    shares = [clip.coverage or 0.0 for clip in masked.clips]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 0.5
    assert {"clips.parquet", "strata.parquet", "slopes.json"} <= masked.record["files"].keys()
    assert read_run(masked.folder) == masked


def test_finished_videos_are_measured_without_colour_doppler(masked: Run) -> None:
    assert {row.status for row in masked.measurements} == {"ok"}
    assert {row.value for row in masked.measurements if row.region == "mask"} == {10.0}


def test_error_over_the_sector_rises_with_coverage(masked: Run) -> None:
    """10 grey levels in the mask: error over the sector is 10 times the coverage, but for mask outside the sector."""
    (slope,) = (slope for slope in masked.slopes if slope.region == "sector")
    assert slope.value == pytest.approx(10.0, abs=1.0)


def test_strata_of_a_run_stand_in_its_own_table(masked: Run) -> None:
    found = {(e.column, e.level_name): e.n_clips for e in masked.strata if e.region == "mask"}
    assert found == {("view", "A4C"): 4, ("view", "not stated"): 3, ("fps", "20 to 30 Hz"): 7}


def test_without_a_mask_regions_that_need_one_say_so_and_the_others_are_measured(plain: Run) -> None:
    rows = [row for row in plain.measurements if row.arm == "made"]
    assert {row.region for row in rows if row.status == "ok"} == {"frame", "sector"}
    lost = {(row.region, row.note) for row in rows if row.status != "ok"}
    note = "not computed: the clip has neither colour Doppler nor a mask"
    assert lost == {("mask", note), ("seam", note)}
    assert {clip.coverage for clip in plain.clips} == {None}
    assert all("neither colour Doppler nor a mask" in clip.note for clip in plain.clips)
    assert {slope.value for slope in plain.slopes} == {None}


def test_an_arm_that_needs_colour_has_no_value_where_there_is_none(plain: Run) -> None:
    notes = {(row.status, row.note) for row in plain.measurements if row.arm == "telea"}
    assert notes == {("undefined", "not computed: the clip has no colour Doppler")}


def test_the_report_shows_real_and_made_side_by_side_without_colour(plain: Run, masked: Run, tmp_path: Path) -> None:
    page = write_report(plain, tmp_path / "plain.html").read_text(encoding="utf-8")
    assert _captions(page) == ["made", "greyscale truth", "made: difference"]
    assert "cfd: not computed: the clip has no colour Doppler" in page
    shown = _captions(write_report(masked, tmp_path / "m.html").read_text(encoding="utf-8"))
    assert shown == ["mask", "made", "greyscale truth", "made: difference"]


def _captions(page: str) -> list[str]:
    """Of the first clip of the gallery."""
    first = page[page.index('class="exhibit"') :].partition("</figure>")[0]
    return re.findall(r'<canvas [^>]*aria-label="([^"]*)"', first)


def test_facts_of_a_file_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    study = _study(tmp_path, masks=True)
    (tmp_path / "mask-3.npz").write_bytes(b"no mask at all")
    run = _run(tmp_path, study)
    hit = run.clips[3]
    assert isinstance(hit, ClipFacts)
    assert (hit.frames, hit.coverage) == (None, None)
    assert hit.note.startswith("not computed: the data cannot be read: mask of clip-3")
    assert all(clip.coverage is not None for clip in run.clips if clip is not hit)
