"""Where a frozen network sees what tells synthetic from real: class activation maps, which are exact here.

Features are means over places of the last feature map, and the score is linear in them, so that the score of the
synthetic version less that of the real one is the mean over places of weight times difference of the maps: no gradient
is needed (Zhou et al. 2016, arXiv:1512.04150; Grad-CAM, arXiv:1610.02391, is the same for such a network).
Looked at are the clips that were told apart best. Only shares are kept and no picture, as pictures can hold text.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from evalkit.backbones import Backbone, chosen_frames
from evalkit.tasks.declare import Version
from evalkit.tasks.two_sample import Floats, TwoSample, raw_weights
from translator.clips.clip import Clip

MAPPED = frozenset({"efficientnet-lite0"})
MOST = 4  # clips


def evidence_places(
    pairs: Sequence[tuple[Version, Version]], features: Floats, tested: TwoSample, backbone: Backbone
) -> dict[str, Any] | None:
    """Of the evidence for "synthetic", the share that lies in what colour had hidden; None without masks or maps."""
    if backbone.name not in MAPPED:
        return None
    from evalkit.networks.features import efficientnet_lite0_maps

    weights, maps_of = raw_weights(features), efficientnet_lite0_maps()
    shares, areas, grids = [], [], []
    for at in np.argsort(tested.scores[:, 0] - tested.scores[:, 1], kind="stable")[:MOST].tolist():
        real, made = pairs[at]
        hidden = made.mask()
        if hidden is None:
            continue
        of_real, of_made = (maps_of(chosen_frames(version.clip(), backbone)) for version in (real, made))
        evidence = np.maximum(np.einsum("d,ndhw->nhw", weights, (of_made - of_real).astype(np.float64)), 0)
        within = _coarse(hidden, backbone, evidence.shape[1:])
        if evidence.sum() <= 0 or within.shape != evidence.shape:
            continue
        shares.append(float((evidence * within).sum() / evidence.sum()))
        areas.append(float(within.mean()))
        grids.append(evidence.sum(axis=0) / evidence.sum())
    if not shares:
        return None
    grid = np.mean(grids, axis=0)
    return {"clips": len(shares), "share_in_mask": float(np.mean(shares)), "area_of_mask": float(np.mean(areas)),
            "map": [[float(value) for value in row] for row in grid]}  # fmt: skip


def _coarse(hidden: Clip, backbone: Backbone, places: tuple[int, ...]) -> Floats:
    """Share of each place (frames, h, w) that was hidden."""
    masks = (chosen_frames(hidden, backbone) > 127).astype(np.float32)
    return np.stack([cv2.resize(mask, places[::-1], interpolation=cv2.INTER_AREA) for mask in masks]).astype(np.float64)
