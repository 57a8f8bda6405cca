"""Fills of one frame at a time: (grey, mask) of uint8 and bool (T, H, W), True where hidden, to uint8 (T, H, W)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Frame, Frames, Mask

BLUR_SIGMA = 8.0  # pixels; doubled where no visible pixel is in reach
_REACH = 12  # sigma: of an ordinary hole no pixel is left, so that no edge shows where sigma doubles
_LEAST = 1e-40  # weight in reach; beyond it there is nothing
NS_RADIUS = 3  # pixels
_MARGIN = 8  # pixels around the mask that inpainting gets to see


def grey_conversion(grey: Frames, mask: Mask) -> Frames:  # noqa: ARG001 - every fill is called alike
    """The luma of the colour frames, nothing filled."""
    return grey


def black_hole(grey: Frames, mask: Mask) -> Frames:
    """Hidden pixels are 0."""
    return np.where(mask, np.uint8(0), grey)


def blur(grey: Frames, mask: Mask) -> Frames:
    """Hidden pixels get the Gaussian mean of the visible ones (normalised convolution, Knutsson and Westin 1993).

    A frame without a visible pixel becomes black. Source: doi:10.1109/CVPR.1993.341081.
    """
    return np.stack([_blurred(frame, hidden) for frame, hidden in zip(grey, mask, strict=True)])


def navier_stokes(grey: Frames, mask: Mask) -> Frames:
    """Inpainting along isophotes, OpenCV's INPAINT_NS (Bertalmio et al. 2001, doi:10.1109/CVPR.2001.990497)."""
    out = grey.copy()
    for t in np.flatnonzero(mask.any(axis=(1, 2))):
        rows, columns = (slice(max(0, hit.min() - _MARGIN), hit.max() + _MARGIN + 1) for hit in np.nonzero(mask[t]))
        part, hidden = np.ascontiguousarray(grey[t, rows, columns]), mask[t, rows, columns].astype(np.uint8)
        out[t, rows, columns] = cv2.inpaint(part, hidden, NS_RADIUS, cv2.INPAINT_NS)
    return out


def _blurred(frame: Frame, hidden: NDArray[np.bool_]) -> Frame:
    if hidden.all():
        return np.zeros_like(frame)
    out, left, sigma = frame.copy(), hidden.copy(), BLUR_SIGMA
    visible = (~hidden).astype(np.float64)
    while left.any():
        side = 2 * round(_REACH * sigma) + 1
        weight, value = (
            cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_CONSTANT)
            for plane in (visible, visible * frame)
        )
        reached = left & (weight > _LEAST)
        out[reached] = np.rint(value[reached] / weight[reached]).astype(np.uint8)
        left &= ~reached
        sigma *= 2
    return out
