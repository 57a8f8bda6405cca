"""Pairs: what `simulate` writes and leaves out, what a manifest holds, and what a study of unpaired clips lacks."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry, write_manifest
from translator.clips.npz import read_npz, read_npz_mask, write_npz
from translator.regions.screen import find_regions

Runner = Callable[..., tuple[int, str, str]]


def _with_text() -> Frames:
    """A grey fan, and a name in bright letters above it."""
    rng = np.random.default_rng(1)
    frames = np.zeros((4, 120, 160), np.uint8)
    for row in range(30, 112):
        frames[:, row, 80 - row // 2 : 80 - row // 2 + row] = rng.integers(60, 160, (4, row), dtype=np.uint8)
    for frame in frames:
        cv2.putText(frame, "DOE JOHN", (2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return frames


def _manifest(folder: Path, **clips: Frames) -> Path:
    entries = []
    for index, (name, frames) in enumerate(clips.items()):
        write_npz(folder / f"{name}.npz", Clip.from_array(frames, 20.0))
        column = "cfd" if frames.ndim == 4 else "greyscale"
        row = {"clip_id": name, "subject_id": f"s{index}", "split": "test", column: f"{name}.npz"}
        entries.append(Entry.model_validate(row))
    write_manifest(folder / "manifest.csv", entries)
    return folder / "manifest.csv"


def _painted(run: Runner, tmp_path: Path, *more: object) -> tuple[Frames, Frames, Frames]:
    """Colour clip, greyscale and mask of a painted clip with text."""
    folder = tmp_path / "-".join(["out", *map(str, more)])
    code, out, err = run("simulate", _manifest(tmp_path, text=_with_text()), "--out", folder, "--json", *more)
    assert code == 0, err
    assert json.loads(out)["outside"] == (more[1] if more else "blank")
    mask = read_npz_mask(folder / "text.cfd.npz")
    assert mask is not None
    return read_npz(folder / "text.cfd.npz").array(), read_npz(folder / "text.grey.npz").array(), mask.array()


def test_text_outside_the_sector_is_in_no_pair(run: Runner, tmp_path: Path) -> None:
    for frames in _painted(run, tmp_path):
        assert frames.shape[1:3] == (120, 160)
        assert not frames[:, :16].any()
        assert frames[:, 30:].any()


def test_blank_crop_and_keep_agree_in_the_sector(run: Runner, tmp_path: Path) -> None:
    sector = find_regions(Clip.from_array(_with_text())).sector
    rows, columns = np.flatnonzero(sector.any(axis=1)), np.flatnonzero(sector.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    results = (_painted(run, tmp_path, "--outside", how) for how in ("keep", "blank", "crop"))
    for kept, blanked, cropped in zip(*results, strict=True):
        assert np.array_equal(kept[:, sector], blanked[:, sector])
        assert np.array_equal(blanked[(slice(None), *box)], cropped)
    assert np.array_equal(read_npz(tmp_path / "out---outside-keep" / "text.grey.npz").array(), _with_text())


def test_a_clip_too_small_to_paint_on_is_named_and_the_others_go_on(run: Runner, tmp_path: Path) -> None:
    tiny = np.full((3, 12, 40), 90, np.uint8)
    code, out, err = run(
        "simulate", _manifest(tmp_path, tiny=tiny, text=_with_text()), "--out", tmp_path / "out", "--json"
    )
    assert code == 2
    assert "tiny: its frames are 12 x 40 pixels" in err
    assert json.loads(out)["clips"] == 1
    assert (tmp_path / "out" / "text.cfd.npz").is_file()


def test_rows_without_greyscale_are_counted(run: Runner, tmp_path: Path) -> None:
    colour = np.full((3, 40, 40, 3), 90, np.uint8)
    path = _manifest(tmp_path, a=colour, b=colour, text=_with_text())
    code, out, err = run("simulate", path, "--out", tmp_path / "out", "--json")
    assert code == 0
    assert "2 of 3 rows of split test have no greyscale clip: skipped" in err
    result = json.loads(out)
    assert result["skipped"] == 2
    assert result["pictures"] == {"cfd": 0, "greyscale": 0, "both": 1}


def test_a_manifest_of_a_folder_says_what_it_holds(run: Runner, tmp_path: Path) -> None:
    write_npz(tmp_path / "one.npz", Clip.from_array(_with_text(), 20.0))
    write_npz(tmp_path / "two.npz", Clip.from_array(_with_text(), 20.0))
    code, out, err = run("manifest", "build", tmp_path)
    assert code == 0, err
    assert "0 with cfd only, 2 with greyscale only, 0 with both" in out


STUDY = """
schema_version = 1
title = "t"
manifest = "manifest.csv"
metrics = ["ssim[wang2004]", "mae"]
arms = [{name = "grey", translator = "trivial:grey"}]
"""


def test_a_study_of_unpaired_clips_says_first_which_metrics_it_will_lack(run: Runner, tmp_path: Path) -> None:
    colour = np.repeat(_with_text()[..., None], 3, axis=-1)
    study = _manifest(tmp_path, a=colour).with_name("study.toml")
    study.write_text(STUDY, encoding="utf-8")
    code, _, err = run("run", study, "--out", tmp_path / "run")
    assert code == 0
    told = " ".join(err.split())
    assert "pairing is unpaired throughout" in told
    assert "ssim[wang2004], mae will not be computed" in told
    assert told.index("will not be computed") < told.index("translate and measure")


@pytest.mark.parametrize(("form", "told"), [("mp4", 1), ("npz", 0)])
def test_a_rate_that_no_clip_states_is_said_once(run: Runner, tmp_path: Path, form: str, told: int) -> None:
    paths = [tmp_path / f"{name}.npz" for name in "ab"]
    for path in paths:
        write_npz(path, Clip.from_array(_with_text()))
    arguments = ["--out", tmp_path / "out", "--model", "trivial:grey", "--format", form]
    code, _, err = run("translate", *paths, *arguments)
    assert code == 0, err
    assert err.count("are written at 25 frames a second") == told
