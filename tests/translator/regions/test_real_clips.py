"""Real clips: flow where there is colour, none where there is none. Skipped where the clips are absent."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from translator.clips.clip import Clip, Frame, to_grey
from translator.clips.read import read_clip
from translator.regions.flow import flow_mask
from translator.regions.screen import Regions, find_regions

FOLDER = Path(__file__).parents[3] / os.environ.get("SONOPROOF_DATA", "../shared/data")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real clips at {FOLDER}; set SONOPROOF_DATA"),
]


def _first(name: str, frames: int) -> Clip:
    if not (FOLDER / name).is_file():
        pytest.skip(f"no {name} in {FOLDER}; set SONOPROOF_DATA")
    clip = read_clip(FOLDER / name)
    _, window = next(clip.windows(frames))
    return Clip.from_array(window, clip.header.fps, source=name)


def _shares(clip: Clip) -> tuple[Regions, NDArray[np.float64]]:
    """Regions, and per frame the share of the sector that is painted."""
    regions = find_regions(clip)
    painted = [flow_mask(frame, regions).sum() / regions.sector.sum() for frame in clip.frames()]
    return regions, np.array(painted)


def _vivid(frame: Frame, regions: Regions) -> NDArray[np.bool_]:
    """Pixels of the sector that anyone would call coloured: the channels lie 100 levels apart."""
    spread = frame.max(axis=-1).astype(int) - frame.min(axis=-1)
    return np.asarray((spread > 100) & regions.sector & ~regions.static_colour, np.bool_)


def test_the_heart_in_colour_has_flow_in_its_frames() -> None:
    clip = _first("cfd_deid_plax/ultrasound-multiframe.npz", 10)
    regions, shares = _shares(clip)
    assert clip.header.shape == (10, 600, 800, 3)
    assert 0.1 < regions.sector.mean() < 0.8
    assert (shares > 0.005).all()
    assert (shares < 0.5).all()


def test_vivid_pixels_of_the_heart_are_in_its_mask_and_grey_ones_are_not() -> None:
    clip = _first("cfd_deid_plax/ultrasound-multiframe.npz", 10)
    regions = find_regions(clip)
    for frame in clip.frames():
        mask, vivid = flow_mask(frame, regions), _vivid(frame, regions)
        assert vivid.sum() > 100
        assert mask[vivid].mean() > 0.95
        spread = frame.max(axis=-1).astype(int) - frame.min(axis=-1)
        assert mask[(spread == 0) & (to_grey(frame) > 30)].sum() == 0


def test_the_brachial_artery_shows_flow_only_while_it_pulses() -> None:
    clip = _first("cfd_flowave_brachial/DemoBMode.mov", 35)  # one pulse and the pause after it
    regions, shares = _shares(clip)
    assert clip.header.shape == (35, 480, 640, 3)
    assert np.median(shares) < 0.001
    assert 0.02 < shares.max() < 0.1
    for frame, share in zip(clip.frames(), shares, strict=True):
        vivid = _vivid(frame, regions).sum() / regions.sector.sum()
        assert share <= 3 * vivid + 0.005
        assert share > 0 or vivid < 0.001


def test_a_greyscale_loop_coded_in_colour_has_an_empty_mask() -> None:
    clip = _first("cardiac_pydicom_a4c/color3d_jpeg_baseline.dcm", 10)
    assert clip.header.channels == 3
    regions, shares = _shares(clip)
    assert regions.sector.mean() > 0.1
    assert shares.max() == 0
