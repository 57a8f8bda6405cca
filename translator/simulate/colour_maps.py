"""Colour scales of colour flow Doppler as tables of 256 RGB values over velocity -1..1."""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float32]

_STOPS: dict[str, list[tuple[float, tuple[int, int, int]]]] = {
    "red-blue": [(-1, (110, 240, 255)), (-0.5, (30, 90, 255)), (-0.02, (10, 10, 110)), (0.02, (110, 8, 8)),
                 (0.5, (240, 60, 10)), (1, (255, 245, 90))],
    "blue-red": [(-1, (255, 245, 90)), (-0.5, (240, 60, 10)), (-0.02, (110, 8, 8)), (0.02, (10, 10, 110)),
                 (0.5, (30, 90, 255)), (1, (110, 240, 255))],
    "mosaic": [(-1, (60, 250, 160)), (-0.5, (20, 120, 255)), (-0.02, (10, 10, 120)), (0.02, (120, 10, 10)),
               (0.5, (250, 90, 10)), (1, (170, 255, 60))],
    "power": [(-1, (255, 240, 120)), (-0.5, (250, 130, 10)), (-0.02, (120, 30, 5)), (0.02, (120, 30, 5)),
              (0.5, (250, 130, 10)), (1, (255, 240, 120))],
}  # fmt: skip
NAMES = tuple(_STOPS)


def colour_table(name: str) -> Table:
    """The 256 x 3 table of a scale; index 0 is velocity -1, index 255 is +1."""
    at = np.linspace(-1, 1, 256)
    stops = [position for position, _ in _STOPS[name]]
    channels = np.array([colour for _, colour in _STOPS[name]], np.float32).T
    return np.stack([np.interp(at, stops, channel) for channel in channels], axis=1).astype(np.float32)
