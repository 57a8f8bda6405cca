"""Before birth: a heart in four chambers within the thorax, and a head with its midline. Convex views.

Labels of the heart: those of `beat`, and 9 lung, 10 bone. Of the head: 1 brain, 2 skull, 3 midline,
4 lateral ventricle.
"""

import numpy as np

from translator.simulate.anatomy import Anatomy, Body, Shape
from translator.simulate.beat import (
    LA,
    LABELS,
    LEAFLET,
    LV,
    MYOCARDIUM,
    RA,
    RV,
    Cycle,
    around,
    chamber,
    draw_heart,
    leaflets,
    paint_heart,
)
from translator.simulate.breath import breathing, still
from translator.simulate.tissue import Canvas, Motion, Plane, Stroke, ellipse, smooth_noise, texture, turned

VERSION = 1
_LUNG, _BONE = 9, 10
_BRAIN, _SKULL, _MIDLINE, _VENTRICLE = 1, 2, 3, 4


def _draw_thorax(subject: np.random.Generator) -> Shape:
    return {
        **draw_heart(subject),
        "heart_rate": float(subject.uniform(120, 165)),
        "contraction": float(subject.uniform(0.14, 0.26)),
        "thorax": float(subject.uniform(0.25, 0.3)),
        "tilt": float(subject.uniform(-3.1, 3.1)),
        "centre_x": float(subject.uniform(-0.05, 0.05)),
        "centre_y": float(subject.uniform(0.48, 0.56)),
        "fluid_db": float(subject.uniform(-42, -34)),
    }


def _mother(canvas: Canvas, shape: Shape, subject: np.random.Generator) -> Plane:
    """Abdominal wall, uterus and placenta; returns the distance to the cavity."""
    wall = 0.16 + 0.03 * smooth_noise(subject, 5, canvas.x.shape)
    canvas.fill(canvas.y > -1, -13 + texture(subject, 2, 4, 8))
    cavity = np.asarray(np.maximum(wall - canvas.y, canvas.y - 0.93), np.float32)
    canvas.fill(cavity < 0, shape["fluid_db"], blood=1.0)
    side = canvas.x * float(subject.choice([-1, 1])) + 0.12 * smooth_noise(subject, 5, canvas.x.shape)
    canvas.fill((cavity < 0) & (side > 0.33), -11 + texture(subject, 2, 2))
    canvas.edge(cavity, 0.008, -3, 10)
    return cavity


