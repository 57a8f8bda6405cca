"""What translate writes beside a translation: where it was invented, and how uncertain it is."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from translator.clips.clip import Clip, Header, grey_clip
from translator.clips.npz import read_npz, write_npz
from translator.clips.read import read_clip
from translator.translation import TracedFrame, Translation

Runner = Callable[..., tuple[int, str, str]]
FRAMES, HEIGHT, WIDTH = 4, 100, 140
HIDDEN = (slice(40, 50), slice(60, 80))  # of the given mask


class Halves:
    """Hidden pixels left of column 70 are carried over, right of it invented in all frames but the third, which is
    invented as a whole; an error of 2 grey levels everywhere."""

    identity = {"halves": 1}  # noqa: RUF012 - the form that arms declare it in
    passes = 0

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        head = Header(clip.header.frames, clip.header.height, clip.header.width, 1, clip.header.fps)

        def stream() -> Any:
            Halves.passes += 1
            for index, (picture, hidden) in enumerate(zip(grey_clip(clip).frames(), mask.frames(), strict=True)):
                classes = np.where(hidden > 127, np.uint8(255), np.uint8(0))
                if index != 2:
                    classes[:, :70] = np.where(hidden[:, :70] > 127, np.uint8(128), np.uint8(0))
                yield TracedFrame(picture, classes, np.where(hidden > 127, np.uint8(8), np.uint8(0)))

        return Translation.from_stream(head, stream, evidence=True, uncertainty=True)


class Liar:
    """Evidence that is none."""

    identity = {"liar": 1}  # noqa: RUF012

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip), grey_clip(clip))


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bright sector; beside it `mask.npz`, which hides HIDDEN."""
    monkeypatch.setattr(Halves, "passes", 0)
    for name, made in (("Halves", Halves), ("Liar", Liar)):
        monkeypatch.setitem(sys.modules, f"model_{name}", type("Module", (), {"it": made}))
    frames = np.zeros((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    frames[:, 30:70, 40:100] = np.random.default_rng(0).integers(60, 120, (FRAMES, 40, 60, 1), dtype=np.uint8)
    frames[:, 3:8, 4:30:2] = 255  # text outside the sector
    write_npz(tmp_path / "clip.npz", Clip.from_array(frames, 20.0))
    mask = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    mask[0][HIDDEN] = 255
    write_npz(tmp_path / "mask.npz", Clip.from_array(mask))
    return tmp_path / "clip.npz"


def _translate(run: Runner, clip: Path, *more: object, model: str = "model_Halves:it") -> dict[str, Any]:
    code, out, err = run(
        "translate", clip, "--out", clip.parent / "out", "--model", model, "--mask", clip.parent / "mask.npz",
        "--json", *more,
    )  # fmt: skip
    assert code == 0, err
    (row,) = json.loads(out)["done"]
    assert isinstance(row, dict)
    return row


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("form", "suffix"), [("mp4", ".mp4"), ("npz", ".npz"), ("png", ".png"), ("dicom", ".dcm")])
def test_evidence_lies_beside_every_format_and_is_made_in_one_pass(
    run: Runner, clip: Path, form: str, suffix: str
) -> None:
    row = _translate(run, clip, "--format", form)
    beside = ["clip.evidence.npz", "clip.evidence.png", "clip.uncertainty.npz"]
    assert _names(clip.parent / "out") == sorted([*beside, f"clip{suffix}"])
    assert Halves.passes == 1
    classes, error = (read_npz(Path(row[side])).array() for side in ("evidence", "uncertainty"))
    assert classes.shape == error.shape == (FRAMES, HEIGHT, WIDTH)
    assert np.unique(classes[0, 40:50, 60:70]).tolist() == [128]
    assert np.unique(classes[2, 40:50, 60:80]).tolist() == np.unique(classes[0, 40:50, 70:80]).tolist() == [255]
    assert np.array_equal(error, np.where(classes > 0, 8, 0))
    assert read_npz(Path(row["evidence"])).header.fps == 20.0


def test_the_row_has_the_shares_of_the_hidden_pixels_and_the_mean_error(run: Runner, clip: Path) -> None:
    row = _translate(run, clip)
    assert row["carried_over_share"] == pytest.approx(3 / 8)  # half of the mask in three of four frames
    assert row["invented_share"] == pytest.approx(5 / 8)
    assert row["mean_uncertainty"] == 2.0
    assert row["evidence_note"] == ""


def test_the_picture_shows_the_frame_with_most_invented_pixels_without_the_text(run: Runner, clip: Path) -> None:
    shown = read_clip(_translate(run, clip)["evidence_picture"]).array()[0]
    kept = read_clip(_translate(run, clip, "--outside", "keep")["evidence_picture"]).array()[0]
    panel = round(320 * WIDTH / HEIGHT) + 6
    text = (slice(24 + 8, 24 + 25), slice(0, 4 * panel))  # rows 3 to 8 of 100, enlarged to 320, under the caption
    assert shown[text].max() == 0
    assert kept[text].max() > 100
    origin = shown[24 : 24 + 320, 2 * panel + 3 : 3 * panel - 3].astype(int)
    redder = origin[..., 0] - origin[..., 2]
    assert (redder > 60).mean() == pytest.approx(200 / (HEIGHT * WIDTH), rel=0.15)  # all of the third frame's mask
    assert redder.min() > -60  # nothing of it is carried over


def test_what_lies_beside_is_cropped_like_the_translation(run: Runner, clip: Path) -> None:
    row = _translate(run, clip, "--outside", "crop", "--format", "npz")
    top, left, bottom, right = row["box"]
    sizes = {read_npz(Path(row[name])).header.shape for name in ("output", "evidence", "uncertainty")}
    assert sizes == {(FRAMES, bottom - top, right - left)}
    assert row["mean_uncertainty"] == 2.0


def test_it_can_be_left_out_and_no_older_evidence_stays_beside_a_newer_translation(run: Runner, clip: Path) -> None:
    _translate(run, clip)
    row = _translate(run, clip, "--no-evidence")
    assert _names(clip.parent / "out") == ["clip.mp4"]
    assert (row["evidence"], row["invented_share"]) == (None, None)
    assert row["evidence_note"] == "not computed: evidence was not asked for"


def test_a_model_that_gives_none_has_its_translation_alone(run: Runner, clip: Path) -> None:
    row = _translate(run, clip, model="trivial:telea")
    assert _names(clip.parent / "out") == ["clip.mp4"]
    assert row["evidence_note"] == "not computed: the model gives no evidence"


def test_evidence_with_other_values_is_refused_and_nothing_is_left_behind(run: Runner, clip: Path) -> None:
    arguments = ("translate", clip, "--out", clip.parent / "out", "--model", "model_Liar:it")
    code, _, err = run(*arguments, "--mask", clip.parent / "mask.npz")
    assert code == 2
    assert "evidence: has the value" in err
    assert _names(clip.parent / "out") == []


def test_a_run_that_was_killed_is_done_again_over_what_it_left(run: Runner, clip: Path) -> None:
    left = clip.parent / "out" / ".partial-clip.mp4.parts"
    left.mkdir(parents=True)
    (left / "clip.evidence.npz").write_bytes(b"half")
    _translate(run, clip)
    assert not left.exists()
    assert len(_names(clip.parent / "out")) == 4


def test_no_input_is_overwritten_by_what_lies_beside_another_result(run: Runner, clip: Path) -> None:
    out = clip.parent / "out"
    out.mkdir()
    other = out / "clip.evidence.npz"
    other.write_bytes(clip.read_bytes())
    code, _, err = run("translate", clip, other, "--out", out, "--model", "trivial:grey", "--format", "npz")
    assert code == 2
    assert "clip.evidence.npz" in err
    assert other.read_bytes() == clip.read_bytes()
