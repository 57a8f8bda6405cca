"""Does the trial catch what it should? Faults planted in good translations, from none to gross.

    python -m benchmarks.validity.planted --out FOLDER [--subjects 100] [--frames 12] [--size 64] [--seed 0]

A good generator (the temporal fill) translates simulated clips; each candidate adds something of its own to what was
hidden, as other seeds of a training do: noise of 3 grey levels, and a smooth pattern of about 2 that is another one for
each clip. The baseline is one of them, 46 are candidates without a fault, and into all others faults are planted.
Margins are calibrated on six of those without a fault, against each other. The trial then looks at each candidate, at
n = 20, 40 and 100 subjects: the gate, and the warnings of a run. A fault counts as seen from a strength if there, and
at every greater one, something is red in 80 of 100 draws of n subjects (at n = all subjects there is one draw); "told,
not red" is where the gate tells of single clips that are far better than before. Checks are named by how often they are
red at the least n. Faults of authors (benchmarks.validity.authors) follow in a table of their own, then how often
something is red without a fault: of the 40 other candidates, on disjoint groups of n subjects.

"frame SSIM" is the mean SSIM over whole frames at the gross strength, as a paper would print it.

Measured clips are kept in FOLDER: a run that was killed goes on.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from benchmarks.validity.authors import authors_table
from benchmarks.validity.faults import FAULTS, Fault, Frames, Scene
from benchmarks.validity.trial import BASELINE, ENDPOINTS, NULL, Trial, from_which
from evalkit.arms.temporal import temporal_fill
from evalkit.metrics.measure import measure_arms
from evalkit.metrics.registry import METRICS
from evalkit.records import Measurement, read_table, write_table
from translator.clips.clip import Clip, grey_clip, mask_clip
from translator.clips.manifest import Manifest, read_manifest
from translator.clips.read import read_clip, read_mask
from translator.simulate.dataset import PhantomSet, write_phantoms

HEADLINE = ("ssim[wang2004]", "frame")
MEASURED = (*ENDPOINTS, ("change", "unmasked"), HEADLINE)
NUMBERS = (20, 40, 100)
NOISE, PATTERN, WIDTH = 3.0, 2.0, 6.0  # grey levels of the noise and of the pattern; width of the pattern [px]
NULLS, CALIBRATING = 46, 6  # candidates without a fault; of them those that margins are calibrated on


@dataclass(frozen=True)
class Asked:
    """What is simulated."""

    subjects: int
    frames: int
    size: int
    seed: int


def arms() -> dict[str, tuple[Fault | None, float]]:
    """Arm -> fault and strength: the baseline, candidates without a fault, and one for each fault and strength."""
    found: dict[str, tuple[Fault | None, float]] = {BASELINE: (None, 0.0)}
    found |= {f"{NULL}{number}": (None, 0.0) for number in range(NULLS)}
    return found | {f"{fault.name}|{strength:g}": (fault, strength) for fault in FAULTS for strength in fault.strengths}


def measured(clips: Manifest, index: int, asked: Asked) -> list[Measurement]:
    """The rows of all arms on one clip."""
    entry, count = clips.entries[index], len(clips.entries)
    real, made, grey, hidden = _good(clips, index)
    other, training = _good(clips, (index + 1) % count)[1], _good(clips, (index + count // 2) % count)[0]
    tests = {}
    for number, (name, (fault, strength)) in enumerate(arms().items()):
        draw = np.random.default_rng((asked.seed, index, number))
        own = np.clip(np.rint(made + _own(made.shape, draw)), 0, 255).astype(np.uint8)
        place = _place(fault, index, count, asked.seed)
        scene = Scene(real, np.where(hidden, own, made), grey, hidden, other, training, draw, place)
        tests[name] = Clip.from_array(scene.made if fault is None else fault.planted(scene, strength))
    truth = Clip.from_array(real)
    mask = mask_clip(hidden, truth)
    metrics = [METRICS[name] for name in dict.fromkeys(name for name, _ in MEASURED)]
    regions = sorted({region for _, region in MEASURED})
    whole = np.ones(real.shape[1:], np.bool_)
    found = measure_arms(truth, tests, mask, whole, metrics, regions, mask, Clip.from_array(grey))
    rows = []
    for name, values in found.items():
        if isinstance(values, Exception):
            raise values
        for (metric, region), value in values.items():
            if (metric, region) in MEASURED:
                lost = isinstance(value, str)
                rows.append(Measurement(name, entry.clip_id, entry.subject_id, metric, region, entry.pairing,
                                        None if isinstance(value, str) else value,
                                        "undefined" if lost else "ok", str(value) if lost else ""))  # fmt: skip
    return rows


def _place(fault: Fault | None, index: int, count: int, seed: int) -> float:
    """Where a clip stands in the order in which clips get the fault, the same order at all strengths."""
    number = 0 if fault is None else FAULTS.index(fault)
    return float(np.random.default_rng((seed, number)).permutation(count)[index]) / count


def _own(shape: tuple[int, ...], draw: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What a candidate adds of its own [grey levels], (T, H, W): noise, and a pattern that stays through all frames."""
    pattern = np.asarray(ndimage.gaussian_filter(draw.standard_normal(shape[1:]), WIDTH))
    return np.asarray(NOISE * draw.standard_normal(shape) + PATTERN * draw.standard_normal() * pattern / pattern.std())


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


