"""The verbs of claims: claims check, list and show; judge; plan freeze and verify; a run under a plan."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.seal import read_run
from translator.artefacts import file_digest

Runner = Callable[..., tuple[int, str, str]]
TESTS = Path(__file__).resolve().parents[1]
GOLDEN, STAMP = TESTS / "golden", TESTS / "data" / "timestamp"
CLAIMS = """
title = "Mine"
[[claims]]
id = "grey-is-exact"
sentence = "s"
arm = "generator"
metric = "mae"
region = "mask"
relation = "at_most"
reference = 1e-6
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


def test_check_says_what_is_in_a_good_file_and_lists_every_fault_of_a_bad_one(run: Runner, mine: Path) -> None:
    code, out, _ = run("claims", "check", mine)
    assert (code, "1 claims, 1 of them primary" in out) == (0, True)
    mine.write_text(CLAIMS.replace("relation", "relaton").replace("mae", "mea"), encoding="utf-8")
    code, _, err = run("claims", "check", mine)
    assert code == 2
    assert "claim 'grey-is-exact': relaton: unknown key 'relaton'. Did you mean 'relation'?" in err
    assert "claim 'grey-is-exact': metric: unknown metric 'mea'. Did you mean mae" in err


def test_the_packaged_claims_are_listed_and_shown(run: Runner) -> None:
    assert "tomic2025" in run("claims", "list")[1]
    assert "clinicians-chance" in run("claims", "list", "tomic2025")[1]
    code, out, _ = run("claims", "show", "tomic2025", "ssim-frame")
    assert code == 0
    for words in ("0.91", "arXiv:2511.03255", "why so", "unspecified"):
        assert words in out
    code, out, _ = run("claims", "show", "tomic2025", "--json")
    assert len(json.loads(out)["claims"]) == 15
    assert run("claims", "show", "tomic2025", "nothing")[0] == 2
    assert json.loads(run("claims", "list", "--json")[1])[0]["roles"] == ["diffusion", "generator", "real"]


def test_judge_seals_a_child_prints_verdicts_and_exits_as_run_does(run: Runner, mine: Path, tmp_path: Path) -> None:
    asked = ("judge", GOLDEN / "run", "--claims", mine, "--arm", "generator=grey")
    code, out, _ = run(*asked, "--out", tmp_path / "one")
    assert code == 1
    assert "Refuted (post hoc)" in out
    assert "judged post hoc" in out
    code, out, _ = run(*asked, "--out", tmp_path / "two", "--json")
    told = json.loads(out)
    assert (code, told["standing"], told["verdicts"][0]["outcome"]) == (1, "post hoc", "refuted")
    assert told["run_seal_sha256"] == read_run(GOLDEN / "run").record["seal_sha256"]
    assert told["estimates"][0]["id"] == told["claims"][0]["id"] == "grey-is-exact"


@pytest.mark.parametrize(
    ("arms", "words"),
    [((), "role 'generator' is played by no arm"), (("generator",), "has no role and arm"),
     (("generator=grey", "generator=telea"), "is given twice"), (("generator=gray",), "is no arm")],
)  # fmt: skip
def test_judge_names_what_is_wrong_with_the_arms(
    arms: tuple[str, ...], words: str, run: Runner, mine: Path, tmp_path: Path
) -> None:
    given = [part for arm in arms for part in ("--arm", arm)]
    code, _, err = run("judge", GOLDEN / "run", "--claims", mine, "--out", tmp_path / "out", *given)
    assert (code, words in err) == (2, True)


def test_a_plan_is_frozen_verified_and_followed(run: Runner, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "inputs", tmp_path / "inputs")
    study = tmp_path / "study.toml"
    text = (GOLDEN / "study.toml").read_text(encoding="utf-8")
    study.write_text(text, encoding="utf-8")
    code, out, _ = run("plan", "freeze", study, "--out", tmp_path / "plan.json")
    assert code == 0
    sha256 = file_digest(tmp_path / "plan.json")
    assert f"SHA-256 of the file: {sha256}" in out
    assert "local clock" in out
    assert "SD of subjects' means (no SD was assumed)" in out
    code, out, _ = run("plan", "verify", tmp_path / "plan.json", "--json")
    assert json.loads(out)["timestamp"] == {"status": "no token"}
    exclusion = '\n[[exclusions]]\nclip_id = "phantom-77-0006-0"\nreason = "motion"\n'
    study.write_text(text.replace("seed = 0", "seed = 1") + exclusion, encoding="utf-8")
    code, _, err = run("run", study, "--out", tmp_path / "run", "--plan", tmp_path / "plan.json")
    assert code == 1, err  # grey-is-exact is refuted here as there
    told = json.loads((tmp_path / "run" / "departures.json").read_text(encoding="utf-8"))
    assert told["analysis_plan_sha256"] == sha256
    fields = {departure["field"] for departure in told["departures"]}
    assert {"clips.phantom-77-0006-0", "inputs.phantom-77-0006-0"} <= fields
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert sha256 in page
    assert re.search(r"\d+ fields depart from it", page)
    assert "excluded, motion: 1 clip" in page
    assert "phantom-77" not in page
    code, _, err = run("run", study, "--out", tmp_path / "run")
    assert (code, "was begun under a frozen plan" in err) == (2, True)


def test_a_time_stamp_is_verified_or_refused(run: Runner, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed")
    plan = tmp_path / "plan.json"
    text = '{"kind": "analysis plan", "schema_version": 1, "frozen_at": "x", "clock": "y"}'
    plan.write_text(text, encoding="utf-8")
    code, _, err = run("plan", "verify", plan, "--timestamp", STAMP / "plan.tsr")
    assert (code, "is of another file" in err) == (2, True)
    code, _, err = run("plan", "verify", plan, "--timestamp-root", STAMP / "root.pem")
    assert (code, "is given without --timestamp" in err) == (2, True)
