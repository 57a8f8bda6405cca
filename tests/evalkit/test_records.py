"""Records: what they refuse, and tables that are read back as they were written."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.records import (
    Claim,
    ClipFacts,
    Estimate,
    LinePoint,
    Measurement,
    Slope,
    Status,
    StratumEstimate,
    Verdict,
    as_json,
    read_slopes,
    read_table,
    write_slopes,
    write_table,
)

OK = Measurement("a", "s1-0", "s1", "mae", "mask", "simulated", 1.5, "ok")
FAILED = Measurement("a", "s2-0", "s2", "mae", "mask", "simulated", None, "failed", "ValueError: Grüße")
ESTIMATE = Estimate(
    id="c", statistic="mean", metric="mae", region="mask", arm="a", against=None, population="split = test",
    value=0.1 + 0.2, low=None, high=None, level=0.95, relation=None, margin=None, reference=None, p=None, method="t",
    n_subjects=3, n_clips=4, n_undefined=1, n_failed=0, note="not computed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "status"),
    [(None, "ok"), (math.nan, "ok"), (math.inf, "ok"), (-math.inf, "ok"), (0.0, "failed"), (0.5, "undefined")],
)
def test_a_value_that_does_not_go_with_its_status_is_refused(value: float | None, status: Status) -> None:
    with pytest.raises(ValueError, match=f"status {status} does not go with value"):
        Measurement("a", "c", "s", "mae", "mask", "simulated", value, status)


@pytest.mark.parametrize(("value", "status"), [(0.0, "ok"), (-1.0, "ok"), (None, "undefined"), (None, "failed")])
def test_a_value_that_goes_with_its_status_is_kept(value: float | None, status: Status) -> None:
    assert Measurement("a", "c", "s", "mae", "mask", "simulated", value, status).value == value


def test_measurements_are_read_back_equal(tmp_path: Path) -> None:
    write_table(tmp_path / "m.parquet", [OK, FAILED], Measurement)
    assert read_table(tmp_path / "m.parquet", Measurement) == [OK, FAILED]


def test_estimates_are_read_back_equal_to_the_last_bit(tmp_path: Path) -> None:
    write_table(tmp_path / "e.parquet", [ESTIMATE], Estimate)
    assert read_table(tmp_path / "e.parquet", Estimate) == [ESTIMATE]


def test_an_empty_table_keeps_its_kind(tmp_path: Path) -> None:
    write_table(tmp_path / "m.parquet", [], Measurement)
    assert read_table(tmp_path / "m.parquet", Measurement) == []
    with pytest.raises(ValueError, match="no Estimate table"):
        read_table(tmp_path / "m.parquet", Estimate)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8), st.text('aä|\n" ', max_size=8))
def test_any_value_and_note_survive_the_table(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], note: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "m.parquet"
    rows = [Measurement("a", f"c{i}", "s", "mae", "mask", "near", value, "ok", note) for i, value in enumerate(values)]
    write_table(path, rows, Measurement)
    assert read_table(path, Measurement) == rows


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_table(tmp_path / f"{name}.m", [Measurement(**asdict(OK)), FAILED], Measurement)
        write_table(tmp_path / f"{name}.e", [Estimate(**asdict(ESTIMATE))], Estimate)
    assert (tmp_path / "one.m").read_bytes() == (tmp_path / "two.m").read_bytes()
    assert (tmp_path / "one.e").read_bytes() == (tmp_path / "two.e").read_bytes()


def test_numbers_are_stored_as_float64_and_counts_as_int64(tmp_path: Path) -> None:
    write_table(tmp_path / "e.parquet", [ESTIMATE], Estimate)
    schema = pq.read_schema(tmp_path / "e.parquet")
    assert schema.field("value").type == schema.field("p").type == pa.float64()
    assert schema.field("n_subjects").type == pa.int64()
    assert schema.field("against").type == pa.string()
    assert schema.metadata == {b"schema_version": b"1", b"kind": b"Estimate"}


@pytest.mark.parametrize("change", ["another version", "a column more", "a column less", "another type"])
def test_a_table_of_another_schema_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "m.parquet"
    write_table(path, [OK], Measurement)
    table = pq.read_table(path)
    column = table.schema.get_field_index("note")
    changed = {
        "another version": lambda: table.replace_schema_metadata({"schema_version": "2", "kind": "Measurement"}),
        "a column more": lambda: table.append_column("more", pa.array(["x"])),
        "a column less": lambda: table.remove_column(column),
        "another type": lambda: table.set_column(column, "note", pa.array([b"x"])),
    }[change]()
    pq.write_table(changed, path)
    with pytest.raises(ValueError, match="is no Measurement table of schema version 1"):
        read_table(path, Measurement)


def _claim(**given: Any) -> Claim:
    asked = {"id": "c", "sentence": "s", "arm": "a", "metric": "mae", "region": "mask", "relation": "superior"}
    return Claim.model_validate(asked | given)


@pytest.mark.parametrize(
    ("given_values", "complaint"),
    [
        ({}, "relation superior compares two arms: give `against`"),
        ({"relation": "noninferior", "margin": 1}, "relation noninferior compares two arms"),
        ({"relation": "noninferior", "against": "b"}, "relation noninferior needs a margin above 0"),
        ({"relation": "equivalent", "against": "b"}, "relation equivalent needs a margin above 0"),
        ({"relation": "equivalent", "margin": 1}, "exactly one of `against` and `reference`"),
        ({"relation": "equivalent", "margin": 1, "against": "b", "reference": 1}, "exactly one of"),
        ({"relation": "at_least"}, "compares one arm with a number: give `reference`"),
        ({"relation": "at_most", "reference": 1, "against": "b"}, "compares one arm with a number"),
        ({"against": "b", "relation": "better"}, "superior"),
        ({"against": "b", "margin": -1}, "greater than or equal to 0"),
        ({"against": "b", "margin": math.nan}, "finite|greater"),
        ({"against": "b", "alpha": 0}, "greater than 0"),
        ({"against": "b", "alpha": 0.5}, "less than 0.5"),
        ({"against": "b", "max_failed_share": 1.5}, "less than or equal to 1"),
        ({"against": "b", "computed": 1}, "Extra inputs"),
    ],
)
def test_a_claim_that_cannot_be_judged_is_refused(given_values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        _claim(**given_values)


@pytest.mark.parametrize(
    "given_values",
    [
        {"against": "b"},
        {"relation": "noninferior", "against": "b", "margin": 1},
        {"relation": "equivalent", "against": "b", "margin": 1},
        {"relation": "equivalent", "reference": 0.0, "margin": 1},
        {"relation": "at_least", "reference": 0.0},
        {"relation": "at_most", "reference": -2.5, "margin": 1},
    ],
)
def test_a_claim_that_can_be_judged_is_accepted_with_one_sided_alpha(given_values: dict[str, Any]) -> None:
    claim = _claim(**given_values)
    assert (claim.alpha, claim.family, claim.max_failed_share) == (0.025, "primary", 0.0)


@pytest.mark.parametrize("name", ["two words", "a/b", "../up", "a|b", "-first", "", "a\n"])
def test_an_id_that_is_unsafe_in_a_path_or_a_table_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"(?m)^id$"):
        _claim(against="b", id=name)


def test_records_become_plain_dictionaries() -> None:
    verdict = Verdict("c", "supported", "s", "r", "c", 0.01)
    assert as_json([verdict]) == [
        {"claim": "c", "outcome": "supported", "sentence": "s", "reason": "r", "estimate": "c", "p_adjusted": 0.01,
         "standing": "fixed beforehand"}
    ]  # fmt: skip
    assert as_json([FAILED])[0]["value"] is None


def test_facts_of_clips_and_estimates_of_strata_are_read_back_equal(tmp_path: Path) -> None:
    facts = [ClipFacts("c1", "s1", 30, 25.5, 1 / 3), ClipFacts("c2", "s1", None, None, None, "not computed: why")]
    write_table(tmp_path / "c.parquet", facts, ClipFacts)
    assert read_table(tmp_path / "c.parquet", ClipFacts) == facts
    stratum = StratumEstimate(**asdict(ESTIMATE), column="view", level_name="A4C", p_adjusted=None)
    write_table(tmp_path / "s.parquet", [stratum], StratumEstimate)
    assert read_table(tmp_path / "s.parquet", StratumEstimate) == [stratum]
    with pytest.raises(ValueError, match="no Estimate table"):
        read_table(tmp_path / "s.parquet", Estimate)


def test_slopes_are_read_back_equal_to_the_last_bit_and_other_versions_are_refused(tmp_path: Path) -> None:
    line = (LinePoint(0.1, 1 / 3, None, None), LinePoint(0.2, 0.5, 0.1 + 0.2, 0.9))
    slope = Slope(**asdict(ESTIMATE), df=7.25, p_adjusted=0.03, line=line)
    write_slopes(tmp_path / "s.json", [slope])
    assert read_slopes(tmp_path / "s.json") == [slope]
    (tmp_path / "s.json").write_text('{"schema_version": 2, "slopes": []}')
    with pytest.raises(ValueError, match="schema version 1"):
        read_slopes(tmp_path / "s.json")
