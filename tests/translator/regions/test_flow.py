"""Flow mask: exact without compression, good with it, empty where there is no colour."""

from dataclasses import replace

import numpy as np
import pytest

from translator.clips.clip import Clip, Mask
from translator.regions.flow import flow_mask, flow_mask_clip
from translator.regions.screen import Regions, find_regions, neutral_tint
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import draw_settings, paint_flow


def _everywhere(height: int, width: int) -> Regions:
    return Regions(np.ones((height, width), np.bool_), np.zeros((height, width), np.bool_), neutral_tint())


def _where(mask: Mask) -> list[list[int]]:
    found: list[list[int]] = np.argwhere(mask).tolist()
    return found


@pytest.mark.parametrize("colour", [(240, 60, 10), (30, 90, 255), (110, 8, 8), (10, 10, 110), (255, 245, 90)])
def test_a_painted_square_is_found_exactly(colour: tuple[int, int, int]) -> None:
    grey = np.random.default_rng(0).integers(40, 200, (5, 64, 64), dtype=np.uint8)
    frames = np.stack([grey] * 3, axis=-1)
    truth = np.zeros(grey.shape, np.bool_)
    for t in range(5):
        truth[t, 20 + t : 35 + t, 10:30] = True
    frames[truth] = colour
    clip = flow_mask_clip(Clip.from_array(frames, 25.0))
    assert clip.header.shape == (5, 64, 64)
    assert clip.header.fps == 25.0
    assert np.array_equal(clip.array(), np.where(truth, 255, 0))


@pytest.mark.parametrize("scale", ["red-blue", "blue-red", "mosaic", "power"])
@pytest.mark.parametrize(("quality", "tint"), [(100, (1.0, 1.0, 1.0)), (90, (1.0, 1.0, 1.0)), (100, (0.9, 0.95, 1.0))])
def test_simulated_flow_is_found_with_precision_and_recall(
    scale: str, quality: int, tint: tuple[float, float, float]
) -> None:
    rng = np.random.default_rng(5)
    grey, _, _ = heart_clip(rng, rng, 6, 192, 25.0)
    sector = find_regions(Clip.from_array(grey)).sector
    settings = replace(draw_settings(rng, 0.15), scale=scale, quality=quality, tint=tint, alpha=1.0)
    painted = paint_flow(grey, sector, rng, settings)
    found = flow_mask_clip(Clip.from_array(painted.frames)).array() > 127
    both = (found & painted.mask).sum()
    assert both / found.sum() >= 0.85
    assert both / painted.mask.sum() >= 0.85


def test_grey_frames_have_an_empty_mask_in_grey_and_in_colour_coding() -> None:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, 4, 64, 25.0)
    for frames in (grey, np.stack([grey] * 3, axis=-1)):
        mask = flow_mask_clip(Clip.from_array(frames)).array()
        assert mask.shape == grey.shape
        assert not mask.any()


def test_a_tinted_grey_map_is_not_flow() -> None:
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, 4, 64, 25.0)
    sepia = np.rint(grey[..., None] * np.array([1.0, 0.88, 0.7])).astype(np.uint8)
    assert not flow_mask_clip(Clip.from_array(sepia)).array().any()


def test_a_static_colour_bar_is_no_flow() -> None:
    frames = np.full((10, 80, 100, 3), 90, np.uint8)
    frames[:, 10:60, 90:95] = (240, 60, 10)
    truth = np.zeros((10, 80, 100), np.bool_)
    for t in range(10):
        truth[t, 30:36, 8 * t : 8 * t + 6] = True
    frames[truth] = (220, 40, 20)
    assert np.array_equal(flow_mask_clip(Clip.from_array(frames)).array() > 127, truth)


def test_colour_outside_the_sector_is_no_flow() -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 2:10] = (220, 40, 20)
    regions = _everywhere(12, 12)
    regions.sector[:, :6] = False
    assert flow_mask(frame, regions).sum() == 4 * 4
    assert not flow_mask(frame, regions)[:, :6].any()


def test_weak_colour_counts_only_where_it_touches_strong_colour() -> None:
    # (140, 90, 90): Y 105, Cr +25, Cb -8, distance 26, weak; (180, 90, 90): Y 117, Cr +45, Cb -15, distance 47, strong
    frame = np.full((12, 14, 3), 90, np.uint8)
    frame[5, 3], frame[5, 4], frame[6, 5] = (180, 90, 90), (140, 90, 90), (140, 90, 90)
    frame[5, 10] = frame[5, 11] = (140, 90, 90)
    assert _where(flow_mask(frame, _everywhere(12, 14))) == [[5, 3], [5, 4], [6, 5]]


def test_faint_colour_is_left_alone() -> None:
    # (120, 90, 90): Y 99, Cr +15, Cb -5, distance 16: below both thresholds
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 4:8] = (120, 90, 90)
    assert not flow_mask(frame, _everywhere(12, 12)).any()


def test_pixels_too_dark_to_have_a_colour_are_not_flow_by_themselves() -> None:
    frame = np.full((12, 12, 3), 90, np.uint8)
    frame[4:8, 4:8] = (0, 0, 30)
    assert not flow_mask(frame, _everywhere(12, 12)).any()


def test_black_lines_between_painted_lines_belong_to_the_flow() -> None:
    frame = np.full((20, 20, 3), 90, np.uint8)
    frame[5:14, 5:15] = 0
    frame[5:14:2, 5:15] = (240, 60, 10)
    truth = np.zeros((20, 20), np.bool_)
    truth[5:14, 5:15] = True
    assert np.array_equal(flow_mask(frame, _everywhere(20, 20)), truth)


def test_grey_tissue_between_painted_lines_does_not_belong_to_the_flow() -> None:
    frame = np.full((20, 20, 3), 90, np.uint8)
    frame[5:14:2, 5:15] = (240, 60, 10)
    assert np.array_equal(flow_mask(frame, _everywhere(20, 20)), (frame == (240, 60, 10)).all(axis=-1))


def test_the_mask_is_made_frame_by_frame() -> None:
    frames = np.full((5, 64, 64, 3), 90, np.uint8)
    frames[3, 20:30, 20:30] = (240, 60, 10)
    mask = flow_mask_clip(Clip.from_array(frames), _everywhere(64, 64)).array() > 127
    assert mask.sum(axis=(1, 2)).tolist() == [0, 0, 0, 100, 0]
