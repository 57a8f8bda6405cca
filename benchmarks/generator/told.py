"""Can a machine tell a generator's held-out translations from the real clips, and what does each loss change in that?

    python -m benchmarks.generator.told --root DATA --out FOLDER [--arm NAME=SPEC ...] [--coverage 0.1]

The clips and arms are those of benchmarks.generator.fidelity, in whose FOLDER translations are found. A classifier
on frozen features is shown both versions of clips of subjects that it was not fitted to (the task discriminability).
Prints for each arm the AUC with its interval of 90 %, p of swapped versions, and the AUC of texture alone.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.generator.clip_arguments import Asked, clip_arguments
from benchmarks.generator.fidelity import arm_specs, named, painted, progress
from benchmarks.generator.tables import table
from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study, TaskSpec
from reports.page.discriminability import discriminability_parts
from sonoproof.wiring import schemes
from translator.artefacts import Store
from translator.clips.manifest import read_manifest
from translator.errors import InputError

TASK = "told"
_TRIVIAL = ("telea", "temporal-fill")


def measured(folder: Path, given: list[tuple[str, str]], out: Path, store: Store, permutations: int) -> Run:
    """Run the task on one painted set."""
    options = {"features": "efficientnet-lite0", "permutations": permutations}
    study = Study(
        schema_version=1,
        title="Can a machine tell?",
        manifest="manifest.csv",
        metrics=["mae"],
        regions=["mask"],
        arms=[spec for spec in arm_specs(given) if spec.name in (*_TRIVIAL, *(name for name, _ in given))],
        tasks=[TaskSpec(name=TASK, kind="discriminability", options=options)],
    )
    plan = freeze(study, folder, schemes(Path.cwd()))
    tell = progress("told")
    return run_study(plan, out / plan.sha256[:12], store, lambda _, done, total: tell(done, total))


def markdown(run: Run) -> str:
    """A row an arm."""
    (part,) = discriminability_parts(run, frozenset(row.clip_id for row in run.measurements))
    rows = []
    for arm in part["arms"]:
        auc, told = arm["result"].auc, arm["told"]
        low, high = ("no interval", "") if auc.low is None else (f"{auc.low:.3f}", f"{auc.high:.3f}")
        rows.append(
            [arm["arm"], f"{auc.value:.3f} [{low}, {high}]", f"{told['p']:.3f}", f"{told['texture']['auc']:.3f}"]
        )
    return "\n".join(table(["arm", "AUC", "p", "AUC by texture alone"], rows))


def main() -> None:
    """Paint, translate, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    clip_arguments(parser, 0.10)
    parser.add_argument("--permutations", type=int, default=199)
    asked = parser.parse_args()
    store = Store(asked.out / "cache")
    try:
        clips = read_manifest(asked.clips, asked.root).where(split="test")
        folder = painted(clips, asked.coverage, Asked(42, asked.frames, asked.height), store)
        run = measured(folder, named(asked.arm), asked.out / "told", store, asked.permutations)
    except (InputError, ValueError) as error:
        sys.exit(str(error))
    print(markdown(run))


if __name__ == "__main__":
    main()
