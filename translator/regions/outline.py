"""The colour box's outline: a thin closed line of one colour around all flow. It is not tissue, so it is mended.

Tissue too has thin bright lines, but none that has one colour all the way round everything that ever flows.
Where the scanner draws the line half transparent, so that it has no one colour, straight sides are looked for
instead: thin, still, standing out on their whole length, meeting at corners, and with no flow beyond any.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Mask

Values = NDArray[np.float32]
Levels = NDArray[np.uint8]

_RIDGE = 14.0  # levels that a line stands out from what surrounds it
_THIN = 5  # side of the square that a line does not fill [pixels]
_COLOURS = 16  # commonest colours of thin lines that are tried
_TOLERANCES = ((12, 28, 28), (45, 28, 28))  # of luma, Cr and Cb along the line [levels]: codecs blur chroma most
_RARE = 0.03  # share of the frame beside the line that may have its colour: tissue covers more
_THIN_SHARE = 0.6  # share of a ring that has to be thin, the rest lying over something as bright
_ENCLOSED = 0.97  # share of the flow that lies within the line
_ALONG, _WHOLE = 0.8, 0.7  # share of a straight piece, and of a side from corner to corner, that has to stand out
_BESIDE, _APART = 0.5, 5  # share that may stand out so many pixels beside it: all of speckle stands out
_BEYOND = 0.01  # share of the flow that may lie beyond a straight side
_SIDES = 32  # longest straight sides that are joined
_CROSSING = 0.5  # sine of the least angle at a corner: boxes are steered by less than 60 degrees
_LONGER = 2.5  # times its length by which a side may miss a corner: lines are found in pieces


def find_outline(picture: NDArray[np.uint8], flow: Mask, sector: Mask) -> Mask:
    """The outline (bool H, W) of the colour box, empty if none is found.

    picture: YCrCb (H, W, 3), median over time; flow: pixels (H, W) that are flow in some frame; sector: bool (H, W).
    """
    nothing = np.zeros(sector.shape, np.bool_)
    if flow.sum() < 20 or not sector.any() or min(sector.shape) < _THIN:
        return nothing
    luma, *chroma = cv2.split(picture)
    offsets = (cv2.absdiff(plane, np.full_like(plane, 128)) for plane in chroma)
    ridge = np.maximum.reduce([_tophat(np.asarray(plane, np.uint8)) for plane in (luma, *offsets)])
    ridge[~cv2.dilate(sector.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)] = 0
    thin = ridge > _RIDGE
    rows, columns = np.flatnonzero(flow.any(axis=1)), np.flatnonzero(flow.any(axis=0))
    least = 1.4 * (np.ptp(rows) + np.ptp(columns))  # pixels of a line around it, less what is covered
    coloured = [alike for alike in _one_colour(picture, thin) if np.count_nonzero(alike & thin) > least]
    whole = [(alike & thin, alike & thin) for alike in coloured]
    covered = [(alike & thin, alike) for alike in coloured if np.count_nonzero(alike & ~thin) < _RARE * alike.size]
    for line, wall in whole + covered:
        for reach in (1, 2, 3):
            ring = _ring(line, wall, reach, flow, sector)
            if ring is not None:
                whole_line = ring | (_grown(ring, 2) & line)  # its outer row too where it is three pixels wide
                return np.asarray(whole_line | (_grown(whole_line, 1) & (ridge > _RIDGE / 2)), np.bool_)
    return _straight(ridge, flow, sector)


def _tophat(plane: Levels) -> Levels:
    """How far each pixel stands out of what surrounds any line through it."""
    return np.asarray(cv2.morphologyEx(plane, cv2.MORPH_TOPHAT, np.ones((_THIN, _THIN), np.uint8)), np.uint8)


def _one_colour(picture: NDArray[np.uint8], thin: Mask) -> Iterator[Mask]:
    """All pixels of about one colour, for the commonest colours of thin ones in turn."""
    colours = picture[thin].astype(np.int16)
    if len(colours) == 0:
        return
    bins = (colours[:, 0] // 24) * 1024 + (colours[:, 1] // 12) * 32 + colours[:, 2] // 12
    names, counts = np.unique(bins, return_counts=True)
    commonest = names[np.argsort(-counts, kind="stable")][:_COLOURS]
    centres = [np.median(colours[bins == name], axis=0).astype(np.int16) for name in commonest]
    for tolerance in np.array(_TOLERANCES):
        for centre in centres:
            low, high = (tuple(np.clip(centre + away, 0, 255).tolist()) for away in (-tolerance, tolerance))
            yield np.asarray(cv2.inRange(picture, low, high), np.bool_)


def _ring(line: Mask, wall: Mask, reach: int, flow: Mask, sector: Mask) -> Mask | None:
    """The part of `line` that closes around the flow, None if it does not.

    Gaps of 2 * reach pixels are bridged, longer ones where `wall` goes on: the line over something as bright.
    """
    thick = cv2.dilate(wall.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    open_floor = cv2.copyMakeBorder(1 - thick, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(open_floor, connectivity=4)
    inside = (labels != labels[0, 0])[1:-1, 1:-1] & (thick == 0)
    if not (inside & flow).any():
        return None
    count, rooms = cv2.connectedComponents(inside.astype(np.uint8), connectivity=4)
    flowing = np.bincount(rooms[flow], minlength=count)
    kept = np.flatnonzero(flowing[1:] >= 0.02 * flow.sum()) + 1
    room = _filled(np.isin(rooms, kept))
    around = _grown(room, reach + 1)
    if (around & flow).sum() < _ENCLOSED * flow.sum() or around.sum() > 0.95 * sector.sum():
        return None
    ring = wall & around & ~room
    return ring if (ring & line).sum() > _THIN_SHARE * ring.sum() else None


def _grown(mask: Mask, by: int) -> Mask:
    """The mask grown by so many pixels on each side."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.bool_)


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

    def corner(self, other: "Side") -> Values | None:
        """Where (x, y) both sides meet when drawn longer, None if nowhere or at a sharp angle."""
        ends, others = np.reshape(self, (2, 2)), np.reshape(other, (2, 2))
        run, across = ends[1] - ends[0], others[1] - others[0]
        cross = run[0] * across[1] - run[1] * across[0]
        if abs(cross) < _CROSSING * self.length * other.length:
            return None
        gap = others[0] - ends[0]
        met = ends[0] + run * (gap[0] * across[1] - gap[1] * across[0]) / cross
        far = [np.linalg.norm(line - met, axis=1).min() / side.length for line, side in ((ends, self), (others, other))]
        return np.asarray(met, np.float32) if max(far) <= _LONGER else None


