"""From envelope to screen: compression, persistence, scan conversion, edge enhancement, speckle reduction, export."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.simulate.geometry import Sector

Plane = NDArray[np.float32]
_FINEST = 256  # pictures are composed at no fewer rows and then made smaller, as exported video is


@dataclass(frozen=True)
class Display:
    """A scanner's post-processing."""

    gain_db: float
    range_db: float  # dynamic range shown
    gamma: float  # of the grey map: above 1 darkens the middle
    toe: float  # 0..1: how S-shaped the grey map is
    persistence: float  # share of the frame before, 0..1
    edge: float  # strength of unsharp masking, 0..
    reduction: float  # strength of adaptive speckle reduction, 0..1
    quality: int  # of the export's JPEG; 100 is none
    black: float  # grey level that the map begins with


class Screen:
    """Shows frames one after another; holds the frame before, for persistence."""

    def __init__(self, display: Display, sector: Sector, size: int, grid: tuple[int, int]) -> None:
        """Grid: samples and beams of the envelope frames; size: rows and columns of the picture."""
        self._display, self._size = display, size
        self._fine = size * max(1, -(-_FINEST // size))
        self._maps = sector.scan_conversion(self._fine, *grid)
        self._inside = sector.mask(size)
        self._before: Plane | None = None

    def show(self, level_db: Plane) -> NDArray[np.uint8]:
        """Envelope levels [dB] (samples, beams) -> picture (size, size)."""
        seen = self._display
        grey = np.clip((level_db + np.float32(seen.gain_db)) / np.float32(seen.range_db) + 1, 0, 1)
        if self._before is not None:
            grey = np.float32(1 - seen.persistence) * grey + np.float32(seen.persistence) * self._before
        self._before = grey
        shown = cv2.remap(grey, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        picture = np.asarray(shown, np.float32)
        if seen.reduction:
            picture = _reduce_speckle(picture, seen.reduction)
        if seen.edge:
            picture = picture + np.float32(seen.edge) * (picture - cv2.GaussianBlur(picture, (0, 0), 2.0))
        picture = np.clip(picture, 0, 1)
        s_shaped = picture * picture * (3 - 2 * picture)
        picture = ((1 - seen.toe) * picture + seen.toe * s_shaped) ** np.float32(seen.gamma)
        if self._fine != self._size:
            small = cv2.resize(picture, (self._size, self._size), interpolation=cv2.INTER_AREA)
            picture = np.asarray(small, np.float32)
        levels = np.rint(seen.black + (255 - seen.black) * picture).astype(np.uint8)
        return _export(np.where(self._inside, levels, 0).astype(np.uint8), self._inside, seen.quality)


def _reduce_speckle(picture: Plane, strength: float) -> Plane:
    """Lee's filter (1980, doi:10.1109/TPAMI.1980.4766994): smooth where the variance is that of speckle alone."""
    mean = cv2.blur(picture, (5, 5))
    variance = np.maximum(cv2.blur(picture * picture, (5, 5)) - mean * mean, 0)
    speckle = np.float32(0.006)
    weight = np.float32(1 - strength) + np.float32(strength) * variance / (variance + speckle)
    return np.asarray(mean + weight * (picture - mean), np.float32)


def _export(levels: NDArray[np.uint8], inside: NDArray[np.bool_], quality: int) -> NDArray[np.uint8]:
    if quality >= 100:
        return levels
    _, data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    if decoded is None:
        raise RuntimeError("OpenCV cannot decode the JPEG that it has written")
    return np.where(inside, decoded, 0).astype(np.uint8)
