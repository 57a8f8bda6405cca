"""Views of real and of translated stills, cross-validated. Exploratory.

    python -m benchmarks.validity.ucsf_views --root DATA [--out DIR] [--arms telea weights:all] [--folds 5]

The stills, their licence and the assumption about their numbers are those of benchmarks.validity.ucsf: no column says
who is who, so stills with one number in the id are TAKEN for one person; folds keep numbers apart. The views are the
data set's own (A2C, A4C, SAX). Colour is simulated over them; a classifier is trained on the real stills of the
other folds. Printed: macro F1, accuracy and calibration with 95 % intervals over numbers, and the differences to real
stills. Nothing was fixed beforehand: no claim follows.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.validity.ucsf import write_stills
from evalkit.classification import read_classification
from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.study import Study
from sonoproof.wiring import schemes
from translator.artefacts import Store

_HEAD = ("version", "macro F1", "accuracy", "ECE", "macro F1 minus real", "accuracy minus real", "McNemar p by seed")


def study(arms: Sequence[str], folds: int) -> Study:
    """One task on all stills; one frame is all that a still has."""
    named = [(arm.replace(":", "-"), arm if ":" in arm else f"trivial:{arm}") for arm in arms]
    return Study.model_validate({
        "title": "Views of stills", "manifest": "manifest.csv", "metrics": ["mae"], "regions": ["frame"],
        "arms": [{"name": name, "translator": spec} for name, spec in named],
        "tasks": [{"name": "view", "kind": "view-classification", "options": {"cross_validate": folds, "frames": 1}}],
    })  # fmt: skip


def table(figures: Mapping[str, Any]) -> list[str]:
    """Lines in Markdown: versions down."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|---" * len(_HEAD) + "|"]
    for arm, found in figures["arms"].items():
        if "note" in found:
            lines.append(f"| {arm} | {found['note']} |")
            continue
        against = figures["against_real"].get(arm, {})
        rest = [_cell(against[key]) for key in ("f1_macro", "accuracy")] if "f1_macro" in against else ["", ""]
        tests = [one["note"] if one["p"] is None else f"{one['p']:.3f}" for one in against.get("mcnemar", [])]
        cells = [_cell(found["f1_macro"]), _cell(found["accuracy"]), f"{found['calibration']['ece']:.3f}", *rest]
        lines.append(f"| {arm} | " + " | ".join([*cells, ", ".join(tests)]) + " |")
    return lines


def _cell(found: Mapping[str, Any]) -> str:
    ends = f" [{found['low']:.3f}, {found['high']:.3f}]" if found["low"] is not None else f" ({found['note']})"
    return f"{found['value']:.3f}{ends}"


def _say_nothing(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def main() -> None:
    """Print the table and what it assumes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="folder of the stills")
    parser.add_argument("--out", type=Path, help="folder to write to, outside the project; default: a temporary one")
    parser.add_argument("--arms", nargs="+", default=["telea", "weights:all"])
    parser.add_argument("--folds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = (asked.out or Path(folder)).resolve()
        if not (out / "manifest.csv").is_file():
            write_stills(asked.root, out)
        plan = freeze(study(asked.arms, asked.folds), out, schemes(out))
        run_study(plan, out / "views", Store(out / "cache"), _say_nothing)
        figures = read_classification(out / "views")["view"]
    stills, numbers = figures["arms"]["real"]["n_clips"], figures["arms"]["real"]["n_subjects"]
    print("Exploratory. Assumed: stills with the same number in the id are of one person.")
    print(f"{stills} stills, {numbers} numbers, views {', '.join(figures['classes'])}, {asked.folds} folds.\n")
    print("\n".join(table(figures)))


if __name__ == "__main__":
    main()
