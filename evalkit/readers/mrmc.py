"""Reader-averaged AUC with random readers AND random cases (MRMC): one-shot variance, and degrees of freedom.

Design: each of R readers scores cases of both truths in one or two modalities; not all need to score all. Readers and
cases are samples, so the variance has eight parts: for pairs of comparisons (negative i, positive j, reader r) that
share some, all or none of i, j and r, the moments M1 to M8 of Barrett, Dorfman, Gallas (BDG). Their U-statistics give
an unbiased variance without a model; as it can come out at or below 0, the plug-in (MLE) one, never negative, then
stands in, as in iMRMC, and the method says so. For scores of 0 and 1 the AUC is the mean of sensitivity and
specificity.

p and interval use Student's t with BDG degrees of freedom cut to a whole number, as iMRMC does (it is the cautious
side; from 50 on iMRMC goes over to the normal, this does not). Each comparison counts the same, so that with holes in
the design readers with more cases count more. In simulations a nominal 5 % was 3 to 7 % (docs/statistics.md).

Sources: Gallas 2006, doi:10.1016/j.acra.2005.11.030; Gallas and Brown 2008, doi:10.1016/j.neunet.2007.12.013; Gallas et
al. 2009, doi:10.1080/03610920802610084; degrees of freedom, Obuchowski et al. 2012, doi:10.1016/j.acra.2012.09.012.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from evalkit.readers.list_mode import ReaderStudy
from evalkit.statistics.grouped import Floats
from evalkit.statistics.result import Result, p_in_range

METHOD = "MRMC U-statistics, BDG degrees of freedom"
# from sums over pairs that share at least something to sums over pairs that share exactly that; rows are M1 to M8
_EXACTLY = np.array([
    [1, 0, 0, 0, 0, 0, 0, 0], [-1, 1, 0, 0, 0, 0, 0, 0], [-1, 0, 1, 0, 0, 0, 0, 0], [1, -1, -1, 1, 0, 0, 0, 0],
    [-1, 0, 0, 0, 1, 0, 0, 0], [1, -1, 0, 0, -1, 1, 0, 0], [1, 0, -1, 0, -1, 0, 1, 0], [-1, 1, 1, -1, 1, -1, -1, 1],
], dtype=np.float64)  # fmt: skip
_ROUNDING = 1e-14  # of a variance of an AUC, computed from moments of about 1
Comparisons = Iterator[
    tuple[Floats, Floats]
]  # for each reader: won comparisons, made comparisons (negatives, positives)


@dataclass(frozen=True)
class Components:
    """Variance of one comparison by what it is due to: readers, negative and positive cases, and their interactions."""

    reader: float
    negative: float
    positive: float
    reader_negative: float
    reader_positive: float
    negative_positive: float
    all_three: float

    def variance(self, readers: int, negatives: int, positives: int) -> float:
        """Of the reader-averaged AUC of a full design of this size: what a pilot says of a larger study."""
        by_reader = self.reader / readers + self.reader_negative / (readers * negatives)
        by_reader += self.reader_positive / (readers * positives)
        by_case = (
            self.negative / negatives + self.positive / positives + self.negative_positive / (negatives * positives)
        )
        return by_reader + by_case + self.all_three / (readers * negatives * positives)

    def degrees_of_freedom(self, readers: int, negatives: int, positives: int, variance: float) -> float:
        """BDG's, for a variance of a design of this size."""
        rest = self.all_three / (readers * negatives * positives)
        cases = self.negative_positive / (negatives * positives)
        reader_negative = self.reader_negative / (readers * negatives)
        reader_positive = self.reader_positive / (readers * positives)
        of_readers = self.reader / readers + reader_negative + reader_positive + rest
        of_negatives = self.negative / negatives + reader_negative + cases + rest
        of_positives = self.positive / positives + reader_positive + cases + rest
        parts = ((of_readers, readers), (of_negatives, negatives), (of_positives, positives))
        return variance**2 / sum(part**2 / (number - 1) for part, number in parts)


