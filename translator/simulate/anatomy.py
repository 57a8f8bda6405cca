"""An anatomy: what a subject is drawn with, what its tissue is, and how one clip of it is taken."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from translator.simulate import scanner
from translator.simulate.geometry import Kind, Sector
from translator.simulate.looks import SITES, Site, draw_look, draw_settings
from translator.simulate.scanner import scan
from translator.simulate.tissue import Motion, Plane, Tissue

Shape = dict[str, float]


class Body(NamedTuple):
    """What lies below the transducer in one clip: tissue, its motion, and how far the slice turns [rad]."""

    tissue: Tissue
    motion: Motion
    through_plane: Callable[[float], float]


@dataclass(frozen=True)
class Anatomy:
    """One view of one organ. Lengths of its maps are in units of `depth_mm`.

    draw(subject) gives the measures of a subject; body(shape, subject, rng, fps) its tissue (from `subject`)
    and the motion in one clip (from `rng`). labels names the values of the label maps; 0 is anything else.
    """

    name: str
    organ: str  # the manifest's column `anatomy`
    view: str
    labels: dict[int, str]
    kind: Kind
    depth_mm: tuple[float, float]
    zoom: tuple[float, float]  # depth shown, in units
    version: int
    draw: Callable[[np.random.Generator], Shape]
    body: Callable[[Shape, np.random.Generator, np.random.Generator, float], Body]
    turn: float = 0.12  # of the probe about its face between clips [rad]
    shift: float = 0.03  # of the probe sideways [units]


class Simulated(NamedTuple):
    """One clip: frames and labels uint8 (T, size, size), sector bool (size, size), and what was drawn."""

    frames: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    sector: NDArray[np.bool_]
    parameters: dict[str, Any]


def simulate(
    anatomy: Anatomy,
    subject: np.random.Generator,
    rng: np.random.Generator,
    frames: int,
    size: int,
    fps: float,
    site: Site | None = None,
) -> Simulated:
    """Simulate one clip of one subject.

    `subject` draws the anatomy, `rng` the scanner of the site, its settings, the pose, the motion and the speckle;
    without a site, it draws that too.
    """
    place = SITES[int(rng.integers(len(SITES)))] if site is None else site
    look = draw_look(place, rng)
    zoom = float(rng.uniform(*anatomy.zoom))
    shape = anatomy.draw(subject)
    shape["depth_mm"] = float(subject.uniform(*anatomy.depth_mm))
    sector = _draw_sector(anatomy.kind, rng)
    probe, display = draw_settings(look, place, anatomy.kind, shape["depth_mm"] * zoom, rng)
    pose = _draw_pose(anatomy, zoom, rng, fps)
    body = anatomy.body(shape, subject, rng, fps)
    motion = _seen_from(pose, body.motion, rng)
    images, labels = scan(
        body.tissue, sector, probe, display, motion, _turning(body.through_plane, pose), frames, size, rng
    )
    parameters = {
        "anatomy": anatomy.name,
        "shape": shape,
        "site": place.name,
        "scanner": look.name,
        "probe": {**asdict(sector), **asdict(probe)},
        "display": asdict(display),
        "pose": pose,
        "version": {"anatomy": anatomy.version, "scanner": scanner.VERSION},
    }
    return Simulated(images, labels, sector.mask(size), parameters)


def _draw_sector(kind: Kind, rng: np.random.Generator) -> Sector:
    if kind == "phased":
        return Sector(kind, half_angle=float(rng.uniform(0.62, 0.76)), radius=float(rng.uniform(0.0, 0.03)))
    if kind == "convex":
        return Sector(kind, half_angle=float(rng.uniform(0.45, 0.58)), radius=float(rng.uniform(0.35, 0.6)))
    return Sector(kind, half_width=float(rng.uniform(0.42, 0.52)))


def _draw_pose(anatomy: Anatomy, zoom: float, rng: np.random.Generator, fps: float) -> dict[str, float]:
    """How the probe is held, and how the hand sways: units, radians, radians per frame."""
    rate = 2 * np.pi / fps
    return {
        "zoom": zoom,
        "turn": float(rng.normal(0, anatomy.turn / 2)),
        "shift": float(rng.normal(0, anatomy.shift / 2)),
        "sway": float(rng.uniform(0.001, 0.007)),
        "sway_rate": float(rng.uniform(0.1, 0.5)) * rate,
        "sway_phase": float(rng.uniform(0, 2 * np.pi)),
        "tilt": float(rng.uniform(0.05, 0.5)),
        "tilt_rate": float(rng.uniform(0.05, 0.3)) * rate,
    }


def _seen_from(pose: dict[str, float], motion: Motion, rng: np.random.Generator) -> Motion:
    """Motion as seen by a probe in a pose: points in depths -> units -> material."""
    second = float(rng.uniform(0, 2 * np.pi))

    def seen(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
        swing = np.sin(pose["sway_rate"] * t + pose["sway_phase"])
        turn = pose["turn"] + 1.5 * pose["sway"] * np.sin(1.3 * pose["sway_rate"] * t + second)
        c, s = np.float32(np.cos(turn) * pose["zoom"]), np.float32(np.sin(turn) * pose["zoom"])
        across = c * x + s * y + np.float32(pose["shift"] + pose["sway"] * swing)
        down = c * y - s * x + np.float32(0.4 * pose["sway"] * np.sin(0.7 * pose["sway_rate"] * t + second))
        return motion(np.asarray(across, np.float32), np.asarray(down, np.float32), t)

    return seen


def _turning(through_plane: Callable[[float], float], pose: dict[str, float]) -> Callable[[float], float]:
    return lambda t: through_plane(t) + pose["tilt"] * float(np.sin(pose["tilt_rate"] * t + pose["sway_phase"]))
