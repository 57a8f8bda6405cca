"""A heart in an apical four-chamber view: chambers, septum, valves and pericardium that beat.

Shapes are simple and the motion is smooth; it is an A4C-like phantom, not a model of any person.
Labels: 0 outside, 1 left ventricle, 2 right ventricle, 3 left atrium, 4 right atrium, 5 myocardium.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.simulate.scanner import Motion, Plane, Probe, Tissue, material_grid, scan, smooth_noise, soften

VERSION = 1
VIEW = "A4C"


def heart_clip(
    subject: np.random.Generator, rng: np.random.Generator, frames: int, size: int, fps: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, Any]]:
    """Simulate one clip of one subject. Returns (frames, labels, parameters); uint8 (T, size, size) both.

    `subject` draws the anatomy, `rng` the probe, its settings, the motion and the speckle.
    """
    shape = {
        "lv_half_width": subject.uniform(0.13, 0.19),
        "lv_half_length": subject.uniform(0.24, 0.31),
        "rv_half_width": subject.uniform(0.09, 0.15),
        "wall": subject.uniform(0.045, 0.075),
        "atrium": subject.uniform(0.11, 0.16),
        "tilt": subject.uniform(-0.25, 0.25),
        "centre_x": subject.uniform(-0.04, 0.08),
        "centre_y": subject.uniform(0.42, 0.48),
        "contraction": subject.uniform(0.12, 0.3),
        "heart_rate": subject.uniform(52, 105),
        "blood_db": subject.uniform(-34, -24),
        "wall_db": subject.uniform(-9, -3),
    }
    probe = Probe(
        half_angle=rng.uniform(0.6, 0.75), radius=0.0, axial_sigma=rng.uniform(0.9, 1.5),
        lateral_sigma=rng.uniform(1.6, 2.8), gain_db=rng.uniform(-10, -4), range_db=rng.uniform(42, 56),
        attenuation_db=rng.uniform(2, 12), noise_db=rng.uniform(-46, -36),
    )  # fmt: skip
    motion = _beat(shape, rng, fps)
    images, labels = scan(_tissue(shape, rng), probe, motion, frames, size, rng)
    return images, labels, {"shape": shape, "probe": vars(probe), "version": VERSION}


def _tissue(shape: dict[str, float], rng: np.random.Generator) -> Tissue:
    x, y = material_grid()
    u, v = _axes(x, y, shape)
    wall, long, wide = shape["wall"], shape["lv_half_length"], shape["lv_half_width"]
    # the LV tapers towards the apex (v < 0)
    lv = _ellipse(u, v, 0, 0, wide * (1 + 0.35 * np.clip(v / long, -1, 1)), long)
    rv_x = -(wide + wall + shape["rv_half_width"])
    rv = _ellipse(u, v, rv_x, 0.06, shape["rv_half_width"], long * 0.8)
    base = long + wall * 0.7
    atria_v, atrium, thin = base + shape["atrium"], shape["atrium"], wall * 0.45
    la = _ellipse(u, v, 0.01, atria_v, atrium * 1.05, atrium)
    ra = _ellipse(u, v, rv_x, atria_v, atrium * 0.95, atrium)
    chambers = np.minimum.reduce([lv, rv, la, ra])
    muscle = np.minimum.reduce(
        [
            _ellipse(u, v, 0, 0, wide + wall, long + wall),
            _ellipse(u, v, rv_x, 0.06, shape["rv_half_width"] + wall * 0.6, long * 0.8 + wall * 0.6),
            _ellipse(u, v, 0.01, atria_v, atrium * 1.05 + thin, atrium + thin),
            _ellipse(u, v, rv_x, atria_v, atrium * 0.95 + thin, atrium + thin),
        ]
    )  # fmt: skip
    echo = -15 + 3 * smooth_noise(rng, 9, x.shape)
    echo = np.where(muscle < 0, shape["wall_db"] + 2 * smooth_noise(rng, 24, x.shape), echo)
    echo = np.where(np.abs(muscle) < 0.012, rng.uniform(0, 5), echo)  # pericardium and fat
    blood = chambers < 0
    echo = np.where(blood, shape["blood_db"], echo)
    echo = np.where(_leaflets(u, v, base, rv_x, wide, shape), rng.uniform(-2, 4), echo)
    label = np.zeros(x.shape, np.uint8)
    label[muscle < 0] = 5
    for value, chamber in ((4, ra), (3, la), (2, rv), (1, lv)):
        label[chamber < 0] = value
    return Tissue(soften(echo), soften(blood), label)


def _leaflets(u: Plane, v: Plane, base: float, rv_x: float, wide: float, shape: dict[str, float]) -> NDArray[np.bool_]:
    """Mitral and tricuspid leaflets: two short bright lines each, meeting below the valve plane."""
    found = np.zeros(u.shape, np.bool_)
    for centre, half in ((0.0, wide), (rv_x, shape["rv_half_width"])):
        inside = np.abs(u - centre) < half
        sag = base - 0.03 - 0.07 * (1 - np.abs(u - centre) / half)
        found |= inside & (np.abs(v - sag) < 0.009)
    return found


def _axes(x: Plane, y: Plane, shape: dict[str, float]) -> tuple[Plane, Plane]:
    """Coordinates across (u) and along (v) the heart's long axis."""
    dx, dy = x - shape["centre_x"], y - shape["centre_y"]
    c, s = np.cos(shape["tilt"]), np.sin(shape["tilt"])
    return np.asarray(c * dx + s * dy, np.float32), np.asarray(-s * dx + c * dy, np.float32)


def _ellipse(u: Plane, v: Plane, cu: float, cv: float, a: float | Plane, b: float) -> Plane:
    """Approximate signed distance to an ellipse, negative inside."""
    return np.asarray((np.hypot((u - cu) / a, (v - cv) / b) - 1) * np.minimum(a, b), np.float32)


def _beat(shape: dict[str, float], rng: np.random.Generator, fps: float) -> Motion:
    """Backward motion: contraction towards the LV axis, shortening of the base towards the apex, a drifting hand."""
    period = 60 / shape["heart_rate"] * fps
    offset = rng.uniform(0, 1)
    drift: list[Callable[[float], float]] = [_sway(rng, fps) for _ in range(2)]

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        squeeze = shape["contraction"] * _systole((t / period + offset) % 1)
        u, v = _axes(x, y, shape)
        near = np.exp(-((u / 0.45) ** 2 + (v / 0.55) ** 2))
        du = u * squeeze * 0.9 * near
        dv = (v + shape["lv_half_length"]) * squeeze * 0.45 * near
        c, s = np.cos(shape["tilt"]), np.sin(shape["tilt"])
        return (
            np.asarray(x + c * du - s * dv + drift[0](t), np.float32),
            np.asarray(y + s * du + c * dv + drift[1](t), np.float32),
        )

    return motion


def _systole(phase: float) -> float:
    """Contraction 0..1 over the cycle: fast in, slower out, a rest."""
    if phase < 0.35:
        return float(np.sin(phase / 0.35 * np.pi / 2) ** 2)
    return float(np.cos(min((phase - 0.35) / 0.4, 1) * np.pi / 2) ** 2)


def _sway(rng: np.random.Generator, fps: float) -> Callable[[float], float]:
    amplitude, rate, phase = rng.uniform(0.002, 0.01), rng.uniform(0.1, 0.5), rng.uniform(0, 2 * np.pi)
    return lambda t: float(amplitude * np.sin(2 * np.pi * rate * t / fps + phase))
