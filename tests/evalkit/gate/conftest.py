"""Made-up runs: eight subjects in two views, two clips each, two metrics."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.records import Measurement
from evalkit.seal import Run

MakeRun = Callable[..., Run]
METRICS = {"mae": 10.0, "ssim[wang2004]": 0.7, "sharpness_ratio": 1.0}
CLIPS: list[dict[str, Any]] = [
    {"clip_id": f"c{number:02d}", "subject_id": f"s{number // 2}", "pairing": "simulated",
     "view": "A4C" if number < 16 else "PLAX", "site": None}
    for number in range(32)
]  # fmt: skip
PLAN: dict[str, Any] = {
    "study": {"population": {}},
    "clips": CLIPS,
    "inputs": {clip["clip_id"]: {"cfd": f"digest-{clip['clip_id']}"} for clip in CLIPS},
    "arms": {"generator": {"identity": {"weights": "w", "engine": "torch", "threads": 1}}},
    "metrics": ["mae|v1|grey levels", "ssim[wang2004]|v1|1", "sharpness_ratio|v1|1"],
    "regions": {"flow": 1},
}


@pytest.fixture
def make_run() -> MakeRun:
    """make_run(seed, noise, change, failed, plan): change(clip, metric) is added to the values; failed are clip ids."""

    def make(
        seed: int = 0,
        noise: float = 0.0,
        change: Callable[[dict[str, Any], str], float] = lambda clip, metric: 0.0,
        failed: tuple[str, ...] = (),
        **plan: Any,
    ) -> Run:
        own, by_run = np.random.default_rng(99), np.random.default_rng(seed)
        rows = []
        for clip in CLIPS:
            for metric, usual in METRICS.items():
                drawn = 0.1 * own.standard_normal() + noise * by_run.standard_normal()
                value = None if clip["clip_id"] in failed else usual * (1 + drawn) + change(clip, metric)
                who = "generator", clip["clip_id"], clip["subject_id"], metric, "mask", "simulated"
                lost = value is None
                rows.append(Measurement(*who, value, "failed" if lost else "ok", "it broke" if lost else ""))
        record = {"seal_sha256": f"seal-{seed}"}
        return Run(Path(f"run-{seed}"), record, PLAN | plan, rows, [], [], [], [], [], [], {})

    return make
