"""Apical views of a heart: four chambers (A4C) and two (A2C), that beat. Labels: see `beat`.

Shapes are simple and the motion is smooth; these are phantoms, not models of any person.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.simulate.anatomy import Anatomy, Body, Shape, simulate
from translator.simulate.beat import (
    AORTA,
    LA,
    LABELS,
    LV,
    RA,
    RV,
    Cycle,
    around,
    chamber,
    draw_heart,
    leaflets,
    paint_heart,
    paint_muscle_in,
    paint_surroundings,
)
from translator.simulate.tissue import Canvas, Motion, Plane, Stroke, turned

VERSION = 2


def _draw(subject: np.random.Generator) -> Shape:
    return {
        **draw_heart(subject),
        "lv_half_width": float(subject.uniform(0.12, 0.175)),
        "lv_half_length": float(subject.uniform(0.24, 0.29)),
        "rv_half_width": float(subject.uniform(0.085, 0.13)),
        "wall": float(subject.uniform(0.05, 0.08)),
        "atrium": float(subject.uniform(0.11, 0.15)),
        "tilt": float(subject.uniform(-0.2, 0.2)),
        "centre_x": float(subject.uniform(-0.02, 0.08)),
        "centre_y": float(subject.uniform(0.38, 0.44)),
    }


def _four_chambers(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    paint_surroundings(canvas, subject, apical=True)
    u, v = _axes(canvas.x, canvas.y, shape)
    wall, long, wide, rv_wide = shape["wall"], shape["lv_half_length"], shape["lv_half_width"], shape["rv_half_width"]
    rv_x, atrium = -(wide + 0.8 * wall + rv_wide), shape["atrium"]
    base = 0.8 * long
    chambers = {
        LV: np.maximum(chamber(u, v, (0, 0), wide, long, 0, 0.25), v - base),
        RV: np.maximum(chamber(u, v, (rv_x, 0.1 * long), rv_wide, 0.8 * long, 0.22, 0.4), v - base),
        LA: np.maximum(chamber(u, v, (0.01, base + 0.7 * atrium), 1.02 * atrium, 0.95 * atrium, 0.1, -0.12), base - v),
        RA: np.maximum(chamber(u, v, (rv_x, base + 0.7 * atrium), 0.92 * atrium, 0.95 * atrium, -0.15, -0.1), base - v),
    }
    muscle = around(
        [(chambers[LV], wall), (chambers[RV], 0.45 * wall), (chambers[LA], 0.3 * wall), (chambers[RA], 0.3 * wall)]
    )
    paint_heart(canvas, shape, subject, chambers, muscle)
    for side in (-1, 1):  # trabeculae and the feet of the papillary muscles
        foot = chamber(u, v, (side * 0.88 * wide, -0.1 * long), 0.022, 0.08, side * 0.1, 0)
        paint_muscle_in(canvas, shape, np.maximum(foot, chambers[LV] + 0.004))
    band = chamber(u, v, (rv_x + 0.05, -0.25 * long), rv_wide, 0.011, 0.5, 0)
    paint_muscle_in(canvas, shape, np.maximum(band, chambers[RV] + 0.004))
    cycle = Cycle(shape["heart_rate"], rng, fps)

    def strokes(t: float) -> list[Stroke]:
        opening, ahead = cycle.inflow(t), np.array([0.0, -1.0])
        out = []
        for centre, half in ((0.0, 0.62 * wide), (rv_x, 0.75 * rv_wide)):
            hinges = np.array([[centre - half, base], [centre + half, base]])
            meet = np.array([centre - 0.15 * half, base - 0.02])
            out += leaflets(hinges, meet, ahead, opening)
        return [stroke._replace(points=_from_axes(stroke.points, shape)) for stroke in out]

    return Body(canvas.finish(strokes), _beating(shape, cycle), cycle.through_plane(float(rng.uniform(0.6, 1.4))))


def _two_chambers(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    paint_surroundings(canvas, subject, apical=True)
    u, v = _axes(canvas.x, canvas.y, shape)
    wall, long, wide, atrium = shape["wall"], 1.08 * shape["lv_half_length"], shape["lv_half_width"], shape["atrium"]
    base = 0.78 * long
    chambers = {
        LV: np.maximum(chamber(u, v, (0, 0), wide, long, 0, 0.22), v - base),
        LA: np.maximum(
            chamber(u, v, (-0.01, base + 0.65 * atrium), 1.15 * atrium, 0.95 * atrium, -0.1, -0.1), base - v
        ),
    }
    muscle = around([(chambers[LV], wall), (chambers[LA], 0.3 * wall)])
    paint_heart(canvas, shape, subject, chambers, muscle)
    foot = chamber(u, v, (0.8 * wide, 0.05 * long), 0.028, 0.1, 0.15, 0)
    paint_muscle_in(canvas, shape, np.maximum(foot, chambers[LV] + 0.004))
    cycle = Cycle(shape["heart_rate"], rng, fps)

    def strokes(t: float) -> list[Stroke]:
        half = 0.68 * wide
        out = leaflets(
            np.array([[-half, base], [half, base]]), np.array([0.1 * half, base - 0.02]), np.array([0.0, -1.0]),
            cycle.inflow(t),
        )  # fmt: skip
        return [stroke._replace(points=_from_axes(stroke.points, shape)) for stroke in out]

    return Body(canvas.finish(strokes), _beating(shape, cycle), cycle.through_plane(float(rng.uniform(0.6, 1.4))))


def _axes(x: Plane, y: Plane, shape: Shape) -> tuple[Plane, Plane]:
    """Coordinates across (u) and along (v) the heart's long axis."""
    return turned(x, y, (shape["centre_x"], shape["centre_y"]), shape["tilt"])


