"""The page of a gate, and figures with names as people give them."""

import pytest

from reports.figures.margins import margins_plot
from reports.gallery.fit import fitted
from reports.gallery.montage import Montage


def test_names_are_text_and_no_formula() -> None:
    drawn = margins_plot([("$\\foo{ $x", 0.5, 0.1, 0.9, "unchanged"), ("far", 9.0, -6.0, 20.0, "undecided")])
    assert "$\\foo{ $x" in drawn


def test_no_rows_have_no_figure() -> None:
    assert margins_plot([]) == ""


def test_what_does_not_fit_becomes_a_still_and_then_nothing_and_few_are_held_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = {"now": 0, "most": 0}

    class Video(str):
        """A video's text that counts how many of it there are."""

        def __init__(self, _: str) -> None:
            held["now"] += 1
            held["most"] = max(held["most"], held["now"])

        def __del__(self) -> None:
            held["now"] -= 1

    def made(_: object) -> Montage:
        return Montage([], Video("v" * 90), "s" * 10, 2, 2, 25.0, 4, 4)

    monkeypatch.setattr("reports.gallery.fit.montage", made)
    found = fitted([dict] * 24, 125)
    assert [(m is not None and m.is_video, words) for m, words in found[:4]] == [
        (True, ""), (False, "shown as a still"), (False, "shown as a still"), (False, "left out")
    ]  # fmt: skip
    assert held["most"] <= 6
