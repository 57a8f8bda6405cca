"""Texture of a clip as named numbers, by the functions of the metrics, so that it can be said what tells two apart.

Taken in windows of 24 x 24 pixels of at most eight frames, evenly spaced; windows that are flat or clipped are left out
(evalkit.metrics.speckle), and, for the region `mask`, those that do not lie wholly in what colour had hidden. A number
that no window has is NaN, which stands for missing: all are where no window fits in the region, and all but the share
of windows with texture where every one is flat or clipped.
"""

import numpy as np
from numpy.typing import NDArray

from evalkit.metrics.nakagami import nakagami_by_log_moments, nakagami_by_moments
from evalkit.metrics.speckle import envelope, speckle_snr, speckle_std_db, speckled
from evalkit.metrics.speckle_width import full_width, lag_counts, lag_sums
from evalkit.metrics.spectrum import RINGS, ROUNDING, window_spectra
from evalkit.metrics.windows import cut_windows, window_sums, windows_within
from translator.clips.clip import Clip, Frame

TEXTURE_VERSION = 1
FRAMES = 8
SPECKLE = ("speckle_snr[grey]", "speckle_snr[envelope-60db]", "speckle_std[60db]",
           "nakagami_m[moments-60db]", "nakagami_m[log-moments-60db]")  # fmt: skip
NAMES = (
    *SPECKLE,
    "speckle_width[axial]",
    "speckle_width[lateral]",
    *(f"power at {ring}/24 cycles a pixel" for ring in range(1, RINGS + 1)),
    "grey mean in windows",
    "grey standard deviation between windows",
    "change to the next frame",
    "share of windows with texture",
)
SHARE = len(NAMES) - 1  # missing exactly where no window fits
Floats = NDArray[np.float64]


def texture_features(clip: Clip, hidden: Clip | None = None) -> Floats:
    """The numbers (len(NAMES),) of a grey clip; with `hidden` (255 where hidden) of what was hidden alone."""
    count = clip.header.frames
    wanted = set(np.linspace(0, max(count - 2, 0), min(count, FRAMES)).round().astype(int).tolist())
    masks = iter(hidden.frames()) if hidden is not None else None
    sums = _Sums()
    before: tuple[Frame, NDArray[np.bool_]] | None = None
    for index, frame in enumerate(clip.frames()):
        mask = next(masks) if masks is not None else None
        if before is not None:
            sums.add_change(*before, frame)
            before = None
        if index in wanted:
            within = windows_within(mask > 127) if mask is not None else np.ones(window_sums(frame).shape, bool)
            able = speckled(frame) & within
            sums.fitting += int(within.sum())
            sums.add(frame, able)
            before = frame, able
    return sums.numbers()


class _Sums:
    """What the frames so far add up to."""

    def __init__(self) -> None:
        self.per_frame: list[list[float]] = []
        self.levels: list[list[float]] = []
        self.lags = [np.zeros(0), np.zeros(0)]
        self.power = np.zeros(RINGS)
        self.windows = 0
        self.fitting = 0
        self.changes: list[float] = []

    def add(self, frame: Frame, able: NDArray[np.bool_]) -> None:
        if not able.any():
            return
        planes = (
            speckle_snr(frame, np.arange(256.0)),
            speckle_snr(frame, envelope()),
            speckle_std_db(frame),
            nakagami_by_moments(frame),
            nakagami_by_log_moments(frame),
        )
        self.per_frame.append([float(np.median(plane[able])) for plane in planes])
        chosen = cut_windows(frame)[able]
        means = chosen.mean(axis=(1, 2))
        self.levels.append([float(means.mean()), float(means.std())])
        lags = [lag_sums(chosen, axis).sum(axis=0) for axis in (0, 1)]
        self.lags = [new + old if old.size else new for new, old in zip(lags, self.lags, strict=True)]
        self.power = self.power + window_spectra(frame)[able].sum(axis=0)
        self.windows += int(able.sum())

    def add_change(self, frame: Frame, able: NDArray[np.bool_], following: Frame) -> None:
        if able.any():
            apart = window_sums(np.abs(following.astype(np.float64) - frame))[able] / 24**2
            self.changes.append(float(apart.mean()))

    def numbers(self) -> Floats:
        if not self.windows:
            return np.array([*[np.nan] * SHARE, 0.0 if self.fitting else np.nan])
        widths = [full_width(lags / lag_counts(self.windows)) for lags in self.lags]
        return np.array(
            [
                *np.mean(self.per_frame, axis=0),
                *(np.nan if width is None else width for width in widths),
                *10 * np.log10(self.power / self.windows + ROUNDING),
                *np.mean(self.levels, axis=0),
                np.mean(self.changes) if self.changes else np.nan,
                self.windows / self.fitting,
            ]
        )
