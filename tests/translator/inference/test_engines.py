"""Engines: the same picture from each, within the tolerance that the documents state; clear errors otherwise."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.translator.inference.networks import Small
from translator.artefacts import Store
from translator.errors import InputError
from translator.fill.evidence import MASK
from translator.inference import engines, tolerance
from translator.inference.engines import ORDER, has_openvino, open_engine, why_not
from translator.inference.generator import Generator, to_levels
from translator.inference.heads import Engine, Values
from translator.inference.names import ENGINES
from translator.inference.tolerance import TOLERANCES, Difference, clip_planes, difference
from translator.inference.torch_engine import TorchEngine
from translator.weights import shipped_names

needs_openvino = pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
SHA = "0" * 64


@pytest.fixture(scope="module")
def planes() -> Values:
    """Evidence of a simulated clip, (8, PLANES, 128, 128)."""
    return next(clip_planes(("a4c",), 3))


@pytest.fixture(autouse=True)
def _short_checks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clip to calibrate on and to check with, but in the slow tests."""
    if request.node.get_closest_marker("slow") is None:
        clips = [request.getfixturevalue("planes")]
        monkeypatch.setattr(tolerance, "clip_planes", lambda anatomies, seed: iter(clips))
        if has_openvino():
            from translator.inference import quantise

            monkeypatch.setattr(quantise, "clip_planes", lambda anatomies, seed: iter(clips))


def _open(name: str, network: torch.nn.Module, sha: str = SHA) -> Engine:
    fault = why_not(name)
    if fault is not None:
        pytest.skip(str(fault))
    return open_engine(name, network, sha, threads=1)


@needs_openvino
def test_openvino_gives_the_grey_levels_of_torch_for_any_size_and_number_of_pictures(planes: Values) -> None:
    network = Small(with_spread=False)
    torch_engine, openvino = open_engine("torch", network, SHA), open_engine("openvino", network, SHA)
    for part in (planes[:1], planes[:3, :, :40, :24], planes[:2, :, :8, :8], planes[:5, :, :72]):
        made, expected = openvino.run(part), torch_engine.run(part)
        assert made.spread is None
        assert made.refined.shape == (len(part), 1, *part.shape[2:])
        assert np.abs(made.refined - expected.refined).max() * 255 < 0.01
        levels = to_levels(made.refined).astype(int), to_levels(expected.refined).astype(int)
        assert np.abs(levels[0] - levels[1]).max() <= 1


@pytest.mark.parametrize("name", ENGINES)
def test_a_third_output_comes_back_as_the_spread_on_every_engine(
    name: str, planes: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tolerance, "TOLERANCES", dict.fromkeys(TOLERANCES, Difference(99.0, 255.0)))
    network = Small(with_spread=True)
    made, expected = _open(name, network, "3" * 64).run(planes[:2]), TorchEngine(network, "cpu", 1).run(planes[:2])
    assert made.spread is not None
    assert expected.spread is not None
    assert made.spread.dtype == np.float32
    assert np.abs(made.spread - expected.spread).max() < 0.05
    assert (made.spread[:, 0][planes[:2, MASK] == 0] == 0).all()


@pytest.mark.parametrize("name", [name for name in ENGINES if name in TOLERANCES])
def test_an_engine_that_rounds_is_opened_only_within_its_tolerance(
    name: str, planes: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Small(with_spread=False)
    engine, reference = _open(name, network), TorchEngine(network, "cpu", 1)
    found = difference(engine, reference, iter([planes]))
    assert 0 < found.mean <= TOLERANCES[name].mean
    assert found.p99 <= TOLERANCES[name].p99
    monkeypatch.setattr(tolerance, "TOLERANCES", {name: Difference(0.0, 0.0)})
    with pytest.raises(InputError, match="differ from float32 by"):
        open_engine(name, network, SHA, threads=1)


def test_auto_takes_the_first_that_can_run_and_is_within_its_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Small(with_spread=False)
    able = {name for name in ORDER if why_not(name) is None}
    assert open_engine("auto", network, SHA, threads=1).identity["engine"] == next(n for n in ORDER if n in able)
    monkeypatch.setattr(tolerance, "TOLERANCES", dict.fromkeys(TOLERANCES, Difference(0.0, 0.0)))
    exact = "openvino" if "openvino" in able else "torch"
    assert open_engine("auto", network, SHA, threads=1).identity["engine"] == exact
    monkeypatch.setattr(engines, "has_openvino", lambda: False)
    assert open_engine("auto", network, SHA, threads=1).identity["engine"] == "torch"
    assert "openvino-int8" not in ORDER


@pytest.mark.parametrize(
    ("name", "device", "message"),
    [
        ("tensorrt", "cpu", r"'tensorrt': is not known\. Give auto, torch, torch-bf16, openvino"),
        ("torch", "tpu", "'tpu': is not known. Give cpu, cuda or cuda:NUMBER"),
        ("torch", "cuda:99", "'cuda:99': is not here: torch finds"),
        ("torch", "cuda:-1", "is not known"),
    ],
)
def test_an_engine_or_device_that_cannot_be_had_is_a_clear_error(name: str, device: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_engine(name, Small(with_spread=False), SHA, device)


def test_without_openvino_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "has_openvino", lambda: False)
    with pytest.raises(InputError, match=r"not installed\. Install it with `pip install .sonoproof\[openvino\].`"):
        open_engine("openvino", Small(with_spread=False), SHA)


def test_only_torch_runs_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "check_device", lambda device: None)
    with pytest.raises(InputError, match="does not run on cuda"):
        open_engine("openvino", Small(with_spread=False), SHA, "cuda")


