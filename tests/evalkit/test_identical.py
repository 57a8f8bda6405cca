"""Real clips that pass as translations are told."""

from evalkit.identical import identical
from evalkit.records import Measurement


def _row(arm: str, clip: str, value: float | None, region: str = "mask") -> Measurement:
    return Measurement(arm, clip, "s", "mae", region, "simulated", value, "undefined" if value is None else "ok")


def test_an_arm_that_gives_a_hidden_clip_exactly_is_named_with_the_clips() -> None:
    rows = [_row("mine", "b", 0.0), _row("mine", "a", 0.0), _row("mine", "c", 3.0), _row("other", "a", 2.0)]
    (found,) = identical(rows)
    assert (found.arm, found.clips, found.measured) == ("mine", ("a", "b"), 3)
    assert "2 of 3 clips, as a" in found.sentence


def test_no_difference_where_nothing_was_hidden_is_no_sign() -> None:
    assert identical([_row("mine", "a", 0.0, "unmasked"), _row("mine", "a", None)]) == []
