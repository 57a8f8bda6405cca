"""Sector: tissue of every probe and size, without the text, ticks, traces, bars and menus beside it."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from translator.clips.clip import Box, Frames, Mask
from translator.regions.sector import find_sector

HEIGHT, WIDTH = 220, 300  # of a screen
TOP, LEFT = 30, 70  # of the tissue on it
TEXTS = {
    "MI 1.2 TIS 0.4": (2, 10),
    "Gain 54": (2, 60),
    "62 bpm": (240, 100),
    "12.0 MHz": (236, 120),
    "Adult Echo 14:02:33": (20, 214),
    "X5-1 48Hz": (230, 24),
}
Draw = Callable[[Frames], None]


def _wedge(size: int, half_angle: float = 0.7) -> Mask:
    """A phased array's image in a square: a wedge with its apex on top."""
    scale = max(1.0, 2 * np.sin(half_angle)) * 1.03 / size
    row, column = np.mgrid[0:size, 0:size]
    x, y = (column - (size - 1) / 2) * scale, row * scale - 0.015
    return np.asarray((np.hypot(x, y) <= 1) & (y >= 0) & (np.abs(np.arctan2(x, y)) <= half_angle), np.bool_)


def _convex(size: int, half_angle: float = 0.6, probe: float = 0.45) -> Mask:
    """A curved array's image in a square: a ring segment, dark above the probe."""
    scale = (1.5 - probe * np.cos(half_angle)) / size * 1.05
    row, column = np.mgrid[0:size, 0:size]
    x, y = (column - (size - 1) / 2) * scale, row * scale + probe * np.cos(half_angle) - 0.02
    reach = np.hypot(x, y)
    return np.asarray((reach >= probe) & (reach <= 1.4) & (np.abs(np.arctan2(x, y)) <= half_angle), np.bool_)


