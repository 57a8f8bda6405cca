"""Shape m of the Nakagami distribution of the envelope: below 1 sparse or clustered scatterers, 1 fully developed
speckle (Rayleigh), above 1 echoes with a steady part, or smoothing (Shankar 2000, doi:10.1109/58.842062).

The envelope is made of the grey values under the declared dynamic range, in the windows and with the exclusions of
`speckle`. Two fits, as they fail differently:

- `nakagami_m[moments-60db]`: m = E(r^2)^2 / Var(r^2), the inverse normalised variance. The few brightest pixels
  decide it.
- `nakagami_m[log-moments-60db]`: the m at which Var(ln r) = trigamma(m) / 4, as r^2 is gamma distributed with shape m.
  It is the log-compressed equivalent: it needs nothing but the standard deviation of the levels in dB, and the
  darkest pixels weigh in it.

Both are consistent; scipy.stats.nakagami.fit (maximum likelihood) is what the tests compare them with. Variances are of
a sample (n - 1). A frame's value is the median over its windows, a clip's the mean over its frames.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from evalkit.metrics.speckle import DYNAMIC_RANGE_DB, envelope, level_db, speckle_metric, window_moments
from evalkit.metrics.windows import Sums
from translator.clips.clip import Frame

_NEPER = np.log(10) / 20  # per dB
_STEPS = 12  # Newton steps; 6 are enough to 1e-12 for any variance


def shape_by_moments(mean_power: NDArray[np.float64], variance_of_power: NDArray[np.float64]) -> NDArray[np.float64]:
    """m of the mean and the variance of the squared envelope, arrays of one shape; the variance is not 0."""
    return np.asarray(mean_power**2 / variance_of_power, np.float64)


def shape_by_log_moments(variance_of_log: NDArray[np.float64]) -> NDArray[np.float64]:
    """m > 0 at which trigamma(m) / 4 is the variance of the natural log of the envelope, which is not 0.

    Newton's method on 1 / trigamma, which is convex and nearly straight, from 1/2 + 1/y (Smyth 2004, appendix,
    doi:10.2202/1544-6115.1027).
    """
    target = 4 * np.asarray(variance_of_log, np.float64)
    shape = 0.5 + 1 / target
    for _ in range(_STEPS):
        found = polygamma(1, shape)
        shape = shape + found * (1 - found / target) / polygamma(2, shape)
    return np.asarray(shape, np.float64)


def nakagami_by_moments(frame: Frame, dynamic_range_db: float = DYNAMIC_RANGE_DB) -> Sums:
    """m by moments in every window (R, C) of a uint8 frame (H, W); NaN where it is flat."""
    mean, variance = window_moments(frame, envelope(dynamic_range_db) ** 2)
    return shape_by_moments(mean, np.where(variance > 0, variance, np.nan))


def nakagami_by_log_moments(frame: Frame, dynamic_range_db: float = DYNAMIC_RANGE_DB) -> Sums:
    """m by log-moments in every window (R, C) of a uint8 frame (H, W); NaN where it is flat."""
    variance = window_moments(frame, level_db(dynamic_range_db) * _NEPER)[1]
    return shape_by_log_moments(np.where(variance > 0, variance, np.nan))


_BOUNDS = (0.0, 3000.0)  # 2,520 where one pixel of a window is 12 grey levels below the rest
_SOURCE = "doi:10.1109/58.842062"
NAKAGAMI_MOMENTS = speckle_metric(
    "nakagami_m[moments-60db]",
    "1",
    _BOUNDS,
    _SOURCE,
    "Nakagami shape of the envelope, inverse normalised variance of its square; Rayleigh speckle has 1",
    nakagami_by_moments,
)
NAKAGAMI_LOG_MOMENTS = speckle_metric(
    "nakagami_m[log-moments-60db]",
    "1",
    _BOUNDS,
    _SOURCE,
    "Nakagami shape of the envelope, from the variance of its logarithm; Rayleigh speckle has 1",
    nakagami_by_log_moments,
)
