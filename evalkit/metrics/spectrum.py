"""How far the power spectrum of the translation is from that of the real clip: at which scales texture lacks.

Spectra by Welch's method (1967, doi:10.1109/TAU.1967.1161901): windows of 24 x 24 pixels overlapping by half, less
their mean, times a Hann window in both directions; the mean of their squared Fourier transforms, over the Hann window's
energy, is the power density. Only windows that lie wholly in the region are taken, so a mask's edge is in none of
them. The density is averaged over rings of one frequency, 1/24 to 12/24 cycles a pixel; and raised by 1/12, that of
rounding to whole grey levels, so that a flat fill has one too.

The distance is the root mean square, over the twelve rings, of the ratio of both densities in dB: the log spectral
distance (Gray and Markel 1976, doi:10.1109/TASSP.1976.1162849). Twice the contrast is 6 dB at all scales; a blur shows
in the outer rings. Lower is better, identical clips have 0. It does not see where the texture is, nor its phase.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import Moment
from evalkit.metrics.windows import SIDE, cut_windows, no_window, windows_in
from translator.clips.clip import Frame

RINGS = SIDE // 2
ROUNDING = 1 / 12  # density of the error of rounding to whole grey levels
Density = NDArray[np.float64]
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIDE) / SIDE)
_TAPER = np.outer(_HANN, _HANN)
_WORST_DENSITY = 255.0**2 * _TAPER.sum() ** 2 / (_TAPER**2).sum()
WORST_DB = float(10 * np.log10(_WORST_DENSITY / ROUNDING + 1))


def _ring_weights() -> NDArray[np.float64]:
    """Share (SIDE * (SIDE // 2 + 1), RINGS) of each coefficient of a real transform in the mean of each ring.

    A ring holds the frequencies whose length rounds to its own; those of the half that is not computed count in the
    conjugate's place.
    """
    down, right = fft.fftfreq(SIDE, 1 / SIDE)[:, None], np.arange(SIDE // 2 + 1)[None]
    ring = np.rint(np.hypot(down, right)).astype(int)
    twice = np.where((right == 0) | (right == SIDE // 2), 1.0, 2.0) * np.ones_like(down)
    weights = np.stack([np.where(ring == k, twice, 0).ravel() for k in range(1, RINGS + 1)], axis=1)
    return np.asarray(weights / weights.sum(axis=0), np.float64)


_RING = _ring_weights()


def window_spectra(frame: Frame) -> Density:
    """Radial power density (R, C, RINGS) of every window of a uint8 frame (H, W), in grey levels squared."""
    windows = cut_windows(frame).astype(np.float32)
    windows -= windows.mean(axis=(2, 3), keepdims=True)
    found = fft.rfft2(windows * _TAPER.astype(np.float32))
    power = found.real**2 + found.imag**2
    rows, columns = windows.shape[:2]
    flat = power.reshape(rows * columns, _RING.shape[0]).astype(np.float64)
    return np.asarray((flat @ _RING / (_TAPER**2).sum()).reshape(rows, columns, RINGS), np.float64)


def log_spectral_distance(real: Density, made: Density) -> float:
    """Root mean square over rings of the ratio of two densities (RINGS,) in dB, each raised by that of rounding."""
    ratio = 10 * np.log10((made + ROUNDING) / (real + ROUNDING))
    return float(np.sqrt((ratio**2).mean()))


class _Spectra:
    """Both spectra of each region, summed over its windows in a clip."""

    def __init__(self) -> None:
        self.real: dict[str, Density] = {}
        self.made: dict[str, Density] = {}
        self.counts: dict[str, int] = {}
        self.why: dict[str, str] = {}

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add the windows of one frame."""
        for region in regions:
            chosen = windows_in(moment, region)
            if chosen.any():
                real = moment.of_real("window spectra", window_spectra)[chosen].sum(axis=0)
                made = moment.of_made("window spectra", window_spectra)[chosen].sum(axis=0)
                self.real[region] = self.real.get(region, np.zeros(RINGS)) + real
                self.made[region] = self.made.get(region, np.zeros(RINGS)) + made
                self.counts[region] = self.counts.get(region, 0) + int(chosen.sum())
            elif moment.areas[region].any():
                self.why[region] = no_window(region)
            else:
                self.why.setdefault(region, empty(region))

    def value(self, region: str) -> float | str:
        """The distance, or why there is none."""
        if region not in self.counts:
            return self.why[region]
        count = self.counts[region]
        return log_spectral_distance(self.real[region] / count, self.made[region] / count)


SPECTRUM_DISTANCE = clipwise(
    name="spectrum_distance",
    start=_Spectra,
    unit="dB",
    higher_is_better=False,
    bounds=(0.0, WORST_DB),
    version=1,
    source="doi:10.1109/TASSP.1976.1162849",
    summary="log spectral distance of the radial power spectra of translation and real clip, Welch windows of 24 x 24",
    local=True,
)
