"""The one default method of each design and number of subjects; every other method is a cross-check.

    subjects   subject-weighted mean (also of paired differences)   any other statistic
    below 6    no interval, no test                                 no interval, no test
    6 to 39    t on subject means                                   studentised bootstrap of subjects
    40 on      t on subject means                                   percentile bootstrap of subjects

docs/statistics.md says how often each covers what it should.
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from evalkit.statistics.bootstrap import RESAMPLES, bootstrap
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.jackknife import begin
from evalkit.statistics.result import Range, Result, p_in_range
from evalkit.statistics.statistic import Statistic, mean
from evalkit.statistics.t_interval import FEWEST, METHOD, interval, p_above, p_below, subject_mean

ENOUGH_FOR_PERCENTILE = 40
Default = Literal["t on subject means", "studentised", "percentile", "none"]


def default_method(statistic: Statistic, n_subjects: int) -> Default:
    """Which method `infer` takes."""
    if n_subjects < FEWEST:
        return "none"
    if statistic.name == "mean" and statistic.estimand == "subject-weighted":
        return "t on subject means"
    return "studentised" if n_subjects < ENOUGH_FOR_PERCENTILE else "percentile"


def infer(
    rows: Grouped,
    statistic: Statistic,
    level: float = 0.95,
    bounds: Range = (None, None),
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Result:
    """Interval and p of "the statistic lies in the open range `bounds`" by the default method."""
    method = default_method(statistic, rows.n_subjects)
    if method == "none":
        return begin(rows, statistic, "none", level)[0]
    if method == "t on subject means":
        return t_on_subject_means(rows, level, bounds)
    return bootstrap(rows, statistic, method, level, bounds, seed, n_resamples)


def t_on_subject_means(rows: Grouped, level: float = 0.95, bounds: Range = (None, None)) -> Result:
    """Student's t on the subjects' means of the one column (evalkit.statistics.t_interval)."""
    if rows.n_subjects < FEWEST:
        return begin(rows, mean(), METHOD, level)[0]
    order = np.argsort(rows.subject, kind="stable")
    ends_of = np.cumsum(rows.sizes())[:-1].astype(int)
    clips = np.split(rows.columns[order, 0], ends_of)
    found = subject_mean({f"{code:09d}": values.tolist() for code, values in enumerate(clips)})
    base = Result("mean", METHOD, found.value, level=level, estimand="subject-weighted", note=found.note)
    base = replace(base, n_subjects=rows.n_subjects, n_clips=rows.n_clips, error=found.error, df=found.df)
    ends = interval(found, level)
    if ends is None:
        return base
    p = p_in_range(lambda bound: p_above(found, bound), lambda bound: p_below(found, bound), bounds)
    return replace(base, low=ends[0], high=ends[1], p=p)
