"""Sums of pixel errors over an area, exact, and shared by the metrics that are made of them (MAE, RMSE, PSNR).

A difference of two 8-bit values is a whole number of grey levels, and so are these sums.
"""

import cv2
import numpy as np

from evalkit.metrics.declare import Moment
from translator.clips.clip import Frame, Mask


def absolute_total(reference: Frame, test: Frame, area: Mask) -> float:
    """Sum of |reference - test| over the area (bool H, W) of two uint8 frames (H, W), in grey levels."""
    return float(cv2.norm(reference, test, cv2.NORM_L1, area.view(np.uint8)))


def squared_total(reference: Frame, test: Frame, area: Mask) -> float:
    """Sum of (reference - test)^2 over the area (bool H, W) of two uint8 frames (H, W), in grey levels squared."""
    return float(round(cv2.norm(reference, test, cv2.NORM_L2SQR, area.view(np.uint8))))  # OpenCV squares a root


def squared_total_at(moment: Moment, region: str) -> tuple[float]:
    """`squared_total` of a moment and region, computed once for all metrics."""
    area = moment.areas[region]
    return (moment.of_pair(f"squared error of {region}", lambda real, made: squared_total(real, made, area)),)


def absolute_total_at(moment: Moment, region: str) -> tuple[float]:
    """`absolute_total` of a moment and region."""
    return (absolute_total(moment.real, moment.made, moment.areas[region]),)