def _thorax(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    _mother(canvas, shape, subject)
    centre = (shape["centre_x"], shape["centre_y"])
    u, v = turned(canvas.x, canvas.y, centre, shape["tilt"])
    size = shape["thorax"]
    chest = ellipse(u, v, size, 0.94 * size)
    canvas.edge(chest - 0.015, 0.012, -2, 6)
    canvas.fill(chest < 0.01, -10 + texture(subject, 2, 3, 3))
    canvas.fill(chest < -0.03, -13 + texture(subject, 1.5, 2), _LUNG)
    scale = size / 0.3
    lv_x, rv_x, base, long = 0.05 * scale, -0.055 * scale, 0.03 * scale, 0.105 * scale
    half, wall, atrium = 0.042 * scale, 0.018 * scale, 0.05 * scale
    chambers = {
        LV: np.maximum(chamber(u, v, (lv_x, -0.05 * scale), half, long, 0.15, 0.3), v - base),
        RV: np.maximum(chamber(u, v, (rv_x, -0.04 * scale), 1.05 * half, 0.9 * long, -0.15, 0.3), v - base),
        LA: np.maximum(chamber(u, v, (lv_x, base + 0.8 * atrium), 0.95 * atrium, atrium, 0, 0), base - v),
        RA: np.maximum(chamber(u, v, (rv_x, base + 0.8 * atrium), atrium, atrium, 0, 0), base - v),
    }
    muscle = around([(distance, wall) for distance in chambers.values()])
    paint_heart(canvas, {**shape, "rough": 0.3 * shape["rough"]}, subject, chambers, muscle)
    spine = ellipse(u, v - 0.86 * size, 0.035, 0.03)
    canvas.fill(spine < 0, 4, _BONE, loss_db=90)
    for angle in np.linspace(0.5, 2.64, 5):  # ribs, cut across
        for side in (-1, 1):
            at = (side * 0.93 * size * float(np.sin(angle)), 0.87 * size * float(np.cos(angle)))
            rib = ellipse(u - at[0], v - at[1], 0.018, 0.01)
            canvas.fill(rib < 0, 1, _BONE, loss_db=60)
    cycle = Cycle(shape["heart_rate"], rng, fps)
    c, s = np.cos(shape["tilt"]), np.sin(shape["tilt"])
    turn = np.array([[c, s], [-s, c]])

    def strokes(t: float) -> list[Stroke]:
        out = []
        for x in (lv_x, rv_x):
            hinges = np.array([[x - 0.8 * half, base], [x + 0.8 * half, base]])
            meet = np.array([x, base - 0.008])
            out += leaflets(hinges, meet, np.array([0.0, -1.0]), cycle.inflow(t), half=0.004)
        return [stroke._replace(points=stroke.points @ turn + centre) for stroke in out]

    motion = _beating(shape, cycle, scale)
    return Body(canvas.finish(strokes), motion, cycle.through_plane(float(rng.uniform(0.2, 0.6))))


def _beating(shape: Shape, cycle: Cycle, scale: float) -> Motion:
    c, s = np.float32(np.cos(shape["tilt"])), np.float32(np.sin(shape["tilt"]))

    def motion(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        squeeze = np.float32(shape["contraction"] * cycle.systole(t))
        u, v = turned(x, y, (shape["centre_x"], shape["centre_y"]), shape["tilt"])
        near = np.exp(-((u / (0.16 * scale)) ** 2) - ((v + 0.03) / (0.2 * scale)) ** 2)
        apart = u - np.float32(0.05 * scale) * np.tanh(u / np.float32(0.03 * scale))
        across = 1.3 * apart * squeeze * near
        along = (v + np.float32(0.14 * scale)) * 0.5 * squeeze * near
        return np.asarray(x + c * across - s * along, np.float32), np.asarray(y + s * across + c * along, np.float32)

    return motion


def _draw_head(subject: np.random.Generator) -> Shape:
    return {
        "long": float(subject.uniform(0.36, 0.43)),
        "short": float(subject.uniform(0.27, 0.32)),
        "skull": float(subject.uniform(0.012, 0.02)),
        "tilt": float(subject.uniform(-0.4, 0.4)),
        "centre_x": float(subject.uniform(-0.05, 0.05)),
        "centre_y": float(subject.uniform(0.5, 0.56)),
        "brain_db": float(subject.uniform(-25, -18)),
        "fluid_db": float(subject.uniform(-42, -34)),
    }


def _head(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    _mother(canvas, shape, subject)
    u, v = turned(canvas.x, canvas.y, (shape["centre_x"], shape["centre_y"]), shape["tilt"])
    head = ellipse(u, v, shape["long"], shape["short"])
    inner = head + shape["skull"]
    canvas.fill(inner < 0.04, -12 + texture(subject, 2, 3))  # scalp
    canvas.fill(inner < 0, shape["brain_db"] + texture(subject, 3, 3), _BRAIN)
    folds = np.sin(26 * inner + 2 * smooth_noise(subject, 8, u.shape)) > 0.93
    canvas.fill(folds & (inner < -0.02) & (v > 0), shape["brain_db"] + 9, _BRAIN)
    ventricle = ellipse(u + 0.1, v - 0.4 * shape["short"], 0.12, 0.028)
    canvas.edge(ventricle, 0.007, -6, 14)
    canvas.fill(ventricle < 0, -40, _VENTRICLE, blood=1.0)
    plexus = ellipse(u + 0.13, v - 0.42 * shape["short"], 0.05, 0.018)
    canvas.fill(plexus < 0, -8, _VENTRICLE)
    falx = np.abs(v + 0.004 * smooth_noise(subject, 6, u.shape))
    broken = (np.abs(u) > 0.09) & (np.abs(u) < 0.88 * shape["long"])
    canvas.edge(falx, 0.006, -1, 16, mirror=0.2, where=broken)
    canvas.label[(falx < 0.008) & broken] = _MIDLINE
    cavum = (np.abs(np.abs(v) - 0.018) < 0.004) & (np.abs(u - 0.09) < 0.05)
    canvas.fill(cavum, -6, _MIDLINE)
    canvas.edge(head + shape["skull"] / 2, shape["skull"] / 2, 6, 22, mirror=0.5)
    bone = np.abs(head + shape["skull"] / 2) < shape["skull"] / 2
    canvas.label[bone] = _SKULL
    canvas.loss[bone] = float(subject.uniform(80, 220))
    motion = breathing(float(rng.uniform(10, 20)), (0.006, 0.004), 0.002, rng, fps)
    return Body(canvas.finish(), motion, still)


FETAL_HEART = Anatomy(
    "fetal-heart", "fetal heart", "four-chamber",
    {**{k: LABELS[k] for k in (LV, RV, LA, RA, MYOCARDIUM, LEAFLET)}, _LUNG: "lung", _BONE: "bone"},
    "convex", (90, 130), (0.75, 1.0), VERSION, _draw_thorax, _thorax,
)  # fmt: skip
FETAL_HEAD = Anatomy(
    "fetal-head", "fetal head", "transthalamic",
    {_BRAIN: "brain", _SKULL: "skull", _MIDLINE: "midline", _VENTRICLE: "lateral ventricle"},
    "convex", (120, 160), (0.85, 1.05), VERSION, _draw_head, _head,
)  # fmt: skip
