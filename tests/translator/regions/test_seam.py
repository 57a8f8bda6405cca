"""Seam: the ring on both sides of a mask's border."""

import numpy as np
import pytest
from scipy import ndimage

from translator.regions.seam import WIDTH, seam


def test_the_seam_of_a_small_square_worked_by_hand() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[3:6, 3:6] = True
    everywhere = np.ones((9, 9), np.bool_)
    drawn = [
        ".........",
        ".........",
        "..#####..",
        "..#####..",
        "..##.##..",
        "..#####..",
        "..#####..",
        ".........",
        ".........",
    ]
    assert ["".join(".#"[pixel] for pixel in row) for row in seam(mask, everywhere, 1).astype(int)] == drawn


def test_the_seam_stays_in_the_sector() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[3:6, 3:6] = True
    sector = np.zeros((9, 9), np.bool_)
    sector[:, :5] = True
    ring = seam(mask, sector, 1)
    assert ring.sum() == 5 * 3 - 1
    assert not ring[:, 5:].any()


def test_nothing_or_all_painted_has_no_seam() -> None:
    everywhere = np.ones((9, 9), np.bool_)
    assert not seam(~everywhere, everywhere).any()
    assert not seam(everywhere, everywhere).any()


def test_the_border_of_the_picture_is_no_border_of_the_mask() -> None:
    mask = np.zeros((12, 12), np.bool_)
    mask[:, :6] = True
    ring = seam(mask, np.ones((12, 12), np.bool_), 2)
    assert np.flatnonzero(ring.all(axis=0)).tolist() == [4, 5, 6, 7]
    assert ring.sum() == 4 * 12


@pytest.mark.parametrize("width", [1, 2, WIDTH])
def test_the_seam_agrees_with_scipy(width: int) -> None:
    rng = np.random.default_rng(width)
    mask = ndimage.gaussian_filter(rng.standard_normal((60, 70)), 4) > 0.02
    sector = ndimage.gaussian_filter(rng.standard_normal((60, 70)), 6) > -0.02
    box = np.ones((2 * width + 1, 2 * width + 1), np.bool_)
    grown = ndimage.binary_dilation(mask, box)
    shrunk = ndimage.binary_erosion(mask, box, border_value=1)
    assert np.array_equal(seam(mask, sector, width), grown & ~shrunk & sector)
