"""A straight line through clips of several subjects: its slope, its height anywhere, with intervals.

Least squares in which every subject counts the same, whatever its number of clips n: each clip weighs 1/n. Errors come
from the bias-reduced cluster-robust variance (CR2) with subjects as clusters, and Student's t with Satterthwaite
degrees of freedom: Bell & McCaffrey 2002 (Survey Methodology 28:169-181); Pustejovsky & Tipton 2018,
doi:10.1080/07350015.2016.1247004. The plain cluster-robust variance (CR1) is too small for few subjects. Both working
corrections assume independent clips of one variance; where clips of a subject are alike, they are still nearly right.

Below 6 subjects there is no interval and no test. Where the regressor differs in few subjects the degrees of freedom
are few, and the interval is as wide as that deserves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evalkit.statistics.t_interval import FEWEST

METHOD = "least squares, subjects weigh the same; CR2 by subject, t with Satterthwaite df"
_SINGULAR = 1e-10  # of an eigenvalue that is 1 where a subject has no leverage

Vector = NDArray[np.float64]
Points = Mapping[str, Sequence[tuple[float, float]]]  # subject -> (regressor, value) of each clip


class Contrast(NamedTuple):
    """A linear function of the line: value, standard error, degrees of freedom; None where there is no interval."""

    value: float
    error: float | None
    df: float | None


@dataclass(frozen=True, eq=False)
class Line:
    """A fitted line; `note` says why it has no interval, and is empty where it has one."""

    centre: float  # mean of the regressor over subjects
    scale: float  # its standard deviation
    coefficients: Vector  # (2,): height at the centre, change for one `scale`
    note: str
    parts: "_Parts"

    @property
    def slope(self) -> Contrast:
        """Change of the value for a change of the regressor by 1."""
        return self._contrast(np.array([0.0, 1 / self.scale]))

    def height(self, regressor: float) -> Contrast:
        """The mean value at a place of the regressor."""
        return self._contrast(np.array([1.0, (regressor - self.centre) / self.scale]))

    def _contrast(self, wanted: Vector) -> Contrast:
        value = float(wanted @ self.coefficients)
        if len(self.parts.weights) < FEWEST or self.parts.alone:
            return Contrast(value, None, None)
        variance, df = self.parts.variance(wanted)
        if df is None or variance <= (1e-12 * max(1.0, float(np.abs(self.coefficients).max()))) ** 2:
            return Contrast(value, None, None)
        return Contrast(value, float(np.sqrt(variance)), df)


def fit_line(points: Points) -> Line | None:
    """The line through the clips of {subject: (regressor, value) pairs}; None where the regressor does not vary.

    Needs at least one clip. The order of subjects does not matter.
    """
    pairs = [np.array(sorted(points[subject]), np.float64).reshape(-1, 2) for subject in sorted(points)]
    weights = np.array([1 / len(pair) for pair in pairs])
    centre = float(np.mean([pair[:, 0].mean() for pair in pairs]))
    scale = float(np.sqrt(np.mean([np.mean((pair[:, 0] - centre) ** 2) for pair in pairs])))
    if scale <= 1e-9 * max(1.0, abs(centre)):
        return None
    designs = [np.stack([np.ones(len(pair)), (pair[:, 0] - centre) / scale], axis=1) for pair in pairs]
    grams = np.stack([x.T @ x for x in designs])
    moments = np.stack([x.T @ pair[:, 1] for x, pair in zip(designs, pairs, strict=True)])
    inverse = np.linalg.inv(np.einsum("s,sij->ij", weights, grams))
    coefficients = inverse @ (weights @ moments)
    residuals = np.stack([x.T @ (pair[:, 1] - x @ coefficients) for x, pair in zip(designs, pairs, strict=True)])
    parts = _Parts.of(weights, grams, residuals, inverse)
    bare = Line(centre, scale, coefficients, "", parts)
    return replace(bare, note=_why_no_interval(bare))


def contrast_interval(contrast: Contrast, level: float) -> tuple[float, float] | None:
    """Two-sided interval of the given level, or None where there is no standard error."""
    if contrast.error is None or contrast.df is None:
        return None
    reach = float(stats.t.ppf(0.5 + level / 2, contrast.df)) * contrast.error
    return contrast.value - reach, contrast.value + reach


def p_not_zero(contrast: Contrast) -> float | None:
    """Two-sided p of the null "it is 0"; None where there is no standard error."""
    if contrast.error is None or contrast.df is None:
        return None
    return float(2 * stats.t.sf(abs(contrast.value) / contrast.error, contrast.df))


def _why_no_interval(line: Line) -> str:
    subjects = len(line.parts.weights)
    if subjects < FEWEST:
        return f"not computed: {subjects} subjects, an interval needs {FEWEST}"
    if line.parts.alone:
        return "not computed: one subject alone decides the slope, so its error cannot be told"
    return "" if line.slope.error is not None else "not computed: no variation around the line"


@dataclass(frozen=True, eq=False)
class _Parts:
    """Per subject (S,) what the variance of any contrast c is made of, all 2 x 2.

    With X the subject's design, w its weight, M = (sum of w X'X)^-1 and A the CR2 adjustment, T = A X w M; here are
    T'T, X'T and T'e for the residuals e, and M and M (sum of w^2 X'X) M.
    """

    weights: Vector  # (S,)
    squares: Vector  # (S, 2, 2): T'T
    lifts: Vector  # (S, 2, 2): X'T
    scores: Vector  # (S, 2): T'e
    inverse: Vector  # (2, 2)
    sandwich: Vector  # (2, 2)
    alone: bool  # a subject has full leverage: its residual is 0 whatever its value

    @classmethod
    def of(cls, weights: Vector, grams: Vector, residuals: Vector, inverse: Vector) -> Self:
        """Weights (S,), X'X (S, 2, 2), X'e (S, 2) and M.

        A is the inverse square root of the subject's block of (I - H)(I - H)', which is I - X K X' with K of 2 x 2,
        as all clips of a subject weigh the same; so it differs from I in the span of X only, and X'X is all that
        is needed.
        """
        sandwich = inverse @ np.einsum("s,sij->ij", weights**2, grams) @ inverse
        root, back = _root(grams)
        inner = root @ (2 * weights[:, None, None] * inverse - sandwich) @ root
        left, vectors = np.linalg.eigh(np.eye(2) - inner)
        adjust = vectors / np.sqrt(np.maximum(left, _SINGULAR))[:, None, :] @ vectors.transpose(0, 2, 1)
        spread = root @ inverse * weights[:, None, None]
        stretched = adjust @ spread
        scores = np.einsum("sij,si->sj", stretched, np.einsum("sij,sj->si", back, residuals))
        squares, alone = stretched.transpose(0, 2, 1) @ stretched, bool((left <= _SINGULAR).any())
        return cls(weights, squares, root @ stretched, scores, inverse, sandwich, alone)

    def variance(self, wanted: Vector) -> tuple[float, float | None]:
        """Variance of a contrast (2,), and its degrees of freedom (tr O)^2 / tr(O^2).

        O (S, S) is the covariance of the subjects' scores under the working model: a diagonal and a product of
        (S, 6) matrices, so that it is never formed.
        """
        own = np.einsum("i,sij,j->s", wanted, self.squares, wanted)
        a = self.lifts @ wanted
        weighted = a * self.weights[:, None]
        left = np.concatenate([-weighted @ self.inverse, -a @ self.inverse, a @ self.sandwich], axis=1)
        right = np.concatenate([a, weighted, a], axis=1)
        product = np.einsum("si,si->s", left, right)
        trace = float((own + product).sum())
        square = float((own**2 + 2 * own * product).sum() + np.sum((left.T @ left) * (right.T @ right)))
        df = trace**2 / square if square > 0 and trace > 0 else None
        return float(np.sum((self.scores @ wanted) ** 2)), df


def _root(grams: Vector) -> tuple[Vector, Vector]:
    """Square root of each (2, 2) and the pseudo-inverse of it; a subject with one clip has rank one."""
    values, vectors = np.linalg.eigh(grams)
    real = values > _SINGULAR * values.max(axis=1, keepdims=True)
    roots = np.sqrt(np.where(real, values, 0.0))
    inverses = np.where(real, 1 / np.where(real, roots, 1.0), 0.0)
    transposed = vectors.transpose(0, 2, 1)
    return vectors * roots[:, None, :] @ transposed, vectors * inverses[:, None, :] @ transposed
