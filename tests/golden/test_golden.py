"""One tiny finished study: its seal holds, its numbers stay where they are, and it can be reported without torch."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from evalkit.records import Measurement
from evalkit.seal import Run, read_run
from translator.errors import InputError

HERE = Path(__file__).resolve().parent
REPORT = """
import sys
from evalkit.seal import read_run
from reports import write_report
write_report(read_run(sys.argv[1]))
print(sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "torchvision"}))
"""


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"golden_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _load("make")


@pytest.fixture(scope="module")
def golden() -> Run:
    return read_run(HERE / "run")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("golden")
    run = make.run_again(folder / "run", folder / "cache")
    assert isinstance(run, Run)
    return run


def _shifted(run: Run, by: float) -> Run:
    """The run with its first value moved."""
    first, *rest = run.measurements
    assert first.value is not None
    return replace(run, measurements=[replace(first, value=first.value + by), *rest])


def test_the_seal_holds_and_a_changed_byte_breaks_it(golden: Run, tmp_path: Path) -> None:
    assert golden.record["files"].keys() >= {"plan.json", "measurements.parquet", "estimates.parquet", "pseudonyms.csv"}
    shutil.copytree(golden.folder, tmp_path / "run")
    verdicts = tmp_path / "run" / "verdicts.json"
    verdicts.write_bytes(verdicts.read_bytes().replace(b"supported", b"Supported"))
    with pytest.raises(InputError, match=r"verdicts\.json: was changed after the run was sealed"):
        read_run(tmp_path / "run")


def test_it_is_what_it_was_made_to_be(golden: Run) -> None:
    assert len(golden.measurements) == 7 * 3 * 2 * 4  # clips, arms, metrics, regions
    assert {row.status for row in golden.measurements} == {"ok"}
    assert [verdict.outcome for verdict in golden.verdicts] == ["inconclusive", "refuted", "supported"]
    assert all(0 < row.value < 255 for row in golden.measurements if row.metric == "mae" and row.value is not None)
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) < 500_000


def test_no_number_moved_on_the_stored_inputs(golden: Run, fresh: Run) -> None:
    differences = make.moved(golden, fresh)
    now = make.versions(fresh.plan)
    bumped = json.loads(make.VERSIONS.read_text(encoding="utf-8")) != now
    remedy = "run tests/golden/make.py" if bumped else "raise the VERSION of what moved them, or mend it"
    assert not differences, "\n".join([f"numbers moved: {remedy}", *differences])


def test_the_golden_run_is_of_the_versions_that_there_are(fresh: Run) -> None:
    recorded = json.loads(make.VERSIONS.read_text(encoding="utf-8"))
    assert recorded == make.versions(fresh.plan), "a version was raised: run tests/golden/make.py"


@pytest.mark.parametrize(("by", "count"), [(0.0, 0), (5e-10, 0), (2e-9, 1), (1e-3, 1)])
def test_a_value_that_moves_by_more_than_1e_9_is_found(golden: Run, by: float, count: int) -> None:
    assert len(make.moved(golden, _shifted(golden, by))) == count


def test_with_other_libraries_a_millionth_is_allowed(golden: Run) -> None:
    environment = golden.plan["environment"]
    libraries = {**environment["libraries"], "opencv-python-headless": "9"}
    other = replace(golden, plan={**golden.plan, "environment": {**environment, "libraries": libraries}})
    assert make.tolerance(golden.plan, other.plan) == 1e-6
    assert make.moved(golden, replace(_shifted(golden, 5e-7), plan=other.plan)) == []
    assert len(make.moved(golden, replace(_shifted(golden, 2e-6), plan=other.plan))) == 1


def test_rows_that_vanish_estimates_and_verdicts_are_compared_too(golden: Run) -> None:
    estimate, verdict, row = golden.estimates[-1], golden.verdicts[0], golden.measurements[0]
    assert estimate.p is not None
    fewer = replace(golden, measurements=golden.measurements[1:])
    assert len(make.moved(golden, fewer)) == len(make.moved(fewer, golden)) == 1
    other = replace(golden, estimates=[*golden.estimates[:-1], replace(estimate, p=None)])
    assert make.moved(golden, other) == [f"{estimate.id}: p: {estimate.p}, now None"]
    judged = replace(golden, verdicts=[replace(verdict, outcome="refuted"), *golden.verdicts[1:]])
    assert make.moved(golden, judged) == [f"verdict on {verdict.claim}: inconclusive, now refuted"]
    failed = Measurement(row.arm, row.clip_id, row.subject_id, row.metric, row.region, row.pairing, None, "failed", "x")
    assert len(make.moved(golden, replace(golden, measurements=[failed, *golden.measurements[1:]]))) == 1


def test_the_golden_run_is_not_replaced_where_numbers_moved_and_no_version_did(
    golden: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(golden.folder, tmp_path / "run")
    shutil.copyfile(HERE / "versions.json", tmp_path / "versions.json")
    monkeypatch.setattr(make, "RUN", tmp_path / "run")
    monkeypatch.setattr(make, "VERSIONS", tmp_path / "versions.json")
    monkeypatch.setattr(make, "run_again", lambda out, cache: _shifted(golden, 0.5))
    with pytest.raises(SystemExit, match="numbers moved and no version did"):
        make.main()
    assert read_run(tmp_path / "run").record == golden.record
    monkeypatch.setattr(make, "MASK_VERSION", make.MASK_VERSION + 1)
    make.main()
    assert json.loads((tmp_path / "versions.json").read_text())["stages"]["mask"] == make.MASK_VERSION


def test_a_report_is_made_of_it_without_torch(golden: Run, tmp_path: Path) -> None:
    shutil.copytree(golden.folder, tmp_path / "run")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", REPORT, str(tmp_path / "run")],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("<video") == 3
    assert "phantom-77" not in page
    assert read_run(tmp_path / "run").record == golden.record
