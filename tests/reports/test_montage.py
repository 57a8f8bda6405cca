from pathlib import Path

import numpy as np

from reports.gallery.montage import is_stored, montage
from translator.clips.clip import Clip, mask_clip
from translator.clips.npz import write_npz


def _exhibit(folder: Path, frames: int) -> dict[str, str]:
    """A bright sector of 40 x 60 with text far outside it."""
    cfd = np.zeros((frames, 100, 140, 3), np.uint8)
    cfd[:, 30:70, 40:100] = 120
    cfd[:, 3:8, 4:30:2] = 255
    clip = Clip.from_array(cfd, 25.0)
    write_npz(folder / "cfd.npz", clip, mask_clip(np.zeros((frames, 100, 140), np.bool_), clip))
    write_npz(folder / "arm-0.npz", Clip.from_array(cfd[..., 0], 25.0))
    return {"cfd": "cfd.npz", "mine": "arm-0.npz", "other": "failed: no luck", "real": "not computed: no truth"}


def test_panels_are_cropped_to_the_sector_so_that_text_outside_is_not_shown(tmp_path: Path) -> None:
    made = montage(tmp_path, _exhibit(tmp_path, 3), ["mine", "other"], simulated=False)
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]
    assert made.is_video
    # three panels of 60/40 at 240 rows with 3 pixels on both sides: the text far outside the sector is cut off
    assert abs(made.width - 3 * (360 + 6)) <= 3 * 12


def test_a_still_is_a_picture(tmp_path: Path) -> None:
    made = montage(tmp_path, _exhibit(tmp_path, 1), ["mine"], simulated=True)
    assert made is not None
    assert made.uri.startswith("data:image/png;base64,")
    assert made.captions[0] == "simulated colour"


def test_an_exhibit_without_colour_doppler_has_no_montage(tmp_path: Path) -> None:
    assert montage(tmp_path, {"cfd": "failed: damaged"}, [], simulated=False) is None


def test_an_arm_of_another_size_or_length_has_no_panel_and_does_not_end_the_report(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3) | {"other": "arm-1.npz", "third": "arm-2.npz"}
    write_npz(tmp_path / "arm-1.npz", Clip.from_array(np.full((3, 50, 50), 90, np.uint8)))
    write_npz(tmp_path / "arm-2.npz", Clip.from_array(np.full((2, 100, 140), 90, np.uint8)))
    made = montage(tmp_path, pictures, ["mine", "other", "third"], simulated=False)
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]


def test_evidence_and_uncertainty_follow_their_arm(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3)
    for side, level in (("evidence", 128), ("uncertainty", 20)):
        write_npz(tmp_path / f"arm-0.{side}.npz", Clip.from_array(np.full((3, 100, 140), level, np.uint8)))
    beside = {"mine": {"evidence": "arm-0.evidence.npz", "uncertainty": "arm-0.uncertainty.npz"}}
    made = montage(tmp_path, pictures, ["mine", "other"], simulated=False, beside=beside)
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine", "mine: origin", "mine: uncertainty"]


def test_a_file_that_an_index_invents_is_not_opened(tmp_path: Path) -> None:
    beside = {"mine": {"evidence": "../arm-0.evidence.npz"}}
    made = montage(tmp_path, _exhibit(tmp_path, 1), ["mine"], simulated=False, beside=beside)
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]


def test_an_exhibit_without_a_sector_is_not_shown(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3)
    write_npz(tmp_path / "cfd.npz", Clip.from_array(np.zeros((3, 100, 140, 3), np.uint8), 25.0))
    assert montage(tmp_path, pictures, ["mine"], simulated=False) is None


def test_only_the_names_of_stored_files_are_taken_for_files() -> None:
    assert [is_stored(name) for name in ("cfd.npz", "real.npz", "arm-12.npz", "arm-1.uncertainty.npz")] == [True] * 4
    said = ("failed: no luck with x.npz", "failed: arm-1.npz", "../cfd.npz", "arm-1.npz\n", "")
    assert [is_stored(name) for name in said] == [False] * 5
