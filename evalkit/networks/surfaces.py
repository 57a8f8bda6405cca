"""Distances between the outlines of two segmentations, by MONAI (arXiv:2211.02701). Masks are bool (N, H, W)."""

import warnings

import numpy as np
import torch
from monai.metrics.hausdorff_distance import compute_hausdorff_distance
from monai.metrics.surface_dice import compute_surface_dice
from numpy.typing import NDArray
from torch import Tensor

Masks = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def hd95(ours: Masks, theirs: Masks, spacing: tuple[float, float] | None = None) -> Numbers:
    """95 % Hausdorff distance (N,), in pixels or, with a spacing (row, column), in its unit. No mask may be empty."""
    if not len(ours):
        return np.zeros(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MONAI calls itself in a way that it has deprecated
        found: Tensor = compute_hausdorff_distance(
            _batch(ours), _batch(theirs), include_background=True, percentile=95.0, spacing=spacing
        )
    return np.asarray(found[:, 0].numpy(), np.float64)


def nsd(ours: Masks, theirs: Masks, tolerance: float) -> Numbers:
    """Normalised surface Dice (N,) with a tolerance in pixels. No mask may be empty."""
    if not len(ours):
        return np.zeros(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        found: Tensor = compute_surface_dice(_batch(ours), _batch(theirs), [tolerance], include_background=True)
    return np.asarray(found[:, 0].numpy(), np.float64)


def _batch(masks: Masks) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(masks))[:, None].float()
