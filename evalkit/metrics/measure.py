"""Measure one translation against its reference, streamed frame by frame."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.declare import Metric
from evalkit.records import Measurement
from translator.clips.clip import Clip, Mask, grey_clip
from translator.errors import bad_input
from translator.regions.seam import seam

Rows = dict[tuple[str, str], float | None]


def measure_pair(
    reference: Clip, test: Clip, mask: Clip, sector: Mask, metrics: Sequence[Metric], regions: Sequence[str]
) -> Rows:
    """(metric, region) -> mean over the region's pixels of all frames, None where the region is empty.

    All clips are grey, of one size. Raises: InputError if they are not.
    """
    for other in (test, mask):
        if other.header.shape != reference.header.shape:
            raise bad_input(
                other.header.source,
                f"is {other.header.shape}, the reference {reference.header.source} is {reference.header.shape}",
                "A translation must keep size and frame count",
            )
    totals = {(m.name, r): [0.0, 0] for m in metrics for r in regions if r in m.regions}
    for real, made, hidden in zip(grey_clip(reference).frames(), grey_clip(test).frames(), mask.frames(), strict=True):
        wanted = dict(_regions(hidden > 127, sector, regions))
        for metric in metrics:
            values = metric.map_of(real, made)
            exists = ~np.isnan(values)
            for region, where in wanted.items():
                if (metric.name, region) in totals:
                    chosen = values[where & exists]
                    totals[metric.name, region][0] += float(chosen.sum())
                    totals[metric.name, region][1] += chosen.size
    return {key: total / count if count else None for key, (total, count) in totals.items()}


def missing_rows(
    arm: str, clip_id: str, subject_id: str, pairing: str, status: str, note: str,
    metrics: Sequence[Metric], regions: Sequence[str],
) -> list[Measurement]:  # fmt: skip
    """One row per metric and region with a status and its reason instead of a value."""
    return [
        Measurement(
            arm,
            clip_id,
            subject_id,
            m.name,
            r,
            pairing,
            None,
            "failed" if status == "failed" else "undefined",
            note,
        )
        for m in metrics
        for r in regions
        if r in m.regions
    ]


def _regions(hidden: Mask, sector: Mask, names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    made: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "frame": lambda: np.ones(hidden.shape, np.bool_),
        "sector": lambda: sector,
        "mask": lambda: hidden,
        "seam": lambda: seam(hidden, sector),
    }
    for name in names:
        yield name, made[name]()
