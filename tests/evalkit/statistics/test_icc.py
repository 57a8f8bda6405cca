"""ICC against Shrout and Fleiss' published example, and pingouin."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.anova import anova_lm

from evalkit.statistics.icc import Form, icc

# Shrout and Fleiss 1979, table 2: six subjects, four judges
EXAMPLE = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize(
    ("form", "average", "published"),
    [
        ("1", False, 0.17), ("A", False, 0.29), ("C", False, 0.71),
        ("1", True, 0.44), ("A", True, 0.62), ("C", True, 0.91),
    ],
)  # fmt: skip
def test_values_are_those_of_shrout_and_fleiss(form: Form, average: bool, published: float) -> None:
    assert icc(EXAMPLE, form, average).value == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize(("form", "low", "high"), [("1", -0.133, 0.723), ("A", 0.019, 0.761), ("C", 0.342, 0.946)])
def test_intervals_are_those_of_rs_psych(form: Form, low: float, high: float) -> None:
    """psych::ICC, as printed for the same example, to three digits."""
    found = icc(EXAMPLE, form)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-4)


@pytest.mark.slow
def test_all_forms_agree_with_pingouin() -> None:
    pingouin = pytest.importorskip("pingouin", reason="pingouin (GPL, for comparison only) is not installed")
    import pandas as pd

    rng = np.random.default_rng(0)
    ratings = rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(20, 3)) + np.array([0, 0.3, -0.2])
    long = pd.DataFrame(
        {"target": np.repeat(np.arange(20), 3), "rater": np.tile(np.arange(3), 20), "score": ratings.ravel()}
    )
    theirs = pingouin.intraclass_corr(long, "target", "rater", "score")["ICC"].tolist()
    forms: tuple[Form, ...] = ("1", "A", "C")
    ours = [icc(ratings, form, average).value for average in (False, True) for form in forms]
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_what_has_no_correlation_says_why() -> None:
    assert icc(np.full((8, 2), 3.0)).note == "not computed: all ratings are equal"
    agreed = icc(np.column_stack([np.arange(8.0), np.arange(8.0)]))
    assert (agreed.value, agreed.low) == (1.0, None)
    assert agreed.note == "not computed: raters agree, but for a constant, without any variation"
    shifted = icc(np.column_stack([np.arange(8.0), np.arange(8.0) + 2]))
    assert (shifted.note, shifted.low) == (agreed.note, None)
    assert shifted.value == pytest.approx(6 / (6 + 2))
    assert icc([[1, 2], [2, 3]]).note == "not computed: 2 subjects, an interval needs 6"
    with pytest.raises(ValueError, match="at least two raters"):
        icc([[1.0], [2.0]])


def test_the_interval_of_absolute_agreement_is_mcgraws_and_wongs_on_the_mean_squares_of_statsmodels() -> None:
    n, k = 9, 3
    rng = np.random.default_rng(4)
    ratings = rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, k)) + np.array([0, 0.5, -0.4])
    long = pd.DataFrame({"s": np.repeat(np.arange(n), k), "r": np.tile(np.arange(k), n), "y": ratings.ravel()})
    msr, msc, mse = anova_lm(smf.ols("y ~ C(s) + C(r)", long).fit())["mean_sq"]
    rho = (msr - mse) / (msr + (k - 1) * mse + k / n * (msc - mse))
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    df = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    f_low, f_high = stats.f.ppf(0.95, n - 1, df), stats.f.ppf(0.95, df, n - 1)
    rest = k * msc + (k * n - k - n) * mse
    low = n * (msr - f_low * mse) / (f_low * rest + n * msr)
    high = n * (f_high * msr - mse) / (rest + n * f_high * msr)
    found = icc(ratings, level=0.9)
    assert (found.value, found.low, found.high) == pytest.approx((rho, low, high), rel=1e-9)
