"""Material maps: what the body is made of, point by point, before any scanner looks at it.

Coordinates: x to the right and y down from the transducer's face, in units of the anatomy's nominal depth.
Maps cover x in [-1, 1] and y in [-0.25, 1.25]. A `Canvas` paints one region after another, later over earlier.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Motion = Callable[[Plane, Plane, float], tuple[Plane, Plane]]

LEFT, TOP = -1.0, -0.25
PER_UNIT = 256  # map pixels per unit
SHAPE = (384, 512)  # rows, columns
_DEEP_DB = 80.0  # softening works on levels down to -_DEEP_DB


class Stroke(NamedTuple):
    """A thin moving reflector, such as a valve leaflet: points (N, 2) as x, y; half thickness in units."""

    points: NDArray[np.float64]
    half: float
    echo_db: float
    label: int


@dataclass(frozen=True)
class Tissue:
    """Material maps, and what else moves.

    scatter: float32 (rows, columns, 4): echogenicity [dB], share of blood 0..1, mirror-like amplitude 0..,
    loss [dB per unit]. layers: float32 (rows, columns, 3): normal of the layers times the root of the dB
    that are lost along them (x, y), source of ring-down 0... label: uint8.
    strokes(t) gives the reflectors of frame t. ratio: what each further passage between the transducer's face and
    the strongest mirror leaves of the amplitude; 0 is none.
    """

    scatter: Plane
    layers: Plane
    label: NDArray[np.uint8]
    strokes: Callable[[float], list[Stroke]] | None = None
    ratio: float = 0.0

    def at(self, t: float) -> tuple[Plane, NDArray[np.uint8]]:
        """Scatter and label maps of frame t, with the strokes drawn in."""
        if self.strokes is None:
            return self.scatter, self.label
        scatter, label = self.scatter.copy(), self.label.copy()
        for stroke in self.strokes(t):
            _draw(scatter, label, stroke)
        return scatter, label


def _draw(scatter: Plane, label: NDArray[np.uint8], stroke: Stroke) -> None:
    points = (stroke.points - (LEFT, TOP)) * PER_UNIT
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 6, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 7, SHAPE[::-1])
    if (high <= low).any():
        return
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    thickness = max(1, round(2 * stroke.half * PER_UNIT))
    cv2.polylines(mask, [np.rint((points - low) * 16).astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)
    share = mask[..., None].astype(np.float32) / 255
    echo = np.array([stroke.echo_db, 0.0, 0.0, 0.0], np.float32)
    scatter[part] = scatter[part] * (1 - share) + echo * share
    label[part][mask > 127] = stroke.label


@dataclass
class Canvas:
    """Paint regions given by signed distances (negative inside), then `finish`."""

    x: Plane = field(default_factory=lambda: _grid()[0])
    y: Plane = field(default_factory=lambda: _grid()[1])

    def __post_init__(self) -> None:
        """All begins as silent nothing."""
        self.echo = np.full(SHAPE, -40, np.float32)
        self.blood = np.zeros(SHAPE, np.float32)
        self.mirror = np.zeros(SHAPE, np.float32)
        self.loss = np.zeros(SHAPE, np.float32)
        self.normal = np.zeros((*SHAPE, 2), np.float32)
        self.ring = np.zeros(SHAPE, np.float32)
        self.label = np.zeros(SHAPE, np.uint8)

    def fill(
        self,
        inside: NDArray[np.bool_],
        echo_db: float | Plane,
        label: int | None = None,
        blood: float = 0.0,
        loss_db: float = 0.0,
    ) -> None:
        """Fill a region: echogenicity [dB], share of blood 0..1, loss [dB per unit] beyond that of the body."""
        self.echo = np.where(inside, np.asarray(echo_db, np.float32), self.echo)
        for plane, value in ((self.blood, blood), (self.loss, loss_db), (self.mirror, 0.0), (self.ring, 0.0)):
            plane[inside] = value
        self.normal[inside] = 0
        if label is not None:
            self.label[inside] = label

    def edge(
        self, distance: Plane, half: float, echo_db: float | Plane, drop_db: float, mirror: float = 0.0,
        where: NDArray[np.bool_] | None = None,
    ) -> None:  # fmt: skip
        """A bright layer along distance 0, seen best where the beam meets it at right angles."""
        band = np.abs(distance) < half
        if where is not None:
            band &= where
        self.echo = np.where(band, np.maximum(self.echo, echo_db), self.echo)
        self.blood[band] = 0
        self.mirror[band] = mirror
        self.grain(distance, drop_db, band)

    def grain(self, distance: Plane, drop_db: float, where: NDArray[np.bool_]) -> None:
        """Layers parallel to distance 0: `drop_db` are lost where the beam runs along them."""
        along_y, along_x = np.gradient(distance)
        length = np.maximum(np.hypot(along_x, along_y), 1e-9)
        root = np.float32(np.sqrt(drop_db))
        self.normal[where, 0] = (along_x / length * root)[where]
        self.normal[where, 1] = (along_y / length * root)[where]

    def finish(self, strokes: Callable[[float], list[Stroke]] | None = None, ratio: float = 0.0) -> Tissue:
        """The tissue, with edges as blurred as the thickness of the slice makes them."""
        planes = [np.maximum(self.echo, -_DEEP_DB), self.blood, self.mirror, self.loss]
        scatter = np.stack([soften(plane) for plane in planes], axis=-1)
        layers = np.concatenate([self.normal, soften(self.ring)[..., None]], axis=-1)
        return Tissue(scatter, np.ascontiguousarray(layers), self.label, strokes, ratio)


def _grid() -> tuple[Plane, Plane]:
    x = LEFT + np.arange(SHAPE[1], dtype=np.float32) / PER_UNIT
    y = TOP + np.arange(SHAPE[0], dtype=np.float32) / PER_UNIT
    return np.repeat(x[None], SHAPE[0], 0), np.repeat(y[:, None], SHAPE[1], 1)


def ellipse(u: Plane, v: Plane, a: float | Plane, b: float | Plane) -> Plane:
    """Approximate signed distance to an ellipse about the origin with half axes a and b, negative inside."""
    return np.asarray((np.hypot(u / a, v / b) - 1) * np.minimum(a, b), np.float32)


def turned(x: Plane, y: Plane, centre: tuple[float, float], angle: float) -> tuple[Plane, Plane]:
    """Coordinates (u, v) about `centre`, turned by `angle` [rad]."""
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * dx + s * dy, c * dy - s * dx


def smooth_union(*distances: Plane, width: float = 0.02) -> Plane:
    """Union of regions with fillets of about `width` between them."""
    out = distances[0]
    for other in distances[1:]:
        h = np.clip(0.5 + 0.5 * (other - out) / width, 0, 1)
        out = np.asarray(other + (out - other) * h - width * h * (1 - h), np.float32)
    return out


def smooth_noise(rng: np.random.Generator, cells: int, shape: tuple[int, int]) -> Plane:
    """Smooth noise of zero mean and unit variance with about `cells` cells across."""
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    fine = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray((fine - fine.mean()) / fine.std(), np.float32)


def texture(rng: np.random.Generator, coarse_db: float, fine_db: float, stretch: float = 1.0) -> Plane:
    """Uneven echogenicity [dB] of zero mean: patches of about 0.15 units, and fine structure below 0.03.

    stretch > 1 draws the fine structure out sideways, as fibres and fat lie.
    """
    rows = round(56 * max(1.0, stretch / 2))
    fine = rng.standard_normal((rows, max(4, round(75 / stretch))), dtype=np.float32)
    grown = cv2.resize(fine, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(coarse_db * smooth_noise(rng, 10, SHAPE) + fine_db * grown / grown.std(), np.float32)


def soften(plane: NDArray[Any]) -> Plane:
    """A map with its edges blurred by about one map pixel."""
    return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 1.0), np.float32)
