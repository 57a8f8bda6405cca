"""Colour scales of colour flow Doppler: velocity -1..1, and for variance maps turbulence 0..1, to RGB."""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]
Values = NDArray[np.float32]

_STOPS: dict[str, list[tuple[float, tuple[int, int, int]]]] = {
    "red-blue": [(-1, (110, 240, 255)), (-0.5, (30, 90, 255)), (-0.02, (10, 10, 110)), (0.02, (110, 8, 8)),
                 (0.5, (240, 60, 10)), (1, (255, 245, 90))],
    "blue-red": [(-1, (255, 245, 90)), (-0.5, (240, 60, 10)), (-0.02, (110, 8, 8)), (0.02, (10, 10, 110)),
                 (0.5, (30, 90, 255)), (1, (110, 240, 255))],
    "mosaic": [(-1, (60, 250, 160)), (-0.5, (20, 120, 255)), (-0.02, (10, 10, 120)), (0.02, (120, 10, 10)),
               (0.5, (250, 90, 10)), (1, (170, 255, 60))],
    "power": [(-1, (255, 240, 120)), (-0.5, (250, 130, 10)), (-0.02, (120, 30, 5)), (0.02, (120, 30, 5)),
              (0.5, (250, 130, 10)), (1, (255, 240, 120))],
    "pale": [(-1, (200, 245, 255)), (-0.5, (90, 150, 255)), (-0.02, (20, 20, 140)), (0.02, (140, 20, 20)),
             (0.5, (255, 120, 70)), (1, (255, 250, 190))],
    "variance": [(-1, (60, 110, 255)), (-0.02, (8, 8, 110)), (0.02, (110, 8, 8)), (1, (255, 70, 20))],
}  # fmt: skip
_GREEN = (70.0, 235.0, 40.0)  # the green that a variance map adds where velocities spread
NAMES = tuple(_STOPS)
TURBULENT = frozenset({"variance"})  # the maps that show turbulence


def colour_table(name: str) -> Table:
    """The 256 x 3 table of a scale without turbulence; index 0 is velocity -1, index 255 is +1."""
    at = np.linspace(-1, 1, 256)
    stops = [position for position, _ in _STOPS[name]]
    channels = np.array([colour for _, colour in _STOPS[name]], np.float32).T
    return np.stack([np.interp(at, stops, channel) for channel in channels], axis=1).astype(np.float32)


def colours(name: str, velocity: Values, turbulence: Values | None = None) -> Values:
    """RGB 0..255 (N, 3) of wrapped velocities -1..1 and turbulence 0..1, both (N,).

    Only the maps of TURBULENT show turbulence; others need none.
    """
    plain: Values = colour_table(name)[np.rint((velocity + 1) * 127.5).astype(np.intp)]
    if turbulence is None or name not in TURBULENT:
        return plain
    share = 0.85 * turbulence[:, None]
    return np.asarray((1 - share) * plain + share * np.array(_GREEN, np.float32), np.float32)
