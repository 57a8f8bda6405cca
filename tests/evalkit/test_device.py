"""Where the judge's networks run: named by the study, recorded, part of every key, and refused where there is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.metrics.measure import measure_arms
from evalkit.metrics.perceptual import LPIPS, LPIPS_ALEX
from evalkit.metrics.registry import METRICS
from evalkit.plan import Plan, freeze
from evalkit.run import run_study
from evalkit.study import Study
from translator.artefacts import Store
from translator.clips.clip import Clip, mask_clip
from translator.errors import InputError

CopyStudy = Callable[[str], Path]
torch = pytest.importorskip("torch")
device = pytest.importorskip("evalkit.networks.device")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here")
GPU = {"name": "cuda", "gpu": "a made-up GPU", "capability": "9.0", "cuda": "12.4"}


def _freeze(folder: Path, **asked: Any) -> Plan:
    study = {"title": "t", "manifest": "data/manifest.csv", "metrics": ["mae"], "regions": ["frame"],
             "arms": [{"name": "grey", "translator": "trivial:grey"}], **asked}  # fmt: skip
    return freeze(Study.model_validate(study), folder, {})


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_gpu_that_is_not_there_is_refused_before_anything_is_run(copy_study: CopyStudy) -> None:
    with pytest.raises(InputError, match=r"study: device: 'cuda' is not there: torch .* sees no CUDA device") as caught:
        _freeze(copy_study("one"), device="cuda")
    assert 'Set it to "cpu"' in str(caught.value)


def test_the_processor_is_the_default_and_any_other_device_a_fault() -> None:
    asked = {"title": "t", "manifest": "m.csv", "arms": [{"name": "grey", "translator": "trivial:grey"}]}
    assert Study.model_validate(asked).device == "cpu"
    with pytest.raises(ValueError, match="'cpu' or 'cuda'"):
        Study.model_validate({**asked, "device": "tpu"})


def test_the_device_stands_in_the_plan_and_nothing_measured_on_another_is_taken_for_it(
    copy_study: CopyStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = copy_study("one"), Store(tmp_path / "cache")
    on_cpu = _freeze(folder)
    run_study(on_cpu, tmp_path / "cpu", store, lambda *_: None)
    kept = sorted((tmp_path / "cache" / "measurement").glob("*/*"))
    monkeypatch.setattr(device, "described_device", lambda name: GPU)
    on_gpu = _freeze(folder, device="cuda")
    assert "device" not in on_cpu.document
    assert on_gpu.document["device"] == GPU
    assert on_gpu.document["study"]["device"] == "cuda"
    run_study(on_gpu, tmp_path / "gpu", store, lambda *_: None)  # MAE needs no network: no GPU is asked for
    now = sorted((tmp_path / "cache" / "measurement").glob("*/*"))
    assert len(now) == 2 * len(kept) == 14
    assert set(kept) < set(now)


def test_networks_of_metrics_are_asked_for_on_the_device_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(name: str) -> Any:
        asked.append(name)
        raise InputError([])

    monkeypatch.setattr("evalkit.metrics.perceptual.LPIPS_ALEX", LPIPS_ALEX._replace(load=load))
    clip = Clip.from_array(np.zeros((1, 32, 32), np.uint8))
    everywhere = np.ones((32, 32), np.bool_)
    for name in ("cpu", "cuda"):
        measure_arms(clip, {"a": clip}, mask_clip(everywhere[None], clip), everywhere, [LPIPS], ["frame"], device=name)
    assert asked == ["cpu", "cuda"]


@needs_cuda
@pytest.mark.parametrize("name", ["lpips[alex-v0.1]", "lpips_map[alex-v0.1]", "stlpips[alex-vst0.0]"])
def test_a_gpu_gives_the_values_of_the_processor(name: str) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (2, 2, 96, 80), dtype=np.uint8)
    real, made = (Clip.from_array(each) for each in frames)
    everywhere = np.ones((96, 80), np.bool_)
    hidden = mask_clip(np.broadcast_to(everywhere, (2, 96, 80)), real)
    values = []
    for where in ("cpu", "cuda"):
        rows = measure_arms(real, {"a": made}, hidden, everywhere, [METRICS[name]], ["frame"], device=where)["a"]
        assert not isinstance(rows, Exception)
        values.append(rows[name, "frame"])
    if isinstance(values[0], str):
        pytest.skip(values[0])
    assert values[1] == pytest.approx(values[0], abs=1e-5)
