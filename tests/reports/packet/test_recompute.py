"""Computing again: from the packed tables alone, what differs is named; nothing that a packet names is imported."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.records import Estimate, Measurement, read_table, write_table
from reports.packet import opened
from reports.packet.comparing import RELATIVE, compared
from reports.packet.recompute import recompute
from translator.errors import InputError

Rows = Callable[[list[Any]], list[Any]]


def _table(files: Mapping[str, bytes], name: str, kind: Any, change: Rows, folder: Path) -> dict[str, bytes]:
    path = folder / "table.parquet"
    path.write_bytes(files[name])
    write_table(path, change(read_table(path, kind)), kind)
    return {**files, name: path.read_bytes()}


def _json(files: Mapping[str, bytes], name: str, change: Callable[[Any], object]) -> dict[str, bytes]:
    value = json.loads(files[name])
    change(value)
    return {**files, name: json.dumps(value).encode()}


def test_an_honest_packet_comes_out(files: dict[str, bytes]) -> None:
    found = recompute(files)
    assert (found.estimates, found.verdicts, found.differing) == (213, 3, [])
    assert [what.partition(":")[0] for what in found.not_done] == ["report.html", "exhibits", "run/exhibits/index.json"]
    assert found.sources == ["run/measurements.parquet", "run/clips.parquet"]


def test_a_changed_measurement_moves_the_estimates_that_it_is_in(files: dict[str, bytes], tmp_path: Path) -> None:
    def change(rows: list[Measurement]) -> list[Measurement]:
        place = next(n for n, row in enumerate(rows) if (row.arm, row.metric, row.region) == ("grey", "mae", "seam"))
        rows[place] = replace(rows[place], value=(rows[place].value or 0.0) + 1.0)
        return rows

    found = recompute(_table(files, "run/measurements.parquet", Measurement, change, tmp_path))
    assert any(what.startswith("estimate grey|mae|seam: value is") for what in found.differing)
    elsewhere = [what for what in found.differing if "grey|mae|seam" not in what]
    assert all(": p_adjusted is" in what for what in elsewhere)  # p are adjusted over all slopes together


@pytest.mark.parametrize(("share", "count"), [(RELATIVE / 10, 0), (RELATIVE * 10, 1)])
def test_the_tolerance_is_what_is_stated(files: dict[str, bytes], tmp_path: Path, share: float, count: int) -> None:
    def change(rows: list[Estimate]) -> list[Estimate]:
        return [replace(rows[0], value=(rows[0].value or 0.0) * (1 + share)), *rows[1:]]

    assert len(recompute(_table(files, "run/estimates.parquet", Estimate, change, tmp_path)).differing) == count


def _by_id(row: Estimate) -> str:
    return row.id


@pytest.mark.parametrize(("method", "count"), [("percentile bootstrap of subjects", 0), ("t on subject means", 2)])
def test_draws_may_differ_by_their_own_error_and_nothing_else_may(method: str, count: int, files: dict[str, bytes],
                                                                  tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "table.parquet"
    path.write_bytes(files["run/estimates.parquet"])
    row = next(row for row in read_table(path, Estimate) if row.p is not None)
    assert row.low is not None
    assert row.high is not None
    old = replace(row, method=method)
    new = replace(old, low=row.low + 0.05 * (row.high - row.low), p=(row.p or 0.0) + 0.005)
    assert len(compared("estimate", [old], [new], _by_id)) == count
    far = replace(old, low=row.low - 0.5 * (row.high - row.low), value=(row.value or 0.0) + 1)
    assert len(compared("estimate", [old], [far], _by_id)) == 2


def test_an_end_that_jumps_between_draws_is_held_against_more_of_them(files: dict[str, bytes], tmp_path: Path) -> None:
    """As of accuracy on a dozen clips, which takes few values: a tenth of the width is less than one step."""
    path = tmp_path / "table.parquet"
    path.write_bytes(files["run/estimates.parquet"])
    row = replace(next(row for row in read_table(path, Estimate) if row.p is not None), method="bootstrap")
    old, new = replace(row, low=0.0, high=1.0), replace(row, low=0.4, high=1.0)
    assert compared("estimate", [old], [new], _by_id)
    assert not compared("estimate", [old], [new], _by_id, lambda number: [replace(new, low=0.02 * number)])
    (said,) = compared("estimate", [old], [new], _by_id, lambda number: [replace(new, low=0.2 + 0.02 * number)])
    assert f"estimate {row.id}: low is 0.0, comes out as 0.4" in said


def test_estimates_that_were_left_out_or_made_up_are_named(files: dict[str, bytes], tmp_path: Path) -> None:
    def change(rows: list[Estimate]) -> list[Estimate]:
        return [replace(rows[0], id="better"), *rows[1:]]

    said = recompute(_table(files, "run/estimates.parquet", Estimate, change, tmp_path)).differing
    assert "estimate better: is in the packet, and does not come out" in said
    assert len(said) == 2


def test_a_margin_that_was_moved_after_the_fact_shows(files: dict[str, bytes]) -> None:
    def change(plan: dict[str, Any]) -> None:
        plan["study"]["claims"][1]["reference"] = 100.0

    said = recompute(_json(files, "run/plan.json", change)).differing
    assert "verdict grey-is-exact: outcome is refuted, comes out as supported" in said
    assert any(what.startswith("estimate grey-is-exact: reference is 1e-06, comes out as 100.0") for what in said)


def test_what_cannot_be_made_again_is_said(files: dict[str, bytes]) -> None:
    said = recompute({**files, "run/distributions.json": b"{}"}).not_done
    assert any(what.startswith("run/distributions.json: needs the features") for what in said)


def test_a_line_of_the_traceability_matrix_that_was_altered_is_named(files: dict[str, bytes]) -> None:
    lines = files["traceability.csv"].decode().replace("refuted", "supported", 1)
    (said,) = recompute({**files, "traceability.csv": lines.encode()}).differing
    assert said == "traceability.csv line 2: outcome is supported, comes out as refuted"
    older = files["traceability.csv"].decode().replace(",standing,", ",was_called,", 1)
    assert not recompute({**files, "traceability.csv": older.encode()}).differing  # as another version calls it


def test_a_metric_from_outside_is_taken_at_its_word_and_its_module_is_not_imported(files: dict[str, bytes]) -> None:
    def rename(text: bytes) -> bytes:
        return text.replace(b'"mae"', b'"antigravity:fly"')

    changed = {**files, **{name: rename(files[name]) for name in ("run/plan.json", "run/metrics.json")}}
    found = recompute(changed)
    assert any("antigravity:fly" in what for what in found.differing)
    assert "antigravity" not in sys.modules
    without = _json(changed, "run/metrics.json", lambda value: value["metrics"].pop("antigravity:fly"))
    with pytest.raises(InputError, match="cannot be computed again"):
        recompute(without)
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize("name", ["run/measurements.parquet", "run/plan.json", "run/metrics.json", "run/slopes.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"PAR1", b"[" * 99_999])
def test_a_table_that_cannot_be_read_is_a_clear_fault(files: dict[str, bytes], name: str, content: bytes) -> None:
    with pytest.raises(InputError):
        recompute({**files, name: content})


def test_a_table_that_announces_too_much_is_not_read(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST_ROWS", 5)
    with pytest.raises(InputError, match=r"announces \d+ rows"):
        recompute(files)
