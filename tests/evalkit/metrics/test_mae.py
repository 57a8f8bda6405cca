"""Mean absolute error: by hand and against SciPy's city-block distance."""

import numpy as np
from scipy.spatial.distance import cityblock

from evalkit.metrics.mae import MAE
from evalkit.metrics.pixel_error import absolute_total


def test_absolute_differences_by_hand_in_both_directions() -> None:
    reference = np.array([[0, 10], [255, 3]], np.uint8)
    test = np.array([[255, 7], [250, 3]], np.uint8)
    everywhere = np.ones((2, 2), np.bool_)
    assert absolute_total(reference, test, everywhere) == absolute_total(test, reference, everywhere) == 255 + 3 + 5
    assert absolute_total(reference, test, np.array([[False, True], [True, False]])) == 3 + 5


def test_sum_is_the_city_block_distance_of_scipy_of_the_areas_pixels() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 256, (2, 37, 23), dtype=np.uint8)
    area = rng.random((37, 23)) < 0.4
    assert absolute_total(first, second, area) == cityblock(first[area].astype(int), second[area].astype(int))


def test_declaration_says_lower_is_better_and_a_failure_is_255_grey_levels() -> None:
    assert not MAE.higher_is_better
    assert MAE.worst == 255.0
    assert MAE.signature == "mae|v1|grey levels"
