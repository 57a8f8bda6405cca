"""VIF-P: against piq and the authors' formula with SciPy (independent), and cases by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from evalkit.metrics.vif import VIF, vif
from tests.evalkit.metrics.fidelity_frames import Pixels, noisy, soft, speckle

PAIRS = {
    "noise": (speckle(1, 96, 80), noisy(speckle(1, 96, 80), 12)),
    "blur": (speckle(2, 64, 72), soft(speckle(2, 64, 72), 1.5)),
    "odd sides, other speckle": (speckle(3, 65, 71), speckle(4, 65, 71)),
    "the smallest": (speckle(8, 41, 43), noisy(speckle(8, 41, 43), 9)),
    "more contrast": (speckle(5, 64, 64) // 2, speckle(5, 64, 64)),
}


def _authors(first: Pixels, second: Pixels) -> float:
    """vifp_mscale.m of Sheikh and Bovik, line by line."""
    x, y = first.astype(float), second.astype(float)
    kept = there = 0.0
    for scale in range(1, 5):
        side = 2 ** (4 - scale + 1) + 1
        line = np.arange(side) - side // 2
        window = np.exp(-(line[:, None] ** 2 + line**2) / (2 * (side / 5) ** 2))
        window /= window.sum()

        def mean(plane: NDArray[np.float64], window: NDArray[np.float64] = window) -> NDArray[np.float64]:
            return np.asarray(signal.convolve2d(plane, window, "valid"))

        if scale > 1:
            x, y = mean(x)[::2, ::2], mean(y)[::2, ::2]
        mx, my = mean(x), mean(y)
        s1, s2 = np.maximum(mean(x * x) - mx * mx, 0), np.maximum(mean(y * y) - my * my, 0)
        s12 = mean(x * y) - mx * my
        g = s12 / (s1 + 1e-10)
        sv = s2 - g * s12
        g[s1 < 1e-10] = 0
        sv[s1 < 1e-10] = s2[s1 < 1e-10]
        s1[s1 < 1e-10] = 0
        g[s2 < 1e-10] = 0
        sv[s2 < 1e-10] = 0
        sv[g < 0] = s2[g < 0]
        g[g < 0] = 0
        sv[sv <= 1e-10] = 1e-10
        kept += np.log10(1 + g * g * s1 / (sv + 2)).sum()
        there += np.log10(1 + s1 / 2).sum()
    return float(kept / there)


@pytest.mark.parametrize("name", PAIRS)
def test_value_is_that_of_the_authors_formula(name: str) -> None:
    assert vif(*PAIRS[name]) == pytest.approx(_authors(*PAIRS[name]), abs=1e-8)


@pytest.mark.parametrize("name", ["noise", "blur", "more contrast"])
def test_value_agrees_with_piq(name: str) -> None:
    """The reference comes second there; in double precision; a constant of 1e-8 in the quotient is left."""
    torch, piq = pytest.importorskip("torch"), pytest.importorskip("piq")
    first, second = (torch.from_numpy(frame)[None, None].double() for frame in PAIRS[name])
    assert vif(*PAIRS[name]) == pytest.approx(float(piq.vif_p(second, first, data_range=255)), abs=1e-5)


def test_what_has_more_contrast_than_the_reference_is_above_one() -> None:
    found = vif(*PAIRS["more contrast"])
    assert isinstance(found, float)
    assert found > 1.05


def test_nothing_of_the_reference_is_in_a_flat_frame() -> None:
    frame = speckle(6, 64, 64)
    assert vif(frame, np.full_like(frame, 90)) == pytest.approx(0.0, abs=1e-8)


def test_a_flat_reference_holds_no_information() -> None:
    frame = speckle(7, 64, 64)
    assert vif(np.full_like(frame, 90), frame) == "the real frames are flat, and hold no information to keep"


def test_the_truth_itself_is_best_and_more_contrast_than_it_is_worse() -> None:
    real, exaggerated = PAIRS["more contrast"]
    same, more = vif(real, real), vif(real, exaggerated)
    assert isinstance(same, float)
    assert isinstance(more, float)
    assert same == pytest.approx(VIF.best, abs=1e-9)
    assert VIF.distance(more) > VIF.distance(same) + 0.05


def test_a_failed_translation_counts_as_what_is_farthest_from_the_truth() -> None:
    assert (VIF.best, VIF.worst) == (1.0, 10.0)
    assert VIF.better == "nearer to 1"
    assert VIF.signature == "vif[pixel]|v2|1"


@pytest.mark.parametrize("shape", [(40, 64), (64, 40), (12, 200), (200, 12), (3, 3)])
def test_frames_with_a_side_too_short_for_four_scales_say_so(shape: tuple[int, int]) -> None:
    frame = speckle(9, *shape)
    assert vif(frame, frame) == "the frames are too small: four scales need 41 pixels a side"
