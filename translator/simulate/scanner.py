"""A simulated B-mode scanner: material maps in, frames of speckle that moves with its tissue out.

Complex scatterers lie in material coordinates. Each frame samples them through the motion of the tissue onto
the beams, weights them with echogenicity, the angle between layer and beam, and what the way has cost, and
blurs them with a point spread that depends on depth: fully developed speckle (Wagner et al. 1983,
doi:10.1109/T-SU.1983.31404). Side lobes, reverberation, near-field clutter and electronic noise are added as
complex fields before the envelope is taken. Such models of moving speckle: Meunier and Bertrand, IEEE
Transactions on Medical Imaging 14 (1995) 293.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.simulate.display import Display, Screen
from translator.simulate.geometry import Sector
from translator.simulate.tissue import LEFT, PER_UNIT, SHAPE, TOP, Motion, Plane, Tissue, smooth_noise

__all__ = ["BEAMS", "DEPTHS", "VERSION", "Probe", "Receiver", "point_spread", "scan", "smooth_noise"]

VERSION = 2
DEPTHS, BEAMS = 352, 224
_FINE = 384  # scatterers per unit
_BAND = 0.7  # [scatterer pixels] they are blurred by, so that sampling them while they move does not alias
_SPEED = 1.54  # of sound [mm per microsecond]
_ZONES = 8  # of depth, for the lateral point spread


@dataclass(frozen=True)
class Probe:
    """Transducer and receiver. Lengths in mm; levels in dB against diffuse tissue of 0 dB."""

    depth_mm: float
    frequency_mhz: float
    cycles: float  # of the pulse
    aperture_mm: float
    f_number: float  # least, in reception
    focus: float  # of transmission, share of the depth
    attenuation_db: float  # left over at the bottom, after time-gain compensation
    gain_curve_db: float  # unevenness of the time-gain sliders
    noise_db: float  # electronic noise at the bottom
    haze_db: float  # side lobes and multipath
    clutter_db: float  # reverberation near the face
    contact_db: float  # shadows of poor contact
    window_db: float  # unevenness of the acoustic window
    edge_db: float  # lost at the outermost beams
    looks: int  # compounded: pictures with other speckle, of which the mean is shown

    @property
    def wavelength_mm(self) -> float:
        """Wavelength in tissue [mm]."""
        return _SPEED / self.frequency_mhz


def point_spread(probe: Probe, depth: Plane) -> tuple[float, Plane]:
    """Full width at half amplitude, axial (one number) and lateral (at each depth 0..1), both in mm.

    Axial: half the pulse. Lateral: diffraction of the receiving aperture, which grows with depth to keep the
    f-number, times that of transmission, which widens away from its focus (Szabo, Diagnostic Ultrasound
    Imaging, 2nd edition 2014, chapters 6 and 7). docs/phantom.md has a comparison with a wave simulator.
    """
    wave, z = probe.wavelength_mm, np.maximum(depth, 0.02) * np.float32(probe.depth_mm)
    focus = probe.focus * probe.depth_mm
    receive = 1.2 * wave * np.maximum(probe.f_number, z / probe.aperture_mm)
    sharpest = 1.2 * wave * max(1.5 * probe.f_number, focus / probe.aperture_mm)
    depth_of_field = 2.5 * wave * (max(1.5 * probe.f_number, focus / probe.aperture_mm)) ** 2
    transmit = sharpest * np.sqrt(1 + ((z - focus) / depth_of_field) ** 2)
    lateral = 1 / np.sqrt(1 / receive**2 + 1 / transmit**2)
    return probe.cycles * wave / 2, np.asarray(lateral, np.float32)


def scan(
    tissue: Tissue,
    sector: Sector,
    probe: Probe,
    display: Display,
    motion: Motion,
    through_plane: Callable[[float], float],
    frames: int,
    size: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Scan `frames` frames of size x size. Returns (frames, labels), both uint8 (T, H, W).

    motion(x, y, t) gives the material position of the point (x, y), in depths, at frame t; through_plane(t) the
    angle [rad] by which the slice has turned to other scatterers (pi / 2: all are new).
    """
    receiver = Receiver(tissue, sector, probe, rng)
    screen = Screen(display, sector, size, (DEPTHS, BEAMS))
    at_label = sector.scan_conversion(size, DEPTHS, BEAMS)
    inside = sector.mask(size)
    images, labels = [], []
    for t in range(frames):
        level, label = receiver.frame(motion, through_plane(t), float(t))
        images.append(screen.show(level))
        shown = cv2.remap(label, *at_label, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        labels.append(np.where(inside, shown, 0).astype(np.uint8))
    return np.stack(images), np.stack(labels)


class Receiver:
    """The part before the screen: envelope levels and labels on the beams."""

    def __init__(self, tissue: Tissue, sector: Sector, probe: Probe, rng: np.random.Generator) -> None:
        """Draws the scatterers of two slices, shadows and clutter from `rng`."""
        self._tissue, self._probe, self._rng = tissue, probe, rng
        self._x, self._y = sector.beams(DEPTHS, BEAMS)
        self._depth = np.linspace(0, 1, DEPTHS, dtype=np.float32)[:, None]
        self._unit = 1 / (DEPTHS - 1)
        rows, columns = round(SHAPE[0] * _FINE / PER_UNIT), round(SHAPE[1] * _FINE / PER_UNIT)
        fields = rng.standard_normal((rows, columns, 4), dtype=np.float32)
        self._slices = np.asarray(cv2.GaussianBlur(fields, (0, 0), _BAND), np.float32)
        self._blur = _Blur(sector, probe)
        self._noise = rng.standard_normal((2, 2 * DEPTHS, 2 * BEAMS), dtype=np.float32)
        received = [cv2.GaussianBlur(p, (0, 0), sigmaX=1.2, sigmaY=max(1.0, self._blur.axial)) for p in self._noise]
        self._received_noise = _unit_rows(np.stack(received))
        self._speckle = _unit_rows(self._blur(self._noise[:, :DEPTHS, :BEAMS]))
        self._reverberation = _unit_rows(np.stack([cv2.GaussianBlur(p, (0, 1), sigmaX=6.0) for p in self._speckle]))
        self._gain = self._level_tissue()
        self._shading = _shading(probe, self._depth, rng)
        self._clutter = self._near_field()
        self._hiss = np.float32(10 ** (probe.noise_db / 20)) * 10 ** ((self._depth - 1) * 18 / 20)

    def frame(self, motion: Motion, turn: float, t: float) -> tuple[Plane, NDArray[np.uint8]]:
        """Levels [dB] and labels (DEPTHS, BEAMS) of frame t; motion and turn as in `scan`."""
        x, y = motion(self._x, self._y, t)
        scatter, label = self._tissue.at(t)
        column, row = np.asarray((x - LEFT) * PER_UNIT, np.float32), np.asarray((y - TOP) * PER_UNIT, np.float32)
        echo, blood, mirror, loss = _planes(_sample(scatter, column, row))
        normal_x, normal_y, ring = _planes(_sample(self._tissue.layers, column, row))
        way = np.cumsum(loss, axis=0, dtype=np.float32) * np.float32(self._unit)
        along = _along_layers(x, y, normal_x, normal_y)
        loudness = _amplitude(echo - along - way)
        blood = np.clip(blood, 0, 1)
        tissue, fluid = (1 - blood) * loudness, blood * loudness
        fresh = (*self._fresh(self._noise), *self._fresh(self._noise))
        points = [tissue * rests + fluid * flows for rests, flows in zip(self._scatterers(x, y), fresh, strict=True)]
        points.append(mirror * _amplitude(-3 * along - way))
        field = self._blur(points) * (self._gain * self._shading)
        tail = self._ring_down(ring, way) + self._clutter
        envelope = np.zeros((DEPTHS, BEAMS), np.float32)
        for look in range(self._probe.looks):
            angle = turn + look * np.pi / self._probe.looks
            mixed = np.float32(np.cos(angle)) * field[:2] + np.float32(np.sin(angle)) * field[2:4]
            mixed[0] += field[4]
            one = self._multiple(np.asarray(mixed, np.float32), mirror)
            if look == 0:
                tail = tail + self._haze(one)
            one += tail
            one += self._fresh(self._received_noise) * self._hiss
            envelope += np.hypot(one[0], one[1])
        level = 20 * np.log10(envelope / np.float32(self._probe.looks) + np.float32(1e-5))
        return level.astype(np.float32), cv2.remap(label, column, row, cv2.INTER_NEAREST).astype(np.uint8)

    def _scatterers(self, x: Plane, y: Plane) -> list[Plane]:
        """Both slices at material positions: real and imaginary part of each."""
        column = np.asarray((x - LEFT) * _FINE, np.float32)
        return _planes(_sample(self._slices, column, np.asarray((y - TOP) * _FINE, np.float32)))

    def _fresh(self, sheet: Plane) -> Plane:
        """Complex noise (2, DEPTHS, BEAMS), new in every call: a random window of a large sheet, turned."""
        row, column = int(self._rng.integers(0, DEPTHS)), int(self._rng.integers(0, BEAMS))
        part = sheet[:, row : row + DEPTHS, column : column + BEAMS]
        down, left = int(self._rng.choice([-1, 1])), int(self._rng.choice([-1, 1]))
        return part[:, ::down, ::left]

    def _level_tissue(self) -> Plane:
        """Gain over depth that shows uniform tissue of 0 dB at 0 dB, whatever the point spread."""
        field = self._blur(self._scatterers(self._x, np.clip(self._y, 0, 1))[:2])
        power = cv2.GaussianBlur((field**2).sum(axis=0).mean(axis=1, keepdims=True), (1, 0), 0.1, None, 12.0)
        return np.asarray(1 / np.sqrt(power + 1e-12), np.float32).reshape(DEPTHS, 1)

    def _multiple(self, field: Plane, mirror: Plane) -> Plane:
        """Echoes that have gone to and fro between the face and the strongest mirror of each beam."""
        ratio = self._tissue.ratio
        if not ratio:
            return field
        out = field.copy()
        deep = cv2.blur(mirror.argmax(axis=0).astype(np.float32)[None], (9, 1))[0]
        deep = np.rint(np.clip(deep, 24, None)).astype(np.intp)
        share = ratio * (mirror.max(axis=0) > 0.3)
        rows, beams = deep + np.arange(-12, 13)[:, None], np.arange(BEAMS)[None]
        part = field[:, np.minimum(rows, DEPTHS - 1), beams]
        for order in range(2, DEPTHS // 24):
            target = rows + (order - 1) * deep
            if target.min() >= DEPTHS:
                break
            kept = (share ** (order - 1))[None] * (target < DEPTHS)
            at = np.minimum(target, DEPTHS - 1), np.broadcast_to(beams, target.shape)
            for plane, first in zip(out, part, strict=True):
                # each passage is less flat than the one before
                plane[at] += cv2.GaussianBlur(first, (0, 0), sigmaX=1.5 * order, sigmaY=0.6 * order) * kept
        return out

    def _ring_down(self, ring: Plane, way: Plane) -> Plane | float:
        """Tails below what rings: comets and B-lines, and the grey below a pleura. They flicker."""
        if not ring.any():
            return 0.0
        tail = np.maximum.accumulate(ring * _amplitude(-way), axis=0)
        tail = cv2.GaussianBlur(tail, (0, 1), sigmaX=3.0) * self._shading * 10 ** (-self._depth * 12 / 20)
        moved = np.roll(self._reverberation, int(self._rng.integers(0, BEAMS)), axis=2)
        return np.asarray(tail * (0.7 * self._reverberation + 0.5 * self._speckle + 0.5 * moved), np.float32)

    def _haze(self, field: Plane) -> Plane:
        """Energy from beside and above, with speckle of its own."""
        small = (BEAMS // 8, DEPTHS // 8)
        power = cv2.resize(field[0] ** 2 + field[1] ** 2, small, interpolation=cv2.INTER_AREA)
        wide = cv2.GaussianBlur(np.minimum(power, 4), (0, 0), sigmaX=5.0, sigmaY=2.0, borderType=cv2.BORDER_REFLECT)
        amplitude = np.sqrt(wide) * np.float32(10 ** (self._probe.haze_db / 20))
        spread = cv2.resize(amplitude, (BEAMS, DEPTHS), interpolation=cv2.INTER_LINEAR)
        drift = np.roll(self._speckle, int(self._rng.integers(0, BEAMS)), axis=2)
        return np.asarray(spread * (self._speckle + np.float32(0.5) * drift), np.float32)

    def _near_field(self) -> Plane:
        """Bands that stand still below the face."""
        bands = cv2.GaussianBlur(self._rng.standard_normal((DEPTHS, 1), dtype=np.float32), (1, 0), 0.1, None, 2.5)
        uneven = smooth_noise(self._rng, 6, (DEPTHS, BEAMS))
        shape = (bands / bands.std()).reshape(1, DEPTHS, 1) * 0.8 + 0.6 * self._speckle
        fall = np.exp(-self._depth / 0.07) * 10 ** (0.15 * uneven)
        return np.asarray(10 ** (self._probe.clutter_db / 20) * shape * fall, np.float32)


class _Blur:
    """The point spread: one axial width, and lateral widths that are blended between zones of depth."""

    def __init__(self, sector: Sector, probe: Probe) -> None:
        centres = np.linspace(0, 1, _ZONES, dtype=np.float32)
        axial_mm, lateral_mm = point_spread(probe, centres)
        to_sigma = 1 / 2.355
        there = (_BAND / _FINE) ** 2  # the scatterers are as wide as that already
        axial = max(0.0, (axial_mm / probe.depth_mm * to_sigma) ** 2 - there)
        lateral = np.maximum(0, (lateral_mm / probe.depth_mm * to_sigma) ** 2 - there)
        self.axial = max(0.9, float(np.sqrt(axial)) * (DEPTHS - 1))
        wide = np.sqrt(lateral) / np.maximum(sector.width_at(centres), 0.05) * (BEAMS - 1)
        self._lateral = [float(value) for value in np.clip(wide, 0.9, 24)]

    def __call__(self, planes: Sequence[Plane] | Plane) -> Plane:
        """Blur planes (channels, DEPTHS, BEAMS)."""
        return np.stack([self._one(plane) for plane in planes])

    def _one(self, plane: Plane) -> Plane:
        sharp = cv2.GaussianBlur(plane, (1, 0), sigmaX=0.1, sigmaY=self.axial, borderType=cv2.BORDER_REFLECT)
        edges = np.linspace(0, DEPTHS - 1, _ZONES)
        out = np.zeros((DEPTHS, BEAMS), np.float32)
        for zone, sigma in enumerate(self._lateral):
            low = 0 if zone == 0 else int(np.ceil(edges[zone - 1]))
            high = DEPTHS if zone == _ZONES - 1 else int(np.ceil(edges[zone + 1]))
            rows = np.arange(low, high)
            weight = np.clip(1 - np.abs(rows - edges[zone]) / (edges[1] - edges[0]), 0, 1).astype(np.float32)
            blurred = cv2.GaussianBlur(sharp[low:high], (0, 1), sigmaX=sigma, borderType=cv2.BORDER_REFLECT)
            out[low:high] += weight[:, None] * blurred
        return out


def _unit_rows(planes: Plane) -> Plane:
    """Complex noise (2, rows, columns), each row scaled to the power of one unit a plane."""
    return np.asarray(planes / np.sqrt((planes**2).mean(axis=(0, 2), keepdims=True) + 1e-12), np.float32)


def _planes(stack: Plane) -> list[Plane]:
    """The planes of a stack (rows, columns, planes), each contiguous."""
    return [np.ascontiguousarray(stack[..., index]) for index in range(stack.shape[2])]


def _sample(plane: Plane, column: Plane, row: Plane) -> Plane:
    return np.asarray(cv2.remap(plane, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32)


def _amplitude(level_db: Plane) -> Plane:
    return np.asarray(np.exp(level_db * np.float32(np.log(10) / 20)), np.float32)


def _along_layers(x: Plane, y: Plane, normal_x: Plane, normal_y: Plane) -> Plane:
    """What is lost where the beam runs along the layers [dB]: all at 0 degrees, nothing at 90."""
    beam_x, beam_y = x[1:] - x[:-1], y[1:] - y[:-1]
    length = np.hypot(beam_x, beam_y) + np.float32(1e-9)
    beam_x, beam_y = (
        np.vstack([beam_x / length, beam_x[-1:] / length[-1:]]),
        np.vstack([beam_y / length, beam_y[-1:] / length[-1:]]),
    )
    facing = normal_x * beam_x + normal_y * beam_y
    return np.asarray(np.maximum(normal_x**2 + normal_y**2 - facing**2, 0), np.float32)


def _shading(probe: Probe, depth: Plane, rng: np.random.Generator) -> Plane:
    """Amplitude over depth and beam: what the gain curve leaves, shadows of poor contact, the acoustic window."""
    contact = smooth_noise(rng, 7, (8, BEAMS))[:1]
    sliders = smooth_noise(rng, 8, (DEPTHS, 8))[:, :1]
    level = np.minimum(0, 0.9 - contact) * np.float32(probe.contact_db) * np.minimum(depth * 6, 1)
    across = np.linspace(-1, 1, BEAMS, dtype=np.float32)[None]
    level = level - probe.edge_db * np.abs(across) ** 3 + probe.window_db * smooth_noise(rng, 4, (DEPTHS, BEAMS))
    level = level - probe.attenuation_db * depth + probe.gain_curve_db * sliders
    return _amplitude(level.astype(np.float32))
