"""Segmentation and discriminability in a whole run: rows, claims, predictions, and what the page says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from translator.artefacts import Store
from translator.clips.clip import Frames


def bright(frames: Frames) -> Frames:
    """A model that takes what is bright for class 1."""
    return (frames > 90).astype(np.uint8)


TASKS: list[dict[str, Any]] = [
    {"name": "chambers", "kind": "segmentation", "options": {"model": f"{__name__}:bright"}},
    {"name": "told", "kind": "discriminability", "options": {"features": "texture", "permutations": 199}},
    {"name": "absent", "kind": "discriminability", "options": {"features": "inception-fid"}},
]
CLAIM = {"id": "dice", "sentence": "Segmentations agree.", "arm": "telea", "metric": "chambers.dice", "region": "frame",
         "relation": "at_least", "reference": 0.1}  # fmt: skip


@pytest.fixture(scope="module")
def page_and_run(tmp_path_factory: pytest.TempPathFactory, phantoms: Path) -> tuple[str, Run]:
    from reports import write_report

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("no-weights")))
    folder = tmp_path_factory.mktemp("study")
    (folder / "data").symlink_to(phantoms)
    arms = [{"name": name, "translator": f"trivial:{name}"} for name in ("telea", "black-hole")]
    asked = {"title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"], "tasks": TASKS, "arms": arms,
             "claims": [CLAIM]}  # fmt: skip
    plan = freeze(Study.model_validate(asked), folder, {})
    run = run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None)
    monkeypatch.undo()
    return write_report(run).read_text(encoding="utf-8"), run


def test_a_claim_on_dice_is_judged(page_and_run: tuple[str, Run]) -> None:
    (verdict,) = page_and_run[1].verdicts
    assert verdict.outcome == "supported"


def test_each_version_of_each_clip_has_a_prediction(page_and_run: tuple[str, Run]) -> None:
    rows = page_and_run[1].predictions
    assert len(rows) == 2 * 2 * 7
    assert {row.label for row in rows} == {"real", "synthetic"}


def test_the_page_shows_agreement_and_whether_clips_were_told_apart(page_and_run: tuple[str, Run]) -> None:
    page, run = page_and_run
    assert "Segmentation: chambers" in page
    assert "limits of agreement" in page
    assert "Real or synthetic: told" in page
    assert f"{run.tasks['told']['arms']['black-hole']['texture']['auc']:.3f}" in page


def test_a_task_without_weights_says_so_on_the_page(page_and_run: tuple[str, Run]) -> None:
    page, run = page_and_run
    assert "sonoproof weights fetch inception-fid" in run.tasks["absent"]["not_computed"]
    assert "Not computed: " in page
    assert "Real or synthetic: absent" in page


def test_the_page_names_no_clip_or_subject_of_the_tasks(page_and_run: tuple[str, Run]) -> None:
    page, run = page_and_run
    for row in run.predictions:
        assert row.clip_id not in page
        assert row.subject_id not in page


def test_the_plan_holds_a_tasks_options_by_its_identity_and_no_path(page_and_run: tuple[str, Run]) -> None:
    plan = page_and_run[1].plan
    assert plan["tasks"]["told"]["options"]["permutations"] == 199
    assert all("options" not in task for task in plan["study"]["tasks"])
    assert "test_tasks_in_run" not in str(plan["study"])
