"""Generalised contrast-to-noise ratio: how well a structure can be told from what surrounds it, by grey value alone.

gCNR = 1 - sum over grey levels of min(p_in, p_out), with the histograms of both regions: 0 where they are equal, 1
where no level occurs in both; unmoved by any change of the grey scale that keeps order (Rodriguez-Molares et al. 2020,
doi:10.1109/TUFFC.2019.2956855). Levels are taken by fours (64 bins). Two samples of one distribution do not have 0:
with 1,000 pixels each and levels over half the scale about .1, and with 256 bins it would be twice that.

The two regions are those of the manifest's `segmentation`: inside, the pixels of label 1; outside, those of any other
label but 255 (not labelled) within a ring that would have the structure's own area if that were a disc: (sqrt 2 - 1)
of its radius wide, and 3 pixels at least. Both are cut to the region that is measured.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Moment
from evalkit.metrics.histogram import Counts, grey_counts
from translator.clips.clip import Frame, Mask

STRUCTURE, NOT_LABELLED = 1, 255
_BIN = 4  # grey levels
_NARROWEST = 3.0  # pixels


def gcnr(inside: Counts, outside: Counts) -> float:
    """gCNR 0..1 of two histograms over 256 grey levels, neither empty."""
    p, q = (counts.reshape(-1, _BIN).sum(axis=1) / counts.sum() for counts in (inside, outside))
    return float(np.clip(1 - np.minimum(p, q).sum(), 0, 1))


def sides(labels: NDArray[np.uint8]) -> tuple[Mask, Mask]:
    """The structure and the ring around it (H, W) of a frame of labels (H, W); both empty where it has no label 1."""
    inside = labels == STRUCTURE
    if not inside.any():
        return inside, np.zeros_like(inside)
    width = max(_NARROWEST, (np.sqrt(2) - 1) * float(np.sqrt(inside.sum() / np.pi)))
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return inside, np.asarray(~inside & (labels != NOT_LABELLED) & (away <= width), np.bool_)


def contrast(frame: Frame, inside: Mask, outside: Mask, area: Mask) -> float | None:
    """gCNR of a uint8 frame (H, W) in an area, all bool (H, W); None where either side has no pixel there."""
    inside, outside = inside & area, outside & area
    if not inside.any() or not outside.any():
        return None
    return gcnr(grey_counts(frame, inside), grey_counts(frame, outside))


def _sides_at(moment: Moment, labels: NDArray[np.uint8]) -> tuple[Mask, Mask]:
    return moment.of_real("sides of the structure", lambda _: sides(labels), passing=True)


def _of_made(moment: Moment, region: str) -> float | str:
    labels = moment.labels
    if labels is None:
        return "the clip has no segmentation"
    parted = _sides_at(moment, labels)
    found = moment.of_made(f"gcnr in {region}", lambda frame: contrast(frame, *parted, moment.areas[region]))
    return "no labelled frame has pixels of label 1 and of its surroundings there" if found is None else found


def _error(moment: Moment, region: str) -> float | str:
    made, labels = _of_made(moment, region), moment.labels
    if isinstance(made, str) or labels is None:
        return made
    parted = _sides_at(moment, labels)
    real = moment.of_real(f"gcnr in {region}", lambda frame: contrast(frame, *parted, moment.areas[region]))
    return made if real is None else abs(made - real)


GCNR = framed(
    name="gcnr",
    value_of_frame=_of_made,
    unit="1",
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1109/TUFFC.2019.2956855",
    summary="generalised contrast-to-noise ratio of label 1 of the segmentation and a ring around it, mean over frames",
    needs="translation",
    descriptive=True,
)
GCNR_ERROR = framed(
    name="gcnr_error",
    value_of_frame=_error,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, 1.0),
    version=1,
    source="doi:10.1109/TUFFC.2019.2956855",
    summary="absolute difference of gCNR, translation and real clip, mean over frames",
)
