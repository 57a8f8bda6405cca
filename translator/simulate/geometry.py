"""Sectors: where the beams run, and how their samples come to lie on the screen.

Three kinds: phased (a wedge from a small face), convex (a wedge from a curved face), linear (a rectangle).
Depth 1 is the lower end of a beam.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Kind = Literal["phased", "convex", "linear"]
_MARGIN = 1.03  # picture over sector


@dataclass(frozen=True)
class Sector:
    """Kind and size: half angle [rad] and radius of the face for wedges, half width for rectangles, in depths."""

    kind: Kind
    half_angle: float = 0.0
    radius: float = 0.0
    half_width: float = 0.0

    def beams(self, depths: int, beams: int) -> tuple[Plane, Plane]:
        """Positions x, y (depths, beams) of the samples, in depths; y is 0 at the highest point of the picture."""
        depth = np.linspace(0, 1, depths, dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, beams, dtype=np.float32)[None]
        if self.kind == "linear":
            return np.repeat(across * np.float32(self.half_width), depths, 0), np.repeat(depth, beams, 1)
        angle, reach = across * np.float32(self.half_angle), np.float32(self.radius) + depth
        return reach * np.sin(angle), reach * np.cos(angle) - np.float32(self._lift)

    def width_at(self, depth: Plane) -> Plane:
        """Width of the sector along the arc at a depth, in depths."""
        if self.kind == "linear":
            return np.full_like(depth, 2 * self.half_width)
        return np.asarray(2 * self.half_angle * (self.radius + depth), np.float32)

    def scan_conversion(self, size: int, depths: int, beams: int) -> tuple[Plane, Plane]:
        """Maps for cv2.remap from (depths, beams) to a square picture that just holds the sector."""
        across, depth = self._polar(size)
        return (
            np.asarray((across + 1) / 2 * (beams - 1), np.float32),
            np.asarray(depth * (depths - 1), np.float32),
        )

    def mask(self, size: int) -> NDArray[np.bool_]:
        """Pixels (size, size) of the picture that lie in the sector."""
        across, depth = self._polar(size)
        return np.asarray((np.abs(across) <= 1) & (depth >= 0) & (depth <= 1), np.bool_)

    @property
    def _lift(self) -> float:
        return self.radius * float(np.cos(self.half_angle))

    def _polar(self, size: int) -> tuple[Plane, Plane]:
        """Position across the sector (-1..1 inside) and depth (0..1 inside) of every pixel."""
        if self.kind == "linear":
            height, width = 1.0, 2 * self.half_width
        else:
            height = self.radius + 1 - self._lift
            width = 2 * (self.radius + 1) * float(np.sin(self.half_angle))
        scale = max(height, width) * _MARGIN / size
        column, row = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
        x = (column - (size - 1) / 2) * np.float32(scale)
        y = row * np.float32(scale) - np.float32(0.015 * height)
        if self.kind == "linear":
            return np.asarray(x / self.half_width, np.float32), y
        y = y + np.float32(self._lift)
        return np.asarray(np.arctan2(x, y) / self.half_angle, np.float32), np.hypot(x, y) - np.float32(self.radius)
