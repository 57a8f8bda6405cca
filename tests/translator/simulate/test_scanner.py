"""Simulated scanner: speckle statistics, point spread, attenuation, angle, blood, time."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from translator.simulate.geometry import Sector
from translator.simulate.scanner import BEAMS, DEPTHS, Probe, Receiver, point_spread
from translator.simulate.tissue import SHAPE, Canvas, Plane, Tissue

QUIET = Probe(
    depth_mm=150.0, frequency_mhz=2.5, cycles=2.0, aperture_mm=20.0, f_number=1.5, focus=0.5, attenuation_db=0.0,
    gain_curve_db=0.0, noise_db=-90.0, haze_db=-90.0, clutter_db=-90.0, contact_db=0.0, window_db=0.0, edge_db=0.0,
    looks=1,
)  # fmt: skip
MIDDLE = slice(BEAMS // 2 - 10, BEAMS // 2 + 10)
LINEAR, PHASED = Sector("linear", half_width=0.5), Sector("phased", half_angle=0.65)


def _still(x: Plane, y: Plane, t: float) -> tuple[Plane, Plane]:
    return x, y


def _uniform(blood: float = 0.0) -> Tissue:
    canvas = Canvas()
    canvas.fill(canvas.y > -1, 0.0, 1, blood=blood)
    return canvas.finish()


def _envelope(
    tissue: Tissue, sector: Sector, probe: Probe = QUIET, turns: tuple[float, ...] = (0.0,)
) -> NDArray[np.float64]:
    """Amplitude (T, DEPTHS, BEAMS) before compression."""
    receiver = Receiver(tissue, sector, probe, np.random.default_rng(0))
    levels = [receiver.frame(_still, turn, float(t))[0] for t, turn in enumerate(turns)]
    return np.asarray(10 ** (np.stack(levels).astype(float) / 20))


@pytest.mark.parametrize("sector", [LINEAR, PHASED], ids=["linear", "phased"])
def test_uniform_tissue_shows_fully_developed_speckle(sector: Sector) -> None:
    # Rayleigh: mean over standard deviation is 1.91 (Wagner et al. 1983); the tolerance is that of some 2,000 grains
    block = _envelope(_uniform(), sector)[0, 60:-30, 20:-20]
    assert block.mean() / block.std() == pytest.approx(1.91, abs=0.1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_uniform_tissue_is_equally_bright_at_every_depth(share: float) -> None:
    row = int(share * DEPTHS)
    rows = _envelope(_uniform(), PHASED)[0, row - 20 : row + 20]
    assert 10 * np.log10((rows**2).mean()) == pytest.approx(0, abs=1.5)


def _width(series: NDArray[np.float64]) -> float:
    """Standard deviation of the Gaussian point spread of a complex field, from the correlation of its intensity.

    The intensity's autocovariance is the squared magnitude of the field's, exp(-lag^2 / (2 sigma^2)) for sigma.
    """
    centred = series - series.mean(axis=-1, keepdims=True)
    r = [(centred[..., : -lag or None] * centred[..., lag:]).mean() for lag in range(6)]
    lag = next(k for k in range(1, 6) if r[k] < 0.8 * r[0])
    return float(lag / np.sqrt(-2 * np.log(r[lag] / r[0])))


@pytest.mark.parametrize("share", [0.35, 0.6, 0.9])
def test_speckle_is_as_wide_as_the_point_spread(share: float) -> None:
    probe = replace(QUIET, cycles=4.0)  # several samples long, so that the lag can be measured
    axial_mm, lateral_mm = point_spread(probe, np.array([share], np.float32))
    intensity = _envelope(_uniform(), LINEAR, probe)[0] ** 2
    row = int(share * DEPTHS)
    part = intensity[row - 40 : row + 40]
    beams_per_mm = (BEAMS - 1) / probe.depth_mm
    assert _width(part) == pytest.approx(float(lateral_mm[0]) * beams_per_mm / 2.355, rel=0.25)
    samples_per_mm = (DEPTHS - 1) / probe.depth_mm
    assert _width(part.T) == pytest.approx(axial_mm * samples_per_mm / 2.355, rel=0.25)


def test_the_beam_is_narrowest_near_its_focus_and_higher_frequencies_are_sharper() -> None:
    depth = np.linspace(0.05, 1, 50, dtype=np.float32)
    axial, lateral = point_spread(QUIET, depth)
    assert lateral[-1] > 1.5 * lateral[:30].min()
    better_axial, better = point_spread(replace(QUIET, frequency_mhz=5.0), depth)
    assert better_axial == pytest.approx(axial / 2)
    assert (better < lateral).all()


def test_what_costs_more_throws_a_shadow_and_fluid_lets_more_through() -> None:
    def below(loss_db: float) -> float:
        canvas = Canvas()
        canvas.fill(canvas.y > -1, 0.0)
        canvas.fill((np.abs(canvas.x) < 0.1) & (np.abs(canvas.y - 0.4) < 0.05), 0.0, loss_db=loss_db)
        part = _envelope(canvas.finish(), LINEAR)[0, DEPTHS * 7 // 10 :, MIDDLE]
        return float(10 * np.log10((part**2).mean()))

    assert below(100.0) == pytest.approx(-10, abs=2.5)  # 100 dB per unit over 0.1 units
    assert below(-30.0) == pytest.approx(3, abs=2.5)


def test_a_layer_fades_where_the_beam_runs_along_it() -> None:
    def level(across: bool) -> float:
        canvas = Canvas()
        canvas.fill(canvas.y > -1, 0.0)
        distance = canvas.y - 0.5 if across else canvas.x
        canvas.grain(np.asarray(distance, np.float32), 15.0, np.ones(SHAPE, np.bool_))
        return float(10 * np.log10((_envelope(canvas.finish(), LINEAR)[0] ** 2).mean()))

    assert level(across=True) == pytest.approx(0, abs=1)
    assert level(across=False) == pytest.approx(-15, abs=1)


def test_blood_is_new_in_every_frame_and_resting_tissue_the_same() -> None:
    blood, tissue = (
        _envelope(_uniform(share), LINEAR, turns=(0.0, 0.0))[:, 60:].reshape(2, -1) for share in (1.0, 0.0)
    )
    assert abs(np.corrcoef(np.log(blood))[0, 1]) < 0.1
    assert np.corrcoef(np.log(tissue))[0, 1] > 0.99


def test_tissue_that_leaves_the_slice_loses_its_speckle_and_gets_it_back() -> None:
    frames = _envelope(_uniform(), PHASED, turns=(0.0, 0.5, np.pi / 2, 0.0))[:, 60:].reshape(4, -1) ** 2
    like = np.atleast_2d(np.corrcoef(frames))[0]
    assert like[1] == pytest.approx(np.cos(0.5) ** 2, abs=0.06)  # intensity: the square of the field's correlation
    assert abs(like[2]) < 0.06
    assert like[3] > 0.99


def test_noise_comes_from_below_and_haze_fills_what_is_dark() -> None:
    canvas = Canvas()
    canvas.fill(canvas.y > -1, -80.0)
    canvas.fill(np.abs(canvas.x) > 0.1, 0.0)
    dark = canvas.finish()
    noisy = _envelope(dark, LINEAR, replace(QUIET, noise_db=-30.0))[0, :, MIDDLE]
    assert noisy[-30:].mean() > 3 * noisy[40:80].mean()
    clear, hazy = (_envelope(dark, LINEAR, replace(QUIET, haze_db=db))[0, 80:250, MIDDLE] for db in (-90.0, -15.0))
    assert hazy.mean() > 3 * clear.mean()
