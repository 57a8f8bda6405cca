"""A kidney beside liver in a convex view: an organ that no network here is ever trained on.

Labels: 0 outside, 1 renal sinus, 2 renal cortex, 3 vessel in the liver.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.simulate.scanner import Motion, Plane, Probe, Tissue, material_grid, scan, smooth_noise, soften

VERSION = 1
VIEW = "renal-long-axis"


def kidney_clip(
    subject: np.random.Generator, rng: np.random.Generator, frames: int, size: int, fps: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, Any]]:
    """Simulate one clip of one subject. Returns (frames, labels, parameters); uint8 (T, size, size) both.

    `subject` draws the anatomy, `rng` the probe, its settings, the motion and the speckle.
    """
    shape = {
        "long": subject.uniform(0.3, 0.4),
        "short": subject.uniform(0.15, 0.2),
        "tilt": subject.uniform(-0.4, 0.4),
        "centre_x": subject.uniform(-0.08, 0.08),
        "centre_y": subject.uniform(0.5, 0.6),
        "liver_db": subject.uniform(-14, -9),
        "cortex_db": subject.uniform(-19, -15),
        "breaths_per_minute": subject.uniform(10, 20),
    }
    probe = Probe(
        half_angle=rng.uniform(0.45, 0.55), radius=rng.uniform(0.4, 0.6), axial_sigma=rng.uniform(0.8, 1.3),
        lateral_sigma=rng.uniform(1.4, 2.4), gain_db=rng.uniform(-6, 1), range_db=rng.uniform(44, 58),
        attenuation_db=rng.uniform(2, 10), noise_db=rng.uniform(-46, -38),
    )  # fmt: skip
    images, labels = scan(_tissue(shape, rng), probe, _breath(shape, rng, fps), frames, size, rng)
    return images, labels, {"shape": shape, "probe": vars(probe), "version": VERSION}


def _tissue(shape: dict[str, float], rng: np.random.Generator) -> Tissue:
    x, y = material_grid()
    dx, dy = x - shape["centre_x"], y - shape["centre_y"]
    c, s = np.cos(shape["tilt"]), np.sin(shape["tilt"])
    u, v = c * dx + s * dy, -s * dx + c * dy
    body = np.hypot(u / shape["long"], v / shape["short"]) + 0.03 * smooth_noise(rng, 12, x.shape)
    sinus = np.hypot(u / (shape["long"] * 0.55), v / (shape["short"] * 0.42)) + 0.12 * smooth_noise(rng, 14, x.shape)
    vessel = np.zeros(x.shape, np.bool_)
    for _ in range(4):
        x0, slope, bend, width = (
            rng.uniform(-0.5, 0.5),
            rng.uniform(-1, 1),
            rng.uniform(-1, 1),
            rng.uniform(0.012, 0.025),
        )
        vessel |= np.abs(x - x0 - slope * (y - 0.3) - bend * (y - 0.3) ** 2) < width
    vessel &= body > 1.15
    echo = shape["liver_db"] + 1.5 * smooth_noise(rng, 30, x.shape)
    echo = np.where(vessel, -32, echo)
    echo = np.where(body < 1, shape["cortex_db"], echo)
    echo = np.where(np.abs(body - 1) < 0.05, -4, echo)
    echo = np.where(sinus < 1, -3 + 2 * smooth_noise(rng, 40, x.shape), echo)
    diaphragm = np.abs(y - 0.93 - 0.2 * (x - 0.1) ** 2) < 0.012
    echo = np.where(diaphragm, 4, echo)
    label = np.where(sinus < 1, 1, np.where(body < 1, 2, np.where(vessel, 3, 0))).astype(np.uint8)
    return Tissue(soften(echo), soften(vessel), label)


def _breath(shape: dict[str, float], rng: np.random.Generator, fps: float) -> Motion:
    """Sliding along with the breath, and a small pulse from the renal artery."""
    rate = shape["breaths_per_minute"] / 60 / fps
    reach, phase = rng.uniform(0.02, 0.06), rng.uniform(0, 2 * np.pi)
    pulse_rate, pulse = rng.uniform(55, 100) / 60 / fps, rng.uniform(0.002, 0.006)

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        slide = reach * np.sin(2 * np.pi * rate * t + phase)
        beat = pulse * np.sin(2 * np.pi * pulse_rate * t)
        return np.asarray(x + slide, np.float32), np.asarray(y + 0.3 * slide + beat, np.float32)

    return motion
