"""How often is the gate red by chance, and how large a drop does it see?

    python -m benchmarks.validity.gate swaps [--repetitions 1000] [--seed 0]
    python -m benchmarks.validity.gate drops
    python -m benchmarks.validity.gate views [--repetitions 1000] [--seed 0]

swaps: two equally good arms of simulated runs, exchanged subject by subject by chance. With a margin of (nearly) 0 the
gate has to be red at most as often as its alpha says; with a margin of a fifth of the paired SD it hardly ever is.
Subjects have 1 to 8 clips, in two views; the arms' differences are normal, skewed or heavy-tailed over subjects.

drops: the drop beyond the margin that is found in 80 of 100 runs, in SD of the subjects' mean differences.

views: such a drop, half of it and twice it are planted into one of two views, for one of three endpoints; how often the
gate is red and names that view, and how often it names the other one.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binom

from benchmarks.validity.nested import SHAPES, clips_of_subjects, effects
from evalkit.gate.judge import judge
from evalkit.gate.margins import Endpoint, Margins
from evalkit.records import Measurement
from evalkit.seal import Run
from evalkit.statistics.power_means import detectable_distance

ARM, ALPHA = "generator", 0.05
METRICS = ("mae", "rmse", "gmsd")
SUBJECTS = (6, 12, 24, 40, 100)


def simulated(subjects: int, shape: str, rng: np.random.Generator, drop: float = 0.0) -> tuple[Run, Run]:
    """Two runs of equally good generators: each subject's clips differ by its own effect, of either sign by chance.

    But that the second is worse by `drop` in the first metric, in view v0.
    """
    code = clips_of_subjects(subjects, rng)
    clips = [
        {"clip_id": f"c{i}", "subject_id": f"s{s}", "pairing": "simulated", "view": f"v{s % 2}"}
        for i, s in enumerate(code)
    ]
    plan: dict[str, Any] = {
        "study": {"population": {}}, "clips": clips, "inputs": {clip["clip_id"]: {} for clip in clips},
        "arms": {ARM: {}}, "metrics": [f"{name}|v1" for name in METRICS],
    }  # fmt: skip
    tables: tuple[list[Measurement], list[Measurement]] = ([], [])
    swapped = rng.choice([-1.0, 1.0], subjects)[code]
    for metric in METRICS:
        usual = 5 + rng.random(len(code))
        difference = swapped * (effects(shape, subjects, rng)[code] + 0.7 * rng.normal(size=len(code))) / 10
        for table, values in zip(tables, (usual - difference / 2, usual + difference / 2), strict=True):
            worse = drop * (code % 2 == 0) if table is tables[1] and metric == METRICS[0] else 0.0
            table += [
                Measurement(ARM, c["clip_id"], c["subject_id"], metric, "mask", "simulated", float(value), "ok")
                for c, value in zip(clips, values + worse, strict=True)
            ]
    one, other = (
        Run(Path(name), {"seal_sha256": name}, plan, table, [], [], [], [], [], [], {})
        for name, table in zip("ab", tables, strict=True)
    )
    return one, other


def red_share(subjects: int, shape: str, margin: float, strata: list[str], repetitions: int, seed: int) -> float:
    """Share of gates that are red."""
    asked = Margins(
        alpha=ALPHA, strata=strata, endpoints=[Endpoint(metric=name, region="mask", margin=margin) for name in METRICS]
    )
    rng = np.random.default_rng(seed)
    red = [not judge(*simulated(subjects, shape, rng), (ARM, ARM), asked).passes() for _ in range(repetitions)]
    return float(np.mean(red))


def swaps(repetitions: int, seed: int) -> str:
    """Table of the share of red gates."""
    most = binom.ppf(0.975, repetitions, ALPHA) / repetitions
    lines = [
        f"{len(METRICS)} endpoints, alpha {ALPHA:g}, {repetitions} gates each; by chance up to {most:.1%} are red.", "",
        "| subjects | differences | margin 0 | margin 0, two views | margin SD / 5, two views |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for subjects in (12, 24, 60):
        for shape in SHAPES:
            cells = [
                f"{red_share(subjects, shape, margin, strata, repetitions, seed):.1%}"
                for margin, strata in ((1e-12, []), (1e-12, ["view"]), (0.02, ["view"]))
            ]
            lines.append(f"| {subjects} | {shape} | {' | '.join(cells)} |")
    return "\n".join(lines)


def drops() -> str:
    """Table of the drop beyond the margin that is found with power .8."""
    lines = [
        "Drop beyond the margin that is red in 80 of 100 runs, in SD of the subjects' mean differences; alpha 0.05.",
        "With two views each has half of the subjects, and a quarter of the endpoint's alpha.", "",
        "| subjects | 1 endpoint | 5 endpoints | 10 endpoints | one of two views, 1 endpoint | 5 | 10 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for subjects in SUBJECTS:
        cells = [f"{detectable_distance(subjects, 1.0, ALPHA / k):.2f}" for k in (1, 5, 10)]
        half = subjects // 2
        cells += [
            "no interval" if half < 6 else f"{detectable_distance(half, 1.0, ALPHA / k / 4):.2f}" for k in (1, 5, 10)
        ]
        lines.append(f"| {subjects} | {' | '.join(cells)} |")
    return "\n".join(lines)


def views(repetitions: int, seed: int) -> str:
    """Table of how often the view with a drop is named."""
    margin, strata = 0.02, ["view"]
    asked = Margins(
        alpha=ALPHA, strata=strata, endpoints=[Endpoint(metric=m, region="mask", margin=margin) for m in METRICS]
    )
    lines = [
        f"{len(METRICS)} endpoints, two views, alpha {ALPHA:g}, {repetitions} gates each, normal differences. The",
        "drop in one view is the margin plus so many SD of subjects' mean differences. Red and named (the other view).",
        "", "| subjects | drop found in 80 of 100 | half of it | it | twice it |", "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    spread = _spread(seed)
    for subjects in (24, 40, 100):
        size = detectable_distance(subjects // 2, 1.0, ALPHA / len(METRICS) / 4)
        cells = [_named(subjects, asked, margin + part * size * spread, repetitions, seed) for part in (0.5, 1.0, 2.0)]
        lines.append(f"| {subjects} | {size:.2f} SD | {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(seed: int) -> float:
    """SD of subjects' mean differences in what is simulated, of many subjects."""
    one, other = simulated(4000, "normal", np.random.default_rng(seed))
    by_subject: dict[str, list[float]] = {}
    for before, now in zip(one.measurements, other.measurements, strict=True):
        if before.metric == METRICS[0] and before.value is not None and now.value is not None:
            by_subject.setdefault(before.subject_id, []).append(now.value - before.value)
    return float(np.std([np.mean(values) for values in by_subject.values()], ddof=1))


def _named(subjects: int, asked: Margins, drop: float, repetitions: int, seed: int) -> str:
    rng, counts = np.random.default_rng(seed), {"view = v0": 0, "view = v1": 0}
    for _ in range(repetitions):
        found = judge(*simulated(subjects, "normal", rng, drop), (ARM, ARM), asked)
        for view in {each.stratum for each in found.of("regressed")} & counts.keys():
            counts[str(view)] += 1
    return f"{counts['view = v0'] / repetitions:.1%} ({counts['view = v1'] / repetitions:.1%})"


def main() -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("swaps", "drops", "views"))
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.table == "drops":
        print(drops())
    else:
        print((swaps if asked.table == "swaps" else views)(asked.repetitions, asked.seed))


if __name__ == "__main__":
    main()
