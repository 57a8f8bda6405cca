"""Time and peak memory of the report of a large run, whose measurements are made up.

    python -m benchmarks.speed.report [--clips 500] [--arms 4] [--keep FOLDER]

The run has `--clips` clips of half as many subjects, six metrics in five regions, two strata and slopes; its clips are
eight simulated ones over and over, as only the exhibits are looked at. Its tables are written by the stages of
any run; the report is then made in a fresh process on one thread, and its wall time, processor time, peak resident size
and the page's size are printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np

from evalkit.measuring import Stores
from evalkit.plan import Plan, freeze
from evalkit.records import ClipFacts, Measurement
from evalkit.run import run_study
from evalkit.study import Study
from translator.artefacts import Store, digest
from translator.clips.digest import clip_digest
from translator.clips.manifest import Entry, write_manifest
from translator.simulate.dataset import PhantomSet, write_phantoms

METRICS = ("ssim[wang2004]", "mae", "psnr", "gmsd", "sharpness_ratio", "change")
ARMS = ("telea", "temporal-median", "grey", "nearest", "blur", "black-hole")
PHANTOMS = PhantomSet(subjects=8, seed=3, clips_per_subject=1, frames=48, size=256)
_REPORT = """
import json, resource, sys, time
start, busy = time.perf_counter(), time.process_time()
from pathlib import Path
from evalkit.seal import read_run
from reports import write_report
made = write_report(read_run(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps({"seconds": round(time.perf_counter() - start, 1),
                  "processor_seconds": round(time.process_time() - busy, 1),
                  "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                  "page_mb": round(made.stat().st_size / 1e6, 1)}))
"""


def make_run(folder: Path, clips: int, arms: int) -> Path:
    """A sealed run of that many clips, with made-up measurements."""
    made = write_phantoms(folder, PHANTOMS, _quiet)
    entries = [_entry(made[i % len(made)], i) for i in range(clips)]
    write_manifest(folder / "manifest.csv", entries)
    names = ARMS[:arms]
    claim = {"metric": "mae", "region": "mask", "arm": names[0]}
    study = Study.model_validate(
        {
            "title": f"{clips} clips with made-up measurements",
            "manifest": "manifest.csv",
            "metrics": list(METRICS),
            "strata": ["anatomy", "coverage"],
            "arms": [{"name": name, "translator": f"trivial:{name}"} for name in names],
            "claims": [
                {**claim, "id": "near", "sentence": "MAE is at most 20.", "relation": "at_most", "reference": 20.0},
                {
                    **claim,
                    "id": "ahead",
                    "sentence": "It beats the second.",
                    "relation": "superior",
                    "against": names[1],
                },
            ],
        }
    )
    known = patch("evalkit.plan.clip_digest", cache(clip_digest))  # the same few files, over and over
    with known, patch("evalkit.run.measured", _measured), patch("evalkit.run.facts_of", _facts):
        run_study(freeze(study, folder, {}), folder / "run", Store(folder / "cache"), _quiet)
    return folder / "run"


def _entry(of: Entry, number: int) -> Entry:
    return of.model_copy(update={"clip_id": f"clip{number:04d}", "subject_id": f"subject{number // 2:04d}",
                                 "segmentation": None})  # fmt: skip


def _quiet(*_: object) -> None:
    """Progress is not told."""


def _random(*key: str) -> np.random.Generator:
    return np.random.default_rng(int(digest(list(key))[:12], 16))


def _measured(plan: Plan, entry: Entry, _: Stores) -> Mapping[str, list[Measurement]]:
    """Values that differ by arm, subject and clip, within the bounds of each metric."""
    rows: dict[str, list[Measurement]] = {}
    for place, arm in enumerate(plan.arms):
        random = _random(entry.subject_id, entry.clip_id, arm.name)
        rows[arm.name] = []
        for name, metric in plan.declared.items():
            low, high = metric.bounds
            top = min(high, low + 40.0)
            for region in plan.study.regions:
                value = float(low + (top - low) * random.beta(3 + place, 5))
                ids = arm.name, entry.clip_id, entry.subject_id
                rows[arm.name].append(Measurement(*ids, name, region, entry.pairing, value, "ok"))
    return rows


def _facts(_: Plan, entry: Entry, __: Stores) -> ClipFacts:
    share = float(_random(entry.clip_id).uniform(0.02, 0.5))
    return ClipFacts(entry.clip_id, entry.subject_id, PHANTOMS.frames, PHANTOMS.fps, share)


def measure(run: Path, page: Path) -> dict[str, float]:
    """Report a run in a fresh process."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")}
    command = [sys.executable, "-c", _REPORT, str(run), str(page)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **one})
    found: dict[str, float] = json.loads(said.stdout)
    return found


def main() -> None:
    """Make the run, report it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--arms", type=int, default=4, choices=range(2, len(ARMS) + 1))
    parser.add_argument("--keep", type=Path, help="folder that keeps run and page; a run that is there is taken")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        sealed = (folder / "run" / "run.json").is_file()
        run = folder / "run" if sealed else make_run(folder, asked.clips, asked.arms)
        print(json.dumps({"clips": asked.clips, "arms": asked.arms, **measure(run, folder / "page.html")}))


if __name__ == "__main__":
    main()
