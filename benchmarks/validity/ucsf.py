"""Segmentation of real and of translated stills, on adult echo with machine-made masks. Exploratory.

    python -m benchmarks.validity.ucsf --root DATA [--out DIR] [--arms telea weights:all] [--epochs 60] [--folds 3]

DATA holds png/, labels.csv and masks.npz of the example and test stills of Ferreira et al. 2025 (Nat Commun 16, 4070;
github.com/ArnaoutLabUCSF/cardioML, NATCOMM_2025; CC BY-NC-SA 4.0: evaluation in development only, no weights that the
project ships are trained on it). The masks are a self-supervised pipeline's output and no manual truth. Only the
A2C and A4C example stills have masks of left ventricle and left atrium.

There is no subject column. ASSUMED: stills whose ids hold the same number (A2CEX03, A4CEX03) are of one person and
others are not; whether that is so nobody here knows. Folds keep numbers apart. Colour is simulated over the stills. In
each fold a network is fitted to the real stills of the other folds and segments the real stills and what each arm makes
of them. Printed: means over numbers with 95 % intervals (t). Nothing was fixed beforehand: no claim follows.

`write_stills` writes a manifest with the official views of all stills, for tasks that need views.
"""

import argparse
import csv
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.plan import freeze_on
from evalkit.records import REAL, Measurement
from evalkit.run import run_study
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.statistic import mean
from evalkit.study import ArmSpec, Study
from sonoproof.wiring import schemes
from translator.artefacts import Store
from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Manifest, write_manifest
from translator.clips.npz import write_npz
from translator.clips.read import read_clip
from translator.errors import bad_input
from translator.simulate.dataset import paint_file

VENTRICLE, ATRIUM = 1, 2
STRUCTURES = {"lv": VENTRICLE, "la": ATRIUM}
LICENCE = "CC-BY-NC-SA-4.0"
SHOWN = ("label_dice", "label_dice[lv]", "label_dice[la]", "dice", "dice[lv]", "dice[la]", "area_error")
_MASKS = {"A2C": "A2C_final", "A4C": "A4C_step2"}


def number_of(still: str) -> str:
    """The number in an id: A2CEX03 is of 03, LVTEST07_A4C_SYS_of_X of 07.

    Raises: ValueError if there is none.
    """
    found = re.match(r"A[24]CEX(\d+)|SAXEX(\d+)|[A-Z]+?(\d+)_", still)
    if found is None:
        raise ValueError(f"{still}: no number in the id")
    return next(group for group in found.groups() if group)


def read_labels(root: Path) -> list[dict[str, str]]:
    """Rows of labels.csv: id, view and others.

    Raises: InputError if it is not there.
    """
    path = root / "labels.csv"
    if not path.is_file():
        raise bad_input(path, "is not there", "Give the folder of the stills as --root")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chambers(planes: NDArray[Any]) -> NDArray[np.uint8]:
    """Labels (1, H, W) of masks (H, W, C), 0 to 1 or 0 to 255: 1 left ventricle, 2 left atrium where it is not."""
    most = 255.0 if planes.max() > 1 else 1.0
    atrium, ventricle = (planes[..., channel] / most > 0.5 for channel in (1, 2))
    return np.where(ventricle, VENTRICLE, np.where(atrium, ATRIUM, 0)).astype(np.uint8)[None]


def write_stills(root: Path, out: Path) -> list[Entry]:
    """Manifest (out/manifest.csv) of every still with its official view, painted over; labels where there are masks.

    All are of split test; the subject is the number in the id, which is an assumption.
    """
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    with np.load(root / "masks.npz", allow_pickle=False) as masks:
        for row in read_labels(root):
            still, picture = row["id"], root / "png" / f"{row['id']}.png"
            if not picture.is_file():
                continue
            entry = Entry(
                clip_id=still, subject_id=f"ucsf-{number_of(still)}", split="test", greyscale=picture.name,
                domain="real", anatomy="heart", view=row["view"], licence=LICENCE,
            )  # fmt: skip
            painted = paint_file(picture, out, entry, 0, 1, None)
            name = f"{_MASKS.get(row['view'], '')}_{still}"
            if name in masks.files:
                labels = chambers(masks[name])
                if labels.shape[1:] == read_clip(picture).header.shape[1:3]:
                    write_npz(out / f"{still}.labels.npz", Clip.from_array(labels))
                    painted = painted.model_copy(update={"segmentation": f"{still}.labels.npz"})
            entries.append(painted)
    write_manifest(out / "manifest.csv", entries)
    return entries


def in_folds(entries: Sequence[Entry], folds: int) -> list[list[Entry]]:
    """For each fold the same entries, its numbers in split test and the others in train."""
    numbers = sorted({entry.subject_id for entry in entries})
    return [
        [
            entry.model_copy(update={"split": "test" if numbers.index(entry.subject_id) % folds == fold else "train"})
            for entry in entries
        ]
        for fold in range(folds)
    ]


def measure(entries: Sequence[Entry], out: Path, arms: Sequence[str], epochs: int, folds: int) -> list[Measurement]:
    """Rows of all folds together: each still is in the test of one."""
    labelled = [entry for entry in entries if entry.segmentation is not None]
    options = {"structures": STRUCTURES, "epochs": epochs, "patience": epochs, "side": 128}
    rows: list[Measurement] = []
    for fold, chosen in enumerate(in_folds(labelled, folds)):
        study = Study.model_validate(
            {
                "title": f"fold {fold}",
                "manifest": "manifest.csv",
                "metrics": ["mae"],
                "regions": ["frame"],
                "arms": [ArmSpec(name=_name(arm), translator=_translator(arm)).model_dump() for arm in arms],
                "tasks": [{"name": "chambers", "kind": "segmentation", "options": options}],
            }
        )
        plan = freeze_on(Manifest(chosen, out), study, out, schemes(out))
        run = run_study(plan, out / f"fold-{fold}", Store(out / "cache"), _say_nothing)
        rows += [row for row in run.measurements if row.metric.startswith("chambers.")]
    return rows


def _say_nothing(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _name(arm: str) -> str:
    return arm.replace(":", "-")


def _translator(arm: str) -> str:
    return arm if ":" in arm else f"trivial:{arm}"


def table(rows: Sequence[Measurement]) -> list[str]:
    """Lines in Markdown: versions down, numbers across."""
    versions = [REAL, *sorted({row.arm for row in rows} - {REAL})]
    lines = ["| version | " + " | ".join(SHOWN) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    known = [row for row in rows if row.value is not None]
    for version in versions:
        cells = [[row for row in known if (row.arm, row.metric) == (version, f"chambers.{name}")] for name in SHOWN]
        lines.append(f"| {version} | " + " | ".join(map(_cell, cells)) + " |")
    return lines


def _cell(rows: Sequence[Measurement]) -> str:
    if not rows:
        return ""
    found = infer(Grouped.of([row.subject_id for row in rows], [row.value or 0.0 for row in rows]), mean())
    ends = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{found.value:.3f}{ends} (n = {found.n_subjects}, {found.n_clips} stills)"


def main() -> None:
    """Print the table and what it assumes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="folder of the stills")
    parser.add_argument("--out", type=Path, help="folder to write to, outside the project; default: a temporary one")
    parser.add_argument("--arms", nargs="+", default=["telea", "weights:all"])
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--folds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = (asked.out or Path(folder)).resolve()
        rows = measure(write_stills(asked.root, out), out, asked.arms, asked.epochs, asked.folds)
    print("Exploratory. Assumed: stills with the same number in the id are of one person. Masks are machine-made.\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
