"""The colour box's outline: a thin closed line of one colour around all flow. It is not tissue, so it is mended.

Tissue too has thin bright lines, but none that has one colour all the way round everything that ever flows.
Where the scanner draws the line half transparent, so that it has no one colour, four straight sides are looked
for instead: thin, standing out from corner to corner, and with no flow beyond any.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]

_RIDGE = 14.0  # levels that a line stands out from what surrounds it
_THIN = 5  # side of the square that a line does not fill [pixels]
_COLOURS = 16  # commonest colours of thin lines that are tried
_TOLERANCES = ((12, 28, 28), (45, 28, 28))  # of luma, Cr and Cb along the line [levels]: codecs blur chroma most
_RARE = 0.03  # share of the frame beside the line that may have its colour: tissue covers more
_THIN_SHARE = 0.6  # share of a ring that has to be thin, the rest lying over something as bright
_ENCLOSED = 0.97  # share of the flow that lies within the line
_FAINT = 8.0  # levels that a straight side stands out
_ALONG = 0.9  # share of a straight side that has to stand out
_MANY = 16  # frames after which the median has blurred what moves
_PARALLEL, _CORNER = 25.0, 35.0  # degrees between opposite sides at most, between neighbours at least
_LINES = 14  # lines that boxes are built from
_BEYOND = 0.01  # share of the flow that may lie beyond a straight side


def find_outline(picture: NDArray[np.uint8], frames: int, flow: Mask, sector: Mask) -> Mask:
    """The outline (bool H, W) of the colour box, empty if none is found.

    picture: YCrCb (H, W, 3), median over so many frames; flow: pixels (H, W) that are flow in some frame;
    sector: bool (H, W).
    """
    nothing = np.zeros(sector.shape, np.bool_)
    if flow.sum() < 20 or not sector.any():
        return nothing
    planes = picture.astype(np.float32)
    ridge = np.maximum.reduce([_tophat(planes[..., 0]), *(_tophat(np.abs(planes[..., c] - 128)) for c in (1, 2))])
    ridge[~cv2.dilate(sector.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)] = 0
    thin = ridge > _RIDGE
    rows, columns = np.flatnonzero(flow.any(axis=1)), np.flatnonzero(flow.any(axis=0))
    least = 1.4 * (np.ptp(rows) + np.ptp(columns))  # pixels of a line around it, less what is covered
    coloured = [alike for alike in _one_colour(picture, thin) if (alike & thin).sum() > least]
    whole = [(alike & thin, alike & thin) for alike in coloured]
    covered = [(alike & thin, alike) for alike in coloured if (alike & ~thin).sum() < _RARE * alike.size]
    for line, wall in whole + covered:
        for reach in (1, 2, 3):
            ring = _ring(line, wall, reach, flow, sector)
            if ring is not None:
                near = cv2.dilate(ring.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
                return np.asarray(ring | (near & (ridge > _RIDGE / 2)), np.bool_)
    return _straight(ridge, flow) if frames >= _MANY else nothing


def _tophat(plane: Values) -> Values:
    """How far each pixel stands out of what surrounds any line through it."""
    return np.asarray(cv2.morphologyEx(plane, cv2.MORPH_TOPHAT, np.ones((_THIN, _THIN), np.uint8)), np.float32)


def _one_colour(picture: NDArray[np.uint8], thin: Mask) -> Iterator[Mask]:
    """All pixels of about one colour, for the commonest colours of thin ones in turn."""
    colours = picture[thin].astype(np.int16)
    if len(colours) == 0:
        return
    bins = (colours[:, 0] // 24) * 1024 + (colours[:, 1] // 12) * 32 + colours[:, 2] // 12
    names, counts = np.unique(bins, return_counts=True)
    commonest = names[np.argsort(-counts, kind="stable")][:_COLOURS]
    for tolerance in _TOLERANCES:
        for name in commonest:
            centre = np.median(colours[bins == name], axis=0)
            away = np.abs(picture.astype(np.int16) - centre.astype(np.int16))
            yield np.asarray((away <= tolerance).all(axis=-1), np.bool_)


def _ring(line: Mask, wall: Mask, reach: int, flow: Mask, sector: Mask) -> Mask | None:
    """The part of `line` that closes around the flow, None if it does not.

    Gaps of 2 * reach pixels are bridged, longer ones where `wall` goes on: the line over something as bright.
    """
    thick = cv2.dilate(wall.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    open_floor = cv2.copyMakeBorder(1 - thick, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(open_floor, connectivity=4)
    inside = (labels != labels[0, 0])[1:-1, 1:-1] & (thick == 0)
    count, rooms = cv2.connectedComponents(inside.astype(np.uint8), connectivity=4)
    if count < 2:
        return None
    flowing = np.bincount(rooms[flow], minlength=count)
    kept = np.flatnonzero(flowing[1:] >= 0.02 * flow.sum()) + 1
    room = _filled(np.isin(rooms, kept))
    around = cv2.dilate(room.astype(np.uint8), np.ones((2 * reach + 3, 2 * reach + 3), np.uint8)).astype(np.bool_)
    if (around & flow).sum() < _ENCLOSED * flow.sum() or around.sum() > 0.95 * sector.sum():
        return None
    ring = wall & around & ~room
    return ring if (ring & line).sum() > _THIN_SHARE * ring.sum() else None


def _filled(mask: Mask) -> Mask:
    """The mask with its holes filled."""
    padded = cv2.copyMakeBorder(1 - mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(padded, connectivity=4)
    return np.asarray((labels != labels[0, 0])[1:-1, 1:-1], np.bool_)


class Side(NamedTuple):
    """A straight side from (x0, y0) to (x1, y1) [pixels]."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def length(self) -> float:
        """Pixels."""
        return float(np.hypot(self.x1 - self.x0, self.y1 - self.y0))

    def distance(self, x: Values, y: Values) -> Values:
        """Signed distance [pixels] of points from the line through both ends."""
        dx, dy = (self.x1 - self.x0) / self.length, (self.y1 - self.y0) / self.length
        return np.asarray((x - self.x0) * dy - (y - self.y0) * dx, np.float32)

    def turn(self, other: "Side") -> float:
        """Angle between both lines, 0 to 90 degrees."""
        cross = (self.x1 - self.x0) * (other.y1 - other.y0) - (self.y1 - self.y0) * (other.x1 - other.x0)
        return float(np.degrees(np.arcsin(min(1.0, abs(cross) / self.length / other.length))))

    def meets(self, other: "Side") -> tuple[float, float]:
        """Where both lines cross; they must not be parallel."""
        a = np.array([[s.y1 - s.y0, s.x0 - s.x1] for s in (self, other)])
        b = np.array([a[0] @ (self.x0, self.y0), a[1] @ (other.x0, other.y0)])
        x, y = np.linalg.solve(a, b)
        return float(x), float(y)