@dataclass(frozen=True)
class Mrmc:
    """A reader-averaged AUC, or A minus B, with both variances, moments M1 to M8 and what they are made of."""

    result: Result
    variance: float | None
    variance_mle: float | None
    components: Components | None
    moments: tuple[float, ...]
    per_reader: tuple[float | None, ...]
    n_readers: int
    n_negative: int
    n_positive: int


def mrmc_auc(study: ReaderStudy, modality: int = 0, level: float = 0.95) -> Mrmc:
    """Reader-averaged AUC of one modality; two-sided p of AUC = 0.5."""
    return _finish(study, "reader-averaged AUC", [(modality, 1.0)], level, 0.5)


def mrmc_difference(study: ReaderStudy, first: int = 0, second: int = 1, level: float = 0.95) -> Mrmc:
    """Reader-averaged AUC of the first modality minus the second's; two-sided p of no difference."""
    return _finish(study, "difference of reader-averaged AUCs", [(first, 1.0), (second, -1.0)], level, 0.0)


def p_within(found: Result, low: float | None, high: float | None) -> float | None:
    """p of the null that the value lies outside (low, high); one end may be open. None without a standard error."""
    if found.value is None or found.error is None or found.df is None:
        return None
    value, error, df = found.value, found.error, found.df
    return p_in_range(
        lambda bound: float(stats.t.sf((value - bound) / error, df)),
        lambda bound: float(stats.t.cdf((value - bound) / error, df)),
        (low, high),
    )


def _finish(study: ReaderStudy, name: str, modalities: list[tuple[int, float]], level: float, null: float) -> Mrmc:
    numbers = [_per_reader(study, modality) for modality, _ in modalities]
    negatives, positives = _size(study, [modality for modality, _ in modalities])
    readers = int(np.any([[pairs > 0 for _, pairs in row] for row in numbers], axis=0).sum())
    base = Result(name, METHOD, None, level=level, n_subjects=negatives + positives, n_clips=negatives + positives)
    per_reader = tuple(_differences(numbers, [sign for _, sign in modalities]))
    sizes = (per_reader, readers, negatives, positives)
    made = [sum(pairs for _, pairs in row) for row in numbers]
    if min(made) == 0:
        note = "not computed: in some modality no reader has cases of both truths"
        return Mrmc(replace(base, note=note), None, None, None, (), *sizes)
    value = sum(sign * sum(won for won, _ in row) / pairs
                for (_, sign), row, pairs in zip(modalities, numbers, made, strict=True))  # fmt: skip
    base = replace(base, value=float(value))
    if min(readers, negatives, positives) < 2:
        note = "not computed: the variance needs at least two readers and two cases of each truth"
        return Mrmc(replace(base, note=note), None, None, None, (), *sizes)
    variance, mle, moments = _variance(study, modalities)
    components = _components(moments)
    result = _inference(base, components, variance, mle, sizes[1:], null)
    return Mrmc(result, variance, mle, components, tuple(moments.tolist()), *sizes)


def _inference(
    base: Result, components: Components, variance: float, mle: float, sizes: tuple[int, int, int], null: float
) -> Result:
    value = base.value or 0.0
    used = variance if variance > 0 else mle
    if used <= _ROUNDING:
        return replace(base, note="not computed: no variation between readers and cases")
    method = METHOD if variance > 0 else f"{METHOD}; plug-in (MLE) variance, as the unbiased one is not above 0"
    df = float(max(1, np.floor(components.degrees_of_freedom(*sizes, used))))
    error = float(np.sqrt(used))
    reach = float(stats.t.ppf(0.5 + base.level / 2, df)) * error
    p = float(2 * stats.t.sf(abs(value - null) / error, df))
    return replace(base, method=method, low=value - reach, high=value + reach, p=p, error=error, df=df)


