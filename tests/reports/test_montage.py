from pathlib import Path

import numpy as np
import pytest

from reports.gallery import montage as drawing
from reports.gallery.evidence import SCALE_TOP, scale_colours
from reports.gallery.exhibit import Exhibit, difference, exhibit_panels, is_stored
from reports.gallery.montage import Montage, montage
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


def _shown(
    folder: Path, pictures: dict[str, str], arms: list[str], simulated: bool = False, **beside: dict[str, str]
) -> Montage | None:
    return montage(exhibit_panels(Exhibit(folder, pictures, simulated, beside), arms))


def test_panels_are_cropped_to_the_sector_so_that_text_outside_is_not_shown(tmp_path: Path) -> None:
    made = _shown(tmp_path, _exhibit(tmp_path, 3), ["mine", "other"])
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]
    assert made.is_video
    # three panels of 60/40 at 180 rows with 3 pixels on both sides: the text far outside the sector is cut off
    assert abs(made.width - 3 * (270 + 6)) <= 3 * 12


def test_a_still_is_a_picture(tmp_path: Path) -> None:
    made = _shown(tmp_path, _exhibit(tmp_path, 1), ["mine"], simulated=True)
    assert made is not None
    assert not made.is_video
    assert made.still.startswith("data:image/png;base64,")
    assert made.captions[0] == "simulated colour"


def test_an_exhibit_without_colour_doppler_has_no_montage(tmp_path: Path) -> None:
    assert _shown(tmp_path, {"cfd": "failed: damaged"}, []) is None


def test_an_arm_of_another_size_or_length_has_no_panel_and_does_not_end_the_report(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3) | {"other": "arm-1.npz", "third": "arm-2.npz"}
    write_npz(tmp_path / "arm-1.npz", Clip.from_array(np.full((3, 50, 50), 90, np.uint8)))
    write_npz(tmp_path / "arm-2.npz", Clip.from_array(np.full((2, 100, 140), 90, np.uint8)))
    made = _shown(tmp_path, pictures, ["mine", "other", "third"])
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]


def test_evidence_and_uncertainty_follow_their_arm(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3)
    for side, level in (("evidence", 128), ("uncertainty", 20)):
        write_npz(tmp_path / f"arm-0.{side}.npz", Clip.from_array(np.full((3, 100, 140), level, np.uint8)))
    mine = {"evidence": "arm-0.evidence.npz", "uncertainty": "arm-0.uncertainty.npz"}
    made = _shown(tmp_path, pictures, ["mine", "other"], mine=mine)
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine", "mine: origin", "mine: uncertainty"]


def test_a_file_that_an_index_invents_is_not_opened(tmp_path: Path) -> None:
    made = _shown(tmp_path, _exhibit(tmp_path, 1), ["mine"], mine={"evidence": "../arm-0.evidence.npz"})
    assert made is not None
    assert made.captions == ["colour Doppler", "mask", "mine"]


def test_an_exhibit_without_a_sector_is_not_shown(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 3)
    write_npz(tmp_path / "cfd.npz", Clip.from_array(np.zeros((3, 100, 140, 3), np.uint8), 25.0))
    assert _shown(tmp_path, pictures, ["mine"]) is None


def test_only_the_names_of_stored_files_are_taken_for_files() -> None:
    assert [is_stored(name) for name in ("cfd.npz", "real.npz", "arm-12.npz", "arm-1.uncertainty.npz")] == [True] * 4
    said = ("failed: no luck with x.npz", "failed: arm-1.npz", "../cfd.npz", "arm-1.npz\n", "")
    assert [is_stored(name) for name in said] == [False] * 5


def test_a_truth_brings_the_difference_of_every_arm_after_it(tmp_path: Path) -> None:
    pictures = _exhibit(tmp_path, 2) | {"other": "arm-1.npz", "real": "real.npz"}
    for name in ("arm-1", "real"):
        write_npz(tmp_path / f"{name}.npz", Clip.from_array(np.full((2, 100, 140), 90, np.uint8)))
    made = _shown(tmp_path, pictures, ["mine", "other"])
    assert made is not None
    assert made.captions[2:] == ["mine", "other", "greyscale truth", "mine: difference", "other: difference"]


def test_a_difference_has_the_colour_of_its_size_whatever_its_sign() -> None:
    made, real = (
        Clip.from_array(np.array([[values]], np.uint8)) for values in ([100, 116, 84, 255], [100, 100, 100, 0])
    )
    (frame,) = difference(made, real).frames()
    middle = round(16 * 255 / SCALE_TOP)
    assert frame[0].tolist() == [scale_colours()[i].tolist() for i in (0, middle, middle, 255)]


def test_a_tile_is_where_its_panel_lies_in_the_montage(tmp_path: Path) -> None:
    """Five panels: the fifth is the first of the second row."""
    grey = [Clip.from_array(np.full((2, 50, 60), 50 * i, np.uint8)) for i in range(1, 6)]
    panels = {f"p{i}": clip for i, clip in enumerate(grey)}
    made = montage(panels)
    assert made is not None
    (frame, _) = drawing._grids(panels)
    for i, tile in enumerate(made.tiles):
        inside = frame[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        assert inside.shape == (drawing.PANEL_HEIGHT, 216, 3)
        assert (inside == 50 * (i + 1)).all()
    assert (made.tiles[4].left, made.tiles[4].top > drawing.PANEL_HEIGHT) == (made.tiles[0].left, True)


def test_of_a_long_clip_the_first_frames_are_shown_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "FEWEST", 3)
    monkeypatch.setattr(drawing, "MOST_PIXELS", 1)
    made = montage({"p": Clip.from_array(np.zeros((9, 10, 10), np.uint8))})
    assert made is not None
    assert (made.frames, made.of_frames) == (3, 9)
