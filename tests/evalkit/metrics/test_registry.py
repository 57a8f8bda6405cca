"""Metrics from outside: `module:object` in a study, what a plan and a report keep of them, and what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.metrics.registry import METRICS, declared_metric, described_metric, find_metric
from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.study import Study
from reports import write_report
from translator.artefacts import Store
from translator.errors import InputError

CopyStudy = Callable[[str], Path]
CODE = """
from evalkit.metrics.accumulate import framed, mapped

def squared(reference, test):
    return (reference.astype(float) - test.astype(float)) ** 2

MSE = mapped(name="mse", map_of=squared, unit="grey levels squared", higher_is_better=False, bounds=(0.0, 65025.0),
             version=1, source="", summary="mean squared error")
BRIGHT = framed(name="bright", value_of_frame=lambda moment, region: float(moment.made[moment.areas[region]].mean()),
                unit="grey levels", descriptive=True, bounds=(0.0, 255.0), version=1, source="",
                summary="mean grey level", needs="translation")
NUMBER = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an importable module; another one each test and session, as Python keeps what it imported."""
    name = f"mine_{abs(hash(tmp_path))}"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / f"{name}.py").write_text(CODE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    return name


def _study(*metrics: str) -> Study:
    arms = [{"name": name, "translator": f"trivial:{name}"} for name in ("grey", "telea")]
    return Study.model_validate(
        {"title": "T", "manifest": "data/manifest.csv", "arms": arms, "metrics": list(metrics), "regions": ["mask"]}
    )


def test_a_metric_from_outside_is_called_by_what_names_it_and_carries_its_files_digest(module: str) -> None:
    metric = find_metric(f"{module}:MSE", "here")
    assert metric.name == f"{module}:MSE"
    assert metric.origin.startswith(f"mse of {module} ")
    assert metric.signature == f"{module}:MSE|v1|grey levels squared|{metric.origin}"
    assert len(metric.origin.split()[-1]) == 64


@pytest.mark.parametrize(
    ("what", "said"),
    [("NUMBER", "is int, and no Metric"), ("NOBODY", "AttributeError"), ("", "AttributeError")],
)
def test_what_is_no_metric_is_refused_with_what_it_is(module: str, what: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        find_metric(f"{module}:{what}", "study: metrics")
    assert caught.value.faults[0].where == "study: metrics"


def test_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="ModuleNotFoundError"):
        find_metric("nowhere_at_all:X", "study: metrics")


def test_a_declaration_comes_back_from_what_the_plan_keeps_of_it(module: str) -> None:
    metric = find_metric(f"{module}:BRIGHT", "here")
    back = declared_metric(metric.name, {metric.name: described_metric(metric)})
    assert described_metric(back) == described_metric(metric)
    with pytest.raises(ValueError, match="not computed"):
        back.start()
    assert declared_metric("mae", {}) is METRICS["mae"]


def test_a_study_names_it_and_its_report_needs_no_code(
    copy_study: CopyStudy, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_study("one")
    plan = freeze(_study(f"{module}:MSE", f"{module}:BRIGHT", "mae"), folder, {})
    run = run_study(plan, folder / "run", Store(folder / "cache"), lambda stage, done, total: None)
    mse = {row.value for row in run.measurements if row.metric == f"{module}:MSE"}
    assert all(value is not None and 0 < value < 65025 for value in mse)
    shutil.rmtree(tmp_path / "code")
    monkeypatch.delitem(__import__("sys").modules, module)
    page = write_report(run).read_text(encoding="utf-8")
    assert f"{module}:MSE: mean squared error; lower is better" in page
    assert f"{module}:BRIGHT: mean grey level; neither higher nor lower is better" in page


def test_its_code_is_part_of_the_plan(copy_study: CopyStudy, module: str) -> None:
    plan = freeze(_study(f"{module}:MSE"), copy_study("one"), {})
    assert plan.document["metrics"] == [find_metric(f"{module}:MSE", "").signature]
    assert plan.document["metrics_from_outside"][f"{module}:MSE"]["summary"] == "mean squared error"


def test_of_unpaired_clips_what_needs_the_translation_alone_is_measured(copy_study: CopyStudy, module: str) -> None:
    folder = copy_study("one")
    manifest = folder / "data" / "manifest.csv"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(",simulated,", ",unpaired,"), encoding="utf-8")
    plan = freeze(_study("mae", f"{module}:BRIGHT"), folder, {})
    run = run_study(plan, folder / "run", Store(folder / "cache"), lambda stage, done, total: None)
    told = {(row.metric, row.status, row.note) for row in run.measurements}
    assert told == {
        ("mae", "undefined", "not computed: pairing is unpaired, so there is no greyscale truth"),
        (f"{module}:BRIGHT", "ok", ""),
    }
    found = {estimate.metric: estimate.n_clips for estimate in run.estimates}
    assert found == {"mae": 0, f"{module}:BRIGHT": 7}
