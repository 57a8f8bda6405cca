"""How near a generator comes on an anatomy of which it has seen no real clip.

    python -m benchmarks.training.variants benchmarks/training/all.toml --root DATA --out WEIGHTS --anatomies
    python -m benchmarks.generator.leave_one_out --root DATA --out FOLDER --weights WEIGHTS [--coverage 0.1] [--json]

WEIGHTS holds `without-ANATOMY.safetensors` for each anatomy. Each is measured on every clip of its anatomy, painted
with simulated colour, beside everything trivial. Its card is looked at first: an anatomy that it was trained on is
refused. Simulated anatomies stay in the training: no left-out anatomy is called unseen that a phantom resembles.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.generator.clip_arguments import Asked, clip_arguments, json_argument
from benchmarks.generator.fidelity import arm_specs, measure, painted
from benchmarks.generator.tables import BASES, COLUMNS, Measured, by_arm, cell, counted, table
from translator.artefacts import Store
from translator.card import read_card
from translator.clips.manifest import Manifest, read_manifest
from translator.errors import InputError, bad_input

ARM = "generator"


def weights_for(anatomy: str, folder: Path) -> Path:
    """The weights that left this anatomy out.

    Raises: InputError if they are not there, or were trained on it.
    """
    path = folder / f"without-{anatomy.replace(' ', '-')}.safetensors"
    if not path.is_file():
        raise bad_input(path, "is not there", "Train it with benchmarks.training.variants --anatomies")
    if anatomy in read_card(path.with_suffix(".card.json")).anatomies:
        raise bad_input(path, f"was trained on {anatomy!r}", "Train it without")
    return path


def of_anatomy(clips: Manifest, anatomy: str) -> Manifest:
    """Every greyscale clip of an anatomy, whichever split it is in."""
    chosen = [entry for entry in clips.entries if entry.anatomy == anatomy and entry.greyscale]
    return Manifest([entry.model_copy(update={"split": "test"}) for entry in chosen], clips.root)


def markdown(sets: dict[str, Measured]) -> str:
    """Values by anatomy and arm, then differences on the same clips."""
    values, differences = [], []
    for anatomy, measured in sets.items():
        for i, cells in enumerate(by_arm(measured, [ARM], None)):
            values.append([f"{anatomy}, {counted(measured.rows)}" if not i else "", *cells])
        for base in BASES:
            cells = [cell(measured.difference(ARM, base, c), c, "+") for c in COLUMNS]
            differences.append([anatomy, base, *cells])
    lines = table(["anatomy left out", "arm", *(c.heading for c in COLUMNS)], values)
    lines += ["", f"Differences on the same clips, {ARM} minus base", ""]
    return "\n".join([*lines, *table(["anatomy", "base", *(c.heading for c in COLUMNS)], differences)])


def main() -> None:
    """Paint, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    clip_arguments(parser, 0.10, weights="folder of the weights that left one out each", clips=None)
    json_argument(parser)
    asked = parser.parse_args()
    store, sets = Store(asked.out / "cache"), {}
    try:
        clips = read_manifest(asked.clips, asked.root)
        for anatomy in sorted({entry.anatomy for entry in clips.entries if entry.anatomy and entry.greyscale}):
            weights = weights_for(anatomy, asked.weights).resolve()
            folder = painted(of_anatomy(clips, anatomy), asked.coverage, Asked(42, asked.frames, asked.height), store)
            place = asked.out / anatomy.replace(" ", "-")
            sets[anatomy] = measure(folder, asked.coverage, arm_specs([(ARM, f"weights:{weights}")]), place, store)
    except InputError as error:
        sys.exit(str(error))
    if asked.json:
        found = [
            {"left_out": anatomy, "coverage": asked.coverage, **asdict(measured.mean(arm, column))}
            for anatomy, measured in sets.items()
            for arm in measured.arms
            for column in COLUMNS
        ]
        print(json.dumps(found, indent=2))
    else:
        print(markdown(sets))


if __name__ == "__main__":
    main()
