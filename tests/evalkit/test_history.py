"""History: series over run folders, cut where clips or versions change, and marked where the mean does."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.history import Series, read_history
from evalkit.records import Estimate, write_table
from reports.trend.write import write_trends
from translator.errors import InputError

pytest.importorskip("duckdb", reason="duckdb is not installed")


def _night(folder: Path, number: int, value: float | None, clips: str = "same", version: int = 1) -> None:
    place = folder / f"night-{number:02d}"
    place.mkdir(parents=True)
    plan = {"metrics": [f"mae|v{version}|grey levels"], "inputs": {"c0": {"cfd": clips}}, "study": {"population": {}}}
    (place / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    low, high = (None, None) if value is None else (value - 1, value + 1)
    common: dict[str, Any] = {
        "statistic": "mean", "metric": "mae", "region": "mask", "arm": "mine", "population": "all", "level": 0.95,
        "margin": None, "reference": None, "p": None, "method": "t", "n_subjects": 9, "n_clips": 9, "n_undefined": 0,
        "n_failed": 0,
    }  # fmt: skip
    rows = [
        Estimate(id="mine|mae|mask", against=None, relation=None, value=value, low=low, high=high, **common),
        Estimate(id="claim", against="telea", relation="superior", value=-5.0, low=-6.0, high=-4.0, **common),
    ]
    write_table(place / "estimates.parquet", rows, Estimate)
    (place / "run.json").write_text("{}", encoding="utf-8")
    os.utime(place / "run.json", (1_800_000_000 + 86_400 * number,) * 2)


def _only(folder: Path) -> Series:
    (series,) = read_history(folder)
    return series


def test_runs_of_the_same_clips_are_one_series_in_the_order_of_their_seals(tmp_path: Path) -> None:
    for number, value in ((2, 3.0), (0, 1.0), (1, 2.0)):
        _night(tmp_path, number, value)
    series = _only(tmp_path)
    assert [point.value for point in series.points] == [1.0, 2.0, 3.0]
    assert series.points[1].when == "2027-01-16T08:00:00+00:00"
    assert (series.arm, series.signature, series.change) == ("mine", "mae|v1|grey levels", None)


def test_a_step_is_found_where_it_is(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.2, 14)
    for number in range(14):
        _night(tmp_path, number, float(5 + noise[number] + (2 if number >= 9 else 0)))
    change = _only(tmp_path).change
    assert change is not None
    assert change.run == "night-09"
    assert change.by == pytest.approx(2 + noise[9:].mean() - noise[:9].mean())
    assert change.notable


def test_noise_alone_is_no_notable_change(tmp_path: Path) -> None:
    for number, value in enumerate(np.random.default_rng(3).normal(5, 1, 12)):
        _night(tmp_path, number, float(value))
    change = _only(tmp_path).change
    assert change is not None
    assert not change.notable


def test_a_series_that_never_varies_has_no_change(tmp_path: Path) -> None:
    for number in range(9):
        _night(tmp_path, number, 4.0)
    assert _only(tmp_path).change is None


def test_other_clips_or_another_version_begin_another_series(tmp_path: Path) -> None:
    _night(tmp_path, 0, 1.0)
    _night(tmp_path, 1, 1.0, clips="other")
    _night(tmp_path, 2, 1.0, version=2)
    assert [len(series.points) for series in read_history(tmp_path)] == [1, 1, 1]


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no finished run"):
        read_history(tmp_path)


def test_the_page_marks_the_change_and_takes_names_for_text(tmp_path: Path) -> None:
    for number in range(12):
        _night(tmp_path / "runs", number, 1.0 + (number >= 6) + number / 1000)
    page = write_trends(read_history(tmp_path / "runs"), tmp_path / "t.html", "<script>alert(1)</script>")
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>" in text
    assert "from night-06" in text
    assert text.count("<svg") == 1
