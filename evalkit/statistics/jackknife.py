"""Delete-subject jackknife: standard error and bias of a smooth statistic, and Student's interval about it.

Design: subjects are sampled independently; clips within them need not be. Assumes a statistic that is smooth in the
subjects' weights (means, ratios, slopes, AUC), not a median or a maximum. Source: Miller 1974,
doi:10.1093/biomet/61.1.1; for clusters, Efron and Tibshirani 1993, doi:10.1201/9780429246593.
For a subject-weighted mean it is the t interval on subject means exactly.
"""

from dataclasses import replace

import numpy as np
from scipy import stats

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Range, Result, p_in_range
from evalkit.statistics.statistic import Evaluator, Statistic
from evalkit.statistics.t_interval import FEWEST

METHOD = "delete-subject jackknife"
NO_VARIATION = "not computed: no variation between subjects"
NO_VALUE = "not computed: the statistic does not exist on these rows"


def jackknife(rows: Grouped, statistic: Statistic, level: float = 0.95, bounds: Range = (None, None)) -> Result:
    """Interval value -/+ t(n - 1) times the jackknife error; p of "the value lies in the open range `bounds`"."""
    base, evaluator = begin(rows, statistic, METHOD, level)
    if base.value is None or base.note:
        return base
    value, n = base.value, rows.n_subjects
    error = float(jackknife_errors(evaluator, np.ones((1, n)))[0])
    if not np.isfinite(error):
        return replace(base, note="not computed: the statistic does not exist without some subject")
    if no_variation(error, value):
        return replace(base, note=NO_VARIATION)
    reach = float(stats.t.ppf(0.5 + level / 2, n - 1)) * error
    p = p_in_range(
        lambda bound: float(stats.t.sf((value - bound) / error, n - 1)),
        lambda bound: float(stats.t.cdf((value - bound) / error, n - 1)),
        bounds,
    )
    return replace(base, low=value - reach, high=value + reach, p=p, error=error, df=n - 1)


def begin(rows: Grouped, statistic: Statistic, method: str, level: float) -> tuple[Result, Evaluator]:
    """The value, with a note where there is none or where too few subjects forbid an interval; and its evaluator."""
    n = rows.n_subjects
    evaluator = statistic.on(rows)
    value = float(evaluator.values(np.ones((1, n)))[0])
    known = Result(statistic.name, method, None, level=level, estimand=statistic.estimand)
    known = replace(known, n_subjects=n, n_clips=rows.n_clips)
    if not np.isfinite(value):
        return replace(known, note=NO_VALUE), evaluator
    note = "" if n >= FEWEST else f"not computed: {n} subject{'s' * (n != 1)}, an interval needs {FEWEST}"
    return replace(known, value=value, note=note), evaluator


def no_variation(error: float, value: float) -> bool:
    """Whether a standard error is nothing but rounding."""
    return error <= 1e-12 * max(1.0, abs(value))


def jackknife_errors(evaluator: Evaluator, counts: Floats) -> Floats:
    """Standard error in each resample, (resamples, subjects) to (resamples,): each drawn copy is left out once."""
    left_out = np.where(counts > 0, evaluator.without_each(counts), 0.0)
    n = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):  # a statistic that is infinite without some subject has no error
        centre = (counts * left_out).sum(axis=1) / n
        squares = (counts * (left_out - centre[:, None]) ** 2).sum(axis=1)
    errors: Floats = np.sqrt((n - 1) / n * squares)
    return errors
