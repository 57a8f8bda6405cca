"""A liver with its vessels and the diaphragm, in a convex view.

Labels: 1 liver, 2 vessel, 3 diaphragm, 4 gallbladder.
"""

import numpy as np

from translator.simulate.anatomy import Anatomy, Body, Shape
from translator.simulate.breath import breathing, still
from translator.simulate.tissue import Canvas, Plane, ellipse, smooth_noise, texture, turned

VERSION = 1
_LIVER, _VESSEL, _DIAPHRAGM, _GALLBLADDER = 1, 2, 3, 4


def paint_skin(canvas: Canvas, subject: np.random.Generator) -> None:
    """Skin, fat and muscle above an abdominal organ, and sometimes a rib that throws a shadow."""
    deep = float(subject.uniform(0.08, 0.16))
    line = canvas.y - deep + 0.012 * smooth_noise(subject, 5, canvas.x.shape)
    canvas.fill(line < 0, -12 + texture(subject, 1.5, 5, 12))
    for share in (0.35, 0.7):
        canvas.edge(np.asarray(line + share * deep, np.float32), 0.006, -3, 10, mirror=0.1)
    canvas.edge(np.asarray(line, np.float32), 0.007, -2, 12, mirror=0.2)
    if subject.random() < 0.4:
        rib = ellipse(canvas.x - float(subject.choice([-1, 1]) * subject.uniform(0.3, 0.45)), line, 0.05, 0.02)
        canvas.fill(rib < 0, 2, loss_db=float(subject.uniform(150, 400)))


def paint_liver(canvas: Canvas, subject: np.random.Generator, level_db: float, apart: Plane, vessel_label: int) -> None:
    """Liver everywhere with branching vessels, no nearer than 0.04 to `apart` (distance, negative inside)."""
    canvas.fill(canvas.y > -1, level_db + texture(subject, 1.2, 1.8))
    free = apart > 0.04
    winding = 0.03 * smooth_noise(subject, 5, canvas.x.shape)
    for _ in range(4):
        start = float(subject.uniform(-0.5, 0.5)), float(subject.uniform(0.1, 0.6))
        u, v = turned(canvas.x, canvas.y, start, float(subject.uniform(-1.2, 1.2)))
        bend, width, length = (float(value) for value in subject.uniform((-1.5, 0.008, 0.15), (1.5, 0.022, 0.5)))
        wall = float(subject.choice([-40.0, -7.0]))  # portal veins have bright walls, hepatic veins none
        vessel = np.abs(u - bend * v**2 + winding) - width * np.clip(1 - v / length, 0, 1) ** 0.5
        vessel = np.asarray(np.maximum(vessel, np.maximum(-v, v - length)), np.float32)
        if wall > -20:
            canvas.edge(vessel, 0.007, wall, 10, where=free)
        canvas.fill((vessel < 0) & free, -36, vessel_label, blood=1.0)
    for _ in range(24):  # small ones, cut across
        at = subject.uniform((-0.7, 0.15), (0.7, 1.0))
        u, v = turned(canvas.x, canvas.y, (float(at[0]), float(at[1])), float(subject.uniform(0, 3)))
        small = ellipse(u, v, float(subject.uniform(0.006, 0.02)), float(subject.uniform(0.004, 0.009)))
        if subject.random() < 0.6:
            canvas.edge(small, 0.006, -7, 6, where=free)
        canvas.fill((small < 0) & free, -33, vessel_label, blood=1.0)


def _draw(subject: np.random.Generator) -> Shape:
    return {
        "liver_db": float(subject.uniform(-13, -7)),
        "dome": float(subject.uniform(0.72, 0.9)),
        "dome_tilt": float(subject.uniform(-0.35, 0.35)),
        "gallbladder": float(subject.uniform(0.0, 0.07)),
        "breaths_per_minute": float(subject.uniform(10, 20)),
    }


def _body(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    dome = canvas.y - shape["dome"] - shape["dome_tilt"] * canvas.x + 0.45 * canvas.x**2
    dome = np.asarray(dome + 0.008 * smooth_noise(subject, 6, dome.shape), np.float32)
    far = np.full_like(dome, 1)
    paint_liver(canvas, subject, shape["liver_db"], far, _VESSEL)
    canvas.label[canvas.label != _VESSEL] = _LIVER
    canvas.fill(dome > 0, -20 + texture(subject, 3, 3), 0, loss_db=60)
    canvas.edge(dome, 0.012, 5, 18, mirror=0.6)
    canvas.label[np.abs(dome) < 0.012] = _DIAPHRAGM
    if shape["gallbladder"] > 0.03:
        u, v = turned(canvas.x, canvas.y, (0.2, 0.5), 0.6)
        sac = ellipse(u, v, 2 * shape["gallbladder"], shape["gallbladder"])
        canvas.edge(sac, 0.01, -2, 10)
        canvas.fill(sac < 0, -42, _GALLBLADDER, blood=1.0, loss_db=-25)  # fluid costs less: what lies below is brighter
    paint_skin(canvas, subject)
    canvas.label[(canvas.y < 0.1) & (canvas.label == _LIVER)] = 0
    motion = breathing(shape["breaths_per_minute"], (0.01, float(rng.uniform(0.015, 0.05))), 0.004, rng, fps)
    return Body(canvas.finish(), motion, still)


LIVER = Anatomy(
    "liver", "liver", "subcostal",
    {_LIVER: "liver", _VESSEL: "vessel", _DIAPHRAGM: "diaphragm", _GALLBLADDER: "gallbladder"},
    "convex", (140, 180), (0.9, 1.1), VERSION, _draw, _body,
)  # fmt: skip
