"""A kidney beside liver in a convex view: an organ that no network here is ever trained on.

Labels: 1 renal sinus, 2 renal cortex, 3 vessel in the liver, 4 pyramid.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from translator.simulate.anatomy import Anatomy, Body, Shape, simulate
from translator.simulate.breath import breathing, still
from translator.simulate.liver import paint_liver, paint_skin
from translator.simulate.tissue import Canvas, ellipse, smooth_noise, texture, turned

VERSION = 2
_SINUS, _CORTEX, _VESSEL, _PYRAMID = 1, 2, 3, 4


def _draw(subject: np.random.Generator) -> Shape:
    return {
        "long": float(subject.uniform(0.3, 0.4)),
        "short": float(subject.uniform(0.15, 0.2)),
        "tilt": float(subject.uniform(-0.4, 0.4)),
        "centre_x": float(subject.uniform(-0.08, 0.08)),
        "centre_y": float(subject.uniform(0.5, 0.6)),
        "liver_db": float(subject.uniform(-14, -9)),
        "cortex_db": float(subject.uniform(-20, -15)),
        "breaths_per_minute": float(subject.uniform(10, 20)),
    }


def _body(shape: Shape, subject: np.random.Generator, rng: np.random.Generator, fps: float) -> Body:
    canvas = Canvas()
    u, v = turned(canvas.x, canvas.y, (shape["centre_x"], shape["centre_y"]), shape["tilt"])
    lumpy = 0.02 * smooth_noise(subject, 12, u.shape)
    body = np.asarray(ellipse(u, v, shape["long"], shape["short"]) + 0.25 * lumpy, np.float32)
    paint_liver(canvas, subject, shape["liver_db"], body, _VESSEL)
    canvas.fill(body < 0.03, -5 + texture(subject, 2, 3, 5))  # fat around it
    canvas.edge(body - 0.006, 0.008, 0, 14, mirror=0.2)
    canvas.fill(body < 0, shape["cortex_db"] + texture(subject, 1.5, 1.5), _CORTEX)
    branches = 0.045 * smooth_noise(subject, 14, u.shape)
    sinus = np.asarray(ellipse(u, v, 0.58 * shape["long"], 0.4 * shape["short"]) + branches, np.float32)
    for step, angle in enumerate(np.linspace(0, 2 * np.pi, 11)[:-1]):
        at = (0.72 * shape["long"] * float(np.cos(angle)), 0.66 * shape["short"] * float(np.sin(angle)))
        pyramid = ellipse(u - at[0], v - at[1], 0.032 + 0.006 * (step % 3), 0.028)
        canvas.fill((pyramid < 0) & (sinus > 0), shape["cortex_db"] - 6, _PYRAMID)
    canvas.fill(sinus < 0, -4 + texture(subject, 3, 4, 3), _SINUS)
    paint_skin(canvas, subject)
    motion = breathing(shape["breaths_per_minute"], (float(rng.uniform(0.02, 0.06)), 0.01), 0.004, rng, fps)
    return Body(canvas.finish(), motion, still)


KIDNEY = Anatomy(
    "kidney", "kidney", "renal-long-axis",
    {_SINUS: "renal sinus", _CORTEX: "renal cortex", _VESSEL: "vessel in the liver", _PYRAMID: "pyramid"},
    "convex", (130, 160), (0.9, 1.1), VERSION, _draw, _body,
)  # fmt: skip


def kidney_clip(
    subject: np.random.Generator, rng: np.random.Generator, frames: int, size: int, fps: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], dict[str, Any]]:
    """Simulate one clip of one subject. Returns (frames, labels, parameters); uint8 (T, size, size) both.

    `subject` draws the anatomy, `rng` the scanner, its settings, the motion and the speckle.
    """
    made = simulate(KIDNEY, subject, rng, frames, size, fps)
    return made.frames, made.labels, made.parameters
