"""A lung between two ribs: a pleural line that slides, A-lines or B-lines, shadows. Convex or, as often, linear.

Labels: 1 chest wall, 2 pleural line, 3 lung (artefacts only), 4 rib and its shadow's origin.
"""

from collections.abc import Callable

import numpy as np

from translator.simulate.anatomy import Anatomy, Body, Shape
from translator.simulate.tissue import Canvas, Motion, Plane, ellipse, smooth_noise, texture

VERSION = 1
_CHEST, _PLEURA, _LUNG, _RIB = 1, 2, 3, 4


def _draw(subject: np.random.Generator) -> Shape:
    return {
        "pleura": float(subject.uniform(0.16, 0.26)),
        "ribs": float(subject.uniform(0.36, 0.5)),
        "wet": float(subject.uniform(0, 1)),  # above 0.5 there are B-lines
        "b_lines": float(subject.integers(1, 6)),
        "breaths_per_minute": float(subject.uniform(12, 22)),
        "slide": float(subject.uniform(0.01, 0.04)),
        "a_lines": float(subject.uniform(0.12, 0.35)),
        "reverberation": float(subject.uniform(0.02, 0.09)),
    }


def _body(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    x, y = canvas.x, canvas.y
    # the chest wall yields to the curved face
    pleura = y - shape["pleura"] + 0.45 * x**2 + 0.004 * smooth_noise(subject, 9, x.shape)
    pleura = np.asarray(pleura, np.float32)
    canvas.fill(y > -1, -15 + texture(subject, 2, 4, 12), _CHEST)
    for share in (0.3, 0.55, 0.8):
        at = pleura + shape["pleura"] * (1 - share) + 0.006 * smooth_noise(subject, 5, x.shape)
        canvas.edge(np.asarray(at, np.float32), 0.006, -6, 10, mirror=0.1)
    wet = shape["wet"] > 0.5
    canvas.fill(pleura > 0, -34 + texture(subject, 4, 2), _LUNG, loss_db=14)
    canvas.edge(pleura, 0.008, 2 + texture(subject, 2, 2), 14, mirror=0.5)
    canvas.label[np.abs(pleura) < 0.009] = _PLEURA
    along = np.exp(0.5 * smooth_noise(subject, 14, x.shape)[:1])  # how much each place of the pleura sends back
    rings = shape["reverberation"] * along
    if wet:
        for _ in range(int(shape["b_lines"])):
            foot, wide = float(subject.uniform(-0.3, 0.3)), float(subject.uniform(0.01, 0.05))
            rings = rings + float(subject.uniform(0.1, 0.5)) * np.exp(-(((x[:1] - foot) / wide) ** 2))
    below = np.abs(pleura - 0.012) < 0.01
    canvas.ring = np.where(below, rings, canvas.ring).astype(np.float32)
    for side in (-1, 1):
        rib = ellipse(x - side * shape["ribs"], np.asarray(pleura + 0.06, np.float32), 0.09, 0.035)
        canvas.fill(rib < 0.0, -18, _RIB, loss_db=500)
        canvas.edge(rib, 0.008, 0, 10, mirror=0.3, where=y < shape["pleura"] - 0.04)
    ratio = 0.0 if wet else shape["a_lines"]
    return Body(canvas.finish(ratio=ratio), _sliding(shape, rng, fps), _new_air(rng, fps))


def _sliding(shape: Shape, rng: np.random.Generator, fps: float) -> Motion:
    """The lung slides below the chest wall, which stays."""
    rate, phase = shape["breaths_per_minute"] / 60 / fps * 2 * np.pi, float(rng.uniform(0, 2 * np.pi))
    lift = float(rng.uniform(0.002, 0.008))

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        now = np.float32(np.sin(rate * t + phase))
        below = 1 / (1 + np.exp(-(y - np.float32(shape["pleura"])) / np.float32(0.01)))
        return (
            np.asarray(x + np.float32(shape["slide"]) * now * below, np.float32),
            np.asarray(y + np.float32(lift) * now, np.float32),
        )

    return motion


def _new_air(rng: np.random.Generator, fps: float) -> Callable[[float], float]:
    """The air below the pleura is never the same twice: the slice turns on and on."""
    per_frame = float(rng.uniform(0.3, 1.2)) / fps
    return lambda t: per_frame * t


LUNG = Anatomy(
    "lung", "lung", "intercostal",
    {_CHEST: "chest wall", _PLEURA: "pleural line", _LUNG: "lung (artefacts only)", _RIB: "rib"},
    "convex", (80, 130), (0.9, 1.1), VERSION, _draw, _body, turn=0.06, shift=0.06,
)  # fmt: skip
