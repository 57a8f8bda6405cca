"""Nakagami's m, against scipy.stats.nakagami: its samples, and its maximum likelihood fit."""

import numpy as np
import pytest
from scipy import ndimage, stats
from scipy.special import polygamma

from evalkit.metrics.nakagami import (
    nakagami_by_log_moments,
    nakagami_by_moments,
    shape_by_log_moments,
    shape_by_moments,
)
from tests.evalkit.metrics.simulated import log_compressed, rayleigh, speckle, squares


@pytest.mark.parametrize("m", [0.5, 0.8, 1.0, 1.7, 4.0])
def test_both_fits_agree_with_maximum_likelihood_on_a_large_sample(m: float) -> None:
    """To 3 %: three consistent estimators of one sample of 40,000."""
    sample = stats.nakagami.rvs(m, scale=0.3, size=40_000, random_state=7)
    likely = stats.nakagami.fit(sample, floc=0)[0]
    power = sample**2
    assert shape_by_moments(power.mean(), power.var(ddof=1)) == pytest.approx(likely, rel=0.03)
    assert shape_by_log_moments(np.log(sample).var(ddof=1)) == pytest.approx(likely, rel=0.03)


def test_log_moments_invert_the_trigamma_function_over_five_decades() -> None:
    m = np.geomspace(0.02, 2000, 60)
    np.testing.assert_allclose(shape_by_log_moments(polygamma(1, m) / 4), m, rtol=1e-10)


def test_two_powers_by_hand() -> None:
    """Mean 2 and variance 4: m = 4 / 4."""
    assert shape_by_moments(np.array(2.0), np.array(4.0)) == 1.0


def test_rayleigh_speckle_has_m_1_by_both_whatever_the_gain() -> None:
    """Log moments to 1 %; moments to 3 %, as the median of so skewed an estimate lies above its mean."""
    for level in (-30.0, -18.0):
        frame = log_compressed(rayleigh(8, 492, 492), level)
        assert np.median(nakagami_by_log_moments(frame)) == pytest.approx(1.0, rel=0.01)
        assert np.median(nakagami_by_moments(frame)) == pytest.approx(1.0, rel=0.03)


def test_each_window_is_fitted_on_its_own() -> None:
    frame = speckle(9, 40, 50, (1, 1))
    linear = [10 ** ((window / 255 - 1) * 3) for window in squares(frame)]
    by_moments = [(w**2).mean() ** 2 / (w**2).var(ddof=1) for w in linear]
    by_logs = [shape_by_log_moments(np.log(w).var(ddof=1)) for w in linear]
    np.testing.assert_allclose(nakagami_by_moments(frame).ravel(), by_moments, rtol=1e-9)
    np.testing.assert_allclose(nakagami_by_log_moments(frame).ravel(), by_logs, rtol=1e-9)


def test_blur_raises_m_and_a_flat_window_has_none() -> None:
    frame = speckle(10, 96, 96)
    smooth = ndimage.gaussian_filter(frame, 1.0)
    assert np.median(nakagami_by_log_moments(smooth)) > 2 * np.median(nakagami_by_log_moments(frame))
    assert np.median(nakagami_by_moments(smooth)) > 2 * np.median(nakagami_by_moments(frame))
    assert np.isnan(nakagami_by_moments(np.zeros((24, 24), np.uint8))).all()
    assert np.isnan(nakagami_by_log_moments(np.zeros((24, 24), np.uint8))).all()
