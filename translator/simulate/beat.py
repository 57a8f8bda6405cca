"""The cardiac cycle, breathing, and the myocardium that all views of the heart share.

Labels of every heart view: 1 left ventricle, 2 right ventricle, 3 left atrium, 4 right atrium, 5 myocardium,
6 valve leaflet, 7 aorta or outflow tract, 8 papillary muscle or moderator band.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from translator.simulate.anatomy import Shape
from translator.simulate.tissue import Canvas, Plane, Stroke, ellipse, smooth_noise, smooth_union, texture, turned

LV, RV, LA, RA, MYOCARDIUM, LEAFLET, AORTA, PAPILLARY = range(1, 9)
LABELS = {
    LV: "left ventricle", RV: "right ventricle", LA: "left atrium", RA: "right atrium", MYOCARDIUM: "myocardium",
    LEAFLET: "valve leaflet", AORTA: "aorta or outflow tract", PAPILLARY: "papillary muscle or moderator band",
}  # fmt: skip


def draw_heart(subject: np.random.Generator) -> Shape:
    """What all views share: rate [1/min], contraction, and levels [dB]."""
    return {
        "heart_rate": float(subject.uniform(52, 105)),
        "contraction": float(subject.uniform(0.16, 0.32)),
        "blood_db": float(subject.uniform(-48, -36)),
        "wall_db": float(subject.uniform(-14, -8)),
        "patchy_db": float(subject.uniform(3, 6)),
        "fibre_db": float(subject.uniform(8, 18)),
        "rough": float(subject.uniform(0.004, 0.012)),
    }


class Cycle:
    """Phase 0..1 of each frame from the R wave, and what follows from it."""

    def __init__(self, rate: float, rng: np.random.Generator, fps: float) -> None:
        """Rate in beats per minute; starts anywhere in the cycle."""
        self._per_frame = rate / 60 / fps
        self._offset = float(rng.uniform(0, 1))

    def phase(self, t: float) -> float:
        """Phase of frame t."""
        return (t * self._per_frame + self._offset) % 1

    def systole(self, t: float) -> float:
        """Contraction 0..1: fast in, slower out, rest, and the little that the atria add."""
        phase = self.phase(t)
        if phase < 0.35:
            return float(np.sin(phase / 0.35 * np.pi / 2) ** 2)
        relaxed = float(np.cos(min((phase - 0.35) / 0.33, 1) * np.pi / 2) ** 2)
        return 0.92 * relaxed + 0.08 * float(np.clip((1 - phase) / 0.15, 0, 1)) * (1 if phase > 0.5 else relaxed)

    def inflow(self, t: float) -> float:
        """Opening 0..1 of the valves between atria and ventricles: E wave, half shut, A wave."""
        phase = self.phase(t)
        early = np.exp(-(((phase - 0.53) / 0.07) ** 2))
        late = 0.75 * np.exp(-(((phase - 0.89) / 0.05) ** 2))
        between = 0.35 * float(0.5 < phase < 0.95)
        return float(max(early, late, between))

    def outflow(self, t: float) -> float:
        """Opening 0..1 of the aortic valve."""
        phase = self.phase(t)
        return float(np.clip(min((phase - 0.05) / 0.05, (0.37 - phase) / 0.05), 0, 1))

    def through_plane(self, turn: float) -> Callable[[float], float]:
        """The heart moves through the slice as it contracts: other scatterers come, and the old ones come back."""
        return lambda t: turn * self.systole(t)


def paint_surroundings(canvas: Canvas, subject: np.random.Generator, apical: bool) -> None:
    """Chest wall, and the fat and lung around a heart."""
    canvas.fill(canvas.y > -1, -25 + texture(subject, 5, 2, 4))
    chest = canvas.y < 0.06 + 0.02 * smooth_noise(subject, 5, canvas.x.shape)
    canvas.fill(chest, -10 + texture(subject, 3, 4, 9))
    if apical:
        beside = np.abs(canvas.x - 0.03 * smooth_noise(subject, 6, canvas.x.shape)) - 0.24 - 0.45 * canvas.y
        canvas.fill(beside > 0, -30 + texture(subject, 4, 2, 3), loss_db=float(subject.uniform(2, 18)))


def paint_heart(
    canvas: Canvas, shape: Shape, subject: np.random.Generator, chambers: dict[int, Plane], muscle: Plane
) -> None:
    """Myocardium with its chambers. Distances are negative inside; `muscle` encloses the chambers."""
    rough = shape["rough"] * (0.6 * smooth_noise(subject, 22, muscle.shape) + smooth_noise(subject, 9, muscle.shape))
    muscle = np.asarray(muscle + rough, np.float32)
    patches = texture(subject, shape["patchy_db"], 3.5, 3)
    fat = np.asarray(muscle - 0.02, np.float32)
    canvas.fill((fat < 0.015) & (fat > -0.03), -12 + 1.3 * patches)
    canvas.grain(fat, 14, (fat < 0.015) & (fat > -0.03))
    canvas.fill(muscle < 0, shape["wall_db"] + patches, MYOCARDIUM)
    canvas.grain(muscle, shape["fibre_db"], muscle < 0)
    bright = float(subject.uniform(-3, 3)) + 1.5 * patches
    canvas.edge(muscle - 0.006, 0.011, bright, 22, mirror=float(subject.uniform(0.05, 0.3)))
    for label, distance in chambers.items():
        if label in (LA, RA):  # thin walls that bulge, and veins that come in
            distance = distance + 0.014 * smooth_noise(subject, 8, muscle.shape)
        uneven = distance + shape["rough"] * smooth_noise(subject, 30, muscle.shape) * (1.0 if label != RV else 1.5)
        canvas.edge(uneven, 0.008, shape["wall_db"] + 4 + 1.2 * patches, 20, mirror=0.05)
        canvas.fill(uneven < -0.004, shape["blood_db"], label, blood=1.0)


def paint_muscle_in(canvas: Canvas, shape: Shape, distance: Plane) -> None:
    """Papillary muscle or moderator band: muscle that lies in a chamber."""
    lumpy = distance + shape["rough"] * np.sin(55 * canvas.x + 8) * np.sin(47 * canvas.y)
    canvas.fill(lumpy < 0, shape["wall_db"] - 1, PAPILLARY)


def chamber(x: Plane, y: Plane, centre: tuple[float, float], a: float, b: float, angle: float, taper: float) -> Plane:
    """Egg with half axes a (across) and b (along v); taper > 0 narrows the end at negative v."""
    u, v = turned(x, y, centre, angle)
    return ellipse(u, v, a * (1 + taper * np.clip(v / b, -1, 1)), b)


def around(chambers: list[tuple[Plane, float]]) -> Plane:
    """Walls of the given thickness around chambers, grown together."""
    return smooth_union(*(np.asarray(distance - wall, np.float32) for distance, wall in chambers), width=0.03)


def leaflets(
    hinges: NDArray[np.float64], meet: NDArray[np.float64], ahead: NDArray[np.float64], opening: float,
    half: float = 0.004, echo_db: float = -10.0,
) -> list[Stroke]:  # fmt: skip
    """Two leaflets: hinges (2, 2), the point where they meet, and the way of the flow; opening 0..1."""
    strokes = []
    for hinge in hinges:
        closed, length = meet - hinge, float(np.hypot(*(meet - hinge)))
        open_tip = 0.22 * closed + 0.95 * length * ahead
        tip = hinge + (1 - opening) * closed + opening * open_tip
        middle = hinge + 0.5 * (tip - hinge) + (0.12 - 0.2 * opening) * length * ahead * (1 - opening)
        belly = hinge + 0.5 * (tip - hinge) + (0.5 * (middle - hinge - 0.5 * (tip - hinge)))
        strokes.append(Stroke(np.stack([hinge, belly, middle, tip]), half, echo_db, LEAFLET))
    return strokes
