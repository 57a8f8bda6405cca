"""`translate` and `mask` over a folder of files that lie: the good ones are done, each bad one has its own fault."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sonoproof.cli.app import app
from tests.translator.clips.lying_files import cases
from translator.clips.clip import Clip
from translator.clips.read import read_clip
from translator.clips.write import write_clip


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every file that must be refused, under a stem of its own, as results are named by stem."""
    folder = tmp_path_factory.mktemp("bad")
    paths = []
    for index, case in enumerate(case for case in cases() if case.shape is None):
        path = folder / replace(case, name=f"{index:03d}-{case.name}").name
        case.make(path)
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    frames = np.full((3, 48, 64, 3), 90, np.uint8)
    frames[:, 10:30, 20:40] = (200, 30, 30)
    folder = tmp_path_factory.mktemp("good")
    written = [write_clip(folder / name, Clip.from_array(frames, 25.0), "npz") for name in ("first.npz", "last.npz")]
    return [Path(path) for path in written]


@pytest.mark.parametrize(
    ("verb", "options"), [("translate", ["--model", "trivial:telea", "--format", "npz"]), ("mask", [])]
)
def test_good_clips_are_done_and_each_bad_file_has_its_own_fault(
    verb: str, options: list[str], bad: list[Path], good: list[Path], tmp_path: Path
) -> None:
    inputs = [good[0], *bad, good[1]]
    ran = CliRunner().invoke(app, [verb, *map(str, inputs), "--out", str(tmp_path / "out"), "--json", *options])
    assert isinstance(ran.exception, SystemExit)  # and no other exception
    assert ran.exit_code == 2
    found = json.loads(ran.stdout)
    assert [Path(row["input"]) for row in found["done"]] == good
    assert [read_clip(row["output"]).header.frames for row in found["done"]] == [3, 3]
    assert len(found["faults"]) == len(bad)
    for path, fault in zip(bad, found["faults"], strict=True):
        assert path.stem in fault["where"] or path.name in fault["where"]
        assert fault["remedy"]
    assert "Traceback" not in ran.stderr
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []
