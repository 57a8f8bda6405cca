"""Redaction: what lies outside the sector goes, what lies inside stays bit for bit."""

from collections.abc import Iterator

import numpy as np
import pytest

from translator.clips.clip import Clip, Frame, Frames, Header
from translator.errors import InputError
from translator.regions.deidentify import Outside, Redaction
from translator.regions.screen import Regions, find_regions
from translator.regions.tint import neutral

BOX = (5, 8, 25, 38)


def _regions(empty: bool = False) -> Regions:
    """A triangle within rows 5 to 24 and columns 8 to 37 of 30 x 40."""
    sector = np.zeros((30, 40), np.bool_)
    if not empty:
        for row in range(5, 25):
            sector[row, 8 : 8 + round((row - 4) * 1.5)] = True
    nothing = np.zeros((30, 40), np.bool_)
    return Regions(sector, nothing, nothing, neutral())


def _redacted(clip: Clip, regions: Regions, outside: Outside = "blank") -> Clip:
    return Redaction.around(regions, outside, clip.header.source).clip(clip)


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(1, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(3, 30, 40), (3, 30, 40, 3)], ids=["grey", "colour"])
def test_blanking_keeps_the_sector_bit_for_bit_and_nothing_else(shape: tuple[int, ...]) -> None:
    frames, regions = _noise(*shape), _regions()
    made = _redacted(Clip.from_array(frames), regions).array()
    assert np.array_equal(made[:, regions.sector], frames[:, regions.sector])
    assert not made[:, ~regions.sector].any()
    assert made.shape == shape


@pytest.mark.parametrize("shape", [(3, 30, 40), (3, 30, 40, 3)], ids=["grey", "colour"])
def test_cropping_keeps_the_box_and_blanks_what_is_outside_the_sector_in_it(shape: tuple[int, ...]) -> None:
    frames, regions = _noise(*shape), _regions()
    redaction = Redaction.around(regions, "crop", "a")
    made = redaction.clip(Clip.from_array(frames)).array()
    assert redaction.box == BOX
    expected = np.where(regions.sector if frames.ndim == 3 else regions.sector[..., None], frames, 0)
    assert np.array_equal(made, expected[:, 5:25, 8:38])


def test_a_mask_that_was_cropped_alike_goes_back_to_its_place() -> None:
    regions = _regions()
    redaction = Redaction.around(regions, "crop", "a")
    mask = Clip.from_array(np.where(regions.sector, _noise(2, 30, 40), np.uint8(0)))
    assert np.array_equal(redaction.put_back(redaction.clip(mask)).array(), mask.array())
    colour = Clip.from_array(np.where(regions.sector[..., None], _noise(2, 30, 40, 3), np.uint8(0)))
    assert np.array_equal(redaction.put_back(redaction.clip(colour)).array(), colour.array())


def test_keeping_is_asked_for_by_name_and_changes_nothing() -> None:
    clip = Clip.from_array(_noise(2, 30, 40))
    assert _redacted(clip, _regions(), "keep") is clip
    assert _redacted(clip, _regions(empty=True), "keep") is clip


@pytest.mark.parametrize("outside", ["blank", "crop"])
def test_a_clip_without_a_sector_is_refused_and_neither_shown_nor_blackened(outside: Outside) -> None:
    with pytest.raises(InputError, match=r"lost\.dcm: no sector was found.*--outside keep"):
        _redacted(Clip.from_array(_noise(2, 30, 40), source="lost.dcm"), _regions(empty=True), outside)


def test_scale_and_times_stay_and_tissue_boxes_move_with_the_crop() -> None:
    boxes = ((0, 0, 30, 40), (10, 10, 20, 20), (0, 0, 5, 8))
    header = Header(2, 30, 40, 1, 25.0, (0.2, 0.3), "a", (0.0, 40.0), boxes)
    frames = _noise(2, 30, 40)
    made = _redacted(Clip(header, lambda: iter(frames)), _regions(), "crop").header
    assert (made.shape, made.fps, made.spacing_mm, made.frame_times_ms) == ((2, 20, 30), 25.0, (0.2, 0.3), (0.0, 40.0))
    assert made.tissue_boxes == ((0, 0, 20, 30), (5, 2, 15, 12))  # the third lies wholly outside
    assert _redacted(Clip(header, lambda: iter(frames)), _regions(), "blank").header == header


def test_frames_of_another_size_than_the_sector_are_refused() -> None:
    with pytest.raises(InputError, match="has frames of 10 x 10, its sector 30 x 40"):
        _redacted(Clip.from_array(_noise(2, 10, 10)), _regions())


def test_a_redacted_clip_is_lazy() -> None:
    asked: list[int] = []

    def stream() -> Iterator[Frame]:
        asked.append(1)
        return iter(_noise(2, 30, 40))

    made = _redacted(Clip(Header(2, 30, 40, 1), stream), _regions())
    assert asked == []
    assert made.array().shape == (2, 30, 40)


def test_text_beside_the_sector_that_was_found_is_gone() -> None:
    """With the estimate itself: a bright fan, and strokes of text in a corner."""
    rng = np.random.default_rng(1)
    frames = np.zeros((9, 120, 160), np.uint8)
    for row in range(20, 110):
        frames[:, row, 80 - row // 2 : 80 + row // 2] = rng.integers(60, 200, (9, 1), dtype=np.uint8)
    frames[:, 3:10, 4:60:4] = 255
    made = _redacted(Clip.from_array(frames), find_regions(Clip.from_array(frames))).array()
    assert not made[:, :12].any()
    assert (made[:, 60:100, 70:90] > 0).all()


def test_what_was_done_fits_a_dicom_element() -> None:
    methods = [Redaction.around(_regions(), outside, "a").method for outside in ("blank", "crop", "keep")]
    assert methods[2] is None
    assert all(method is not None and 0 < len(method) <= 64 for method in methods[:2])
