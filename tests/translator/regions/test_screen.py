"""Screen: sector, grey map, and colour that never moves, from a sample of a clip's frames."""

import tracemalloc
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frames, Mask
from translator.regions.screen import SAMPLE, find_regions
from translator.regions.tint import neutral
from translator.simulate.heart import heart_clip
from translator.simulate.kidney import kidney_clip


def _heart(seed: int, frames: int, size: int) -> tuple[Frames, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    grey, _, parameters = heart_clip(rng, rng, frames, size, 25.0)
    return grey, parameters


def _wedge(size: int, half_angle: float) -> Mask:
    """The sector of a phased array in a square picture, from its geometry: a wedge of depth 1, apex on top."""
    scale = max(1.0, 2 * np.sin(half_angle)) * 1.03 / size
    row, column = np.mgrid[0:size, 0:size]
    x, y = (column - (size - 1) / 2) * scale, row * scale - 0.015
    return np.asarray((np.hypot(x, y) <= 1) & (y >= 0) & (np.abs(np.arctan2(x, y)) <= half_angle), np.bool_)


def _overlap(found: Mask, truth: Mask) -> float:
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_the_sector_of_a_simulated_heart_is_its_wedge(seed: int, colour: bool) -> None:
    grey, parameters = _heart(seed, 8, 96)
    frames = np.stack([grey] * 3, axis=-1) if colour else grey
    truth = _wedge(96, parameters["probe"]["half_angle"])
    assert _overlap(find_regions(Clip.from_array(frames)).sector, truth) > 0.9


def test_the_sector_of_a_kidney_does_not_depend_on_its_grey_or_colour_coding() -> None:
    rng = np.random.default_rng(0)
    grey, _, _ = kidney_clip(rng, rng, 6, 96, 25.0)
    sector = find_regions(Clip.from_array(grey)).sector
    assert 0.2 < sector.mean() < 0.9
    assert np.array_equal(sector, find_regions(Clip.from_array(np.stack([grey] * 3, axis=-1))).sector)


@pytest.mark.parametrize("shape", [(3, 64, 64), (3, 64, 64, 3), (1, 41, 57)])
def test_a_blank_clip_has_an_empty_sector(shape: tuple[int, ...]) -> None:
    regions = find_regions(Clip.from_array(np.zeros(shape, np.uint8)))
    assert regions.sector.shape == shape[1:3]
    assert not regions.sector.any()
    assert not regions.static_colour.any()


def test_only_a_sample_of_a_long_clip_is_held() -> None:
    assert SAMPLE == 32
    # 32 frames evenly spread from 0 to 99 are looked at: 31 * 99 / 31 is the last, 3 the second, 1 is left out
    frames = np.zeros((100, 48, 48), np.uint8)
    frames[1, 8:40, 8:40] = 200
    assert not find_regions(Clip.from_array(frames)).sector.any()
    frames[99, 8:40, 8:40] = 200
    assert find_regions(Clip.from_array(frames)).sector.any()


def _moving_disc(frames: int) -> NDArray[np.uint8]:
    """A grey field 100 x 120 with a red disc that moves: (T, H, W, 3)."""
    out = np.full((frames, 100, 120, 3), 90, np.uint8)
    for t, frame in enumerate(out):
        cv2.circle(frame, (25 + 6 * t, 50), 5, (220, 40, 20), -1)
    return out


def test_a_bar_that_never_changes_is_static_colour_and_flow_that_moves_is_not() -> None:
    frames = _moving_disc(10)
    frames[:, 20:60, 100:106] = (240, 60, 10)
    static = find_regions(Clip.from_array(frames)).static_colour
    assert static[20:60, 100:106].all()
    expected = np.zeros_like(static)
    expected[17:63, 97:109] = True  # grown by three pixels, for what bleeds from it
    assert np.array_equal(static, expected)


def test_seven_frames_are_too_few_to_call_colour_inside_the_sector_static() -> None:
    frames = np.full((7, 100, 120, 3), 90, np.uint8)
    frames[:, 40:60, 50:70] = (220, 40, 20)
    assert not find_regions(Clip.from_array(frames)).static_colour.any()
    eight = np.concatenate([frames, frames[:1]])
    assert find_regions(Clip.from_array(eight)).static_colour[40:60, 50:70].all()


@pytest.mark.parametrize("left", [2, 112], ids=["left", "right"])
def test_a_colour_bar_at_the_edge_is_known_even_in_a_still(left: int) -> None:
    frames = _moving_disc(1)
    frames[:, 20:70, left : left + 5] = (240, 60, 10)
    static = find_regions(Clip.from_array(frames)).static_colour
    assert static[20:70, left : left + 5].all()
    assert not static[:, 12:108].any()


def test_flow_that_stands_still_in_part_is_not_static() -> None:
    frames = np.full((10, 100, 120, 3), 90, np.uint8)
    for t, frame in enumerate(frames):
        cv2.circle(frame, (50 + 3 * t, 50), 18, (220, 40, 20), -1)  # its middle is red in every frame
    assert (frames[:, 50, 63] == (220, 40, 20)).all()
    assert not find_regions(Clip.from_array(frames)).static_colour.any()


def test_the_grey_map_of_a_grey_or_untinted_clip_is_neutral() -> None:
    grey, _ = _heart(0, 4, 64)
    for frames in (grey, np.stack([grey] * 3, axis=-1)):
        line, noise = find_regions(Clip.from_array(frames)).grey_map
        assert np.array_equal(line, neutral().line)
        assert noise == 0


def test_the_grey_map_is_that_of_the_sector_and_not_of_what_lies_beside_it() -> None:
    grey, _ = _heart(0, 8, 128)
    frames = np.rint(grey[..., None] * np.array([0.9, 1.0, 0.95])).astype(np.uint8)
    greenish = find_regions(Clip.from_array(frames)).grey_map.line
    assert greenish[160, 0] < -5
    wide = np.zeros((8, 128, 200, 3), np.uint8)
    wide[:, :, :128] = frames
    menu = np.linspace(20, 250, 128)[:, None, None] * np.array([0.85, 0.9, 1.0])  # tinted otherwise
    wide[:, :, 140:] = np.rint(menu).astype(np.uint8)
    assert find_regions(Clip.from_array(wide)).grey_map.line == pytest.approx(greenish, abs=1)


def test_a_grey_clip_has_no_static_colour_and_no_outline() -> None:
    regions = find_regions(Clip.from_array(_heart(0, 4, 64)[0]))
    assert regions.sector.any()
    assert not regions.static_colour.any()
    assert not regions.outline.any()


def test_tissue_boxes_of_the_header_limit_the_sector() -> None:
    grey, _ = _heart(0, 8, 96)
    for frames in (grey, np.stack([grey] * 3, axis=-1)):
        clip = Clip.from_array(frames)
        whole = find_regions(clip).sector
        boxed = Clip(replace(clip.header, tissue_boxes=((0, 0, 96, 48),)), clip.frames)
        half = find_regions(boxed).sector
        assert not half[:, 48:].any()
        assert _overlap(half[:, :48], whole[:, :48]) > 0.95


def test_finding_the_regions_takes_little_more_memory_than_the_sample() -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(20, 160, (SAMPLE, 200, 300, 3), dtype=np.uint8)
    frames[:, 60:120, 100:200, 0] = 250  # flow, so that an outline is looked for
    clip = Clip.from_array(frames)
    find_regions(clip)  # what is made once
    tracemalloc.start()
    try:
        find_regions(clip)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * frames.nbytes
