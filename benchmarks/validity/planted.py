"""Does the trial catch what it should? Faults planted in good translations, from none to gross.

    python -m benchmarks.validity.planted --out FOLDER [--subjects 100] [--frames 12] [--size 64] [--seed 0]

A good generator (the temporal fill, with noise of 3 grey levels of its own in what was hidden) translates simulated
clips twice, with other noise: the baseline and the candidate. Into the candidate faults are planted. Margins are
calibrated on such pairs without a fault. The gate then judges the candidate, at n = 20, 40 and 100 subjects: a fault
counts as seen at a strength if the gate is red in 80 of 100 draws of n subjects. Prints which strength that is, which
endpoint was red first, and how often the gate is red without a fault.

Measured clips are kept in FOLDER: a run that was killed goes on.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.validity.faults import FAULTS, Fault, Frames, Scene
from evalkit.arms.temporal import temporal_fill
from evalkit.gate.judge import Judgement, differences, judge
from evalkit.gate.margins import Endpoint, Margins, calibrate
from evalkit.identical import identical
from evalkit.metrics.measure import measure_arms
from evalkit.metrics.registry import METRICS
from evalkit.records import Measurement, read_table, write_table
from evalkit.seal import Run
from evalkit.untouched import altered
from translator.clips.clip import Clip, grey_clip, mask_clip
from translator.clips.manifest import Manifest, read_manifest
from translator.clips.read import read_clip, read_mask
from translator.simulate.dataset import PhantomSet, write_phantoms

ENDPOINTS = (
    ("ssim[wang2004]", "mask"), ("mae", "mask"), ("mae", "unmasked"), ("sharpness_ratio", "mask"),
    ("spectrum_distance", "mask"), ("histogram_distance[wasserstein]", "mask"), ("temporal_error", "mask"),
    ("frozen_share", "mask"), ("misaligned_share", "frame"), ("seam_visibility", "seam"),
)  # fmt: skip
UNTOUCHED = ("change", "unmasked")
NUMBERS, DRAWS, SEEN = (20, 40, 100), 50, 0.8
NOISE, NULLS = 3.0, 12  # grey levels; candidates without a fault
ANY = 1e-9


@dataclass(frozen=True)
class Asked:
    """What is simulated."""

    subjects: int
    frames: int
    size: int
    seed: int


def arms() -> dict[str, tuple[Fault | None, float]]:
    """Arm -> fault and strength: the baseline, candidates without a fault, and one for each fault and strength."""
    found: dict[str, tuple[Fault | None, float]] = {"baseline": (None, 0.0)}
    found |= {f"none-{number}": (None, 0.0) for number in range(NULLS)}
    return found | {f"{fault.name}|{strength:g}": (fault, strength) for fault in FAULTS for strength in fault.strengths}


def measured(clips: Manifest, index: int, asked: Asked) -> list[Measurement]:
    """The rows of all arms on one clip."""
    entry, count = clips.entries[index], len(clips.entries)
    real, made, grey, hidden = _good(clips, index)
    other, training = _good(clips, (index + 1) % count)[1], _good(clips, (index + count // 2) % count)[0]
    tests = {}
    for number, (name, (fault, strength)) in enumerate(arms().items()):
        draw = np.random.default_rng((asked.seed, index, number))
        noisy = np.clip(np.rint(made + NOISE * draw.standard_normal(made.shape)), 0, 255).astype(np.uint8)
        scene = Scene(real, np.where(hidden, noisy, made), grey, hidden, other, training, draw)
        tests[name] = Clip.from_array(scene.made if fault is None else fault.planted(scene, strength))
    truth = Clip.from_array(real)
    mask = mask_clip(hidden, truth)
    metrics = [METRICS[name] for name in dict.fromkeys(name for name, _ in (*ENDPOINTS, UNTOUCHED))]
    regions = sorted({region for _, region in (*ENDPOINTS, UNTOUCHED)})
    whole = np.ones(real.shape[1:], np.bool_)
    found = measure_arms(truth, tests, mask, whole, metrics, regions, mask, Clip.from_array(grey))
    rows = []
    for name, values in found.items():
        if isinstance(values, Exception):
            raise values
        for (metric, region), value in values.items():
            if (metric, region) in (*ENDPOINTS, UNTOUCHED):
                lost = isinstance(value, str)
                rows.append(Measurement(name, entry.clip_id, entry.subject_id, metric, region, entry.pairing,
                                        None if isinstance(value, str) else value,
                                        "undefined" if lost else "ok", str(value) if lost else ""))  # fmt: skip
    return rows


def _good(clips: Manifest, index: int) -> tuple[Frames, Frames, Frames, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Real, good translation, luma of the colour and what it hides: (T, H, W) each. The painted mask is taken."""
    entry = clips.entries[index]
    files = {column: clips.file(entry, column) for column in ("greyscale", "cfd", "mask")}
    cfd, real = read_clip(_there(files["cfd"])), grey_clip(read_clip(_there(files["greyscale"]))).array()
    hidden = read_mask(_there(files["mask"]), cfd).array() > 127
    grey = np.where(hidden, grey_clip(cfd).array(), real)
    return real, np.where(hidden, temporal_fill(grey, hidden), real), grey, hidden


def _there(file: Path | None) -> Path:
    if file is None:
        raise ValueError("a simulated clip has all its files")
    return file


