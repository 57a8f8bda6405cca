"""Colour scales: tables of 256 colours over velocity -1..1."""

import pytest

from translator.simulate.colour_maps import NAMES, colour_table


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
