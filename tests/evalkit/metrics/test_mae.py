"""Mean absolute error: by hand and against SciPy's city-block distance."""

import numpy as np
import pytest
from scipy.spatial.distance import cityblock

from evalkit.metrics.mae import MAE, absolute_error


def test_absolute_differences_by_hand_in_both_directions() -> None:
    reference = np.array([[0, 10], [255, 3]], np.uint8)
    test = np.array([[255, 7], [250, 3]], np.uint8)
    np.testing.assert_array_equal(absolute_error(reference, test), [[255.0, 3.0], [5.0, 0.0]])
    np.testing.assert_array_equal(absolute_error(test, reference), [[255.0, 3.0], [5.0, 0.0]])


def test_mean_agrees_with_the_city_block_distance_of_scipy() -> None:
    first, second = np.random.default_rng(3).integers(0, 256, (2, 37, 23), dtype=np.uint8)
    expected = cityblock(first.ravel().astype(int), second.ravel().astype(int)) / (37 * 23)
    assert absolute_error(first, second).mean() == pytest.approx(expected, abs=1e-12)


def test_map_is_float64_of_the_frames_shape_with_a_value_at_every_pixel() -> None:
    made = absolute_error(np.zeros((3, 5), np.uint8), np.ones((3, 5), np.uint8))
    assert made.dtype == np.float64
    np.testing.assert_array_equal(made, np.ones((3, 5)))


def test_declaration_says_lower_is_better_and_a_failure_is_255_grey_levels() -> None:
    assert not MAE.higher_is_better
    assert MAE.worst == 255.0
    assert MAE.signature == "mae|v1|grey levels"
