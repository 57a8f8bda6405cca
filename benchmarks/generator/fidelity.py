"""How near a generator comes to real B-mode that it was not trained on, beside everything trivial.

    python -m benchmarks.generator.fidelity --root DATA --out FOLDER [--arm NAME=SPEC ...] [--json]

Paints simulated colour of four coverages over the rows of real_clips.csv with split test (at most 64 frames, 256
rows), runs a study on each set, and prints Markdown: every arm by coverage and by anatomy, and differences to Telea
and to the fill without a network. SPEC is what a study's arm can be: weights:NAME, weights:FILE.safetensors (counted
from here), module:object. Ablations and checkpoints are more arms.

Everything is kept in FOLDER: to repeat takes seconds, another arm only its own work, and a run that was killed goes
on. FOLDER/coverage-NN/RUN is a sealed run: `sonoproof report` makes its page. The arm `truth` is the real clip itself:
it shows that the references are whole, and the warping error that real speckle has.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.generator.clip_arguments import Asked, clip_arguments, json_argument
from benchmarks.generator.tables import BASES, COLUMNS, SETS, Column, Measured, as_records, markdown
from evalkit.arms.trivial import TRIVIAL
from evalkit.plan import described, freeze
from evalkit.run import run_study
from evalkit.study import ArmSpec, Exhibits, Study
from sonoproof.wiring import schemes
from translator.artefacts import Store
from translator.clips.digest import clip_digest
from translator.clips.manifest import Manifest, read_manifest
from translator.errors import InputError
from translator.regions import screen
from translator.simulate import overlay
from translator.simulate.dataset import paint_manifest

PAINTING_VERSION = 1
COVERAGES = (0.05, 0.10, 0.20, 0.30)
REGIONS = ["frame", "mask", "seam", "seen", "unseen"]
TRUTH = "truth"


def painted(clips: Manifest, coverage: float, asked: Asked, store: Store) -> Path:
    """Folder with manifest.csv, the pairs, `truth/` with the greyscale by clip_id, and what could not be painted."""
    files = {entry.clip_id: clips.file(entry, "greyscale") for entry in clips.entries}

    def build(folder: Path) -> None:
        told = progress(f"painting {coverage:.0%}")
        entries, faults = paint_manifest(clips, folder, asked.seed, asked.frames, asked.height, told, coverage)
        (folder / TRUTH).mkdir()
        for entry in entries:
            os.link(folder / str(entry.greyscale), folder / TRUTH / f"{entry.clip_id}.npz")
        (folder / "faults.json").write_text(json.dumps([str(fault) for fault in faults]), encoding="utf-8")

    params = {
        "seed": asked.seed, "frames": asked.frames, "height": asked.height, "coverage": coverage,
        "overlay": overlay.VERSION, "screen": screen.VERSION, "clips": [described(entry) for entry in clips.entries],
    }  # fmt: skip
    inputs = {name: clip_digest(file) for name, file in files.items() if file is not None}
    return store.make("painted", PAINTING_VERSION, params, inputs, build)


def measure(
    folder: Path,
    coverage: float,
    arms: Sequence[ArmSpec],
    out: Path,
    store: Store,
    columns: tuple[Column, ...] = COLUMNS,
) -> Measured:
    """Run the study of one painted set."""
    study = Study(
        schema_version=1,
        title=f"Held-out real B-mode, simulated colour over {coverage:.0%} of the sector",
        manifest="manifest.csv",
        metrics=list(dict.fromkeys(column.metric for column in columns)),
        regions=REGIONS,
        arms=list(arms),
        exhibits=Exhibits(arm=arms[0].name),
    )
    plan = freeze(study, folder, schemes(Path.cwd()))
    tell = progress(f"measuring {coverage:.0%}")
    run = run_study(plan, out / plan.sha256[:12], store, lambda _, done, total: tell(done, total))
    return Measured(coverage, run.measurements, {e.clip_id: e for e in plan.manifest.entries}, columns)


def arm_specs(given: Sequence[tuple[str, str]]) -> list[ArmSpec]:
    """The arms on trial, then the truth, then every trivial one."""
    chosen = [*given, (TRUTH, f"folder:{TRUTH}"), *((name, f"trivial:{name}") for name in TRIVIAL)]
    return [ArmSpec(name=name, translator=spec) for name, spec in chosen]


def named(given: Sequence[str]) -> list[tuple[str, str]]:
    """NAME=SPEC as (name, spec).

    Raises: ValueError if one is not so.
    """
    parts = [text.partition("=") for text in given]
    wrong = [text for text, (name, _, spec) in zip(given, parts, strict=True) if not name or not spec]
    if wrong:
        raise ValueError(f"--arm {wrong[0]!r} is not NAME=SPEC, as in small=weights:small")
    return [(name, spec) for name, _, spec in parts]


def progress(what: str) -> Callable[[int, int], None]:
    """A counter on standard error."""

    def tell(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        print(f"\r{what}: {done} of {total}", end=end, file=sys.stderr, flush=True)

    return tell


def main() -> None:
    """Paint, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    clip_arguments(parser, COVERAGES)
    parser.add_argument("--seed", type=int, default=Asked.seed)
    parser.add_argument(
        "--base", action="append", default=[], help="arm to compare with; default: telea, temporal-fill"
    )
    parser.add_argument("--columns", choices=SETS, default="fidelity", help="which metrics are measured")
    json_argument(parser)
    asked = parser.parse_args()
    store, sets = Store(asked.out / "cache"), []
    try:
        given = named(asked.arm)
        unknown = set(asked.base) - {name for name, _ in given} - {TRUTH, *TRIVIAL}
        if unknown:
            raise ValueError(f"--base {', '.join(sorted(unknown))}: no such arm")
        clips = read_manifest(asked.clips, asked.root).where(split="test")
        for coverage in asked.coverage:
            folder = painted(clips, coverage, Asked(asked.seed, asked.frames, asked.height), store)
            for fault in json.loads((folder / "faults.json").read_text(encoding="utf-8")):
                print(f"left out: {fault}", file=sys.stderr)
            place = asked.out / f"coverage-{round(100 * coverage):02d}"
            sets.append(measure(folder, coverage, arm_specs(given), place, store, SETS[asked.columns]))
    except (InputError, ValueError) as error:
        sys.exit(str(error))
    names = [name for name, _ in given]
    bases = asked.base or BASES
    print(json.dumps(as_records(sets, names, bases), indent=2) if asked.json else markdown(sets, names, bases))


if __name__ == "__main__":
    main()