class Trial:
    """Gates on the measured arms."""

    def __init__(self, clips: Manifest, rows: Sequence[Measurement], seed: int) -> None:
        """`rows` are of all arms."""
        self.entries = clips.entries
        self.by_arm: dict[str, list[Measurement]] = {}
        for row in rows:
            self.by_arm.setdefault(row.arm, []).append(row)
        self.rng = np.random.default_rng(seed)
        nulls = [name for name in self.by_arm if name.startswith("none-")]
        self.used, self.kept = nulls[: NULLS // 2], nulls[NULLS // 2 :]
        self.margins = self._calibrated()

    def _calibrated(self) -> Margins:
        """Margins from half of the candidates without a fault; the other half tells how often the gate is red."""
        everyone = [entry.subject_id for entry in self.entries]
        runs = [self._run(name, everyone) for name in ("baseline", *self.used)]
        found = []
        for metric, region in ENDPOINTS:
            pairs = [differences(runs[0], other, ("arm", "arm"), metric, region) for other in runs[1:]]
            if any(pair.mean.value for pair in pairs):
                found.append(calibrate(metric, region, pairs).endpoint)
            else:  # good candidates never differ in it: any difference is news
                found.append(Endpoint(metric=metric, region=region, margin=ANY, clip_margin=ANY))
        return Margins(endpoints=found)

    def gate(self, arm: str, subjects: Sequence[str]) -> Judgement:
        """The gate on some of the subjects."""
        return judge(self._run("baseline", subjects), self._run(arm, subjects), ("arm", "arm"), self.margins)

    def red(self, arm: str, number: int) -> tuple[float, Counter[str]]:
        """Share of red gates over draws of `number` subjects, and how often each endpoint was red."""
        everyone = sorted({entry.subject_id for entry in self.entries})
        draws = 1 if number >= len(everyone) else DRAWS
        count, endpoints = 0, Counter[str]()
        for _ in range(draws):
            chosen = everyone if draws == 1 else list(self.rng.choice(everyone, number, replace=False))
            found = self.gate(arm, chosen)
            regressed = {each.endpoint.name for each in found.of("regressed")}
            regressed |= {f"single clips: {each.endpoint}" for each in found.broken}
            own = [row for row in self.by_arm[arm] if row.subject_id in set(chosen)]
            regressed |= {"pixels altered outside the mask"} if altered(own) else set()
            regressed |= {"clips identical to the real ones"} if identical(own) else set()
            count += bool(regressed)
            endpoints.update(regressed)
        return count / draws, endpoints

    def _run(self, arm: str, subjects: Sequence[str]) -> Run:
        chosen = set(subjects)
        clips = [
            {"clip_id": e.clip_id, "subject_id": e.subject_id, "pairing": e.pairing}
            for e in self.entries
            if e.subject_id in chosen
        ]
        plan = {
            "study": {"population": {}}, "clips": clips, "inputs": {clip["clip_id"]: {} for clip in clips},
            "arms": {"arm": {}}, "metrics": [f"{name}|v{METRICS[name].version}" for name, _ in ENDPOINTS],
        }  # fmt: skip
        rows = [replace(row, arm="arm") for row in self.by_arm[arm] if row.subject_id in chosen]
        return Run(Path(arm), {"seal_sha256": arm}, plan, rows, [], [], [], [], [], [], {})


def table(trial: Trial, subjects: int) -> str:
    """The table of faults, and the rate of red gates without one."""
    numbers = [number for number in NUMBERS if number <= subjects]
    lines = [
        f"| fault | strength | {' | '.join(f'seen from, n = {n}' for n in numbers)} | red first |",
        "| --- | --- | " + "--- | " * (len(numbers) + 1),
    ]
    for fault in FAULTS:
        seen, first = [], ""
        for number in numbers:
            shares = [(strength, *trial.red(f"{fault.name}|{strength:g}", number)) for strength in fault.strengths]
            hit = next(((strength, endpoints) for strength, share, endpoints in shares if share >= SEEN), None)
            seen.append("not seen" if hit is None else f"{hit[0]:g}")
            if hit is not None:
                first = ", ".join(name for name, _ in hit[1].most_common(2))
        lines.append(f"| {fault.name} | {fault.unit}: {', '.join(f'{s:g}' for s in fault.strengths)} | "
                     f"{' | '.join(seen)} | {first or 'nothing'} |")  # fmt: skip
    lines += ["", "Red without a fault, of candidates that no margin was calibrated on:", ""]
    for number in numbers:
        alarms = [trial.red(arm, number)[0] for arm in trial.kept]
        gates = len(alarms) * (1 if number >= subjects else DRAWS)
        lines.append(f"- n = {number}: {np.mean(alarms):.1%} of {gates} gates")
    return "\n".join(lines)


def _told(done: int, total: int) -> None:
    print(f"\rsimulated {done} of {total}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Simulate, plant, measure, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=100)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    asked = Asked(given.subjects, given.frames, given.size, given.seed)
    folder = given.out / f"{asked.subjects}-{asked.frames}-{asked.size}-{asked.seed}"
    if not (folder / "clips" / "manifest.csv").is_file():
        wanted = PhantomSet(asked.subjects, asked.seed, clips_per_subject=1, frames=asked.frames, size=asked.size)
        write_phantoms(folder / "clips", wanted, _told)
    clips = read_manifest(folder / "clips" / "manifest.csv")
    rows: list[Measurement] = []
    for index, entry in enumerate(clips.entries):
        file = folder / f"{entry.clip_id}.parquet"
        if not file.is_file():
            write_table(file, measured(clips, index, asked), Measurement)
        rows += read_table(file, Measurement)
        print(f"\rmeasured {index + 1} of {len(clips.entries)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(table(Trial(clips, rows, asked.seed), asked.subjects))


if __name__ == "__main__":
    main()
