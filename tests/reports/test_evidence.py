"""Evidence and uncertainty as colours, by hand."""

from pathlib import Path

import numpy as np
import pytest

from reports.gallery.evidence import (
    COLOURS,
    SCALE_TOP,
    evidence_sheet,
    origin_picture,
    scale_colours,
    side_panels,
    uncertainty_picture,
)
from reports.gallery.shares import origins_of
from translator.clips.clip import Clip
from translator.clips.npz import write_npz
from translator.fill.origins import CARRIED_OVER, INVENTED, OriginCount


def test_what_was_measured_stays_as_it_is_and_the_rest_is_tinted() -> None:
    made = origin_picture(np.full((1, 3), 100, np.uint8), np.array([[0, CARRIED_OVER, INVENTED]], np.uint8))
    assert made[0, 0].tolist() == [100, 100, 100]
    assert made[0, 1].tolist() == [round(40 + 0.6 * value) for value in COLOURS[CARRIED_OVER]]
    assert made[0, 2].tolist() == [round(40 + 0.6 * value) for value in COLOURS[INVENTED]]


def test_an_expected_error_has_the_colour_of_its_place_on_the_scale() -> None:
    steps = np.array([[0, 4 * SCALE_TOP // 2, 4 * SCALE_TOP, 255, 0]], np.uint8)
    hidden = np.array([[True, True, True, True, False]])
    made = uncertainty_picture(np.full((1, 5), 100, np.uint8), steps, hidden)
    scale = scale_colours()
    assert [made[0, i].tolist() for i in range(4)] == [scale[i].tolist() for i in (0, 128, 255, 255)]
    assert made[0, 4].tolist() == [50, 50, 50]


def test_the_scale_grows_lighter_all_the_way_so_that_it_is_read_without_hue() -> None:
    luma = scale_colours() @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luma) > -1).all()
    assert luma[-1] - luma[0] > 150


@pytest.mark.parametrize("size", [(9, 17), (100, 140), (700, 900)])
def test_a_sheet_of_any_frame_size_has_panels_over_its_legend(size: tuple[int, int]) -> None:
    grey = np.full(size, 90, np.uint8)
    colour = grey[..., None].repeat(3, axis=2)
    without = evidence_sheet(colour, grey, np.zeros(size, np.uint8), None)
    whole = evidence_sheet(colour, grey, np.zeros(size, np.uint8), np.zeros(size, np.uint8))
    assert without.dtype == whole.dtype == np.uint8
    assert 320 < without.shape[0] < whole.shape[0] < 640  # the scale has a line of its own
    assert without.shape[1] < whole.shape[1]


def test_an_arm_has_the_panels_that_it_has_files_for() -> None:
    clip = Clip.from_array(np.full((2, 5, 6), 90, np.uint8))
    classes = Clip.from_array(np.full((2, 5, 6), INVENTED, np.uint8))
    assert list(side_panels(clip, None, None)) == []
    assert list(side_panels(clip, classes, None)) == ["origin"]
    panels = side_panels(clip, classes, clip)
    assert {name: panel.array().shape for name, panel in panels.items()} == {
        "origin": (2, 5, 6, 3),
        "uncertainty": (2, 5, 6, 3),
    }


def test_shares_are_of_all_hidden_pixels_of_the_shown_clips(tmp_path: Path) -> None:
    shown = []
    for name, level, frames in (("one", CARRIED_OVER, 3), ("two", INVENTED, 1)):
        (tmp_path / name).mkdir()
        write_npz(tmp_path / name / "arm-0.evidence.npz", Clip.from_array(np.full((frames, 2, 2), level, np.uint8)))
        shown.append((tmp_path / name, {"mine": {"evidence": "arm-0.evidence.npz"}}))
    (row,) = origins_of([*shown, (tmp_path, {})], ["other", "mine"])
    assert (row.arm, row.clips, row.count) == ("mine", 2, OriginCount(12, 4))
    assert row.count.invented_share == 0.25