def _straight(ridge: Levels, flow: Mask, sector: Mask) -> Mask:
    """Four straight sides that meet in corners around the flow, drawn where they stand out; nothing without."""
    points = np.argwhere(flow)[:: max(1, int(flow.sum()) // 20000)].astype(np.float32)
    least = max(16, round(0.35 * float(max(np.ptp(points[:, 0]), np.ptp(points[:, 1])))))
    found = cv2.HoughLinesP((ridge > _RIDGE).astype(np.uint8), 0.5, np.pi / 360, least // 2, None, least, 4)
    kept: list[Side] = []
    segments = [] if found is None else found.reshape(-1, 4).tolist()
    for ends in sorted(segments, key=lambda e: -np.hypot(e[2] - e[0], e[3] - e[1]))[:400]:
        side = Side(*map(float, ends))
        if not any(_same(side, other) for other in kept) and _is_side(side, ridge, points):
            kept.append(side)
    drawn = np.zeros(ridge.shape, np.uint8)
    # the largest first: what lies across a box, such as a wall, closes a smaller one
    boxes = sorted(_quadrilaterals(kept[:_SIDES]), key=lambda corners: -cv2.contourArea(corners))
    for corners in boxes:
        edges = [Side(*first, *second) for first, second in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        if cv2.contourArea(corners) > 0.95 * sector.sum() or not _holds(edges, points):
            continue
        if all(edge.length > _THIN and _is_side(edge, ridge, points, _WHOLE) for edge in edges):
            cv2.polylines(drawn, [np.rint(corners).astype(np.int32)], True, 1, 3)
            break
    return np.asarray((drawn > 0) & (ridge > _RIDGE / 2), np.bool_)


def _holds(edges: list[Side], flow: Values) -> bool:
    """Whether nearly all flow (N, 2; y, x) lies within the edges of a convex box, to a pixel."""
    if min(edge.length for edge in edges) == 0:
        return False
    away = np.stack([edge.distance(flow[:, 1], flow[:, 0]) for edge in edges])
    return bool(max((away >= -1).all(axis=0).mean(), (away <= 1).all(axis=0).mean()) > _ENCLOSED)


def _quadrilaterals(sides: list[Side]) -> Iterator[Values]:
    """The four corners (4, 2; x, y) of every convex closed chain of four sides, in order."""
    count = range(len(sides))
    corner = {(i, j): sides[i].corner(sides[j]) for i in count for j in count if i != j}
    met = {pair: at for pair, at in corner.items() if at is not None}
    for i, k in combinations(count, 2):
        joining = [j for j in count if (i, j) in met and (j, k) in met]
        for j, m in combinations(joining, 2):
            corners = np.stack([met[pair] for pair in ((i, j), (j, k), (k, m), (m, i))]).astype(np.float32)
            if i < j and cv2.isContourConvex(corners):
                yield corners


def _same(side: Side, other: Side) -> bool:
    x, y = np.array([side.x0, side.x1], np.float32), np.array([side.y0, side.y1], np.float32)
    return bool(np.abs(other.distance(x, y)).max() < 4)


def _is_side(side: Side, ridge: Levels, flow: Values, least: float = _ALONG) -> bool:
    beyond = side.distance(flow[:, 1], flow[:, 0])
    if min((beyond > 2).mean(), (beyond < -2).mean()) > _BEYOND:
        return False
    beside = max(_stands_out(side, ridge, by) for by in (-_APART, _APART))
    return beside < _BESIDE and _stands_out(side, ridge, 0) > least


def _stands_out(side: Side, ridge: Levels, by: float) -> float:
    """The share of a side, moved sideways by so many pixels, that stands out."""
    height, width = ridge.shape
    steps = max(2, round(side.length))
    dx, dy = (side.y0 - side.y1) / side.length * by, (side.x1 - side.x0) / side.length * by
    column = np.clip(np.rint(np.linspace(side.x0 + dx, side.x1 + dx, steps)).astype(int), 1, width - 2)
    row = np.clip(np.rint(np.linspace(side.y0 + dy, side.y1 + dy, steps)).astype(int), 1, height - 2)
    near = np.stack([ridge[row + v, column + u] for v in (-1, 0, 1) for u in (-1, 0, 1)]).max(axis=0)
    return float((near > _RIDGE).mean())