def test_threads_are_taken_for_the_run_and_given_back(planes: Values) -> None:
    before = torch.get_num_threads()
    engine = open_engine("torch", Small(with_spread=False), SHA, threads=before + 1)
    assert engine.identity["threads"] == before + 1
    engine.run(planes[:1])
    assert torch.get_num_threads() == before
    with pytest.raises(InputError, match=r"threads: is 0\. Give 1 or more"):
        open_engine("torch", Small(with_spread=False), SHA, threads=0)


@pytest.mark.parametrize("name", ENGINES)
def test_an_identity_says_engine_version_precision_device_and_threads(name: str) -> None:
    identity = _open(name, Small(with_spread=False)).identity
    assert identity["engine"] == name
    assert {"engine_version", "precision", "device", "threads"} <= set(identity)
    assert json.loads(json.dumps(identity)) == identity


@needs_openvino
def test_a_converted_network_is_kept_and_an_unwritable_cache_is_done_without(
    planes: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, made = Small(with_spread=False), list[str]()
    make = Store.make

    def spy(self: Store, stage: str, *arguments: object) -> Path:
        made.append(stage)
        return make(self, stage, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "make", spy)
    monkeypatch.setenv("SONOPROOF_CACHE", str(tmp_path / "kept"))
    first = open_engine("openvino", network, "1" * 64, threads=1).run(planes[:1]).refined
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.*")}
    assert len(files) == 2
    assert np.array_equal(open_engine("openvino", network, "1" * 64, threads=1).run(planes[:1]).refined, first)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.*")} == files
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SONOPROOF_CACHE", str(tmp_path / "file"))
    assert np.array_equal(open_engine("openvino", network, "1" * 64, threads=1).run(planes[:1]).refined, first)
    assert set(made) == {"openvino-float32"}


@needs_openvino
def test_openvino_is_loaded_without_the_package_that_reports_its_use() -> None:
    code = (
        "import sys; from translator.inference.openvino_engine import import_openvino; import_openvino();"
        "print(sys.modules['openvino_telemetry'], [n for n in sys.modules if n.startswith('openvino_telemetry.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None []"


@pytest.mark.slow
@pytest.mark.parametrize("weights", shipped_names())
@pytest.mark.parametrize("name", [name for name in ENGINES if name != "torch"])
def test_shipped_weights_stay_within_the_stated_tolerance(name: str, weights: str) -> None:
    reference = Generator(weights, threads=1)
    engine = _open(name, reference.network, reference.card.weights_sha256)
    found = difference(engine, reference.engine, clip_planes(("a4c", "liver", "psax"), 21))
    allowed = TOLERANCES.get(name, Difference(0.01, 0.05))
    print(f"{weights} {name}: mean {found.mean:.3f}, 99 % below {found.p99:.2f} grey levels")
    assert found.mean <= allowed.mean
    assert found.p99 <= allowed.p99


@needs_cuda
@pytest.mark.parametrize("weights", shipped_names())
def test_a_gpu_gives_the_grey_levels_of_the_cpu(weights: str, planes: Values) -> None:
    cpu, gpu = Generator(weights).engine, Generator(weights, device="cuda").engine
    expected, made = to_levels(cpu.run(planes).refined), to_levels(gpu.run(planes).refined)
    started = time.perf_counter()
    for _ in range(10):
        gpu.run(planes)
    print(
        f"{gpu.identity['gpu']}: {10 * len(planes) / (time.perf_counter() - started):.0f} frames a second of 128 x 128"
    )
    moved = np.abs(made.astype(int) - expected.astype(int))
    assert moved.max() <= 1
    assert moved.mean() < 0.01