def table(trial: Trial) -> str:
    """The table of faults of generators."""
    numbers = [number for number in NUMBERS if number <= len(trial.everyone)]
    lines = [
        f"| fault | strength | {' | '.join(f'seen from, n = {n}' for n in numbers)} | red most often | frame SSIM |",
        "| --- | --- |" + " --- |" * (len(numbers) + 2),
    ]
    for fault in FAULTS:
        seen, checks = [], "nothing"
        for number in numbers:
            looked = [(s, trial.seen(trial.arm(f"{fault.name}|{s:g}"), number)) for s in fault.strengths]
            red = from_which([(strength, found.share) for strength, found in looked])
            told = from_which([(strength, found.leaps) for strength, found in looked])
            if checks == "nothing" and red is not None:
                checks = dict(looked)[red].often()
            seen.append("not seen" if red is None and told is None else f"{told:g} (told, not red)"
                        if red is None else f"{red:g}")  # fmt: skip
        gross = _headline(trial, f"{fault.name}|{fault.strengths[-1]:g}")
        lines.append(f"| {fault.name} | {fault.unit}: {', '.join(f'{s:g}' for s in fault.strengths)} | "
                     f"{' | '.join(seen)} | {checks} | {gross:.3f} |")  # fmt: skip
    return "\n".join([*lines, "", f"Frame SSIM without a fault: {_headline(trial, BASELINE):.3f}."])


def alarms(trial: Trial) -> str:
    """How often something is red without a fault, as a list by number of subjects; with and without strata."""
    lines = []
    for number in (n for n in NUMBERS if n <= len(trial.everyone)):
        plain, views = ([trial.apart(trial.arm(arm), number, views) for arm in trial.kept] for views in (False, True))
        red, split, told = (
            np.mean(shares) for shares in ([s.share for s in plain], [s.share for s in views], [s.leaps for s in plain])
        )
        gates = sum(each.draws for each in plain)
        groups = f"{gates} gates ({len(trial.kept)} candidates, disjoint groups)"
        lines.append(f"- n = {number}: {red:.1%} of {groups}; {split:.1%} with views as strata; single clips "
                     f"told to be far better: {told:.1%}")  # fmt: skip
    return "\n".join(lines)


def margins(trial: Trial) -> str:
    """What the margins came to."""
    told = (f"{each.name} {each.margin:.3g} ({each.clip_margin or 0:.3g})" for each in trial.margins.endpoints)
    return f"Margins of means (of single clips): {'; '.join(told)}."


def _headline(trial: Trial, arm: str) -> float:
    found = [row.value for row in trial.by_arm[arm] if (row.metric, row.region) == HEADLINE and row.value is not None]
    return float(np.mean(found))


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
    trial = Trial(clips.entries, rows, asked.seed, CALIBRATING)
    parts = (table(trial), authors_table(trial, clips, NUMBERS), "Red without a fault:", alarms(trial), margins(trial))
    print(*parts, sep="\n\n")


if __name__ == "__main__":
    main()