def _from_axes(points: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    c, s = np.cos(shape["tilt"]), np.sin(shape["tilt"])
    turn = np.array([[c, s], [-s, c]])
    return np.asarray(points @ turn + (shape["centre_x"], shape["centre_y"]), np.float64)


def _beating(shape: Shape, cycle: Cycle) -> Motion:
    """Backward motion: walls move in and thicken, the base comes down to the apex and draws the atria out."""
    c, s = np.float32(np.cos(shape["tilt"])), np.float32(np.sin(shape["tilt"]))

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        squeeze = np.float32(shape["contraction"] * cycle.systole(t))
        u, v = _axes(x, y, shape)
        near = np.exp(-((u / 0.42) ** 2) - ((v - 0.05) / 0.5) ** 2)
        reach = np.clip(v / shape["lv_half_length"], -1, 1)
        across = u * squeeze * near * (0.9 - 0.8 * np.clip(reach, 0, 1) ** 2)
        along = (v + shape["lv_half_length"]) * squeeze * 0.5 * near
        return np.asarray(x + c * across - s * along, np.float32), np.asarray(y + s * across + c * along, np.float32)

    return motion


A4C = Anatomy(
    "a4c", "heart", "A4C", {k: v for k, v in LABELS.items() if k != AORTA}, "phased", (140, 180),
    (0.92, 1.12), VERSION, _draw, _four_chambers,
)  # fmt: skip
A2C = Anatomy(
    "a2c", "heart", "A2C", {k: v for k, v in LABELS.items() if k in (1, 3, 5, 6, 8)}, "phased", (140, 180),
    (0.92, 1.12), VERSION, _draw, _two_chambers,
)  # fmt: skip


def heart_clip(
    subject: np.random.Generator, rng: np.random.Generator, frames: int, size: int, fps: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, Any]]:
    """Simulate one A4C clip of one subject. Returns (frames, labels, parameters); uint8 (T, size, size) both.

    `subject` draws the anatomy, `rng` the scanner, its settings, the motion and the speckle.
    """
    made = simulate(A4C, subject, rng, frames, size, fps)
    return made.frames, made.labels, made.parameters
