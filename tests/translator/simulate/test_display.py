"""Screen: compression, persistence, sector, speckle reduction, export; and the sectors' geometry."""

from dataclasses import replace

import numpy as np
import pytest

from translator.simulate.display import Display, Screen
from translator.simulate.geometry import Sector

PLAIN = Display(
    gain_db=0.0, range_db=60.0, gamma=1.0, toe=0.0, persistence=0.0, edge=0.0, reduction=0.0, quality=100, black=0.0
)
GRID = (64, 48)
SECTORS = [
    Sector("phased", half_angle=0.7), Sector("convex", half_angle=0.5, radius=0.5), Sector("linear", half_width=0.5)
]  # fmt: skip


def _flat(level_db: float) -> np.ndarray:
    return np.full(GRID, level_db, np.float32)


def test_levels_are_compressed_to_the_dynamic_range() -> None:
    screen, inside = Screen(PLAIN, SECTORS[2], 64, GRID), SECTORS[2].mask(64)
    for level, grey in ((0.0, 255), (10.0, 255), (-30.0, 128), (-60.0, 0), (-90.0, 0)):
        assert screen.show(_flat(level))[inside].mean() == pytest.approx(grey, abs=1)


def test_persistence_keeps_a_share_of_the_frame_before() -> None:
    screen, inside = Screen(replace(PLAIN, persistence=0.4), SECTORS[2], 64, GRID), SECTORS[2].mask(64)
    screen.show(_flat(0.0))
    assert screen.show(_flat(-60.0))[inside].mean() == pytest.approx(0.4 * 255, abs=1)


@pytest.mark.parametrize("sector", SECTORS, ids=lambda sector: sector.kind)
@pytest.mark.parametrize("quality", [100, 70])
def test_only_the_sector_is_lit(sector: Sector, quality: int) -> None:
    picture = Screen(replace(PLAIN, quality=quality, black=3.0), sector, 96, GRID).show(_flat(-20.0))
    inside = sector.mask(96)
    assert not picture[~inside].any()
    assert (picture[inside] > 100).mean() > 0.95


def test_speckle_reduction_lowers_the_variance_and_keeps_the_mean() -> None:
    grid = (352, 224)
    level = -30 + 3 * np.random.default_rng(0).standard_normal(grid).astype(np.float32)
    plain, smooth = (
        Screen(replace(PLAIN, reduction=r), SECTORS[2], 128, grid).show(level)[10:-10, 20:-20] for r in (0.0, 0.9)
    )
    assert smooth.std() < 0.8 * plain.std()
    assert smooth.mean() == pytest.approx(plain.mean(), abs=1)


@pytest.mark.parametrize("sector", SECTORS, ids=lambda sector: sector.kind)
def test_scan_conversion_brings_every_beam_sample_to_its_place(sector: Sector) -> None:
    # the sample at the middle beam and half depth stands in the middle column, between top and bottom of that column
    across, down = sector.scan_conversion(101, 201, 101)
    column = np.flatnonzero(sector.mask(101)[:, 50])
    assert across[column, 50] == pytest.approx(50, abs=1e-3)
    assert down[column, 50][len(column) // 2] == pytest.approx(100, abs=3)
    x, y = sector.beams(201, 101)
    assert x[:, 50] == pytest.approx(0, abs=1e-6)
    assert y[-1, 50] - y[0, 50] == pytest.approx(1, abs=1e-6)
    assert x.max() == pytest.approx(float(sector.width_at(np.ones((1, 1), np.float32))[0, 0]) / 2, rel=0.2)
