"""The saved speeds: figures are ratios to the reference beside them, and what is slower than allowed is named."""

import json

import pytest

pytest.importorskip("benchmarks.speed", reason="no benchmarks beside the tests")

from benchmarks.speed.compare import BASELINE, compared, ratios
from benchmarks.speed.reference import REFERENCE


def test_a_figure_is_the_best_time_over_the_reference_beside_it() -> None:
    one = {"fullname": "a", "stats": {"min": 0.5}, "extra_info": {REFERENCE: 0.25}}
    bare = {"fullname": "b", "stats": {"min": 0.5}, "extra_info": {}}
    assert ratios({"benchmarks": [one, bare]}) == {"a": 2.0}


def test_what_is_slower_than_allowed_comes_first_and_fails() -> None:
    table, fine = compared({"a": 1.0, "b": 5.0, "c": 1.0}, {"a": 1.0, "b": 2.0, "d": 3.0}, most=2.0)
    assert not fine
    rows = table.splitlines()[2:]
    assert rows[0] == "| b | 5 | 2 | 2.50 | slower |"
    assert rows[2:] == ["| c | 1 | none | | new |", "| d | not measured | 3 | | |"]
    assert compared({"t::x[piq]": 9.0}, {"t::x[piq]": 1.0}, most=2.0)[1]
    assert compared({"a": 1.9}, {"a": 1.0}, most=2.0)[1]


def test_the_saved_baseline_has_positive_ratios_of_every_stage() -> None:
    saved = json.loads(BASELINE.read_text(encoding="utf-8"))
    assert all(value > 0 for value in saved.values())
    for part in ("test_decode", "test_flow_mask", "test_arm", "test_ssim_map", "test_sonoproof", "test_report"):
        assert any(part in name for name in saved), part
