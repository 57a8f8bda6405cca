"""Area under the ROC curve with several clips a subject; with one clip a subject it is DeLong's.

Design: each clip has a truth (0 or 1) and a score; subjects are independent, their clips, of either truth, are not.
The estimand is clip-weighted: P(score of a diseased clip > score of a healthy one), ties counting half. No distribution
is assumed. The interval is on the logit scale (a Wald interval leaves [0, 1] and covers less near 1), that of a
difference is Wald's. Both take Student's t with Satterthwaite's degrees of freedom from the subjects of either truth,
where DeLong has the normal, which finds too much with few subjects. What remains of that: a nominal 5 % was 5 to 6 %
(docs/statistics.md). Sources: Obuchowski 1997, doi:10.2307/2533958; DeLong et al. 1988, doi:10.2307/2531595; logit
scale, Pepe 2003.
"""

from dataclasses import replace

import numpy as np
from scipy import stats

from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Result
from evalkit.statistics.t_interval import FEWEST

METHOD = "clustered AUC (Obuchowski)"


def auc(rows: Grouped, level: float = 0.95, null: float = 0.5) -> Result:
    """AUC of column 1 (score) for column 0 (truth, 0 or 1), interval, and two-sided p of the AUC being `null`."""
    found = _parts(rows, 1)
    base = Result("AUC", METHOD, None, level=level, estimand="clip-weighted")
    base = replace(base, n_subjects=rows.n_subjects, n_clips=rows.n_clips)
    if found is None:
        return replace(base, note="not computed: all clips have the same truth")
    value, parts = found
    error, df, note = _error(rows, parts)
    base = replace(base, value=value, note=note, error=error, df=df)
    if error is None or df is None:
        return base
    if value in (0.0, 1.0) or error <= 1e-12:
        return replace(base, error=None, df=None, note=f"not computed: no variation, as the AUC is {value:g}")
    centre, scale = np.log(value / (1 - value)), error / (value * (1 - value))
    reach = stats.t.ppf(0.5 + level / 2, df) * scale
    low, high = (float(1 / (1 + np.exp(-end))) for end in (centre - reach, centre + reach))
    p = float(2 * stats.t.sf(abs(centre - np.log(null / (1 - null))) / scale, df))
    return replace(base, low=low, high=high, p=p)


def auc_difference(rows: Grouped, level: float = 0.95) -> Result:
    """AUC of column 1 minus that of column 2 for column 0 (truth), on the same clips; two-sided p of no difference."""
    first, second = _parts(rows, 1), _parts(rows, 2)
    base = Result("difference of AUCs", METHOD, None, level=level, estimand="clip-weighted")
    base = replace(base, n_subjects=rows.n_subjects, n_clips=rows.n_clips)
    if first is None or second is None:
        return replace(base, note="not computed: all clips have the same truth")
    value = first[0] - second[0]
    error, df, note = _error(rows, first[1] - second[1])
    base = replace(base, value=value, note=note, error=error, df=df)
    if error is None or df is None:
        return base
    if error <= 1e-12:
        return replace(base, error=None, df=None, note="not computed: no variation of the difference between subjects")
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * error
    p = float(2 * stats.t.sf(abs(value) / error, df))
    return replace(base, low=value - reach, high=value + reach, p=p)


def _parts(rows: Grouped, column: int) -> tuple[float, Floats] | None:
    """The AUC, and each clip's placement among the clips of the other truth, less the AUC: (clips,)."""
    ill, scores = rows.columns[:, 0] > 0.5, rows.columns[:, column]
    if ill.all() or not ill.any():
        return None
    placed = np.empty(len(scores))
    placed[ill] = _share_below(scores[ill], scores[~ill])
    placed[~ill] = 1 - _share_below(scores[~ill], scores[ill])
    value = float(placed[ill].mean())
    return value, placed - value


def _share_below(these: Floats, others: Floats) -> Floats:
    """For each of these, the share of the others below it, equal ones counting half."""
    ordered = np.sort(others)
    below, upto = np.searchsorted(ordered, these, "left"), np.searchsorted(ordered, these, "right")
    shares: Floats = (below + upto) / (2 * len(ordered))
    return shares


def _error(rows: Grouped, parts: Floats) -> tuple[float | None, float | None, str]:
    """Standard error from centred placements and its degrees of freedom, or why there is none."""
    ill = rows.columns[:, 0] > 0.5
    truth = np.column_stack([ill, ~ill]).astype(np.float64)
    sums, clips = rows.totals(truth * parts[:, None]), rows.totals(truth)
    n, (n_ill, n_well) = rows.n_subjects, (clips > 0).sum(axis=0)
    if n < FEWEST:
        return None, None, f"not computed: {n} subject{'s' * (n != 1)}, an interval needs {FEWEST}"
    if min(n_ill, n_well) < 2:
        return None, None, "not computed: fewer than two subjects have clips of one of the truths"
    ill_clips, well_clips = clips.sum(axis=0)
    squares = (sums**2).sum(axis=0)
    of_ill = n_ill / (n_ill - 1) * squares[0] / ill_clips**2
    of_well = n_well / (n_well - 1) * squares[1] / well_clips**2
    of_both = 2 * n / (n - 1) * (sums[:, 0] * sums[:, 1]).sum() / (ill_clips * well_clips)
    variance = max(of_ill + of_well + of_both, 0.0)
    spread = of_ill**2 / (n_ill - 1) + of_well**2 / (n_well - 1)
    df = min(max(variance**2 / spread, 1.0), n - 1.0) if spread > 0 else n - 1.0
    return float(np.sqrt(variance)), float(df), ""
