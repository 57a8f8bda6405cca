"""Engines on the command line and in studies: named, pinned, and refused with a remedy."""

import json
from pathlib import Path

import numpy as np
import pytest

from evalkit.arms.load import load_arm
from sonoproof.wiring import schemes
from tests.conftest import Runner
from translator.clips.clip import Clip, mask_clip
from translator.clips.npz import write_npz
from translator.clips.read import read_clip
from translator.errors import InputError
from translator.inference.engines import has_openvino
from translator.simulate.heart import heart_clip
from translator.weights import DEFAULT

needs_openvino = pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A coloured clip, and its mask in masks/."""
    rng = np.random.default_rng(0)
    grey, _, _ = heart_clip(rng, rng, 3, 64, 25.0)
    frames = np.stack([grey] * 3, axis=-1)
    mask = np.zeros(grey.shape, np.bool_)
    mask[:, 28:38, 28:40] = True
    frames[mask] = (230, 40, 20)
    (tmp_path / "masks").mkdir()
    colour = Clip.from_array(frames, 25.0)
    write_npz(tmp_path / "clip.npz", colour)
    write_npz(tmp_path / "masks" / "clip.npz", mask_clip(mask, colour))
    return tmp_path / "clip.npz"


@pytest.mark.parametrize("engine", ["torch", pytest.param("openvino", marks=needs_openvino)])
def test_translate_says_what_ran_and_goes_on_after_a_bad_file(
    run: Runner, clip: Path, tmp_path: Path, engine: str
) -> None:
    (tmp_path / "bad.npz").write_bytes(b"no clip")
    code, out, err = run(
        "translate", tmp_path / "bad.npz", clip, "--mask", tmp_path / "masks", "--out", tmp_path / "out",
        "--format", "npz", "--engine", engine, "--threads", 1, "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 2
    assert [Path(fault["where"]).name for fault in result["faults"]] == ["bad.npz"]
    (row,) = result["done"]
    assert (row["engine"]["engine"], row["engine"]["threads"], row["engine"]["precision"]) == (engine, 1, "float32")
    assert f"engine: {engine} (" in err
    assert read_clip(tmp_path / "out" / "clip.npz").header.frames == 3


def test_two_engines_write_the_same_grey_levels_within_one(run: Runner, clip: Path, tmp_path: Path) -> None:
    made = []
    for name in ("torch", "auto"):
        code, _, err = run(
            "translate", clip, "--mask", tmp_path / "masks", "--out", tmp_path / name, "--format", "npz",
            "--engine", name,
        )  # fmt: skip
        assert code == 0, err
        made.append(read_clip(tmp_path / name / "clip.npz").array().astype(int))
    moved = np.abs(made[0] - made[1])
    assert np.percentile(moved, 99) <= 1
    assert moved.mean() < 0.25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--engine", "tensorrt"), "tensorrt"),
        (("--device", "gpu"), "device 'gpu': is not known"),
        (("--threads", "0"), "threads"),
        (("--model", "trivial:grey", "--engine", "torch"), "has no engine to choose. Leave out --engine"),
        (("--model", f"weights:{DEFAULT}?engin=torch"), "option 'engin' that is not known"),
    ],
    ids=["engine", "device", "threads", "trivial", "option"],
)
def test_what_cannot_be_asked_is_bad_input(
    run: Runner, clip: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = run("translate", clip, "--out", tmp_path / "out", *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_an_arm_of_a_study_runs_on_torch_in_float32_unless_it_names_an_engine(tmp_path: Path) -> None:
    identity = load_arm("a", f"weights:{DEFAULT}", tmp_path, schemes(tmp_path)).identity
    assert (identity["engine"], identity["precision"], identity["device"]) == ("torch", "float32", "cpu")
    named = load_arm("a", f"weights:{DEFAULT}?engine=torch&threads=1&device=cpu", tmp_path, schemes(tmp_path)).identity
    assert named["threads"] == 1


@needs_openvino
def test_an_arm_can_name_its_engine_and_is_then_another_arm(tmp_path: Path) -> None:
    first, second = (
        load_arm("a", f"weights:{DEFAULT}?engine={name}", tmp_path, schemes(tmp_path)).identity
        for name in ("torch", "openvino")
    )
    assert second["engine"] == "openvino"
    assert first["weights"] == second["weights"]
    assert first != second


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("engine=auto", "a study names its engine. Give engine=torch"),
        ("engine=tensorrt", "'tensorrt': is not known. Give auto, torch"),
        ("threads=two", "threads is 'two'. Give a number"),
        ("threads=0", "threads: is 0"),
        ("engine=torch&engine=torch", "option 'engine' that is not known or given twice"),
        ("torch", "option 'torch' that is not known"),
    ],
)
def test_an_arm_with_an_option_that_cannot_be_is_refused(tmp_path: Path, query: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_arm("a", f"weights:{DEFAULT}?{query}", tmp_path, schemes(tmp_path))


def test_export_writes_an_onnx_file(run: Runner, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    code, out, err = run("export", DEFAULT, "--onnx", tmp_path / "a.onnx", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert result["bytes"] == (tmp_path / "a.onnx").stat().st_size
    assert result["metadata"]["card"] == DEFAULT
    assert run("export", "nobody", "--onnx", tmp_path / "b.onnx")[0] == 2
    assert not (tmp_path / "b.onnx").exists()
