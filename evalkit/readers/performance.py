"""Each reader alone: accuracy, sensitivity, specificity, AUC, d' and bias. Cases are random, the reader is fixed.

A score above the threshold says positive. Intervals of proportions are Clopper-Pearson's. d' = z(H) - z(F) and the
criterion c = -(z(H) + z(F)) / 2 take the hit and false-alarm rates with one half added to each count and one to each
number of cases (Hautus 1995, doi:10.3758/BF03203619), as else a perfect reader has none; their intervals are exact
too, from Clopper-Pearson intervals of both rates at the root of the level (positive and negative cases are
independent), so that they cover at least as often as they say; an end is None where a rate could be 0 or 1. c above 0:
says negative too often. Source: Macmillan and Creelman 2004. AUC: evalkit.statistics.auc, one case a subject.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from evalkit.readers.list_mode import ReaderStudy
from evalkit.statistics.auc import auc
from evalkit.statistics.binomial import proportion
from evalkit.statistics.grouped import Floats, Grouped
from evalkit.statistics.result import Result


@dataclass(frozen=True)
class Performance:
    """One reader in one modality."""

    reader: str
    modality: str
    n_positive: int
    n_negative: int
    accuracy: Result
    sensitivity: Result
    specificity: Result
    auc: Result
    d_prime: Result
    bias: Result


def performance(study: ReaderStudy, modality: int, reader: int, threshold: float, level: float = 0.95) -> Performance:
    """Performance of one reader on the cases that they scored; modality, reader: indices."""
    scores = study.scores[modality, reader]
    seen = ~np.isnan(scores)
    truth, called = study.truth[seen], scores[seen] > threshold
    hits, alarms = int((called & truth).sum()), int((called & ~truth).sum())
    positive, negative = int(truth.sum()), int((~truth).sum())
    d_prime, bias = _detection(hits, positive, alarms, negative, level)
    rows = Grouped.of(np.array(study.cases)[seen].tolist(), truth, scores[seen])
    return Performance(
        reader=study.readers[reader],
        modality=study.modalities[modality],
        n_positive=positive,
        n_negative=negative,
        accuracy=proportion(hits + negative - alarms, positive + negative, level, null=0.5),
        sensitivity=proportion(hits, positive, level),
        specificity=proportion(negative - alarms, negative, level),
        auc=auc(rows, level),
        d_prime=d_prime,
        bias=bias,
    )


def usual_threshold(scores: Floats) -> float:
    """The middle between the lowest and the highest score given, whoever gave it."""
    return float((np.nanmin(scores) + np.nanmax(scores)) / 2)


def _detection(hits: int, positive: int, alarms: int, negative: int, level: float) -> tuple[Result, Result]:
    n = positive + negative
    base = Result("d'", "signal detection, Clopper-Pearson rates", None, level=level, n_subjects=n, n_clips=n)
    if positive == 0 or negative == 0:
        base = replace(base, note="not computed: the reader has no case of one of the truths")
        return base, replace(base, statistic="criterion c")
    h, f = stats.norm.ppf((hits + 0.5) / (positive + 1)), stats.norm.ppf((alarms + 0.5) / (negative + 1))
    root = float(np.sqrt(level))
    h_low, h_high = _z_interval(hits, positive, root)
    f_low, f_high = _z_interval(alarms, negative, root)
    d = replace(base, value=float(h - f), low=_finite(h_low - f_high), high=_finite(h_high - f_low))
    low, high = _finite(-(h_high + f_high) / 2), _finite(-(h_low + f_low) / 2)
    return d, replace(base, statistic="criterion c", value=float(-(h + f) / 2), low=low, high=high)


def _z_interval(count: int, number: int, level: float) -> tuple[float, float]:
    found = proportion(count, number, level)
    return float(stats.norm.ppf(found.low)), float(stats.norm.ppf(found.high))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
