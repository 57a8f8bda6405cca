"""Is the predicted error the error? Held-out clips with simulated colour, hidden pixels sorted by predicted error.

    python -m benchmarks.generator.uncertainty --root DATA --out FOLDER --weights FILE.safetensors [--coverage 0.1]

FOLDER is that of benchmarks.generator.fidelity: its painted clips are used. Subjects count alike: each group's values
are means over the subjects that have pixels in it. The mask is the estimated one, as in use.
"""

import argparse
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.generator.clip_arguments import CLIPS, Asked
from benchmarks.generator.fidelity import painted
from translator import load
from translator.artefacts import Store
from translator.clips.manifest import Manifest, read_manifest
from translator.clips.read import read_clip
from translator.fill.origins import CARRIED_OVER, INVENTED
from translator.inference.generator import Generator
from translator.regions.flow import hidden_mask_clip
from translator.regions.screen import find_regions
from translator.translation import UNCERTAINTY_STEP

EDGES = (0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 64.0)  # predicted error [grey levels]
Sums = dict[tuple[str, str], NDArray[np.float64]]  # (group, subject) -> pixels, sum of predicted, sum of error


class Row(NamedTuple):
    """One group of pixels: mean predicted and mean observed absolute error [grey levels], over subjects."""

    group: str
    predicted: float
    observed: float
    share: float
    subjects: int


def gather(manifest: Manifest, generator: Generator) -> Sums:
    """Translate every clip and add up its hidden pixels by predicted error and by origin."""
    sums: Sums = defaultdict(lambda: np.zeros(3))
    for index, entry in enumerate(manifest.entries):
        cfd, truth = manifest.file(entry, "cfd"), manifest.file(entry, "greyscale")
        if cfd is None or truth is None:
            continue
        clip = read_clip(cfd)
        mask = hidden_mask_clip(clip, find_regions(clip))
        made = generator.translate(clip, mask)
        for traced, real in zip(made.together(), read_clip(truth).frames(), strict=True):
            if traced.evidence is None or traced.uncertainty is None:
                raise ValueError("the generator gives evidence and uncertainty")
            error = np.abs(traced.picture.astype(np.float64) - real)
            predicted = traced.uncertainty.astype(np.float64) * UNCERTAINTY_STEP
            hidden = traced.evidence > 0
            for low, high in itertools.pairwise(EDGES):
                _add(sums, f"{low:g} to {high:g}", entry.subject_id, hidden & (predicted >= low) & (predicted < high),
                     predicted, error)  # fmt: skip
            for name, origin in (("carried over", CARRIED_OVER), ("invented", INVENTED), ("all hidden", None)):
                where = hidden if origin is None else traced.evidence == origin
                _add(sums, name, entry.subject_id, where, predicted, error)
        sys.stderr.write(f"{index + 1} of {len(manifest.entries)} {entry.clip_id}\n")
    return sums


def _add(
    sums: Sums, group: str, subject: str, where: NDArray[np.bool_], predicted: NDArray[np.float64],
    error: NDArray[np.float64],
) -> None:  # fmt: skip
    if where.any():
        sums[group, subject] += (where.sum(), predicted[where].sum(), error[where].sum())


def summarise(sums: Sums) -> list[Row]:
    """Rows in the order in which the groups were found first, those by predicted error before those by origin."""
    total = sum(values[0] for (group, _), values in sums.items() if group == "all hidden")
    rows = []
    for group in sorted({group for group, _ in sums}, key=_order):
        values = np.stack([value for (name, _), value in sums.items() if name == group])
        predicted, observed = (values[:, column] / values[:, 0] for column in (1, 2))
        rows.append(Row(group, predicted.mean(), observed.mean(), values[:, 0].sum() / total, len(values)))
    return rows


def _order(group: str) -> tuple[int, float]:
    first = group.split(" ")[0]
    return (0, float(first)) if first.replace(".", "").isdigit() else (1, 0.0)


def markdown(rows: Sequence[Row]) -> str:
    """The table."""
    lines = [
        "| predicted | mean predicted | mean observed | share of hidden pixels | subjects |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.group} | {row.predicted:.1f} | {row.observed:.1f} | {row.share:.1%} | {row.subjects} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator.uncertainty", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder of the real clips")
    parser.add_argument("--out", type=Path, required=True, help="folder of benchmarks.generator.fidelity")
    parser.add_argument("--weights", required=True, help="weights that have not seen the clips")
    parser.add_argument("--coverage", type=float, default=0.1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    clips = read_manifest(CLIPS, asked.root).where(split="test")
    folder = painted(clips, asked.coverage, Asked(), Store(asked.out / "cache"))
    rows = summarise(gather(read_manifest(folder / "manifest.csv"), load(asked.weights, engine="torch")))
    text = json.dumps([row._asdict() for row in rows], indent=1) + "\n" if asked.json else markdown(rows)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
