"""A carotid artery that pulses, beside the jugular vein, across; a linear probe.

Labels: 1 lumen of the artery, 2 wall of the artery, 3 jugular vein, 4 thyroid, 5 muscle.
"""

import numpy as np

from translator.simulate.anatomy import Anatomy, Body, Shape
from translator.simulate.beat import Cycle
from translator.simulate.breath import still
from translator.simulate.tissue import Canvas, Motion, Plane, ellipse, smooth_noise, texture, turned

VERSION = 1
_ARTERY, _WALL, _VEIN, _THYROID, _MUSCLE = 1, 2, 3, 4, 5


def _draw(subject: np.random.Generator) -> Shape:
    return {
        "heart_rate": float(subject.uniform(52, 100)),
        "radius": float(subject.uniform(0.085, 0.12)),
        "intima": float(subject.uniform(0.015, 0.028)),
        "centre_x": float(subject.uniform(-0.08, 0.08)),
        "centre_y": float(subject.uniform(0.48, 0.6)),
        "vein": float(subject.uniform(0.09, 0.16)),
        "pulse": float(subject.uniform(0.05, 0.11)),
        "blood_db": float(subject.uniform(-52, -42)),
        "plaque": float(subject.uniform(0, 1)),
        "side": float(subject.choice([-1, 1])),
    }


def _body(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    x, y, side = canvas.x, canvas.y, shape["side"]
    wavy = 0.02 * smooth_noise(subject, 4, x.shape)
    canvas.fill(y > -1, -23 + texture(subject, 5, 4, 3))
    canvas.fill(y + wavy < 0.22, -20 + texture(subject, 4, 5, 7))  # fat
    sheet = np.asarray(y + wavy - 0.22 - 0.1 * side * x, np.float32)
    canvas.fill((sheet > 0) & (sheet < 0.13), -27 + texture(subject, 4, 4, 8), _MUSCLE)
    canvas.grain(sheet, 6, (sheet > 0) & (sheet < 0.13))
    broken = texture(subject, 3, 2, 5)
    for depth, level in ((0.0, -6.0), (0.13, -7.0)):
        canvas.edge(np.asarray(sheet - depth, np.float32), 0.008, level + 2 * broken, 20, mirror=0.1)
    canvas.edge(np.asarray(y - 0.035 + 0.3 * wavy, np.float32), 0.012, 0, 8, mirror=0.2)
    u, v = turned(x, y, (shape["centre_x"] - 0.3 * side, shape["centre_y"] + 0.02), 0)
    thyroid = np.asarray(ellipse(u, v, 0.2, 0.15) + 0.4 * wavy, np.float32)
    canvas.fill(thyroid < 0, -15 + texture(subject, 1.5, 1.5), _THYROID)
    canvas.edge(thyroid, 0.006, -8, 12)
    _vessels(canvas, shape, subject)
    spine = np.asarray(y - 0.9 + wavy + 0.1 * np.abs(x), np.float32)
    canvas.fill(spine > 0.012, -30, loss_db=60)
    canvas.edge(spine, 0.012, -5 + broken, 14, mirror=0.1)
    cycle = Cycle(shape["heart_rate"], rng, fps)
    return Body(canvas.finish(), _pulsing(shape, cycle), still)


def _vessels(canvas: Canvas, shape: Shape, subject: np.random.Generator) -> None:
    side, broken = shape["side"], texture(subject, 3, 2, 2)
    u, v = turned(canvas.x, canvas.y, _vein_centre(shape), 0.25 * side)
    vein = ellipse(u, v, shape["vein"], 0.55 * shape["vein"])
    canvas.edge(vein, 0.008, -11, 8)
    canvas.fill(vein < 0, shape["blood_db"], _VEIN, blood=1.0, loss_db=-12)
    u, v = turned(canvas.x, canvas.y, (shape["centre_x"], shape["centre_y"]), 0)
    artery = ellipse(u, v, shape["radius"], 0.97 * shape["radius"])
    thick = shape["intima"]
    canvas.fill(artery < thick, -22, _WALL)
    canvas.edge(np.asarray(artery - thick, np.float32), 0.009, -8 + broken, 20, mirror=0.1)
    canvas.label[(artery < thick) & (artery >= 0)] = _WALL
    canvas.edge(artery, 0.006, -11, 24, mirror=0.1)
    canvas.fill(artery < -0.004, shape["blood_db"], _ARTERY, blood=1.0, loss_db=-12)
    if shape["plaque"] > 0.7:  # calcified, with a shadow
        angle = float(subject.uniform(0, 2 * np.pi))
        at = 0.92 * shape["radius"] * np.array([np.cos(angle), np.sin(angle)])
        plaque = np.maximum(ellipse(u - float(at[0]), v - float(at[1]), 0.04, 0.025), artery - 0.01)
        canvas.fill(plaque < 0, 2, _WALL, loss_db=float(subject.uniform(150, 350)))


def _vein_centre(shape: Shape) -> tuple[float, float]:
    return shape["centre_x"] + shape["side"] * (shape["radius"] + 0.08), shape["centre_y"] - 0.14


def _pulsing(shape: Shape, cycle: Cycle) -> Motion:
    """The artery widens at once and narrows slowly; the vein gives way a little."""
    radius = np.float32(shape["radius"])

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        phase = cycle.phase(t)
        swell = np.float32(shape["pulse"] * (np.sin(np.pi * min(phase / 0.3, 1) / 2) if phase < 0.15 else
                                             0.72 * np.exp(-(phase - 0.15) / 0.3) + 0.04))  # fmt: skip
        dx, dy = x - np.float32(shape["centre_x"]), y - np.float32(shape["centre_y"])
        far = np.maximum(np.hypot(dx, dy) / radius, 1)
        yields = swell / far**2
        vx, vy = _vein_centre(shape)
        vein = np.exp(-(((x - vx) / 0.18) ** 2) - ((y - vy) / 0.1) ** 2) * np.float32(1.5 * swell)
        return (
            np.asarray(x - dx * yields, np.float32),
            np.asarray(y - dy * yields + (y - np.float32(vy)) * vein, np.float32),
        )

    return motion


CAROTID = Anatomy(
    "carotid", "carotid", "transverse",
    {_ARTERY: "lumen of the artery", _WALL: "wall of the artery", _VEIN: "jugular vein", _THYROID: "thyroid",
     _MUSCLE: "muscle"},
    "linear", (35, 45), (0.9, 1.1), VERSION, _draw, _body, turn=0.05, shift=0.05,
)  # fmt: skip
