"""Limits of agreement of two measurements of the same clips, several clips a subject.

Design: one difference a clip. The quantity differs from clip to clip, so the variance of a difference is that between
subjects plus that within them, from one-way analysis of variance; clips of one subject are not taken for independent.
The bias is the mean over clips; the limits are bias -+ 1.96 standard deviations and say where 95 % of the differences
of new clips of new subjects lie if differences are near normal. They are descriptive: no test follows from them.
Source: Bland and Altman 2007, doi:10.1080/10543400701329422, section 3.
"""

from dataclasses import dataclass

import numpy as np

from evalkit.statistics.grouped import Grouped
from evalkit.statistics.t_interval import FEWEST

REACH = 1.96


@dataclass(frozen=True)
class Agreement:
    """Bias and limits of agreement, in the unit of the values; limits are None where `note` says why."""

    bias: float
    low: float | None
    high: float | None
    n_subjects: int
    n_clips: int
    note: str = ""


def limits_of_agreement(differences: Grouped) -> Agreement:
    """Limits for one column of differences, one a clip; below 6 subjects the bias alone.

    Raises: ValueError for no clip.
    """
    n, clips = differences.n_subjects, differences.n_clips
    if not clips:
        raise ValueError("there is no clip to agree on")
    values, sizes = differences.columns[:, 0], differences.sizes()
    bias = float(values.mean())
    if n < FEWEST:
        return Agreement(bias, None, None, n, clips, f"not computed: {n} subjects, limits need {FEWEST}")
    means = differences.totals(values[:, None])[:, 0] / sizes
    between = float((sizes * (means - bias) ** 2).sum() / (n - 1))
    within = float(((values - means[differences.subject]) ** 2).sum() / (clips - n)) if clips > n else 0.0
    per_subject = float((clips**2 - (sizes**2).sum()) / ((n - 1) * clips))
    variance = max(0.0, (between - within) / per_subject) + within
    reach = REACH * float(np.sqrt(variance))
    return Agreement(bias, bias - reach, bias + reach, n, clips)
