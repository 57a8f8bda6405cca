import cv2
import numpy as np
import pytest

from translator.datasets.labels import fill_outline, fill_polygon


@pytest.mark.parametrize(
    ("points", "pixels"),
    [
        ([(0, 0), (4, 0), (0, 4)], 15),  # 5 + 4 + 3 + 2 + 1
        ([(2, 1), (5, 1), (5, 6), (2, 6)], 4 * 6),
        ([(1.4, 0.6), (4.6, 0.6), (4.6, 3.4), (1.4, 3.4)], 5 * 3),  # corners go to the nearest pixel
        ([(-5, -5), (2, -5), (2, 2), (-5, 2)], 3 * 3),  # what lies outside is cut off
        ([(20, 20), (30, 20), (30, 30)], 0),
    ],
)
def test_a_filled_polygon_has_the_pixels_counted_by_hand(points: list[tuple[float, float]], pixels: int) -> None:
    assert fill_polygon(points, 8, 9).sum() == pixels


def test_a_polygon_is_x_then_y() -> None:
    mask = fill_polygon([(1, 3), (6, 3), (6, 4), (1, 4)], 8, 9)
    assert mask[3:5, 1:7].all()
    assert mask.sum() == 12


def test_a_closed_outline_is_filled_to_its_edge() -> None:
    ring = np.zeros((20, 20), bool)
    ring[[4, 12], 5:15] = True
    ring[4:13, [5, 14]] = True
    assert fill_outline(ring).sum() == 9 * 10
    assert fill_outline(ring)[4:13, 5:15].all()


@pytest.mark.parametrize("centre", [(40, 30), (70, 30), (40, 4), (76, 56)])
def test_an_ellipse_that_the_frame_cuts_is_filled_within_the_frame(centre: tuple[int, int]) -> None:
    ring, truth = np.zeros((60, 80), np.uint8), np.zeros((60, 80), np.uint8)
    cv2.ellipse(ring, centre, (28, 20), 20, 0, 360, 1, 1)
    cv2.ellipse(truth, centre, (28, 20), 20, 0, 360, 1, cv2.FILLED)
    filled = fill_outline(ring.astype(bool))
    both, either = (filled & (truth > 0)).sum(), (filled | (truth > 0)).sum()
    assert both / either > 0.95


def test_nothing_drawn_is_nothing_filled() -> None:
    assert not fill_outline(np.zeros((9, 9), bool)).any()
