"""Overlay: as much colour as was asked for, in the sector, and a mask of exactly the painted pixels."""

import json
import tracemalloc
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from translator.clips.clip import Clip, Frames, Mask
from translator.regions.screen import find_regions
from translator.simulate.colour_maps import NAMES
from translator.simulate.heart import heart_clip
from translator.simulate.overlay import OUTLINES, Painted, Settings, draw_settings, paint_flow, plan_flow


def _heart(seed: int = 0, frames: int = 8) -> tuple[Frames, Mask]:
    rng = np.random.default_rng(seed)
    grey, _, _ = heart_clip(rng, rng, frames, 64, 25.0)
    return grey, find_regions(Clip.from_array(grey)).sector


def _plain(coverage: float = 0.2, **changed: Any) -> Settings:
    plain = replace(draw_settings(np.random.default_rng(0), coverage), quality=100, alpha=1.0, tint=(1.0, 1.0, 1.0))
    plain = replace(plain, outline="none", interlaced=False)
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


@pytest.mark.parametrize("coverage", [0.02, 0.1, 0.3, 0.45])
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
    assert painted.flow.any()
    assert np.array_equal(changed, painted.flow)  # no scale holds a grey, so no painted pixel can look unpainted


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
        assert settings.outline in (*OUTLINES, "none")
        assert 0.6 <= settings.alpha <= 1
        assert settings.quality == 100 or 70 <= settings.quality < 96
        assert all(0.86 <= factor <= 1 for factor in settings.tint)


def test_every_colour_map_every_outline_and_interlacing_are_drawn_now_and_then() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_settings(rng) for _ in range(400)]
    assert {settings.scale for settings in drawn} == set(NAMES)
    assert {settings.outline for settings in drawn} == {*OUTLINES, "none"}
    assert 0.01 < np.mean([settings.interlaced for settings in drawn]) < 0.12


@pytest.mark.parametrize("seed", range(6))
def test_the_mask_is_the_flow_and_the_outline_and_they_are_disjoint(seed: int) -> None:
    _, sector, painted = _paint(_plain(outline="white"), seed)
    assert painted.outline.any()
    assert not (painted.flow & painted.outline).any()
    assert np.array_equal(painted.mask, painted.flow | painted.outline)
    assert not (painted.outline & ~sector).any()


@pytest.mark.parametrize("colour", OUTLINES)
def test_the_outline_has_its_colour_in_every_frame_and_closes_around_the_flow(colour: str) -> None:
    _, _, painted = _paint(_plain(outline=colour))
    assert (painted.frames[:, painted.outline] == OUTLINES[colour]).all()
    beside, count = ndimage.label(~painted.outline)  # four neighbours: the line is closed for them
    outside = beside == beside[0, 0]
    assert count >= 2
    assert not (painted.flow & outside).any()


def test_without_an_outline_none_is_drawn() -> None:
    assert not _paint(_plain(outline="none"))[2].outline.any()


def test_interlaced_flow_leaves_odd_rows_black_and_even_rows_in_colour() -> None:
    _, _, plain = _paint(_plain())
    _, _, striped = _paint(_plain(interlaced=True))
    assert np.array_equal(plain.flow, striped.flow)  # the black rows hide tissue too
    odd = np.arange(64)[:, None] % 2 == 1
    assert not striped.frames[striped.flow & odd].any()
    even = striped.flow & ~odd
    assert np.array_equal(striped.frames[even], plain.frames[even])
    assert np.array_equal(striped.frames[~striped.flow], plain.frames[~plain.flow])


def test_only_fast_flow_shows_the_green_of_turbulence_in_a_variance_map() -> None:
    def green(aliasing: float) -> float:  # without turbulence no colour of the map has a green above 110
        painted = [_paint(_plain(scale="variance", aliasing=aliasing), seed)[2] for seed in (1, 2, 3)]
        return float(np.mean([(one.frames[one.flow][:, 1] > 115).mean() for one in painted]))

    assert green(0.2) < 0.03
    assert green(1.8) > 0.1


@pytest.mark.parametrize("period", [8.0, 12.0, 16.0])
def test_flow_pulses_with_its_period(period: float) -> None:
    grey, sector = np.full((48, 64, 64), 60, np.uint8), np.ones((64, 64), np.bool_)
    spectrum = np.zeros(25)
    for seed in range(6):
        settings = _plain(0.1, period=period, floor=0.0, jets=2)
        size = paint_flow(grey, sector, np.random.default_rng(seed), settings).flow.sum(axis=(1, 2))
        power = np.abs(np.fft.rfft(size - size.mean())) ** 2
        spectrum += power / power.sum()  # flashes and dropouts differ from seed to seed
    assert 48 / spectrum.argmax() == period


def test_coarse_colour_cells_make_smoother_colour() -> None:
    def roughness(raster: int) -> float:
        grey, sector = _heart()
        painted = paint_flow(grey, sector, np.random.default_rng(1), _plain(0.4, raster=raster))
        both = painted.flow[:, :, 1:] & painted.flow[:, :, :-1]
        step = np.abs(np.diff(painted.frames.astype(int), axis=2)).sum(axis=-1)
        return float(step[both].mean())

    assert roughness(1) > 1.2 * roughness(3)


def test_parameters_survive_json_and_draw_the_same_overlay_again() -> None:
    grey, sector = _heart()
    settings = draw_settings(np.random.default_rng(9))
    painted = paint_flow(grey, sector, np.random.default_rng(3), settings)
    read = json.loads(json.dumps(painted.parameters))
    read.pop("version")
    again = paint_flow(grey, sector, np.random.default_rng(3), Settings(**{**read, "tint": tuple(read["tint"])}))
    assert np.array_equal(again.frames, painted.frames)
    assert np.array_equal(again.mask, painted.mask)
    assert again.parameters == painted.parameters


def test_a_long_clip_is_painted_too() -> None:
    grey = np.random.default_rng(0).integers(20, 90, (130, 48, 48), dtype=np.uint8)
    painted = paint_flow(grey, np.ones((48, 48), np.bool_), np.random.default_rng(0))
    assert painted.frames.shape == (130, 48, 48, 3)


@pytest.mark.parametrize("scale", ["red-blue", "variance"])
def test_planned_flow_gives_the_painted_frames_in_any_order(scale: str) -> None:
    grey, sector = _heart()
    settings = _plain(scale=scale, quality=80, outline="white", interlaced=True, alpha=0.7)
    painted = paint_flow(grey, sector, np.random.default_rng(1), settings)
    made = plan_flow(grey, sector, np.random.default_rng(1), settings)
    for index in reversed(range(len(grey))):
        assert np.array_equal(made.frame(index), painted.frames[index])
        assert np.array_equal(made.flow(index), painted.flow[index])
        assert np.array_equal(made.hidden(index) > 127, painted.mask[index])
    assert made.parameters == painted.parameters


def test_flow_is_planned_in_memory_for_its_box_and_not_for_the_frames() -> None:
    grey = np.full((24, 160, 200), 80, np.uint8)
    sector = np.zeros((160, 200), np.bool_)
    sector[40:100, 50:130] = True
    settings = _plain(0.2)
    tracemalloc.start()
    try:
        plan_flow(grey, sector, np.random.default_rng(0), settings)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * grey.size  # bytes: less than one plane of floats for every frame
