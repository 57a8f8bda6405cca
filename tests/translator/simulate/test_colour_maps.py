"""Colour scales: tables of 256 colours over velocity -1..1."""

import numpy as np
import pytest

from translator.simulate.colour_maps import NAMES, colour_table, colours


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_256_vivid_colours(name: str) -> None:
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.min() >= 0
    assert table.max() <= 255
    assert (table.max(axis=1) - table.min(axis=1)).min() > 40  # none could pass for grey


def test_the_ends_and_the_middle_worked_by_hand() -> None:
    table = colour_table("red-blue")
    assert table[0].tolist() == [110, 240, 255]
    assert table[255].tolist() == [255, 245, 90]
    # index 191 is velocity 0.498: just below the stop (240, 60, 10) at 0.5
    assert table[191] == pytest.approx((240, 60, 10), abs=1)


def test_flow_towards_and_away_are_red_and_blue() -> None:
    table = colour_table("red-blue")
    assert (table[140:200, 0] > table[140:200, 2]).all()
    assert (table[50:110, 0] < table[50:110, 2]).all()


def test_the_turned_scale_is_the_scale_turned_over() -> None:
    assert colour_table("blue-red") == pytest.approx(colour_table("red-blue")[::-1], abs=1e-3)


def test_power_doppler_has_no_direction() -> None:
    assert colour_table("power") == pytest.approx(colour_table("power")[::-1], abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_velocities_are_looked_up_and_turbulence_shows_in_the_variance_map_only(name: str) -> None:
    velocity = np.linspace(-1, 1, 41, dtype=np.float32)
    calm = colours(name, velocity, np.zeros(41, np.float32))
    wild = colours(name, velocity, np.ones(41, np.float32))
    assert calm.shape == (41, 3)
    assert np.array_equal(calm, colour_table(name)[np.rint((velocity + 1) * 127.5).astype(int)])
    assert np.array_equal(calm, wild) == (name != "variance")


def test_turbulence_of_the_variance_map_worked_by_hand() -> None:
    # velocity 1 is (255, 70, 20); turbulence 1 mixes in 85 % of (70, 235, 40)
    seen = colours("variance", np.ones(3, np.float32), np.array([0, 0.5, 1], np.float32))
    assert seen[0] == pytest.approx((255, 70, 20))
    assert seen[1] == pytest.approx((0.575 * 255 + 0.425 * 70, 0.575 * 70 + 0.425 * 235, 0.575 * 20 + 0.425 * 40))
    assert seen[2] == pytest.approx((0.15 * 255 + 0.85 * 70, 0.15 * 70 + 0.85 * 235, 0.15 * 20 + 0.85 * 40))
