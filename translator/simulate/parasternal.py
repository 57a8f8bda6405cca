"""Parasternal views of a heart: long axis (PLAX) and short axis (PSAX), that beat. Labels: see `beat`."""

import numpy as np

from translator.simulate.anatomy import Anatomy, Body, Shape
from translator.simulate.beat import (
    AORTA,
    LA,
    LABELS,
    LV,
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
from translator.simulate.tissue import Canvas, Motion, Plane, Stroke, ellipse, turned

VERSION = 1


def _draw(subject: np.random.Generator) -> Shape:
    return {
        **draw_heart(subject),
        "lv_radius": float(subject.uniform(0.14, 0.19)),
        "rv_radius": float(subject.uniform(0.06, 0.1)),
        "wall": float(subject.uniform(0.055, 0.085)),
        "aorta": float(subject.uniform(0.075, 0.105)),
        "atrium": float(subject.uniform(0.1, 0.145)),
        "tilt": float(subject.uniform(-0.25, 0.1)),
        "centre_x": float(subject.uniform(-0.14, -0.04)),
        "centre_y": float(subject.uniform(0.42, 0.5)),
    }


def _long_axis(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    paint_surroundings(canvas, subject, apical=False)
    centre = (shape["centre_x"], shape["centre_y"])
    u, v = turned(canvas.x, canvas.y, centre, shape["tilt"])  # u: apex (negative) to base, v: downwards
    radius, wall, root, atrium = shape["lv_radius"], shape["wall"], shape["aorta"], shape["atrium"]
    base = 0.2
    root_v, atrium_v = -radius + 0.55 * root, -radius + 1.9 * root + atrium
    lv = np.maximum(chamber(-v, u, (0, -0.12), radius, 0.36, 0, 0.2), u - base)
    chambers = {
        LV: lv,
        RV: np.maximum(ellipse(u - 0.02, v + radius + wall + shape["rv_radius"], 0.34, shape["rv_radius"]), u - 0.4),
        AORTA: np.maximum(np.abs(v - root_v - 0.25 * (u - base)) - root, base - 0.02 - u),
        LA: ellipse(u - base - 0.8 * atrium, v - atrium_v, 1.1 * atrium, atrium),
    }
    muscle = around([(chambers[LV], wall), (chambers[RV], 0.5 * wall), (chambers[AORTA], 0.02), (chambers[LA], 0.02)])
    paint_heart(canvas, shape, subject, chambers, muscle)
    aorta = ellipse(u - base - 0.1, v - atrium_v - atrium - 0.11, 0.07, 0.065)  # descending
    canvas.edge(aorta, 0.01, -4, 10)
    canvas.fill(aorta < 0, shape["blood_db"], AORTA, blood=1.0)
    cycle = Cycle(shape["heart_rate"], rng, fps)
    turn = np.array([[np.cos(shape["tilt"]), np.sin(shape["tilt"])], [-np.sin(shape["tilt"]), np.cos(shape["tilt"])]])

    def strokes(t: float) -> list[Stroke]:
        low, high = root_v + root, radius * 0.9
        mitral = leaflets(
            np.array([[base, low], [base, high]]), np.array([base - 0.07, 0.6 * high + 0.4 * low]),
            np.array([-1.0, -0.1]), cycle.inflow(t),
        )  # fmt: skip
        valve = leaflets(
            np.array([[base + 0.01, root_v - root], [base + 0.01, root_v + root]]), np.array([base + 0.05, root_v]),
            np.array([1.0, 0.2]), cycle.outflow(t), half=0.005,
        )  # fmt: skip
        return [stroke._replace(points=stroke.points @ turn + centre) for stroke in mitral + valve]

    return Body(
        canvas.finish(strokes), _beating(shape, cycle, twist=0.0), cycle.through_plane(float(rng.uniform(0.6, 1.4)))
    )


def _short_axis(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    paint_surroundings(canvas, subject, apical=False)
    u, v = turned(canvas.x, canvas.y, (shape["centre_x"] + 0.1, shape["centre_y"]), shape["tilt"])
    radius, wall = 1.05 * shape["lv_radius"], 1.1 * shape["wall"]
    lv = ellipse(u, v, radius, 0.96 * radius)
    outside = radius + wall
    crescent = ellipse(u + 0.5 * outside, v + 0.35 * outside, outside + 0.4 * wall, 0.95 * outside)
    chambers = {LV: lv, RV: np.maximum(crescent, -(lv - wall))}
    muscle = around([(lv, wall), (chambers[RV], 0.4 * wall)])
    paint_heart(canvas, shape, subject, chambers, muscle)
    for angle in (0.65, 2.5):  # anterolateral and posteromedial
        at = (0.68 * radius * float(np.cos(angle)), 0.62 * radius * float(np.sin(angle)))
        paint_muscle_in(canvas, shape, np.maximum(ellipse(u - at[0], v - at[1], 0.032, 0.036), lv + 0.004))
    cycle = Cycle(shape["heart_rate"], rng, fps)
    return Body(
        canvas.finish(), _beating({**shape, "centre_x": shape["centre_x"] + 0.1}, cycle, twist=0.15),
        cycle.through_plane(float(rng.uniform(0.6, 1.4))),
    )  # fmt: skip


def _beating(shape: Shape, cycle: Cycle, twist: float) -> Motion:
    """Backward motion: towards the axis of the left ventricle, with a twist, and a swing of the whole."""
    cx, cy = np.float32(shape["centre_x"]), np.float32(shape["centre_y"])

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        now = cycle.systole(t)
        dx, dy = x - cx, y - cy
        near = np.exp(-((dx / 0.45) ** 2) - (dy / 0.34) ** 2)
        squeeze = np.float32(1.1 * shape["contraction"] * now) * near
        angle = np.float32(twist * now) * near
        flat = np.float32(1.0 if twist else 0.25)  # the long axis shortens less
        return (
            np.asarray(x + dx * squeeze * flat - dy * angle, np.float32),
            np.asarray(y + dy * squeeze + dx * angle - np.float32(0.015 * now), np.float32),
        )

    return motion


PLAX = Anatomy(
    "plax", "heart", "PLAX", {k: v for k, v in LABELS.items() if k in (1, 2, 3, 5, 6, 7)}, "phased", (130, 170),
    (0.92, 1.12), VERSION, _draw, _long_axis,
)  # fmt: skip
PSAX = Anatomy(
    "psax", "heart", "PSAX", {k: v for k, v in LABELS.items() if k in (1, 2, 5, 8)}, "phased", (130, 170),
    (0.85, 1.05), VERSION, _draw, _short_axis,
)  # fmt: skip
