"""`sonoproof readers analyse`: for people, for machines, and with files that are wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Runner = Callable[..., tuple[int, str, str]]
OURS = Path(__file__).resolve().parents[1] / "data" / "reader_study.csv"


def test_json_holds_the_figures_of_imrmc(run: Runner) -> None:
    """The middle of the scale 1 to 5 is 3, so that balanced accuracy is iMRMC's of scores above 3."""
    code, out, _ = run("readers", "analyse", OURS, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["schema_version"], found["threshold"], len(found["per_reader"])) == (1, 3.0, 6)
    (modality,) = found["per_modality"]
    assert modality["auc"]["result"]["value"] == pytest.approx(0.552407407407, abs=1e-12)
    assert modality["auc"]["result"]["p"] == pytest.approx(0.198051682556, abs=1e-12)
    assert modality["balanced_accuracy"]["result"]["low"] == pytest.approx(0.470561680242, abs=1e-12)
    assert [row["statistic"] for row in modality["agreement"]] == ["Fleiss' kappa", "Krippendorff's alpha (ordinal)"]
    assert {row["conclusion"] for row in modality["chance"]} == {"inconclusive"}
    assert found["difference"] is None


def test_people_get_tables_and_a_sentence(run: Runner) -> None:
    code, out, _ = run("readers", "analyse", OURS, "--margin", 0.2)
    assert code == 0
    assert "6 readers, 30 negative and 30 positive cases, 360 scores; positive above 3; intervals 95%" in out
    assert "0.552 [0.471 to 0.634]" in out
    assert "reader-averaged AUC was 0.552 (95% interval 0.471 to 0.634): within 0.2 of chance." in out


def test_two_modalities_are_compared(run: Runner, tmp_path: Path) -> None:
    lines = OURS.read_text().split()
    other = [line.replace(",m,", ",n,") for line in lines if ",m," in line]
    moved = [",".join([*line.split(",")[:3], str(6 - int(line.split(",")[3]))]) for line in other]
    path = tmp_path / "two.csv"
    path.write_text("\n".join([*lines, *moved]))
    code, out, _ = run("readers", "analyse", path, "--json")
    assert code == 0
    difference = json.loads(out)["difference"]
    assert difference["modality"] == "m minus n"
    assert difference["auc"]["result"]["value"] == pytest.approx(2 * (0.552407407407 - 0.5), abs=1e-11)
    code, out, _ = run("readers", "analyse", path)
    assert code == 0
    assert "m minus n" in out


def test_a_bad_file_is_refused_with_every_fault(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("readerID,caseID,modalityID,score\ntruth,a,truth,7\nr1,a,m,x\nr1,b,m,1\n")
    code, out, err = run("readers", "analyse", path)
    assert (code, out) == (2, "")
    for row in (2, 3, 4):
        assert f"row {row}:" in err
    assert run("readers", "analyse", tmp_path / "absent.csv")[0] == 2
