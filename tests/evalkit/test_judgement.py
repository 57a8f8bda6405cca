"""Judging a sealed run later: the golden run by the claims of the paper, sealed apart, post hoc; the run untouched."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.judgement import Judgement, judge_run, read_judgement
from evalkit.records import Prediction, write_table
from evalkit.seal import Run, read_run, seal
from tests.evalkit.statistics.predicted import predictions
from translator.artefacts import file_digest
from translator.errors import InputError

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "run"
CLAIM = """
title = "Mine"
[[claims]]
id = "mae"
sentence = "s"
arm = "generator"
metric = "mae"
region = "mask"
relation = "at_most"
reference = 200.0
"""


@pytest.fixture(scope="module")
def run() -> Run:
    return read_run(GOLDEN)


@pytest.fixture(scope="module")
def judged(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judgement]:
    before = {path: file_digest(path) for path in GOLDEN.rglob("*") if path.is_file()}
    out = tmp_path_factory.mktemp("judged") / "child"
    yield judge_run(run, "tomic2025", {"generator": "telea"}, out)
    assert {path: file_digest(path) for path in GOLDEN.rglob("*") if path.is_file()} == before


def _mine(folder: Path, text: str = CLAIM) -> str:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return str(folder / "mine.toml")


def test_every_claim_of_the_paper_has_a_verdict_and_what_cannot_be_judged_says_why(judged: Judgement) -> None:
    found = {verdict.claim: verdict for verdict in judged.verdicts}
    assert len(found) == len(judged.claims) == len(judged.estimates) == 15
    assert {verdict.standing for verdict in judged.verdicts} == {"post hoc"}
    assert found["ssim-frame"].outcome in ("supported", "refuted", "inconclusive")
    assert found["coverage-slope"].outcome in ("supported", "refuted", "inconclusive")
    reasons = {
        "zero-shot-organs": "the arm has no model card",
        "zero-shot-obstetric": "no clip is of this population",
        "fetal-blur": "sharpness_ratio was not measured",
        "view-f1-same": "holds no predictions of this task",
        "dice": "the study needs a task that gives it",
        "machine-cannot-tell": "holds no predictions of this task",
        "clinicians-chance": "a reader study with clinicians is needed",
        "diversity": "`sonoproof diversity` computes it",
        "privacy": "the study needs a task that gives it",
        "speed": "timings of a diffusion model",
    }
    for claim, words in reasons.items():
        assert found[claim].outcome == "not_evaluable"
        assert words in found[claim].reason


def test_it_names_the_run_and_what_it_judged_and_is_read_back(judged: Judgement, run: Run) -> None:
    assert judged.record["run_seal_sha256"] == run.record["seal_sha256"]
    assert judged.record["standing"] == "post hoc"
    told = json.loads((judged.folder / "claims.json").read_text(encoding="utf-8"))
    assert told["file"]["roles"] == {"generator": "telea"}
    assert len(told["file"]["sha256"]) == 64
    assert read_judgement(judged.folder, run) == judged
    assert str(GOLDEN.parent) not in (judged.folder / "judgement.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["claims.json", "verdicts.json", "estimates.parquet", "judgement.json"])
def test_a_changed_file_is_named(judged: Judgement, name: str, tmp_path: Path) -> None:
    shutil.copytree(judged.folder, tmp_path / "copy")
    path = tmp_path / "copy" / name
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    with pytest.raises(InputError, match=r"was changed|is no judgement"):
        read_judgement(tmp_path / "copy")


def test_a_missing_and_an_added_file_and_another_run_are_named(judged: Judgement, run: Run, tmp_path: Path) -> None:
    shutil.copytree(judged.folder, tmp_path / "copy")
    (tmp_path / "copy" / "verdicts.json").unlink()
    (tmp_path / "copy" / "extra.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"extra\.txt: was added later[\s\S]*verdicts\.json: is missing"):
        read_judgement(tmp_path / "copy")
    shutil.copytree(GOLDEN, tmp_path / "run")
    seal(tmp_path / "run", "0" * 64)
    with pytest.raises(InputError, match="is of another run"):
        read_judgement(judged.folder, read_run(tmp_path / "run"))


def test_it_is_written_neither_into_the_run_nor_over_anything(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lies in the sealed run"):
        judge_run(run, "tomic2025", {"generator": "telea"}, GOLDEN / "child")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="is not an empty folder"):
        judge_run(run, "tomic2025", {"generator": "telea"}, tmp_path / "full")


def test_a_metric_without_direction_is_refused_as_a_study_refuses_it(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="played by no arm"):
        judge_run(run, _mine(tmp_path), {}, tmp_path / "out")
    found = judge_run(run, _mine(tmp_path), {"generator": "grey"}, tmp_path / "out")
    assert found.verdicts[0].reason.startswith("Benjamini-Hochberg-adjusted p")


def test_predictions_of_a_run_are_judged_where_it_holds_them(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "run")
    clips = json.loads((GOLDEN / "plan.json").read_text(encoding="utf-8"))["clips"]
    names = {f"s{k}": clip for k, clip in enumerate(clips)}
    rows = [Prediction("view", "telea", names[row.subject_id]["clip_id"], names[row.subject_id]["subject_id"], row.seed,
                       row.label, row.predicted, row.probabilities, "ok")
            for row in predictions(subjects=len(clips), clips=1)]  # fmt: skip
    write_table(tmp_path / "run" / "predictions.parquet", rows, Prediction)
    seal(tmp_path / "run", "0" * 64)
    text = CLAIM.replace('"mae"', '"view"').replace('"mask"', '"frame"\nstatistic = "accuracy"')
    found = judge_run(read_run(tmp_path / "run"), _mine(tmp_path, text), {"generator": "telea"}, tmp_path / "out")
    right = sum(row.label == row.predicted for row in rows)
    assert found.estimates[0].value == pytest.approx(right / len(rows))
