"""A simulated B-mode scanner: tissue maps in, speckled log-compressed scan-converted frames out.

Tissue is a map of echogenicity [dB] and of complex point scatterers in material coordinates. Each frame
samples both through the motion of the tissue onto the beam grid, blurs them with the point spread function,
takes the envelope, compresses and scan-converts: fully developed speckle that moves with its tissue
(Wagner et al. 1983, doi:10.1109/T-SU.1983.31404).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Motion = Callable[[Plane, Plane, float], tuple[Plane, Plane]]

MAP_SIZE = 384  # material maps are MAP_SIZE x MAP_SIZE over x in [-1, 1] and depth y in [0, 2]
_DEPTHS, _BEAMS = 224, 160


@dataclass(frozen=True)
class Tissue:
    """Material maps (MAP_SIZE, MAP_SIZE): echogenicity [dB], share of blood 0..1, label (uint8)."""

    echo_db: Plane
    blood: Plane
    label: NDArray[np.uint8]


@dataclass(frozen=True)
class Probe:
    """Geometry and settings. Depth 1 is the bottom of the image; angles in radians."""

    half_angle: float
    radius: float  # of the transducer's face, in depths; 0 is a phased array
    axial_sigma: float  # point spread, in depth samples
    lateral_sigma: float  # in beams
    gain_db: float
    range_db: float
    attenuation_db: float  # lost from top to bottom, after time-gain compensation
    noise_db: float


def scan(
    tissue: Tissue, probe: Probe, motion: Motion, frames: int, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Scan `frames` frames of size x size. Returns (frames, labels), both uint8 (T, H, W).

    motion(x, y, t) gives the material position of the spatial point (x, y) at frame t.
    """
    depth = np.linspace(0, 1, _DEPTHS, dtype=np.float32)[:, None]
    angle = np.linspace(-probe.half_angle, probe.half_angle, _BEAMS, dtype=np.float32)[None]
    x, y = _beam_grid(probe, depth, angle)
    scatter = rng.standard_normal((2, MAP_SIZE, MAP_SIZE), dtype=np.float32)
    shading = _shading(probe, depth, rng)
    to_beams = _scan_conversion(probe, size)
    images, labels = [], []
    for t in range(frames):
        column, row = _to_map(*motion(x, y, float(t)))
        amplitude = 10 ** (_sample(tissue.echo_db, column, row) / 20)
        blood = np.clip(_sample(tissue.blood, column, row), 0, 1)
        fresh = rng.standard_normal((2, _DEPTHS, _BEAMS), dtype=np.float32)
        noise = rng.standard_normal((2, _DEPTHS, _BEAMS), dtype=np.float32) * 10 ** (probe.noise_db / 20)
        field = [
            _blur(amplitude * ((1 - blood) * _sample(plane, column, row) + blood * new), probe) * shading + hiss
            for plane, new, hiss in zip(scatter, fresh, noise, strict=True)
        ]
        level = 20 * np.log10(np.hypot(field[0], field[1]) + 1e-6) + probe.gain_db
        grey = np.clip((level + probe.range_db) / probe.range_db, 0, 1) * 255
        images.append(cv2.remap(grey.astype(np.float32), *to_beams, cv2.INTER_LINEAR, borderValue=0))
        label = cv2.remap(tissue.label, column, row, cv2.INTER_NEAREST)
        labels.append(cv2.remap(label, *to_beams, cv2.INTER_NEAREST, borderValue=0))
    return np.rint(np.stack(images)).astype(np.uint8), np.stack(labels).astype(np.uint8)


def material_grid() -> tuple[Plane, Plane]:
    """x in [-1, 1] and y in [0, 2] of every pixel of a material map."""
    x = np.linspace(-1, 1, MAP_SIZE, dtype=np.float32)[None].repeat(MAP_SIZE, 0)
    y = np.linspace(0, 2, MAP_SIZE, dtype=np.float32)[:, None].repeat(MAP_SIZE, 1)
    return x, y


def smooth_noise(rng: np.random.Generator, cells: int, shape: tuple[int, int]) -> Plane:
    """Smooth noise of zero mean and unit variance with about `cells` cells across."""
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    fine = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray((fine - fine.mean()) / fine.std(), np.float32)


def soften(plane: NDArray[Any]) -> Plane:
    """A material map with its edges blurred as the body blurs them."""
    return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 1.5), np.float32)


def _beam_grid(probe: Probe, depth: Plane, angle: Plane) -> tuple[Plane, Plane]:
    reach = probe.radius + depth
    return reach * np.sin(angle), reach * np.cos(angle) - probe.radius * np.cos(probe.half_angle)


def _to_map(x: Plane, y: Plane) -> tuple[Plane, Plane]:
    scale = np.float32((MAP_SIZE - 1) / 2)
    return np.asarray((x + 1) * scale, np.float32), np.asarray(y * scale, np.float32)


def _sample(plane: Plane, column: Plane, row: Plane) -> Plane:
    return np.asarray(cv2.remap(plane, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32)


def _blur(field: Plane, probe: Probe) -> Plane:
    """Point spread function with unit gain for white scatterers, so that gain means the same everywhere."""
    blurred = cv2.GaussianBlur(
        field, (0, 0), sigmaX=probe.lateral_sigma, sigmaY=probe.axial_sigma, borderType=cv2.BORDER_REFLECT
    )
    power = 1 / (4 * np.pi * probe.lateral_sigma * probe.axial_sigma)
    return np.asarray(blurred / np.sqrt(2 * power), np.float32)


def _shading(probe: Probe, depth: Plane, rng: np.random.Generator) -> Plane:
    """Amplitude over depth and beam: attenuation, and shadows of poor contact or ribs that run down the beams."""
    contact = smooth_noise(rng, 7, (1, _BEAMS * 8))[:, ::8] if _BEAMS else np.zeros((1, 1))
    shadow_db = -np.clip(contact - 0.8, 0, None) * 14
    near = 6 * np.exp(-depth / 0.05)
    return np.asarray(
        10 ** ((shadow_db * np.minimum(depth * 6, 1) - probe.attenuation_db * depth + near) / 20), np.float32
    )


def _scan_conversion(probe: Probe, size: int) -> tuple[Plane, Plane]:
    """Maps for cv2.remap from the beam grid to a square image that just holds the sector."""
    top = probe.radius * np.cos(probe.half_angle)
    bottom = probe.radius + 1 - top
    half_width = (probe.radius + 1) * np.sin(probe.half_angle)
    scale = max(bottom, 2 * half_width) * 1.03 / size
    column, row = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    x = (column - (size - 1) / 2) * scale
    y = row * scale + top - 0.015 * bottom
    depth = np.hypot(x, y) - probe.radius
    angle = np.arctan2(x, y)
    beams = (angle / probe.half_angle + 1) / 2 * (_BEAMS - 1)
    return np.asarray(beams, np.float32), np.asarray(depth * (_DEPTHS - 1), np.float32)
