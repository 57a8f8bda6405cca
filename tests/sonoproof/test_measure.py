"""Two plain folders: matched by name, measured like any study, and refused with names where they do not fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evalkit.seal import read_run
from translator.clips.clip import Clip, mask_clip
from translator.clips.npz import write_npz
from translator.clips.video import write_video

Runner = Callable[..., tuple[int, str, str]]
SIZE, FRAMES, OFFSET = 64, 3, 7
NAMES = [f"P{number // 2:02d}_view{number % 2}" for number in range(14)]


def _fan(seed: int) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    inside = (np.abs(columns - SIZE // 2) * 2 < rows) & (rows > 6)
    speckle = np.random.default_rng(seed).integers(60, 160, (FRAMES, SIZE, SIZE))
    return np.where(inside, speckle, 0).astype(np.uint8)


def _hidden(number: int) -> NDArray[np.bool_]:
    hidden = np.zeros((FRAMES, SIZE, SIZE), np.bool_)
    hidden[:, 40:56, 20 : 26 + number] = True
    return hidden


def _folders(folder: Path, names: list[str], masks: bool = False) -> list[object]:
    """Options naming two folders; synthetic clips are OFFSET grey levels off in the mask, or one more or less."""
    for sub in ("real", "made", "masks"):
        (folder / sub).mkdir(parents=True)
    for number, name in enumerate(names):
        frames, hidden = _fan(number), _hidden(number)
        write_npz(folder / "real" / f"{name}.npz", Clip.from_array(frames, 25.0))
        write_npz(
            folder / "made" / f"{name}.npz",
            Clip.from_array(frames + (OFFSET - 1 + number % 3) * hidden.astype(np.uint8)),
        )
        if masks:
            write_npz(folder / "masks" / f"{name}.npz", mask_clip(hidden, Clip.from_array(frames)))
    options: list[object] = ["measure", "--real", folder / "real", "--synthetic", folder / "made"]
    return options + (["--mask", folder / "masks"] if masks else [])


def _json(text: str) -> dict[str, Any]:
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_two_folders_are_enough_and_what_is_lost_is_said(run: Runner, tmp_path: Path) -> None:
    code, out, err = run(*_folders(tmp_path, NAMES[:7]), "--out", tmp_path / "run", "--metric", "mae")
    assert code == 0, err
    for said in (
        "assumed: subjects unknown: every clip counts as its own subject",
        "assumed: masks unknown",
        "not computed: mask (7), seam (7), unmasked (7): the clip has neither colour Doppler nor a mask",
        "not computed: slopes on coverage",
    ):
        assert said in out
    (row,) = [line for line in out.splitlines() if "│ mae" in line and "sector" in line]
    assert row.count("│ 7 ") == 2  # subjects, clips
    finished = read_run(tmp_path / "run")
    assert len(finished.measurements) == 7 * 5  # regions
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Subjects unknown: every clip counts as its own subject" in page
    assert not [name for name in NAMES if name in page]
    assert run("report", tmp_path / "run")[0] == 0


def test_with_masks_and_subjects_everything_is_computed(run: Runner, tmp_path: Path) -> None:
    options = [*_folders(tmp_path, NAMES, masks=True), "--subject-pattern", r"^(P\d+)_", "--stratum", "coverage"]
    code, out, err = run(*options, "--out", tmp_path / "run", "--metric", "mae", "--json")
    assert code == 0, err
    told = _json(out)
    assert told["not_computed"] == []
    assert "subjects are read from the names: 7 in 14 clips" in told["assumptions"]
    found = {estimate["region"]: estimate for estimate in told["estimates"]}
    assert found["mask"]["value"] == pytest.approx(np.mean([OFFSET - 1 + number % 3 for number in range(14)]))
    assert (found["sector"]["n_subjects"], found["sector"]["n_clips"]) == (7, 14)
    assert found["sector"]["low"] < found["sector"]["value"] < found["sector"]["high"]
    (slope,) = [slope for slope in told["slopes"] if slope["region"] == "sector"]
    assert slope["value"] == pytest.approx(OFFSET, abs=2)
    assert slope["p"] <= slope["p_adjusted"] < 0.05
    assert len(slope["line"]) == 21
    assert {stratum["column"] for stratum in told["strata"]} == {"coverage"}
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Against coverage (exploratory)" in page
    assert "By stratum (exploratory)" in page


def test_the_same_command_again_only_reads_and_another_into_the_same_run_is_refused(
    run: Runner, tmp_path: Path
) -> None:
    options = [*_folders(tmp_path, NAMES[:2]), "--out", tmp_path / "run", "--json"]
    first = _json(run(*options, "--metric", "mae")[1])
    assert _json(run(*options, "--metric", "mae")[1]) == first
    code, _, err = run(*options, "--metric", "ssim[wang2004]")
    assert code == 2
    assert "another plan" in err


def test_all_names_that_have_no_partner_and_all_sizes_that_differ_are_listed_at_once(
    run: Runner, tmp_path: Path
) -> None:
    options = _folders(tmp_path, NAMES[:6])
    for name in NAMES[:2]:
        (tmp_path / "made" / f"{name}.npz").unlink()
    (tmp_path / "real" / f"{NAMES[5]}.npz").unlink()
    write_npz(tmp_path / "made" / f"{NAMES[2]}.npz", Clip.from_array(_fan(2)[:2]))
    write_npz(tmp_path / "made" / f"{NAMES[3]}.npz", Clip.from_array(_fan(3)[:, :60]))
    (tmp_path / "made" / f"{NAMES[4]}.npz").write_bytes(b"no clip")
    code, out, err = run(*options, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert f"made: lacks 2 of the names in {tmp_path / 'real'}: {NAMES[0]}, {NAMES[1]}." in err
    assert f"real: lacks 1 of the names in {tmp_path / 'made'}: {NAMES[5]}." in err
    assert f"{NAMES[2]}.npz: has 2 frames of 64 x 64" in err
    assert f"{NAMES[3]}.npz: has 3 frames of 60 x 64" in err
    assert f"{NAMES[4]}.npz: " in err
    assert err.count("error") == 5
    assert not (tmp_path / "run").exists()


def test_masks_that_lack_a_name_or_have_another_size_are_refused_with_the_names(run: Runner, tmp_path: Path) -> None:
    options = _folders(tmp_path, NAMES[:3], masks=True)
    (tmp_path / "masks" / f"{NAMES[0]}.npz").unlink()
    write_npz(tmp_path / "masks" / f"{NAMES[1]}.npz", mask_clip(_hidden(1)[:, :50], Clip.from_array(_fan(1)[:, :50])))
    code, _, err = run(*options, "--out", tmp_path / "run")
    assert code == 2
    assert f"masks: lacks 1 of the names in {tmp_path / 'real'}: {NAMES[0]}." in err
    assert f"{NAMES[1]}.npz: mask is 3 frames of 50 x 64" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--subject-pattern", r"^(Q\d+)"], "finds no subject in P00_view0, P00_view1"),
        (["--subject-pattern", "("], "is no regular expression"),
        (["--region", "msak"], "unknown region 'msak'"),
        (["--stratum", "vew"], "unknown stratum 'vew'; did you mean 'view'?"),
        (["--metric", "ssmi"], "unknown metric 'ssmi'"),
        (["--metric", "mae", "--metric", "mae"], "metric 'mae' is given twice"),
    ],
)
def test_bad_options_exit_with_two_before_any_work(run: Runner, tmp_path: Path, more: list[str], said: str) -> None:
    code, _, err = run(*_folders(tmp_path, NAMES[:2]), "--out", tmp_path / "run", *more)
    assert code == 2
    assert said in err
    assert not (tmp_path / "run").exists()


def test_folders_that_are_absent_empty_or_one_and_the_same_are_refused(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for real, made, said in (("a", "absent", "is no folder"), ("a", "a", "is the real folder too"),
                             ("a", "b", "hold no clip")):  # fmt: skip
        code, _, err = run(
            "measure", "--real", tmp_path / real, "--synthetic", tmp_path / made, "--out", tmp_path / "r"
        )
        assert code == 2
        assert said in err


def test_suffixes_may_differ_odd_sizes_of_video_fit_and_other_files_are_left_out(run: Runner, tmp_path: Path) -> None:
    """A codec pads odd sizes to even ones."""
    for sub in ("real", "made"):
        (tmp_path / sub).mkdir()
    frames = _fan(0)[:, :63, :63]
    write_npz(tmp_path / "real" / "a b.npz", Clip.from_array(frames, 20.0))
    write_video(tmp_path / "made" / "a b.mp4", Clip.from_array(frames, 20.0))
    (tmp_path / "made" / "notes.txt").write_text("by hand")
    options = ["measure", "--real", tmp_path / "real", "--synthetic", tmp_path / "made", "--metric", "mae"]
    code, out, err = run(*options, "--out", tmp_path / "run", "--json")
    assert code == 0, err
    assert "notes.txt: is no clip by its suffix, left out" in err
    (frame,) = [estimate for estimate in _json(out)["estimates"] if estimate["region"] == "frame"]
    assert 0 < frame["value"] < 20
    assert frame["note"] == "not computed: 1 subject, an interval needs 6"


def test_a_table_says_who_the_subjects_are_and_names_the_strata(run: Runner, tmp_path: Path) -> None:
    options = [*_folders(tmp_path, NAMES[:4]), "--out", tmp_path / "run", "--metric", "mae", "--json"]
    table = tmp_path / "about.csv"
    rows = [f"{name},{name[:3]},{'A4C' if index % 2 else 'PLAX'}" for index, name in enumerate(NAMES[:4])]
    table.write_text("\n".join(["clip_id,subject_id,view", *rows[:3]]))
    code, _, err = run(*options, "--manifest", table, "--stratum", "view")
    assert code == 2
    assert f"about.csv: names no subject of {NAMES[3]}" in err
    table.write_text("\n".join(["clip_id,subject_id,view", *rows]))
    assert run(*options, "--manifest", table, "--subject-pattern", "x")[0] == 2
    code, out, err = run(*options, "--manifest", table, "--stratum", "view")
    assert code == 0, err
    told = _json(out)
    assert {e["n_subjects"] for e in told["estimates"] if e["region"] == "frame"} == {2}
    assert {(e["level_name"], e["n_clips"]) for e in told["strata"] if e["region"] == "frame"} == {
        ("A4C", 2), ("PLAX", 2)
    }  # fmt: skip
    assert not any("subjects unknown" in text for text in told["assumptions"])


def test_names_that_are_no_ids_become_some_and_reach_neither_page_nor_reasons(run: Runner, tmp_path: Path) -> None:
    """A damaged video is known only when its frames are read: its reason must not name the file."""
    names = ["DOE, Jane 1951 A4C", "ROE, Max 1949 A4C"]
    options = _folders(tmp_path, names)
    video = tmp_path / "made" / f"{names[0]}.npz"
    data = bytearray(video.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    video.write_bytes(data)
    code, out, err = run(*options, "--out", tmp_path / "run", "--metric", "mae")
    assert code == 0, err
    finished = read_run(tmp_path / "run")
    notes = {row.note for row in finished.measurements if row.status == "failed"}
    assert len(notes) == 1
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in (*notes, page, out):
        assert "Jane 1951" not in text
        assert "Max 1949" not in text


def test_folders_are_compared_as_sets_where_asked_and_absent_weights_are_told(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("SONOPROOF_WEIGHTS", raising=False)
    asked = [*_folders(tmp_path, NAMES[:2]), "--metric", "mae", "--distribution", "inception-fid", "--json"]
    code, out, err = run(*asked, "--out", tmp_path / "run")
    assert code == 0, err
    (found,) = _json(out)["distributions"]
    assert {row["statistic"] for row in found["estimates"]} == {"kid", "fid", "density", "coverage"}
    assert all(row["note"].startswith("not computed: weights absent") for row in found["estimates"])
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "not computed: weights absent" in page


def test_an_unknown_backbone_and_an_unknown_device_are_refused_by_their_options(run: Runner, tmp_path: Path) -> None:
    asked = [*_folders(tmp_path, NAMES[:2]), "--distribution", "vgg", "--device", "tpu", "--out", tmp_path / "run"]
    code, _, err = run(*asked)
    assert code == 2
    assert "--distribution: unknown backbone 'vgg'" in " ".join(err.split())
    assert "--device: Input should be 'cpu' or 'cuda'" in " ".join(err.split())
