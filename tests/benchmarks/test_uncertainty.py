"""Predicted against observed error: worked by hand, subjects count alike."""

import numpy as np
import pytest

from benchmarks.generator.uncertainty import markdown, summarise


def test_groups_are_means_over_subjects_and_shares_of_all_hidden_pixels() -> None:
    sums = {
        ("all hidden", "a"): np.array([100.0, 300.0, 400.0]),
        ("all hidden", "b"): np.array([300.0, 600.0, 300.0]),
        ("12 to 16", "a"): np.array([10.0, 130.0, 150.0]),
        ("2 to 4", "b"): np.array([90.0, 270.0, 180.0]),
    }
    rows = summarise(sums)
    assert [row.group for row in rows] == ["2 to 4", "12 to 16", "all hidden"]
    small, large, whole = rows
    assert (small.predicted, small.observed, small.share, small.subjects) == pytest.approx((3.0, 2.0, 90 / 400, 1))
    assert (large.predicted, large.observed, large.share) == pytest.approx((13.0, 15.0, 10 / 400))
    assert (whole.predicted, whole.observed, whole.share, whole.subjects) == pytest.approx((2.5, 2.5, 1.0, 2))
    assert "| 2 to 4 | 3.0 | 2.0 | 22.5% | 1 |" in markdown(rows)
