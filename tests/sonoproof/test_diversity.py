"""The verb `diversity`: over a manifest and over a study, its files, its plan, its gate on coverage."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evalkit import backbones, embedding
from translator.clips.manifest import Entry, read_manifest, write_manifest
from translator.simulate.dataset import PhantomSet, write_phantoms

Runner = Callable[..., tuple[int, str, str]]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """12 greyscale clips of site A and 2 of B, 6 coloured ones of B and 2 of C, of 10 subjects; files are empty."""
    (tmp_path / "clip.npz").touch()
    rows = [("A", "greyscale")] * 12 + [("B", "greyscale")] * 2 + [("B", "cfd")] * 6 + [("C", "cfd")] * 2
    entries = [
        Entry.model_validate({"clip_id": f"c{i:02d}", "subject_id": f"s{i % 10}", "split": "test", "site": site,
                              "view": "[bold]A4C", column: "clip.npz"})
        for i, (site, column) in enumerate(rows)
    ]  # fmt: skip
    write_manifest(tmp_path / "manifest.csv", entries)
    return tmp_path / "manifest.csv"


def test_files_hold_what_is_printed(run: Runner, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, _ = run("diversity", manifest, "--out", out, "--balance", "site", "--resamples", 199, "--json")
    assert code == 0
    document = json.loads((out / "diversity.json").read_text())
    assert json.loads(said) == document
    assert (document["before"], document["after"]) == (14, 22)
    assert [column["column"] for column in document["columns"]] == ["view", "site"]
    with (out / "levels.csv").open(newline="") as file:
        levels = {row["level"]: row for row in csv.DictReader(file)}
    assert (levels["B"]["before"], levels["B"]["added"], levels["C"]["under_represented"]) == ("2", "6", "True")
    with (out / "plan.csv").open(newline="") as file:
        plan = list(csv.DictReader(file))
    assert [row["level"] for row in plan] == ["C", "C", *["B"] * 6]
    assert (out / "levels.svg").read_text().startswith("<svg")


def test_the_plan_keeps_to_its_caps_and_the_share_is_that_of_the_plan(
    run: Runner, manifest: Path, tmp_path: Path
) -> None:
    asked = ("--balance", "site", "--at-most", 3, "--under", "site=B", "--under", "site=C", "--resamples", 199)
    code, said, _ = run("diversity", manifest, "--out", tmp_path / "out", *asked, "--json")
    document = json.loads(said)
    assert code == 0
    assert len(document["chosen"]) == 3
    share = document["planned"]["changes"][0]
    assert share["after"]["value"] == pytest.approx(5 / 17)
    assert share["before"]["value"] == pytest.approx(2 / 14)


def test_it_is_printed_for_people_and_levels_are_text(run: Runner, manifest: Path, tmp_path: Path) -> None:
    code, said, _ = run("diversity", manifest, "--out", tmp_path / "out", "--resamples", 199)
    assert code == 0
    assert "22 clips: 14 with greyscale, 22 after translation" in said
    assert "[bold]A4C" in said
    assert "share of under-represented" in said


def test_wrong_options_are_refused_with_what_there_is(run: Runner, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for options, words in (
        (("--by", "colour"), "column colour"),
        (("--under", "site"), "is not COLUMN=LEVEL"),
        (("--under", "site=Z"), "has no level 'Z'"),
        (("--backbone", "efficientnet-lite0"), "Give a study"),
        (("--split", "train"), "has no clips of split 'train'"),
    ):
        code, _, err = run("diversity", manifest, "--out", out, *options)
        assert (code, words in err) == (2, True), err
    assert not out.exists()
    out.mkdir()
    assert run("diversity", manifest, "--out", out)[0] == 2


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight small phantoms, of which four have lost their greyscale; study.toml beside the manifest."""
    tmp_path = tmp_path_factory.mktemp("phantoms")
    entries = write_phantoms(tmp_path, PhantomSet(8, 5, "a4c", 1, frames=4, size=48), lambda done, total: None)
    lone = {"greyscale": None, "mask": None, "segmentation": None, "pairing": "unpaired"}
    write_manifest(tmp_path / "manifest.csv",
                   [e.model_copy(update=lone) if i % 2 else e for i, e in enumerate(entries)])  # fmt: skip
    study = ('title = "t"\nmanifest = "manifest.csv"\nmetrics = ["mae"]\n'
             '[[arms]]\nname = "telea"\ntranslator = "trivial:telea"\n')  # fmt: skip
    (tmp_path / "study.toml").write_text(study)
    return tmp_path


def test_clips_above_the_coverage_are_not_translated(run: Runner, phantoms: Path) -> None:
    shares = {}
    for below in (0.0, 1.0):
        code, said, _ = run("diversity", phantoms / "manifest.csv", "--out", phantoms / f"out{below}", "--by", "site",
                            "--coverage-below", below, "--resamples", 99, "--json")  # fmt: skip
        assert code == 0
        document = json.loads(said)
        shares[below] = document["after"], document["refused"]
    assert shares == {0.0: (4, 4), 1.0: (8, 0)}


def test_a_study_embeds_what_its_arm_makes_of_the_added_clips(
    run: Runner, phantoms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(frames: np.ndarray) -> np.ndarray:
        return np.stack([frames.mean(axis=(1, 2)), frames.std(axis=(1, 2))], axis=1).astype(np.float32)

    for module in (backbones, embedding):
        monkeypatch.setattr(module, "extractor", lambda backbone, device="cpu": extract)
    code, said, _ = run("diversity", phantoms / "study.toml", "--out", phantoms / "out", "--by", "site", "--backbone",
                        "efficientnet-lite0", "--resamples", 99, "--json")  # fmt: skip
    assert code == 0
    vectors = json.loads(said)["vectors"]
    assert (vectors["arm"], vectors["n_before"], vectors["n_after"]) == ("telea", 4, 8)
    assert len(vectors["changes"]) == 3
    assert len(read_manifest(phantoms / "manifest.csv").entries) == 8
