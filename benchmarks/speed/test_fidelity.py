"""Frame fidelity against the libraries that people use for it, at equal value, in one run.

    pytest benchmarks/speed/test_fidelity.py --benchmark-only -m "" -s

The figure in brackets is the ratio to the fastest of its group. One thread each. `another arm` is what a second arm of
a study costs, whose reference is known already. With -s the distance to the memory-bandwidth limit is printed: the
bytes that have to be touched (two frames of 8 bits read, of the map 64 bits a pixel written) over the speed of a plain
copy, both measured in this run. Libraries that are not installed are left out and say so. frame-analytics is in single
precision and not equal (tests/evalkit/metrics/test_ssim.py); the mean, which is compared here, is within 2e-5.
On a busy machine add `--benchmark-timer=time.process_time`; the plain copy is timed so in any case.
"""

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from evalkit.metrics.declare import Moment, Products
from evalkit.metrics.measure import measure_pair
from evalkit.metrics.registry import METRICS
from evalkit.metrics.ssim import ssim_map, ssim_map_at
from translator.clips.clip import Clip, mask_clip

Pixels = NDArray[np.uint8]
Work = Callable[[], float]
SIZES = [(112, 112), (256, 256), (708, 1016)]
FIVE_SCALES = 161  # pixels a side that MS-SSIM needs
SET = ["ssim[wang2004]", "ssim[skimage-uniform7]", "ms-ssim", "mae", "rmse", "psnr", "gmsd", "vif[pixel]"]
EQUAL = 2e-5  # single precision of the libraries on torch


def _pair(height: int, width: int) -> tuple[Pixels, Pixels]:
    rng = np.random.default_rng(0)
    grains = [cv2.GaussianBlur(part, (0, 0), 1.2) for part in rng.standard_normal((2, height, width))]
    real = np.clip(110 + 45 * np.log(np.hypot(*grains) + 0.05), 0, 255).astype(np.uint8)
    return real, np.clip(real + rng.normal(0, 8, real.shape), 0, 255).astype(np.uint8)


def _ours(real: Pixels, made: Pixels) -> Work:
    return lambda: float(ssim_map(real, made)[5:-5, 5:-5].mean())


def _another_arm(real: Pixels, made: Pixels) -> Work:
    known = Products()
    ssim_map_at(Moment(real, real, {}, None, known))
    return lambda: float(ssim_map_at(Moment(real, made, {}, None, known)).mean())


def _scikit_image(real: Pixels, made: Pixels) -> Work:
    theirs: Any = import_module("skimage.metrics")  # it has no types
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "full": True}
    return lambda: float(theirs.structural_similarity(real, made, **options)[0])


def _tensors(real: Pixels, made: Pixels) -> tuple[Any, Any]:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    first, second = (torch.from_numpy(frame)[None, None].float() for frame in (real, made))
    return first, second


def _piq(real: Pixels, made: Pixels) -> Work:
    piq, (first, second) = pytest.importorskip("piq"), _tensors(real, made)
    return lambda: float(piq.ssim(first, second, data_range=255.0, downsample=False))


def _pytorch_msssim(real: Pixels, made: Pixels) -> Work:
    theirs, (first, second) = pytest.importorskip("pytorch_msssim"), _tensors(real, made)
    return lambda: float(theirs.ssim(first, second, data_range=255))


def _torchmetrics(real: Pixels, made: Pixels) -> Work:
    theirs, (first, second) = pytest.importorskip("torchmetrics.functional.image"), _tensors(real, made)

    def work() -> float:
        full = theirs.structural_similarity_index_measure(first, second, data_range=255.0, return_full_image=True)[1]
        return float(full[..., 5:-5, 5:-5].mean())  # its border is filled in, and counts in its own mean

    return work


def _frame_analytics(real: Pixels, made: Pixels) -> Work:
    pytest.importorskip("torch")
    theirs = pytest.importorskip("frame_analytics")
    import torch

    first, second = torch.from_numpy(real), torch.from_numpy(made)
    return lambda: float(theirs.ssim(first, second, data_range=255.0, return_map=True).mean())


