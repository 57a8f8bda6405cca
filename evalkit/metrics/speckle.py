"""Speckle: signal-to-noise ratio and standard deviation, of grey values and of the envelope that they stand for.

A B-mode picture shows the LOGARITHM of the echo's envelope. What the grey values stand for is declared, not known:
grey 255 is 0 dB, grey 0 is -60 dB, and between them decibels are linear in grey (`DYNAMIC_RANGE_DB`; scanners show 50
to 80 dB, and many bend the scale). Every name that depends on it carries it: `60db`.

- `speckle_snr[grey]`: mean over standard deviation of the grey values as they are. Depends on gain.
- `speckle_snr[envelope-60db]`: the same of the envelope 10^(level / 20). Fully developed speckle has a Rayleigh
  envelope, and sqrt(pi / (4 - pi)) = 1.913 whatever the gain (Burckhardt 1978, doi:10.1109/T-SU.1978.30978; Wagner et
  al. 1983, doi:10.1109/T-SU.1983.31404). Smoothing raises it; strong single echoes lower it.
- `speckle_std[60db]`: standard deviation of the levels, in dB: the equivalent after log compression. The log of an
  exponential variable has variance pi^2 / 6, so fully developed speckle has 10 / ln 10 * pi / sqrt 6 = 5.570 dB
  whatever its mean. Smoothing lowers it. A wrong dynamic range scales it, of real and translated clip alike.

Each is taken in windows that lie wholly in the region (`windows`), with the standard deviation of a sample (n - 1). A
window counts if its grey values scatter by half a grey level or more and at most a twentieth of them is 0 or 255, where
the scale ends. The value of a frame is the median over its windows, which windows across an anatomical border do not
move; that of the clip is the mean over the frames that have one. None has a best value: compare with the real clip.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.accumulate import framed
from evalkit.metrics.declare import Metric, Moment
from evalkit.metrics.windows import SIDE, Sums, median_over_windows, window_sums
from translator.clips.clip import Frame

DYNAMIC_RANGE_DB = 60.0
FLAT = 0.5  # grey levels: below it a window is no more than rounding
CLIPPED = 0.05  # share of a window's pixels
_N = SIDE * SIDE


def level_db(dynamic_range_db: float = DYNAMIC_RANGE_DB) -> NDArray[np.float64]:
    """Level [dB] that each of the 256 grey values stands for; 255 is 0 dB."""
    return (np.arange(256) / 255 - 1) * dynamic_range_db


def envelope(dynamic_range_db: float = DYNAMIC_RANGE_DB) -> NDArray[np.float64]:
    """Envelope that each of the 256 grey values stands for; 255 is 1."""
    return np.asarray(10 ** (level_db(dynamic_range_db) / 20), np.float64)


def window_moments(frame: Frame, of_grey: NDArray[np.float64]) -> tuple[Sums, Sums]:
    """Mean and sample variance (R, C), each in every window of a uint8 frame (H, W), of a function of its grey values.

    `of_grey` holds the function's 256 values.
    """
    values = of_grey[frame]
    mean = window_sums(values) / _N
    return mean, np.maximum(window_sums(values * values) - _N * mean**2, 0) / (_N - 1)


def speckled(frame: Frame) -> NDArray[np.bool_]:
    """Which windows (R, C) of a frame (H, W) hold texture that can be judged: neither flat nor clipped."""
    _, variance = window_moments(frame, np.arange(256.0))
    ends = window_sums((frame == 0) | (frame == 255))
    return np.asarray((variance >= FLAT**2) & (ends <= CLIPPED * _N), np.bool_)


def speckle_snr(frame: Frame, of_grey: NDArray[np.float64]) -> Sums:
    """Mean over standard deviation of a function of grey (256 values) in every window (R, C); NaN where it is flat."""
    mean, variance = window_moments(frame, of_grey)
    return mean / np.sqrt(np.where(variance > 0, variance, np.nan))


def speckle_std_db(frame: Frame, dynamic_range_db: float = DYNAMIC_RANGE_DB) -> Sums:
    """Standard deviation of the levels [dB] in every window (R, C)."""
    return np.asarray(np.sqrt(window_moments(frame, level_db(dynamic_range_db))[1]), np.float64)


def speckle_metric(
    name: str, unit: str, bounds: tuple[float, float], source: str, summary: str, values: Callable[[Frame], Sums]
) -> Metric:
    """A descriptive metric: the median over speckled windows of `values` (R, C), averaged over frames."""

    def value_of_frame(moment: Moment, region: str) -> float | str:
        able = moment.of_made("windows with speckle", speckled)
        return median_over_windows(moment, region, able, values, name)

    return framed(
        name=name,
        unit=unit,
        bounds=bounds,
        version=1,
        source=source,
        summary=summary,
        value_of_frame=value_of_frame,
        needs="translation",
        descriptive=True,
        local=True,
    )


SPECKLE_SNR_GREY = speckle_metric(
    "speckle_snr[grey]",
    "1",
    (0.0, 510.0),  # 255 grey levels over half a one
    "doi:10.1109/T-SU.1983.31404",
    "mean over standard deviation of grey values: median over windows of 24 x 24 pixels",
    lambda frame: speckle_snr(frame, np.arange(256.0)),
)
SPECKLE_SNR_ENVELOPE = speckle_metric(
    "speckle_snr[envelope-60db]",
    "1",
    (0.0, 100.0),  # 87 where one pixel of a window is 12 levels off the rest
    "doi:10.1109/T-SU.1978.30978",
    "mean over standard deviation of the envelope, 255 grey levels taken as 60 dB; Rayleigh speckle has 1.91",
    lambda frame: speckle_snr(frame, envelope()),
)
SPECKLE_STD = speckle_metric(
    "speckle_std[60db]",
    "dB",
    (0.0, DYNAMIC_RANGE_DB / 2 * 1.001),  # half of the pixels at either end; n - 1
    "doi:10.1109/T-SU.1983.31404",
    "standard deviation of the level, 255 grey levels taken as 60 dB; Rayleigh speckle has 5.57",
    speckle_std_db,
)
