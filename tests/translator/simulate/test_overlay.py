"""Overlay: as much colour as was asked for, in the sector, and a mask of exactly the painted pixels."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from translator.clips.clip import Clip, Frames, Mask
from translator.regions.screen import find_regions
from translator.simulate.colour_maps import NAMES
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import Painted, Settings, draw_settings, paint_flow


def _heart(seed: int = 0, frames: int = 8) -> tuple[Frames, Mask]:
    rng = np.random.default_rng(seed)
    grey, _, _ = heart_clip(rng, rng, frames, 64, 25.0)
    return grey, find_regions(Clip.from_array(grey)).sector


def _plain(coverage: float = 0.2, **changed: Any) -> Settings:
    plain = replace(draw_settings(np.random.default_rng(0), coverage), quality=100, alpha=1.0, tint=(1.0, 1.0, 1.0))
    return replace(plain, **changed)


def _paint(settings: Settings | None, seed: int = 1) -> tuple[Frames, Mask, Painted]:
    grey, sector = _heart()
    return grey, sector, paint_flow(grey, sector, np.random.default_rng(seed), settings)


def test_the_same_seed_paints_the_same_flow_and_another_does_not() -> None:
    first, second, other = (_paint(None, seed)[2] for seed in (1, 1, 2))
    assert np.array_equal(first.frames, second.frames)
    assert np.array_equal(first.mask, second.mask)
    assert first.parameters == second.parameters
    assert not np.array_equal(first.mask, other.mask)


@pytest.mark.parametrize("coverage", [0.05, 0.2, 0.4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_painted_share_of_the_sector_is_the_one_that_was_asked_for(coverage: float, seed: int) -> None:
    grey, sector = _heart(seed)
    rng = np.random.default_rng(seed)
    painted = paint_flow(grey, sector, rng, draw_settings(rng, coverage))
    assert painted.flow.mean(axis=0)[sector].mean() == pytest.approx(coverage, abs=0.005)


@pytest.mark.parametrize("coverage", [0.0, 0.019, 0.46, -1.0])
def test_a_coverage_that_cannot_be_painted_is_refused(coverage: float) -> None:
    with pytest.raises(ValueError, match=r"0\.02\.\.0\.45"):
        draw_settings(np.random.default_rng(0), coverage)


def test_nothing_is_painted_outside_the_sector() -> None:
    grey, sector, painted = _paint(_plain(0.4))
    assert not painted.mask[:, ~sector].any()
    assert np.array_equal(painted.frames[:, ~sector], np.stack([grey] * 3, axis=-1)[:, ~sector])


@pytest.mark.parametrize("scale", NAMES)
def test_without_compression_the_mask_is_exactly_what_changed(scale: str) -> None:
    grey, _, painted = _paint(_plain(scale=scale))
    changed = (painted.frames != grey[..., None]).any(axis=-1)
    assert painted.mask.any()
    assert np.array_equal(changed, painted.mask)  # no scale holds a grey, so no painted pixel can look unpainted


def test_a_tinted_grey_map_tints_what_is_not_painted() -> None:
    tint = (0.9, 1.0, 0.95)
    grey, _, painted = _paint(_plain(tint=tint))
    tinted = np.rint(grey[..., None] * np.array(tint))
    assert np.abs(painted.frames - tinted)[~painted.mask].max() <= 1  # a half may round either way in float32
    assert np.array_equal(painted.frames[..., 1][~painted.mask], grey[~painted.mask])


def test_half_transparent_flow_is_a_mix_of_its_colour_and_the_tissue() -> None:
    grey, _, opaque = _paint(_plain())
    _, _, mixed = _paint(_plain(alpha=0.6))
    assert np.array_equal(opaque.mask, mixed.mask)
    expected = 0.6 * opaque.frames + 0.4 * grey[..., None]
    assert np.abs(mixed.frames - expected)[mixed.flow].max() <= 1


def test_compression_changes_pixels_that_were_not_painted_but_not_the_mask() -> None:
    _, _, clean = _paint(_plain())
    _, _, coded = _paint(_plain(quality=75))
    assert np.array_equal(clean.mask, coded.mask)
    difference = np.abs(coded.frames.astype(int) - clean.frames)
    assert difference[~clean.mask].max() > 0
    assert difference.mean() < 15


def test_the_parameters_are_the_settings_so_that_a_clip_can_be_made_again() -> None:
    grey, sector, painted = _paint(None)
    settings = dict(painted.parameters)
    assert settings.pop("version") >= 1
    assert set(settings) == set(asdict(_plain()))
    rng = np.random.default_rng(1)
    again = paint_flow(grey, sector, rng, draw_settings(rng))
    assert again.parameters == painted.parameters
    assert np.array_equal(again.frames, painted.frames)


def test_bright_tissue_keeps_its_grey_where_it_has_priority() -> None:
    grey = np.full((6, 64, 64), 60, np.uint8)
    grey[:, :, ::8] = grey[:, :, 1::8] = grey[:, :, 2::8] = 240
    sector = np.ones((64, 64), np.bool_)
    bright = grey[0, 0] == 240
    rng = np.random.default_rng
    weak = paint_flow(grey, sector, rng(3), _plain(priority=0.0)).mask[:, :, bright].mean()
    strong = paint_flow(grey, sector, rng(3), _plain(priority=1.2)).mask[:, :, bright].mean()
    assert strong < 0.5 * weak


def test_drawn_settings_stay_in_their_ranges() -> None:
    rng = np.random.default_rng(0)
    for settings in (draw_settings(rng) for _ in range(200)):
        assert 0.04 <= settings.coverage <= 0.25
        assert settings.scale in NAMES
        assert settings.raster in (1, 2, 3)
        assert 0.6 <= settings.alpha <= 1
        assert settings.quality == 100 or 70 <= settings.quality < 96
        assert all(0.86 <= factor <= 1 for factor in settings.tint)
