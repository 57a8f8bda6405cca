"""What each metric of texture and time costs a frame, as a ratio to the SSIM map of the same frame.

    pytest benchmarks/speed/test_texture_time.py --benchmark-only -m "" -s

A clip of 12 frames of 256 x 256 with a mask over a ninth of it is measured as a study measures it, by one metric at a
time, in the regions frame, mask and seam, one thread. Metrics that share what they compute of a frame (both of the
Nakagami shape, of histograms, of frame order) cost less together than apart. With -s milliseconds a frame and the ratio
are printed; no other library has these metrics on ultrasound clips, so there is no peer to compare with. On a busy
machine add `--benchmark-timer=time.process_time`; the map is timed so in any case.
"""

import time
from functools import cache

import cv2
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from evalkit.metrics.measure import measure_arms
from evalkit.metrics.registry import METRICS
from evalkit.metrics.ssim import ssim_map
from translator.clips.clip import Clip, mask_clip

SIDE, FRAMES, MARGIN = 256, 12, 85
FIDELITY = ("ssim[wang2004]", "ssim[skimage-uniform7]", "ms-ssim", "mae", "rmse", "psnr", "gmsd", "vif[pixel]")
NAMES = [name for name, metric in METRICS.items() if name not in (*FIDELITY, "change") and not metric.weights]


@cache
def _clips() -> tuple[Clip, Clip, Clip, Clip]:
    """Speckle that moves a pixel a frame, its blur with noise, the mask, and a segmentation."""
    rng = np.random.default_rng(0)
    grains = [cv2.GaussianBlur(part, (0, 0), 1.2) for part in rng.standard_normal((2, SIDE + FRAMES, SIDE))]
    whole = np.clip(110 + 45 * np.log(np.hypot(*grains) + 0.05), 0, 255).astype(np.uint8)
    real = np.stack([whole[FRAMES - t :][:SIDE] for t in range(FRAMES)])
    made = np.stack([cv2.GaussianBlur(frame, (0, 0), 0.7) for frame in real]) + rng.normal(0, 6, real.shape)
    hidden = np.zeros(real.shape, np.bool_)
    hidden[:, MARGIN:-MARGIN, MARGIN:-MARGIN] = True
    labels = np.zeros(real.shape, np.uint8)
    labels[:, 100:130, 100:130] = 1
    clip = Clip.from_array(real, spacing_mm=(0.3, 0.3))
    return (
        clip,
        Clip.from_array(np.clip(made, 0, 255).astype(np.uint8)),
        mask_clip(hidden, clip),
        Clip.from_array(labels),
    )


@cache
def _map_seconds() -> float:
    """Best time of one SSIM map of one frame of the clip."""
    real, made = (next(clip.frames()) for clip in _clips()[:2])
    best = float("inf")
    for _ in range(50):
        start = time.process_time()
        ssim_map(real, made)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("name", NAMES)
def test_one_metric(benchmark: BenchmarkFixture, name: str) -> None:
    cv2.setNumThreads(1)
    benchmark.group = f"metrics of texture and time, {FRAMES} frames of {SIDE} x {SIDE}"
    metric = METRICS[name]
    regions = [region for region in metric.regions if region in ("frame", "mask", "seam")]
    real, made, mask, labels = _clips()
    sector = np.ones((SIDE, SIDE), np.bool_)

    def work() -> object:
        return measure_arms(real, {"": made}, mask, sector, [metric], regions, labels=labels)[""]

    found = benchmark(work)
    assert not isinstance(found, Exception)
    if benchmark.stats is None:  # with --benchmark-disable
        return
    each = benchmark.stats.stats.min / FRAMES
    benchmark.extra_info["times the SSIM map"] = round(each / _map_seconds(), 1)
    print(f"\n{name}: {each * 1e3:.2f} ms a frame, {each / _map_seconds():.1f} times the SSIM map")
