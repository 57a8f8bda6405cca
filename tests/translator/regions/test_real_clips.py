"""Real clips: flow where there is colour, none where there is none. Skipped where the clips are absent."""

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from translator.clips.clip import Clip, Frames, Mask, to_grey
from translator.clips.read import read_clip
from translator.regions.flow import flow_mask_clip, flow_masks, hidden_mask_clip
from translator.regions.screen import Regions, find_regions

FOLDER = Path(__file__).parents[3] / os.environ.get("SONOPROOF_DATA", "../shared/data")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real clips at {FOLDER}; set SONOPROOF_DATA"),
]
PLAX = "cfd_deid_plax/ultrasound-multiframe.npz"
BRACHIAL = "cfd_flowave_brachial/DemoBMode.mov"
CLARIUS = "cfd_stills/clarius_carotid.jpeg"
B_MODE = [
    "cardiac_echotracker_a4c/input.mp4",
    "cardiac_pydicom_a4c/color3d_jpeg_baseline.dcm",
    "cardiac_sonocrop_a4c/0011.mp4",
    "carotid_kostelansky/201507211157170577VAS.png",
    "eye_phantom_itkpocus/clarius-ocular-short.mp4",
    "fetal_head_hc18/133_4HC.png",
    "lung_pocus_ccby/Cov_convex_volpecelli_sonographic_v1.mov",
    "lung_pocus_ccby/Reg_pat1Image_132943.mpeg",
    "muscle_timtrack/ds1_S1/S1_L20_step_025.png",
    "noncommercial/ucsf_cardioML_natcomm2025/png/A2CEX01.png",
    "other_sonocrop/lung.mp4",
]
COLOUR = [PLAX, BRACHIAL, CLARIUS, "cfd_stills/cdvse_a4c_cfd.jpg", "cfd_stills/color-pl.dcm", "cfd_stills/US1_J2KR.dcm"]


def _first(name: str, frames: int) -> Clip:
    if not (FOLDER / name).is_file():
        pytest.skip(f"no {name} in {FOLDER}; set SONOPROOF_DATA")
    clip = read_clip(FOLDER / name)
    _, window = next(clip.windows(frames))
    return Clip.from_array(window, clip.header.fps, source=name)


@lru_cache(maxsize=1)
def _known(name: str, frames: int) -> tuple[Clip, Regions]:
    clip = _first(name, frames)
    return clip, find_regions(clip)


def _spread(frames: Frames) -> Frames:
    """How far the channels lie apart [levels]."""
    return np.asarray(frames.max(axis=-1) - frames.min(axis=-1), np.uint8)


def _vivid(frames: Frames, regions: Regions) -> Mask:
    """Pixels of the sector that anyone would call coloured (T, H, W): the channels lie 100 levels apart."""
    return np.asarray((_spread(frames) > 100) & regions.sector & ~regions.static_colour & ~regions.outline, np.bool_)


def _grown(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.bool_)


def test_the_heart_in_colour_has_flow_in_its_frames_and_an_outline() -> None:
    clip = _first(PLAX, 10)
    regions = find_regions(clip)
    frames, found = clip.array(), flow_masks(clip.array(), regions)
    assert clip.header.shape == (10, 600, 800, 3)
    share = found.mean(axis=(1, 2)) / regions.sector.mean()
    assert (share > 0.005).all()
    assert (share < 0.5).all()
    vivid = _vivid(frames, regions)
    assert 2 * (found & vivid).sum() / (found.sum() + vivid.sum()) > 0.7  # pale and dark flow is not vivid
    assert found[vivid].mean() > 0.95
    assert not found[(_spread(frames) == 0) & (to_grey(frames) > 30)].any()
    assert 800 < regions.outline.sum() < 4000
    rows, columns = np.nonzero(regions.outline)
    inside = found[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].sum()
    assert inside > 0.97 * found.sum()


def test_the_brachial_artery_shows_flow_only_while_it_pulses() -> None:
    clip, regions = _known(BRACHIAL, 120)
    size = flow_masks(clip.array(), regions).sum(axis=(1, 2))
    vivid = _vivid(clip.array(), regions).sum(axis=(1, 2))
    empty = vivid == 0
    assert empty.sum() >= 50
    assert (size[empty] == 0).all()
    assert (size[vivid > 1500] > 2000).all()
    assert (vivid > 1500).sum() >= 15


def test_the_steered_half_transparent_box_of_the_brachial_artery_is_outlined() -> None:
    # its corners as read off a frame: (x, y) (184, 131), (287, 131), (211, 365), (107, 365)
    _, regions = _known(BRACHIAL, 120)
    truth = np.zeros((480, 640), np.uint8)
    cv2.polylines(truth, [np.array([(184, 131), (287, 131), (211, 365), (107, 365)], np.int32)], True, 1, 1)
    line = truth.astype(np.bool_)
    assert _grown(regions.outline, 2)[line].mean() > 0.9
    assert not (regions.outline & ~_grown(line, 3)).any()


def test_the_outline_of_a_handheld_scanners_box_is_found() -> None:
    clip = _first(CLARIUS, 1)
    regions = find_regions(clip)
    assert regions.outline.sum() > 1000
    rows, columns = np.nonzero(regions.outline)
    vivid = _vivid(clip.array(), regions)[0]
    assert vivid.sum() > 5000
    assert vivid[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].sum() > 0.97 * vivid.sum()
    assert hidden_mask_clip(clip, regions).array()[0][regions.outline].all()


@pytest.mark.parametrize("name", COLOUR)
def test_a_clip_with_flow_has_a_sector_and_a_mask_in_it(name: str) -> None:
    clip = _first(name, 2)
    regions = find_regions(clip)
    assert 0.05 < regions.sector.mean() <= 1
    found = flow_mask_clip(clip, regions).array() > 127
    assert 0.005 < found[:, regions.sector].mean() < 0.5
    assert not found[:, ~regions.sector].any()


@pytest.mark.parametrize("name", B_MODE)
def test_a_greyscale_clip_has_a_sector_an_empty_mask_and_no_outline(name: str) -> None:
    clip = _first(name, 8)  # fewer cannot tell a coloured marker from flow
    regions = find_regions(clip)
    assert 0.05 < regions.sector.mean() <= 1
    assert not regions.outline.any()
    assert not flow_mask_clip(clip, regions).array().any()