def _variance(study: ReaderStudy, modalities: list[tuple[int, float]]) -> tuple[float, float, Floats]:
    """U-statistics and plug-in variance, and moments, of a signed sum of one or two AUCs."""
    variance, mle, moments = 0.0, 0.0, np.zeros(8)
    for first, sign in modalities:
        for second, other in modalities:
            won, made = _sums(study, first, second)
            ours, scale = _EXACTLY @ made, made[7]
            with np.errstate(invalid="ignore", divide="ignore"):
                unbiased = np.where(ours > 0.5, _EXACTLY @ won / ours, 0.0)
                plugged_in = np.where(made > 0.5, won / made, 0.0)
            weights = ours / scale
            weights[7] -= 1
            variance += sign * other * float(weights @ unbiased)
            mle += sign * other * float(weights @ plugged_in)
            moments += sign * other * unbiased
    return variance, mle, moments


def _sums(study: ReaderStudy, first: int, second: int) -> tuple[Floats, Floats]:
    """Sums of products over pairs of comparisons that share at least: r,i,j; r,j; r,i; r; i,j; j; i; nothing.

    For comparisons won and for those made. One reader at a time, so that memory is that of few tables of comparisons.
    """
    shape = int((~study.truth).sum()), int(study.truth.sum())
    sums, over_readers = np.zeros((2, 8)), np.zeros((2, 2, *shape))
    for ours, theirs in zip(_comparisons(study, first), _comparisons(study, second), strict=True):
        for kind in range(2):
            sums[kind, :4] += _shared(ours[kind], theirs[kind])
            over_readers[kind, 0] += ours[kind]
            over_readers[kind, 1] += theirs[kind]
    for kind in range(2):
        sums[kind, 4:] = _shared(*over_readers[kind])
    return sums[0], sums[1]


def _shared(a: Floats, b: Floats) -> Floats:
    by_positive, by_negative = a.sum(axis=0) @ b.sum(axis=0), a.sum(axis=1) @ b.sum(axis=1)
    return np.array([(a * b).sum(), by_positive, by_negative, a.sum() * b.sum()])


def _comparisons(study: ReaderStudy, modality: int) -> Comparisons:
    """For each reader: which comparisons (negatives, positives) were won (ties half), and which were made."""
    for scores in study.scores[modality]:
        negative, positive = scores[~study.truth][:, None], scores[study.truth][None, :]
        made = ~(np.isnan(negative) | np.isnan(positive))
        won = (positive > negative) + 0.5 * (positive == negative)
        yield np.where(made, won, 0.0), made.astype(np.float64)


def _per_reader(study: ReaderStudy, modality: int) -> list[tuple[float, float]]:
    return [(float(won.sum()), float(made.sum())) for won, made in _comparisons(study, modality)]


def _differences(numbers: list[list[tuple[float, float]]], signs: list[float]) -> Iterator[float | None]:
    """Each reader's own AUC, or difference; None where there is none."""
    for row in zip(*numbers, strict=True):
        if all(made > 0 for _, made in row):
            yield float(sum(sign * won / made for sign, (won, made) in zip(signs, row, strict=True)))
        else:
            yield None


def _size(study: ReaderStudy, modalities: list[int]) -> tuple[int, int]:
    """Negative and positive cases that some reader scored."""
    read = ~np.isnan(study.scores[modalities]).all(axis=(0, 1))
    return int((read & ~study.truth).sum()), int((read & study.truth).sum())


def _components(moments: Floats) -> Components:
    """Hoeffding's parts of the variance of a comparison from M1 to M8."""
    m1, m2, m3, m4, m5, m6, m7, m8 = moments.tolist()
    return Components(
        reader=m4 - m8,
        negative=m7 - m8,
        positive=m6 - m8,
        reader_negative=m3 - m4 - m7 + m8,
        reader_positive=m2 - m4 - m6 + m8,
        negative_positive=m5 - m6 - m7 + m8,
        all_three=m1 - m2 - m3 - m5 + m4 + m6 + m7 - m8,
    )