SSIMS = {
    "sonoproof": _ours, "sonoproof, another arm": _another_arm, "scikit-image": _scikit_image, "piq": _piq,
    "pytorch-msssim": _pytorch_msssim, "torchmetrics": _torchmetrics, "frame-analytics": _frame_analytics,
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SSIMS)
def test_ssim_map(benchmark: BenchmarkFixture, name: str, size: tuple[int, int]) -> None:
    benchmark.group = f"SSIM map, one frame of {size[0]} x {size[1]}"
    real, made = _pair(*size)
    expected = float(np.nanmean(ssim_map(real, made)))
    assert benchmark(SSIMS[name](real, made)) == pytest.approx(expected, abs=EQUAL)
    if name.startswith("sonoproof"):
        _tell_limit(benchmark, f"{name}, {size[0]} x {size[1]}", real.size * (1 + 1 + 8))


def _tell_limit(benchmark: BenchmarkFixture, what: str, touched: int) -> None:
    block = np.zeros(1 << 26, np.uint8)
    into, best = np.empty_like(block), float("inf")
    for _ in range(5):
        start = time.process_time()
        np.copyto(into, block)
        best = min(best, time.process_time() - start)
    bandwidth = 2 * block.size / best  # read and written
    if benchmark.stats is None:  # with --benchmark-disable
        return
    took = benchmark.stats.stats.min
    benchmark.extra_info["times the memory limit"] = round(took * bandwidth / touched, 1)
    print(
        f"\n{what}: {took * 1e3:.3f} ms; {touched / 1e6:.2f} MB at {bandwidth / 1e9:.1f} GB/s are "
        f"{touched / bandwidth * 1e3:.3f} ms: {took * bandwidth / touched:.0f} times the memory-bandwidth limit"
    )


def _set_of(size: tuple[int, int]) -> list[str]:
    """Without MS-SSIM where the frame is too small for it."""
    return [name for name in SET if name != "ms-ssim" or min(size) >= FIVE_SCALES]


def _set_ours(real: Pixels, made: Pixels) -> Work:
    first, second = Clip.from_array(real[None]), Clip.from_array(made[None])
    mask, sector = mask_clip(np.zeros(first.header.shape, np.bool_), first), np.ones(real.shape, np.bool_)
    metrics = [METRICS[name] for name in _set_of(real.shape)]
    return lambda: float(measure_pair(first, second, mask, sector, metrics, ["frame"])["psnr", "frame"])


def _set_one_by_one(real: Pixels, made: Pixels) -> Work:
    """As people do: scikit-image where it has the metric, else piq."""
    theirs: Any = import_module("skimage.metrics")

    piq, (first, second) = pytest.importorskip("piq"), _tensors(real, made)
    ours = _scikit_image(real, made)
    scales = "ms-ssim" in _set_of(real.shape)

    def work() -> float:
        ours()
        theirs.structural_similarity(real, made, data_range=255)
        if scales:
            piq.multi_scale_ssim(first, second, data_range=255.0)
        np.abs(real.astype(float) - made).mean()
        theirs.normalized_root_mse(real, made, normalization="min-max")
        piq.gmsd(first, second, data_range=255.0)
        piq.vif_p(second, first, data_range=255.0)
        return float(theirs.peak_signal_noise_ratio(real, made, data_range=255))

    return work


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["sonoproof", "scikit-image and piq"])
def test_whole_set(benchmark: BenchmarkFixture, name: str, size: tuple[int, int]) -> None:
    benchmark.group = f"{len(_set_of(size))} metrics of frame fidelity, one frame of {size[0]} x {size[1]}"
    real, made = _pair(*size)
    work = (_set_ours if name == "sonoproof" else _set_one_by_one)(real, made)
    expected = 10 * np.log10(255**2 / np.mean((real.astype(float) - made) ** 2))
    assert benchmark(work) == pytest.approx(expected, abs=1e-9)
    if name == "sonoproof":
        _tell_limit(benchmark, f"{len(_set_of(size))} metrics, {size[0]} x {size[1]}", real.size * 2)
