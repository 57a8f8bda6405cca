"""Benjamini and Hochberg: by hand, and what was not tested is not counted."""

import pytest

from evalkit.statistics.exploratory import false_discovery


def test_four_p_by_hand() -> None:
    """Sorted .01 .02 .03 .5 times 4/1 4/2 4/3 4/4, and none above the next: .04 .04 .04 .5."""
    assert false_discovery([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])


def test_what_has_no_p_stays_without_and_does_not_count() -> None:
    assert false_discovery([None, 0.01, None]) == [None, pytest.approx(0.01), None]


@pytest.mark.parametrize("nothing", [[], [None, None]])
def test_without_any_p_there_is_nothing_to_adjust(nothing: list[float | None]) -> None:
    assert false_discovery(nothing) == nothing