def _linear(size: int) -> Mask:
    out = np.zeros((size, size), np.bool_)
    out[size // 8 : -(size // 8), size // 5 : -(size // 5)] = True
    return out


PROBES: dict[str, Callable[[int], Mask]] = {"phased": _wedge, "convex": _convex, "linear": _linear}
BY_PROBE = pytest.mark.parametrize("probe", PROBES)


def _tissue(where: Mask, frames: int = 8) -> Frames:
    """Speckle (T, H, W) that is half new in every frame; black elsewhere."""
    rng = np.random.default_rng(0)

    def field() -> Any:
        return 4 * cv2.GaussianBlur(rng.standard_normal((*where.shape, 2)).astype(np.float32), (0, 0), 1.2)

    still, out = field(), []
    for _ in range(frames):
        envelope = np.linalg.norm(0.87 * still + 0.5 * field(), axis=-1)
        out.append(np.where(where, np.clip(64 * np.sqrt(envelope), 0, 185), 0).astype(np.uint8))
    return np.stack(out)


def _screen(probe: str) -> tuple[Frames, Mask]:
    """Frames of 220 x 300 with tissue of 160 x 160 on them, and where it is."""
    where = np.zeros((HEIGHT, WIDTH), np.bool_)
    where[TOP : TOP + 160, LEFT : LEFT + 160] = PROBES[probe](160)
    return _tissue(where), where


def _found(luma: Frames, boxes: tuple[Box, ...] = ()) -> Mask:
    return find_sector(luma, np.zeros(luma.shape[1:], np.bool_), boxes)


def _overlap(found: Mask, truth: Mask) -> float:
    return float((found & truth).sum() / (found | truth).sum())


@BY_PROBE
@pytest.mark.parametrize("size", [48, 64, 96, 160, 320, 800])
def test_the_sector_is_the_tissue_at_every_size(probe: str, size: int) -> None:
    where = PROBES[probe](size)
    assert _overlap(_found(_tissue(where, 6)), where) > 0.97


@pytest.mark.parametrize("shape", [(48, 64), (120, 90), (480, 640)])
def test_tissue_zoomed_to_the_whole_frame_is_all_sector(shape: tuple[int, int]) -> None:
    assert _found(_tissue(np.ones(shape, np.bool_), 6)).all()


def test_the_dark_pocket_above_a_curved_probe_is_outside() -> None:
    luma, where = _screen("convex")
    sector = _found(luma)
    middle = LEFT + 80
    assert np.flatnonzero(sector[:, middle])[0] == pytest.approx(np.flatnonzero(where[:, middle])[0], abs=1)
    highest = np.flatnonzero(where.any(axis=1))[0]
    assert np.flatnonzero(where[:, middle])[0] > highest + 8  # that is: there is a pocket


def _text(luma: Frames) -> None:
    for frame in luma:
        for text, at in TEXTS.items():
            cv2.putText(frame, text, at, cv2.FONT_HERSHEY_PLAIN, 0.8, 255)


def _attached_text(luma: Frames) -> None:
    for frame in luma:
        for line in range(4):
            cv2.putText(frame, "CPA 64% ABC", (2, 80 + 14 * line), cv2.FONT_HERSHEY_PLAIN, 0.8, 255)


def _trace(luma: Frames) -> None:
    column = np.arange(WIDTH)
    for t, frame in enumerate(luma):
        beat = 10 * np.exp(-(((column - 30 * t) % 60 - 30) ** 2) / 8)
        frame[np.clip(208 + 6 * np.sin(column / 9 + t) - beat, 0, HEIGHT - 1).astype(int), column] = 200


def _ticks(luma: Frames) -> None:
    luma[:, TOP : TOP + 160 : 10, 60:64] = luma[:, TOP : TOP + 160 : 10, 262:266] = 230


def _bar_of_dense_text(luma: Frames) -> None:
    luma[:, 196:210, 70:230] = np.where(np.random.default_rng(1).random((14, 160)) < 0.85, 150, 0)


def _menu_beside(luma: Frames) -> None:
    luma[:, :, :62] = 150


def _header_above(luma: Frames) -> None:
    luma[:, :22] = 120


@BY_PROBE
@pytest.mark.parametrize(
    "draw", [_text, _attached_text, _trace, _ticks, _bar_of_dense_text, _menu_beside, _header_above]
)
def test_what_a_screen_shows_beside_the_tissue_is_outside(probe: str, draw: Draw) -> None:
    luma, where = _screen(probe)
    with_marks = np.maximum(luma, 0)
    draw(with_marks)
    with_marks[:, where] = luma[:, where]
    assert (with_marks != luma).any()
    assert _overlap(_found(with_marks), where) > 0.96


def test_a_still_bar_of_text_that_touches_living_tissue_is_cut_off() -> None:
    luma, where = _screen("linear")
    bottom = np.flatnonzero(where.any(axis=1))[-1] + 1
    luma[:, bottom : bottom + 24, 102:198] = np.where(np.random.default_rng(1).random((24, 96)) < 0.9, 150, 0)
    sector = _found(luma)
    assert not sector[bottom + 6 :].any()
    assert _overlap(sector, where) > 0.94


@BY_PROBE
def test_text_stays_outside_in_a_frozen_clip_and_in_a_still(probe: str) -> None:
    luma, where = _screen(probe)
    _text(luma)
    for frames in (np.repeat(luma[:1], 8, axis=0), luma[:1]):
        assert _overlap(_found(frames), where) > 0.95


@BY_PROBE
def test_a_grey_screen_is_background(probe: str) -> None:
    luma, where = _screen(probe)
    luma[:, ~where] = 40
    assert _overlap(_found(luma), where) > 0.96


@BY_PROBE
def test_a_dark_vessel_across_the_picture_does_not_halve_it(probe: str) -> None:
    luma, where = _screen(probe)
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    vessel = np.abs(row - 120 - 0.05 * (column - 150)) < 9
    luma[:, vessel] = 0
    assert _overlap(_found(luma), where) > 0.96


@BY_PROBE
def test_a_dark_vessel_along_the_picture_does_not_halve_it(probe: str) -> None:
    luma, where = _screen(probe)
    luma[:, :, LEFT + 70 : LEFT + 90] = 0
    assert _overlap(_found(luma), where) > 0.9


@BY_PROBE
def test_boxes_of_the_header_limit_the_sector(probe: str) -> None:
    luma, where = _screen(probe)
    box = np.zeros_like(where)
    box[40:180, 90:160] = box[100:190, 160:220] = True
    sector = _found(luma, ((40, 90, 180, 160), (100, 160, 190, 220)))
    hull = np.zeros(where.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.argwhere(where & box)[:, ::-1].astype(np.int32)), 1)
    assert _overlap(sector, hull.astype(np.bool_)) > 0.95


def test_static_colour_is_outside_even_if_its_luma_flickers() -> None:
    luma, where = _screen("linear")
    bar = np.zeros_like(where)
    bar[TOP : TOP + 140, 232:264] = True
    luma[:, bar] = np.random.default_rng(2).integers(90, 160, (8, bar.sum()))  # seems to live, as bars do after coding
    assert _found(luma)[:, 228:].any()
    assert not find_sector(luma, bar, ())[:, 228:].any()


@pytest.mark.parametrize("frames", [1, 3, 8])
def test_a_blank_clip_has_an_empty_sector(frames: int) -> None:
    for level in (0, 3):
        assert not _found(np.full((frames, 48, 64), level, np.uint8)).any()


@BY_PROBE
def test_a_sector_is_convex_but_for_the_pocket(probe: str) -> None:
    luma, _ = _screen(probe)
    for row in _found(luma)[TOP + 30 :]:
        inside = np.flatnonzero(row)
        assert len(inside) == 0 or inside[-1] - inside[0] + 1 == len(inside)
