"""A plan holds which weights its metrics found; another file under a pinned name is refused before anything is run."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from evalkit.plan import Plan, freeze
from evalkit.study import Study
from translator.errors import InputError
from translator.pins import PINS

CopyStudy = Callable[[str], Path]
NAME = "lpips-alex-v0.1"


def _freeze(folder: Path, metric: str = "lpips[alex-v0.1]") -> Plan:
    arms = [{"name": "grey", "translator": "trivial:grey"}]
    asked = {"title": "t", "manifest": "data/manifest.csv", "metrics": [metric], "arms": arms}
    return freeze(Study.model_validate(asked), folder, {})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights, the only place that is looked into."""
    monkeypatch.setitem(PINS, NAME, replace(PINS[NAME], package=""))
    monkeypatch.setenv("SONOPROOF_WEIGHTS", str(tmp_path))
    return tmp_path


def test_absent_weights_stand_in_the_plan_and_those_that_come_later_make_another(
    copy_study: CopyStudy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = copy_study("one")
    without = _freeze(study)
    assert without.document["weights"] == {NAME: "absent"}
    (folder / PINS[NAME].file).write_bytes(b"weights")
    with pytest.raises(InputError, match="not the file that this version knows"):
        _freeze(study)
    digest = sha256(b"weights").hexdigest()
    monkeypatch.setitem(PINS, NAME, replace(PINS[NAME], sha256=digest))
    found = _freeze(study)
    assert found.document["weights"] == {NAME: digest}
    assert found.sha256 != without.sha256


def test_metrics_without_weights_leave_none_in_the_plan(copy_study: CopyStudy, folder: Path) -> None:
    assert "weights" not in _freeze(copy_study("one"), "mae").document
