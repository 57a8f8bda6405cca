"""Frozen frames: the share of steps in which the translation stands still though the real clip moves.

A step from one frame to the next is looked at where the region is in both frames. The real clip moves there if its grey
values change by 1 level or more in the mean (of absolute changes); of these steps those are frozen in which the
translation changes by at most a tenth of that. So a repeated frame counts, also after a lossy codec, and a clip that is
really still raises no alarm: it has no value, with the reason. 0..1, lower is better, identical clips have 0.

The share is of steps, so one repeated frame in a clip of eleven is 0.1. A fill that stands still within a moving
picture shows in the region `mask`, and not in `unmasked`. To judge the change of the translation against that of its
source is Wolf's idea ("A no reference and reduced reference metric for detecting dropped video frames", VPQM 2009).
"""

import numpy as np

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Moment, part
from translator.clips.clip import Frame, Mask

MOVES = 1.0  # grey levels
STILL = 0.1  # of the real clip's change


def mean_change(before: Frame, now: Frame, area: Mask) -> float:
    """Mean absolute change in an area (bool H, W, not empty) from one uint8 frame (H, W) to the next, grey levels."""
    return float(np.abs(now[area].astype(np.int16) - before[area]).mean())


def is_frozen(real_change: float, made_change: float) -> bool | None:
    """Whether a step is frozen, of the mean changes of both clips; None where the real clip does not move."""
    return None if real_change < MOVES else made_change <= STILL * real_change


def _step(moment: Moment, region: str) -> float | str:
    before = moment.before
    if before is None:
        raise ValueError("the first frame has none before it")
    area = moment.areas[region] & before.areas[region]
    real = moment.of_real(f"change in {region}", lambda frame: mean_change(before.real, frame, area))
    frozen = is_frozen(real, mean_change(before.made, moment.made, area))
    return f"the real clip does not move in the {part(region)}" if frozen is None else float(frozen)


FROZEN_SHARE = framed(
    name="frozen_share",
    value_of_frame=_step,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, 1.0),
    version=1,
    source="",
    summary="share of steps in which the translation changes by at most a tenth of the real clip, which moves",
    span=2,
    local=True,
)
