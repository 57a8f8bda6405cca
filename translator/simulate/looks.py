"""Four simulated scanners and four sites, so that a shift of domain can be studied.

The names stand for no product. A scanner fixes its bandwidth, aperture and post-processing within narrow
ranges; a site has two scanners and its own habits of gain and compression.
"""

from dataclasses import dataclass

import numpy as np

from translator.simulate.display import Display
from translator.simulate.geometry import Kind
from translator.simulate.scanner import Probe

Range = tuple[float, float]
_FREQUENCY: dict[Kind, Range] = {"phased": (2.2, 3.2), "convex": (3.0, 4.5), "linear": (7.5, 11.0)}  # MHz
_APERTURE: dict[Kind, Range] = {"phased": (11, 16), "convex": (11, 19), "linear": (12, 18)}  # mm, in use at once


@dataclass(frozen=True)
class Look:
    """One simulated scanner; each range is drawn from once per clip."""

    name: str
    bandwidth: float  # of the frequency range of each transducer: below 1 is older and coarser
    cycles: Range
    range_db: Range
    gamma: Range
    toe: float
    persistence: Range
    edge: Range
    reduction: Range
    noise_db: Range
    haze_db: Range
    clutter_db: Range
    looks: int
    quality: tuple[int, int]
    black: float


LOOKS = {
    look.name: look
    for look in (
        Look("aster", 1.0, (1.6, 2.2), (56, 64), (1.2, 1.5), 0.25, (0.15, 0.35), (0.2, 0.5), (0.4, 0.8),
             (-50, -42), (-24, -17), (-16, -6), 3, (88, 96), 0.0),
        Look("birch", 0.8, (2.0, 2.8), (48, 56), (1.0, 1.25), 0.1, (0.0, 0.2), (0.0, 0.2), (0.0, 0.3),
             (-44, -36), (-20, -14), (-12, -2), 2, (70, 86), 0.0),
        Look("cedar", 1.15, (1.5, 2.0), (60, 70), (1.4, 1.9), 0.4, (0.25, 0.45), (0.3, 0.7), (0.3, 0.7),
             (-54, -46), (-26, -19), (-18, -8), 3, (90, 98), 0.0),
        Look("dune", 0.9, (1.8, 2.6), (52, 62), (1.0, 1.3), 0.15, (0.2, 0.45), (0.0, 0.3), (0.3, 0.6),
             (-46, -38), (-19, -12), (-12, -3), 3, (60, 80), 3.0),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A place: its usual and its second scanner, and how it sets them."""

    name: str
    scanners: tuple[str, str]
    gain_db: float
    range_db: float  # added to the scanner's own


SITES = (
    Site("sim-north", ("aster", "cedar"), 0.0, 0.0),
    Site("sim-south", ("birch", "aster"), 3.0, 4.0),
    Site("sim-east", ("cedar", "dune"), -2.0, -3.0),
    Site("sim-west", ("dune", "birch"), 2.0, 0.0),
)
_USUAL = 0.75  # share of clips on a site's usual scanner


def draw_look(site: Site, rng: np.random.Generator) -> Look:
    """The scanner that a clip of this site was taken with."""
    return LOOKS[site.scanners[0 if rng.random() < _USUAL else 1]]


def draw_settings(
    look: Look, site: Site, kind: Kind, depth_mm: float, rng: np.random.Generator
) -> tuple[Probe, Display]:
    """Transducer and post-processing of one clip."""
    low, high = _FREQUENCY[kind]
    probe = Probe(
        depth_mm=depth_mm,
        frequency_mhz=float(rng.uniform(low, high)) * look.bandwidth,
        cycles=_draw(look.cycles, rng),
        aperture_mm=_draw(_APERTURE[kind], rng),
        f_number=float(rng.uniform(1.2, 2.0)),
        focus=float(rng.uniform(0.4, 0.7)),
        attenuation_db=float(rng.uniform(-2, 8)),
        gain_curve_db=float(rng.uniform(0.5, 2.5)),
        noise_db=_draw(look.noise_db, rng),
        haze_db=_draw(look.haze_db, rng),
        clutter_db=_draw(look.clutter_db, rng),
        contact_db=float(rng.choice([3.0, 8.0, 16.0])) if kind != "linear" else float(rng.choice([1.0, 4.0])),
        window_db=float(rng.uniform(1, 4)) if kind != "linear" else float(rng.uniform(0, 1.5)),
        edge_db=float(rng.uniform(2, 14)) if kind != "linear" else float(rng.uniform(0, 3)),
        looks=look.looks,
    )
    display = Display(
        gain_db=site.gain_db + float(rng.uniform(-15, -7)) - (6 if kind == "linear" else 0),
        range_db=site.range_db + _draw(look.range_db, rng),
        gamma=_draw(look.gamma, rng),
        toe=look.toe,
        persistence=_draw(look.persistence, rng),
        edge=_draw(look.edge, rng),
        reduction=_draw(look.reduction, rng),
        quality=int(rng.integers(look.quality[0], look.quality[1] + 1)),
        black=look.black,
    )
    return probe, display


def _draw(between: Range, rng: np.random.Generator) -> float:
    return float(rng.uniform(*between))
