"""Seals: every changed, missing and added file is named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.records import Estimate, Measurement, write_table
from evalkit.seal import read_run, seal
from translator.errors import InputError

ROW = Measurement("a", "s1-0", "s1", "mae", "mask", "simulated", 1.5, "ok")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A sealed run made by hand."""
    folder = tmp_path / "run"
    (folder / "exhibits" / "s1-0").mkdir(parents=True)
    (folder / "plan.json").write_text('{"schema_version": 1}\n', encoding="utf-8")
    write_table(folder / "measurements.parquet", [ROW], Measurement)
    write_table(folder / "estimates.parquet", [], Estimate)
    (folder / "verdicts.json").write_text('{"schema_version": 1, "verdicts": []}\n', encoding="utf-8")
    (folder / "exhibits" / "s1-0" / "real.npz").write_bytes(b"pictures")
    (folder / "timings.json").write_text("{}", encoding="utf-8")
    seal(folder, "f" * 64)
    return folder


def _faults(folder: Path) -> dict[str, str]:
    """What is wrong, by file."""
    with pytest.raises(InputError) as caught:
        read_run(folder)
    assert all(fault.remedy for fault in caught.value.faults)
    return {Path(fault.where).relative_to(folder).as_posix(): fault.what for fault in caught.value.faults}


def test_a_sealed_run_is_read_back(run: Path) -> None:
    found = read_run(run)
    assert found.measurements == [ROW]
    assert (found.estimates, found.verdicts) == ([], [])
    assert found.plan == {"schema_version": 1}
    assert found.record["plan_sha256"] == "f" * 64
    tables = {"measurements.parquet", "estimates.parquet", "verdicts.json"}
    assert set(found.record["files"]) == {"plan.json", "exhibits/s1-0/real.npz"} | tables


def test_a_run_is_read_from_a_string_too(run: Path) -> None:
    assert read_run(str(run)).measurements == [ROW]


@pytest.mark.parametrize(
    "name", ["plan.json", "measurements.parquet", "estimates.parquet", "verdicts.json", "exhibits/s1-0/real.npz"]
)
def test_one_changed_byte_is_named(run: Path, name: str) -> None:
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run / name).write_bytes(content)
    assert _faults(run) == {name: "was changed after the run was sealed"}


@pytest.mark.parametrize("name", ["plan.json", "verdicts.json", "exhibits/s1-0/real.npz"])
def test_a_removed_file_is_named(run: Path, name: str) -> None:
    (run / name).unlink()
    assert _faults(run) == {name: "is missing"}


@pytest.mark.parametrize(
    "name", ["more.txt", "exhibits/s1-0/more.npz", "exhibits/s1-0/run.json", "exhibits/timings.json"]
)
def test_an_added_file_is_named(run: Path, name: str) -> None:
    (run / name).write_text("x", encoding="utf-8")
    assert _faults(run) == {name: "was added after the run was sealed"}


def test_all_changes_are_named_at_once(run: Path) -> None:
    (run / "plan.json").write_text("{}", encoding="utf-8")
    (run / "verdicts.json").unlink()
    (run / "more.txt").touch()
    assert set(_faults(run)) == {"plan.json", "verdicts.json", "more.txt"}


def test_a_changed_record_is_named(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    record["plan_sha256"] = "0" * 64
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert _faults(run) == {"run.json": "was changed"}


def test_a_file_swapped_together_with_its_digest_is_seen_by_the_seal_of_the_record(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (run / "exhibits" / "s1-0" / "real.npz").unlink()
    del record["files"]["exhibits/s1-0/real.npz"]
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert _faults(run) == {"run.json": "was changed"}


@pytest.mark.parametrize("name", ["timings.json", "report.html"])
def test_what_is_declared_not_sealed_may_change(run: Path, name: str) -> None:
    (run / name).write_text("another", encoding="utf-8")
    assert read_run(run).measurements == [ROW]
    assert name in read_run(run).record["not_sealed"]


def _remove(path: Path) -> None:
    path.unlink()


def _spoil(path: Path) -> None:
    path.write_text("{", encoding="utf-8")


@pytest.mark.parametrize("harm", [_remove, _spoil])
def test_a_folder_without_a_readable_record_is_no_finished_run(run: Path, harm: Callable[[Path], None]) -> None:
    harm(run / "run.json")
    with pytest.raises(InputError, match="is no finished run") as caught:
        read_run(run)
    assert "sonoproof run" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    "text", ["[]", '{"schema_version": 2, "kind": "run"}', '{"schema_version": 1, "kind": "packet"}']
)
def test_a_record_of_another_version_or_kind_is_refused(run: Path, text: str) -> None:
    (run / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not a run of schema version 1"):
        read_run(run)


def test_equal_files_give_equal_records(run: Path) -> None:
    before = (run / "run.json").read_bytes()
    (run / "timings.json").write_text('{"seconds": 9}', encoding="utf-8")
    seal(run, "f" * 64)
    assert (run / "run.json").read_bytes() == before
