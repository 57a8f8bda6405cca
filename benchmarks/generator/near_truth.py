"""References for a real colour clip whose box is empty now and then: the same plane without colour, near in phase.

Each half of the clip is translated alone, and its references come from the other half: otherwise an arm that copies
what it saw at another time would be measured against the very frame it copied.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frames, Mask
from translator.regions.flow import flow_masks
from translator.regions.screen import Regions

AROUND = 40  # pixels around the flow in which frames are compared
CLEAR = 6  # pixels from the outline that are not compared or scored: an SSIM window reaches 5
Indices = NDArray[np.int64]


class Painted(NamedTuple):
    """A colour clip: RGB frames (T, H, W, 3), grey (T, H, W), flow (bool T, H, W), and its static regions."""

    frames: Frames
    grey: Frames
    flow: Mask
    regions: Regions

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Frames (T,) without flow, as the ones before and after are: colour fades in and out."""
        none = ~self.flow.any(axis=(1, 2))
        padded = np.concatenate([[True], none, [True]])
        return np.asarray(none & padded[:-2] & padded[2:])

    @property
    def scored(self) -> Mask:
        """Flow (bool T, H, W) away from the outline, which the references show too."""
        return self.flow & ~near_outline(self.regions)


class Matched(NamedTuple):
    """Frames of a half that have flow, their references in the other half, and stand-ins from the own half."""

    frames: Indices
    references: Indices
    stand_ins: Indices


def near_outline(regions: Regions) -> Mask:
    """Pixels (bool H, W) so near to the outline of the colour box that it is seen in what is measured there."""
    return _grown(regions.outline, CLEAR)


def painted(frames: Frames, grey: Frames, regions: Regions) -> Painted:
    """Find the flow of a clip."""
    return Painted(frames, grey, flow_masks(frames, regions), regions)


def match(clip: Painted, own: slice) -> Matched:
    """For each frame of the half `own` that has scored flow, the empty frames of both halves that are most like it.

    Alike is the least mean squared difference over the pixels around the flow that both show.
    """
    inside = np.zeros(len(clip.grey), np.bool_)
    inside[own] = True
    area = _grown(np.asarray(clip.flow.any(axis=0)), AROUND) & clip.regions.sector & ~near_outline(clip.regions)
    wanted = np.flatnonzero(inside & clip.scored.any(axis=(1, 2)))
    shown = (~clip.flow[wanted][:, area]).astype(np.float32)
    chosen = [
        candidates[_distance(clip.grey[wanted][:, area], shown, clip.grey[candidates][:, area]).argmin(axis=1)]
        for candidates in (np.flatnonzero(clip.empty & ~inside), np.flatnonzero(clip.empty & inside))
    ]
    return Matched(wanted, chosen[0], chosen[1])


def _distance(frames: Frames, shown: NDArray[np.float32], others: Frames) -> NDArray[np.float32]:
    """Mean squared difference (N, M) of frames (N, P) and others (M, P) over the pixels shown (N, P)."""
    if not len(others):
        raise ValueError("one half has no frame with an empty box")
    x, y = frames.astype(np.float32), others.astype(np.float32)
    square = (shown * x**2).sum(axis=1, keepdims=True) - 2 * (shown * x) @ y.T + shown @ (y**2).T
    return np.asarray(square / np.maximum(shown.sum(axis=1, keepdims=True), 1), np.float32)


def _grown(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.bool_)