def _straight(ridge: Values, flow: Mask) -> Mask:
    """Four straight sides from corner to corner, drawn where they stand out; nothing if there are none."""
    points = np.argwhere(flow)[:: max(1, int(flow.sum()) // 20000)].astype(np.float32)
    lines = _lines_beside(ridge, points)
    best, share = list[Side](), _ALONG
    for first, second in combinations(lines, 2):
        for third, fourth in combinations(lines, 2):
            if {first, second} & {third, fourth} or first > third:
                continue
            if max(first.turn(second), third.turn(fourth)) > _PARALLEL:
                continue
            if min(a.turn(b) for a in (first, second) for b in (third, fourth)) < _CORNER:
                continue
            corners = [first.meets(third), third.meets(second), second.meets(fourth), fourth.meets(first)]
            sides = [Side(*a, *b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True) if a != b]
            found = min((_share(side, ridge) for side in sides), default=0.0)
            if len(sides) == 4 and found > share and _holds(corners, flow):
                best, share = sides, found
    drawn = np.zeros(ridge.shape, np.uint8)
    for side in best:
        cv2.line(drawn, (round(side.x0), round(side.y0)), (round(side.x1), round(side.y1)), 1, 3)
    return np.asarray((drawn > 0) & (ridge > _FAINT / 2), np.bool_)


def _holds(corners: list[tuple[float, float]], flow: Mask) -> bool:
    filled = np.zeros(flow.shape, np.uint8)
    cv2.fillConvexPoly(filled, np.rint(corners).astype(np.int32), 1)
    return bool((filled.astype(np.bool_) & flow).sum() >= _ENCLOSED * flow.sum())


def _lines_beside(ridge: Values, flow: Values) -> list[Side]:
    """The longest straight lines that have no flow beyond them, each once."""
    least = max(16, round(0.35 * float(max(np.ptp(flow[:, 0]), np.ptp(flow[:, 1])))))
    found = cv2.HoughLinesP((ridge > _FAINT).astype(np.uint8), 0.5, np.pi / 360, least // 2, None, least, 4)
    segments = [] if found is None else found.reshape(-1, 4).tolist()
    kept: list[Side] = []
    for ends in sorted(segments, key=lambda e: -np.hypot(e[2] - e[0], e[3] - e[1]))[:400]:
        side = Side(*map(float, ends))
        beyond = side.distance(flow[:, 1], flow[:, 0])
        clear = min((beyond > 2).mean(), (beyond < -2).mean()) < _BEYOND
        if clear and not any(_same(side, other) for other in kept) and _share(side, ridge) > _ALONG:
            kept.append(side)
    return kept[:_LINES]


def _same(side: Side, other: Side) -> bool:
    x, y = np.array([side.x0, side.x1], np.float32), np.array([side.y0, side.y1], np.float32)
    return bool(np.abs(other.distance(x, y)).max() < 4)


def _share(side: Side, ridge: Values) -> float:
    """Share of a side's length, within the frame, that stands out within a pixel of it."""
    steps = max(2, round(side.length))
    height, width = ridge.shape
    column, row = (np.rint(np.linspace(a, b, steps)).astype(int) for a, b in ((side.x0, side.x1), (side.y0, side.y1)))
    inside = (column > 0) & (column < width - 1) & (row > 0) & (row < height - 1)
    if inside.sum() < 0.5 * steps:
        return 0.0
    column, row = column[inside], row[inside]
    near = np.stack([ridge[row + dy, column + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]).max(axis=0)
    return float((near > _FAINT).mean())
