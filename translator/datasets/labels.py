"""Label clips: uint8 (T, H, W), 0 outside, 1 and up as the data set says, 255 where nothing was labelled.

255 is not a structure: frames that no reader traced hold it everywhere, so that they are not taken for frames
without the structure.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip
from translator.clips.read import read_clip
from translator.errors import bad_input

NOT_LABELLED = 255
Points = Sequence[tuple[float, float]]  # x from the left, y from the top [pixels]


def fill_polygon(points: Points, height: int, width: int) -> NDArray[np.bool_]:
    """Pixels (H, W) in or on a closed polygon whose corners are rounded to pixels; what lies outside is cut off."""
    corners = np.rint(np.asarray(points, np.float64)).astype(np.int32)
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [corners.reshape(-1, 1, 2)], 1)
    return canvas.astype(bool)


def label_traced(video: Path, traced: Mapping[int, Points], where: str) -> Clip:
    """A label clip of a video: 1 within the polygon of each traced frame, 255 on every other frame.

    Raises: InputError if the video cannot be read, or a traced frame is not in it.
    """
    head = read_clip(video).header
    late = [frame for frame in traced if not 0 <= frame < head.frames]
    if late:
        what = f"traces frame {late[0]}; {video.name} has frames 0 to {head.frames - 1}"
        raise bad_input(where, what, "Fetch the video again")
    labels = np.full((head.frames, head.height, head.width), NOT_LABELLED, np.uint8)
    for frame, points in traced.items():
        labels[frame] = fill_polygon(points, head.height, head.width)
    return Clip.from_array(labels, head.fps)


def fill_outline(outline: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What a drawn outline (H, W) encloses, the outline with it.

    An outline that the frame cuts open encloses next to nothing; the ellipse through its pixels is filled then
    (cv2.fitEllipseDirect; needs 5 pixels, else the outline itself is returned).
    """
    ring = outline.astype(np.uint8)
    around = cv2.copyMakeBorder(ring, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(around, None, (0, 0), 2, flags=4)
    filled = around[1:-1, 1:-1] != 2
    rows, columns = np.nonzero(outline)
    inside = int(filled.sum() - outline.sum())
    if inside > outline.sum() / 2 or len(rows) < 5:  # a thick open stroke can hold a few holes of its own
        return np.asarray(filled)
    ellipse = cv2.fitEllipseDirect(np.column_stack((columns, rows)).astype(np.float32))
    canvas = np.zeros(outline.shape, np.uint8)
    cv2.ellipse(canvas, ellipse, 1, cv2.FILLED)
    return canvas.astype(bool) | outline


def read_drawn(path: Path) -> NDArray[np.bool_]:
    """Bright pixels (H, W) of a picture: an outline or a mask.

    Raises: InputError if it cannot be read.
    """
    frame = read_clip(path).array()[0]
    return np.asarray((frame if frame.ndim == 2 else frame.max(axis=-1)) > 127)


def label_still(mask: NDArray[np.bool_]) -> Clip:
    """A label clip of one frame: 1 in the mask (H, W), 0 elsewhere."""
    return Clip.from_array(mask.astype(np.uint8)[None])
