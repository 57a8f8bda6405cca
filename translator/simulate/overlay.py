"""Paint simulated colour flow over greyscale frames, and know which pixels were painted.

A polar or steered box and its outline; jets that pulse; texture that is correlated in time; write priority
against bright tissue; wrap-around of velocity; turbulence; coarse colour raster; dropouts, flashes and isolated
pixels; sometimes semi-transparent or interlaced; a tinted grey map; JPEG with 4:2:0. Every parameter is drawn
from the given generator and returned, so that a clip can be made again.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask
from translator.regions.over_time import mean_over_time
from translator.simulate.colour_maps import NAMES, TURBULENT, colours
from translator.simulate.scanner import smooth_noise

VERSION = 2
Values = NDArray[np.float32]
OUTLINES = {"white": (235, 235, 235), "grey": (150, 150, 150), "yellow": (225, 215, 80), "green": (70, 200, 90),
            "blue": (60, 130, 220)}  # fmt: skip
_MAP_SHARES = [0.4, 0.15, 0.15, 0.1, 0.1, 0.1]  # of NAMES


class Painted(NamedTuple):
    """RGB frames (T, H, W, 3), flow (bool T, H, W), outline of the box (bool H, W), and what made them."""

    frames: NDArray[np.uint8]
    flow: Mask
    outline: Mask
    parameters: dict[str, Any]

    @property
    def mask(self) -> Mask:
        """What is no tissue (bool T, H, W): the flow and the outline."""
        return np.asarray(self.flow | self.outline, np.bool_)


@dataclass(frozen=True)
class Settings:
    """What one overlay is made with; `draw_settings` takes them from a random generator."""

    coverage: float  # mean share of the sector that flow covers
    scale: str
    period: float  # frames
    jets: int
    floor: float  # the least of the pulse, 0..1
    raster: int  # side of a colour cell [pixels]
    alpha: float  # opacity
    priority: float  # how strongly bright tissue keeps its grey
    aliasing: float  # peak velocity in units of the Nyquist velocity
    quality: int  # of JPEG; 100 is none
    tint: tuple[float, float, float]
    outline: str  # a colour of OUTLINES, or "none"
    interlaced: bool  # every other row of the flow is left black


def draw_settings(rng: np.random.Generator, coverage: float | None = None) -> Settings:
    """Draw settings; `coverage` 0.02..0.45 fixes the mean share of the sector that flow covers."""
    if coverage is not None and not 0.02 <= coverage <= 0.45:
        raise ValueError(f"coverage must lie in 0.02..0.45, got {coverage}")
    return Settings(
        coverage=float(rng.uniform(0.04, 0.25)) if coverage is None else coverage,
        scale=str(rng.choice(NAMES, p=_MAP_SHARES)),
        period=float(rng.uniform(7, 24)),
        jets=int(rng.integers(2, 6)),
        floor=float(rng.choice([0.0, 0.25, 0.5])),
        raster=int(rng.choice([1, 2, 3])),
        alpha=float(rng.choice(np.array([1.0, rng.uniform(0.6, 0.9)]), p=[0.85, 0.15])),
        priority=float(rng.uniform(0.3, 1.2)),
        aliasing=float(rng.uniform(0.5, 1.8)),
        quality=int(rng.choice(np.array([100, int(rng.integers(70, 96))]), p=[0.3, 0.7])),
        tint=(1.0, 1.0, 1.0) if rng.random() < 0.8 else tuple(float(v) for v in rng.uniform(0.86, 1.0, 3)),  # type: ignore[arg-type]
        outline=str(rng.choice([*OUTLINES, "none"], p=[0.3, 0.1, 0.1, 0.05, 0.05, 0.4])),
        interlaced=bool(rng.random() < 0.05),
    )


@dataclass(frozen=True, eq=False)
class Overlay:
    """Flow over grey frames (T, H, W), painted frame by frame when asked for; held for the box's N pixels only.

    `place` (bool H, W) is the box without its `outline` (bool H, W); velocity in units of the Nyquist velocity before
    wrapping, turbulence 0..1 (None for maps that do not show it) and what is painted, each (T, N).
    """

    grey: NDArray[np.uint8]
    place: Mask
    outline: Mask
    velocity: Values
    turbulence: Values | None
    painted: Mask
    settings: Settings

    @property
    def parameters(self) -> dict[str, Any]:
        """What made it, as JSON can hold it."""
        return {**asdict(self.settings), "version": VERSION}

    def flow(self, index: int) -> Mask:
        """The painted pixels (bool H, W) of a frame."""
        out = np.zeros(self.place.shape, np.bool_)
        out[self.place] = self.painted[index]
        return out

    def hidden(self, index: int) -> NDArray[np.uint8]:
        """What is no tissue in a frame, the flow and the outline, as 255 (H, W)."""
        return (self.flow(index) | self.outline).astype(np.uint8) * np.uint8(255)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """A frame in RGB (H, W, 3), as a codec left it."""
        chosen, painted = self.settings, self.painted[index]
        flow = self.flow(index)
        grey, tint = self.grey[index], np.asarray(chosen.tint, np.float32)
        tinted = np.arange(256, dtype=np.float32)[:, None] * tint
        frame = cv2.merge([cv2.LUT(grey, _whole(tinted[:, channel])) for channel in range(3)])
        wrapped = (self.velocity[index, painted] + 1) % 2 - 1
        turbulence = None if self.turbulence is None else self.turbulence[index, painted]
        colour = colours(chosen.scale, wrapped, turbulence)
        frame[flow] = _whole(chosen.alpha * colour + (1 - chosen.alpha) * tinted[grey[flow]])
        if chosen.interlaced:
            frame[1::2][flow[1::2]] = 0
        if self.outline.any():
            frame[self.outline] = OUTLINES[chosen.outline]
        return _compress(np.asarray(frame, np.uint8), chosen.quality)


def paint_flow(
    grey: NDArray[np.uint8], sector: Mask, rng: np.random.Generator, settings: Settings | None = None
) -> Painted:
    """Paint flow over uint8 frames (T, H, W) inside `sector` (bool H, W)."""
    made = plan_flow(grey, sector, rng, settings)
    frames, flow = np.empty((*grey.shape, 3), np.uint8), np.empty(grey.shape, np.bool_)
    for index in range(len(grey)):
        frames[index], flow[index] = made.frame(index), made.flow(index)
    return Painted(frames, flow, made.outline, made.parameters)


def plan_flow(
    grey: NDArray[np.uint8], sector: Mask, rng: np.random.Generator, settings: Settings | None = None
) -> Overlay:
    """What `paint_flow` paints, without holding the painted frames."""
    chosen = settings or draw_settings(rng)
    box = _colour_box(sector, chosen.coverage, rng)
    outline = _border(box) if chosen.outline != "none" else np.zeros_like(box)
    place = box & ~outline
    velocity, strength, turbulence = _flow(grey, box, place, chosen, rng)
    painted = _threshold(strength, place, chosen.coverage * sector.sum(), rng)
    return Overlay(grey, place, outline, velocity, turbulence, painted, chosen)


def _colour_box(sector: Mask, coverage: float, rng: np.random.Generator) -> Mask:
    """A polar (or, from a far apex, nearly straight) box inside the sector, clearly larger than the flow."""
    height, width = sector.shape
    rows, columns = np.nonzero(sector)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    apex_row = top - float(rng.choice([0.05, 0.5, 4.0])) * (bottom - top)
    apex_column = (left + right) / 2 + rng.uniform(-0.1, 0.1) * (right - left)
    row, column = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot(row - apex_row, column - apex_column)
    angle = np.arctan2(column - apex_column, row - apex_row)
    r, a = radius[sector], angle[sector]
    box = sector
    for _ in range(20):
        share = np.sqrt(min(0.9, coverage * rng.uniform(1.6, 4.0)))
        r0, a0 = rng.uniform(0.08, max(0.1, 0.95 - share)), rng.uniform(0.02, max(0.04, 0.98 - share))
        r_low, r_high = np.quantile(r, [r0, min(1.0, r0 + share)])
        a_low, a_high = np.quantile(a, [a0, min(1.0, a0 + share)])
        box = sector & (radius >= r_low) & (radius <= r_high) & (angle >= a_low) & (angle <= a_high)
        if box.sum() >= 1.3 * coverage * sector.sum():
            return np.asarray(box, np.bool_)
    return sector


def _border(box: Mask) -> Mask:
    """The innermost ring of the box, one pixel wide, two on large frames."""
    width = 1 if min(box.shape) < 400 else 2
    eroded = cv2.erode(box.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=width, borderValue=0)
    return box & ~eroded.astype(np.bool_)


def _flow(
    grey: NDArray[np.uint8], box: Mask, place: Mask, chosen: Settings, rng: np.random.Generator
) -> tuple[Values, Values, Values | None]:
    """Velocity in units of the Nyquist velocity before wrapping, write strength, turbulence 0..1.

    Each (T, N), at the N pixels of `place`; turbulence is None where the colour map does not show it.
    """
    jets = _jets(grey, box, place, chosen, rng)
    count = len(grey)
    velocity, strength = (np.empty((count, np.count_nonzero(place)), np.float32) for _ in range(2))
    turbulence = np.empty_like(velocity) if chosen.scale in TURBULENT else None
    for index, texture in enumerate(_drifting_texture(grey.shape, chosen.raster, rng)):
        velocity[index] = texture[place]
    flash = (rng.random(count) < 0.03) * rng.uniform(0.2, 0.6, count)
    dropout = (rng.random(count) < 0.04) * rng.uniform(0.2, 0.5, count)
    above = np.asarray(flash - dropout)
    tissue = chosen.priority * (np.arange(256, dtype=np.float32) / 255) ** 2
    for index, frame in enumerate(grey):
        texture, speed = velocity[index].copy(), np.zeros(velocity.shape[1], np.float32)
        for shape, pulse in jets:
            speed += pulse[index] * shape
        strength[index] = np.abs(speed) + 0.22 * texture + above[index]
        strength[index] -= tissue[cv2.blur(frame, (3, 3))[place]]
        speed *= np.float32(chosen.aliasing)
        if turbulence is not None:
            turbulence[index] = np.clip(np.abs(speed) - 0.5 + 0.4 * texture, 0, 1)
        velocity[index] = speed + 0.12 * texture
    return velocity, strength, turbulence


def _jets(
    grey: NDArray[np.uint8], box: Mask, place: Mask, chosen: Settings, rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], Values]]:
    """The shape (N,) of each jet at the pixels of `place`, and its signed pulse (T,); jets prefer the dark."""
    rows, columns = np.nonzero(box)
    extent = max(4.0, float(np.sqrt(box.sum())))
    dark = 1.2 - mean_over_time(grey)[box] / 255
    row, column = (at.astype(np.float32) for at in np.nonzero(place))
    time = np.arange(len(grey))
    jets = []
    for _ in range(chosen.jets):
        at = rng.choice(len(rows), p=dark / dark.sum())
        turn, length = rng.uniform(0, np.pi), extent * rng.uniform(0.15, 0.45)
        thin = length * rng.uniform(0.25, 0.7)
        dy, dx = row - rows[at], column - columns[at]
        along, across = np.cos(turn) * dx + np.sin(turn) * dy, -np.sin(turn) * dx + np.cos(turn) * dy
        shape = np.exp(-((along / length) ** 2) - (across / thin) ** 2)
        beat = np.clip(np.sin(2 * np.pi * (time / chosen.period + rng.random())), 0, 1)
        envelope = np.asarray(chosen.floor + (1 - chosen.floor) * beat, np.float64)
        jets.append((shape, np.asarray(rng.choice([-1, 1]) * rng.uniform(0.5, 1) * envelope, np.float32)))
    return jets


def _drifting_texture(shape: tuple[int, ...], raster: int, rng: np.random.Generator) -> Iterator[Values]:
    """Noise (H, W) of unit variance for each frame, AR(1) in time, in cells of `raster` pixels at two scales."""
    frames, height, width = shape
    cells = (-(-height // raster), -(-width // raster))
    coarse = smooth_noise(rng, 14, cells)
    fine = rng.standard_normal(cells, dtype=np.float32)
    for _ in range(frames):
        coarse = 0.8 * coarse + 0.6 * smooth_noise(rng, 14, cells)
        fine = 0.6 * fine + 0.8 * rng.standard_normal(cells, dtype=np.float32)
        both = 0.8 * coarse + 0.6 * cv2.GaussianBlur(fine, (0, 0), 0.8) * 2
        grown = cv2.resize(both, None, fx=raster, fy=raster, interpolation=cv2.INTER_LINEAR)
        yield np.asarray(grown[:height, :width], np.float32)


def _threshold(strength: Values, place: Mask, pixels: float, rng: np.random.Generator) -> Mask:
    """Which of the pixels of `place` are painted, (T, N): the strongest, `pixels` of them in the mean frame.

    Plus a few isolated ones.
    """
    share = min(1.0, float(pixels) / max(1, strength.shape[1]))
    painted = np.asarray(strength > np.quantile(strength, 1 - share), np.bool_)
    for row in painted:
        row |= rng.random(place.shape, dtype=np.float32)[place] < 0.002
    return painted


def _whole(levels: Values) -> NDArray[np.uint8]:
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8)


def _compress(frame: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    if quality >= 100:
        return frame
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420],
    )  # fmt: skip
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("OpenCV cannot decode the JPEG that it has written")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=decoded), np.uint8)
