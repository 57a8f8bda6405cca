"""All downstream tasks on phantoms: views, exact labels and unseen organs, with arms of which the truth is known.

    python -m benchmarks.validity.downstream --out FOLDER [--train 24] [--hearts 16] [--organs 6] [--frames 8]
        [--size 96]

Makes the clips, runs the study, writes the report, and prints every verdict and the seconds that all of it took. Killed
and started again, it goes on. Exits with 1 if a claim came out otherwise than it was built to.

Arms: cardiac, the shipped weights that saw only hearts; telea; faint, the real clip with faint noise, which no task
should tell from it by more than a little; coin, which gives the real clip of every second subject and noise of the
others, so that its figures are about one half and vary much. Lungs have colour alone: what translating them adds is
the section on diversity. Another task is one more entry of TASKS, its claims of CLAIMS: (claim, the verdict that it is
built to have).
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evalkit.plan import freeze
from evalkit.records import Outcome
from evalkit.run import run_study
from evalkit.study import Study
from reports import write_report
from sonoproof.wiring import schemes
from translator.artefacts import Store
from translator.clips.clip import Clip, Frames
from translator.clips.manifest import Entry, read_manifest, write_manifest
from translator.clips.npz import read_npz, write_npz
from translator.simulate.anatomies import Choice
from translator.simulate.dataset import PhantomSet, write_phantoms

SEED = 600  # of the first set; the shipped weights saw phantoms of seed 1
UNSEEN: tuple[Choice, ...] = ("kidney", "liver", "carotid")
COLOUR_ALONE: Choice = "lung"
NOISE, FAINT = 40.0, 2.0  # standard deviation [grey levels]

TASKS: list[dict[str, Any]] = [
    {"name": "view", "kind": "view-classification",
     "options": {"train_on": ["real", "synthetic", "real+synthetic"]}},
    {"name": "chambers", "kind": "segmentation", "options": {"side": 96}},
    {"name": "told", "kind": "discriminability", "options": {"features": "efficientnet-lite0", "permutations": 199}},
    {"name": "privacy", "kind": "privacy", "options": {"training": "train", "generator": "telea"}},
]  # fmt: skip

_HEARTS = {"anatomy": "heart"}
CLAIMS: list[tuple[dict[str, Any], Outcome]] = [
    ({"id": "view-same", "sentence": "The view of a clip with faint noise is as plain as that of the real clip",
      "arm": "faint", "against": "real", "metric": "view.true_probability", "region": "frame",
      "relation": "equivalent", "margin": 0.15, "population": _HEARTS, "family": "view"}, "supported"),
    ({"id": "view-lost", "sentence": "The view is found in 95 % of clips that are noise for every second subject",
      "arm": "coin", "metric": "view.correct", "region": "frame", "relation": "at_least", "reference": 0.95,
      "population": _HEARTS, "family": "view"}, "refuted"),
    ({"id": "view-coin", "sentence": "The view is found in 40 % of clips that are noise for every second subject",
      "arm": "coin", "metric": "view.correct", "region": "frame", "relation": "at_least", "reference": 0.4,
      "population": _HEARTS, "family": "view"}, "inconclusive"),
    ({"id": "view-unseen", "sentence": "The view of kidneys is found, which no training clip shows", "arm": "cardiac",
      "metric": "view.correct", "region": "frame", "relation": "at_least", "reference": 0.5,
      "population": {"anatomy": "kidney"}, "family": "view"}, "not_evaluable"),
    ({"id": "view-f1-same", "sentence": "A classifier's F1 is the same on clips with faint noise as on the real ones",
      "arm": "faint", "against": "real", "metric": "view", "statistic": "f1_macro", "relation": "equivalent",
      "margin": 0.35, "population": _HEARTS, "family": "view"}, "supported"),
    ({"id": "outline-same", "sentence": "The same heart is outlined under faint noise", "arm": "faint",
      "metric": "chambers.dice", "region": "frame", "relation": "at_least", "reference": 0.8,
      "population": _HEARTS, "family": "outline"}, "supported"),
    ({"id": "outline-lost", "sentence": "The same heart is outlined where every second subject is noise",
      "arm": "coin", "metric": "chambers.dice", "region": "frame", "relation": "at_least", "reference": 0.9,
      "population": _HEARTS, "family": "outline"}, "refuted"),
    ({"id": "told-noise", "sentence": "Clips of which every second subject is noise cannot be told from real ones",
      "arm": "coin", "metric": "told", "statistic": "auc", "relation": "equivalent", "reference": 0.5,
      "margin": 0.1, "max_undefined_share": 0.2, "family": "told"}, "refuted"),
    ({"id": "no-nearer", "sentence": "Telea's fill, trained on nothing, is as far from training clips as from others",
      "arm": "telea", "metric": "privacy.ratio", "region": "mask", "relation": "at_least", "reference": 0.9,
      "family": "privacy"}, "supported"),
    ({"id": "hearts-are-seen", "sentence": "Hearts are unseen by weights that were trained on hearts", "arm": "cardiac",
      "metric": "ssim[wang2004]", "region": "mask", "relation": "at_least", "reference": 0.0, "zero_shot": True,
      "population": _HEARTS, "family": "zero-shot"}, "not_evaluable"),
    ({"id": "livers-unseen", "sentence": "On livers, which they have not seen, the weights fill better than not at all",
      "arm": "cardiac", "metric": "ssim[wang2004]", "region": "mask", "relation": "at_least", "reference": 0.1,
      "zero_shot": True, "population": {"anatomy": "liver"}, "family": "zero-shot"}, "supported"),
]  # fmt: skip


def build(folder: Path, train: int, hearts: int, organs: int, frames: int, size: int) -> None:
    """Clips, manifest, and the finished videos of two arms."""
    asked = [("train", PhantomSet(train, SEED, "heart", 1, frames, size, split="train"))]
    asked += [("test", PhantomSet(hearts, SEED + 1, "heart", 1, frames, size))]
    asked += [(str(name), PhantomSet(organs, SEED + 2 + place, name, 1, frames, size))
              for place, name in enumerate((*UNSEEN, COLOUR_ALONE))]  # fmt: skip
    entries = [entry for name, wanted in asked for entry in _clips(folder, name, wanted)]
    alone = {"greyscale": None, "segmentation": None, "pairing": "unpaired"}
    shown = [e.model_copy(update=alone) if e.anatomy == COLOUR_ALONE else e for e in entries]
    write_manifest(folder / "manifest.csv", shown)
    for arm in ("faint", "coin"):
        (folder / arm).mkdir(exist_ok=True)
    for place, entry in enumerate(entries):
        real = read_npz(folder / str(entry.greyscale)).array()
        rng = np.random.default_rng((SEED, place))
        write_npz(folder / "faint" / f"{entry.clip_id}.npz", Clip.from_array(_noisy(real, rng)))
        given = real if place // 4 % 2 else _noise(real, rng)  # hearts take turns in four views
        write_npz(folder / "coin" / f"{entry.clip_id}.npz", Clip.from_array(given))


def study() -> Study:
    """All tasks, arms and claims."""
    return Study.model_validate({
        "title": "Downstream tasks on phantoms", "manifest": "manifest.csv", "seed": SEED,
        "note": "Simulated clips: what comes out says whether the suite works, and nothing about patients.",
        "metrics": ["ssim[wang2004]", "mae"], "regions": ["frame", "mask"],
        "arms": [{"name": "cardiac", "translator": "weights:cardiac"}, {"name": "telea", "translator": "trivial:telea"},
                 {"name": "faint", "translator": "folder:faint"}, {"name": "coin", "translator": "folder:coin"}],
        "tasks": TASKS, "claims": [claim for claim, _ in CLAIMS],
        "exhibits": {"arm": "cardiac", "metric": "mae", "region": "mask"},
    })  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, run and print; 0 if every claim has the verdict that it was built to have."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    for name, number in (("train", 24), ("hearts", 16), ("organs", 6), ("frames", 8), ("size", 96)):
        parser.add_argument(f"--{name}", type=int, default=number)
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)  # a frozen plan holds it, and goes on only with the same
    begun, cpu = time.perf_counter(), time.process_time()
    data = asked.out / "data"
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "manifest.csv").is_file():
        build(data, asked.train, asked.hearts, asked.organs, asked.frames, asked.size)
    plan = freeze(study(), data, schemes(data))
    run = run_study(plan, asked.out / "run", Store(asked.out / "cache"), _show)
    page = write_report(run)
    wanted = {claim["id"]: outcome for claim, outcome in CLAIMS}
    for verdict in run.verdicts:
        said = "as built" if verdict.outcome == wanted[verdict.claim] else f"built to be {wanted[verdict.claim]}"
        print(f"{verdict.outcome:13} {verdict.claim}: {verdict.sentence} ({said})")
    print(f"{time.perf_counter() - begun:.0f} s, {time.process_time() - cpu:.0f} s of the processor; {page}")
    return int(any(verdict.outcome != wanted[verdict.claim] for verdict in run.verdicts))


def _clips(folder: Path, name: str, asked: PhantomSet) -> Iterator[Entry]:
    home = folder / name
    home.mkdir(exist_ok=True)
    if not (home / "manifest.csv").is_file():
        write_phantoms(home, asked, lambda done, total: _show(f"phantoms: {name}", done, total))
    for entry in read_manifest(home / "manifest.csv").entries:
        files = {column: f"{name}/{getattr(entry, column)}" for column in ("cfd", "greyscale", "mask", "segmentation")}
        yield entry.model_copy(update=files)


def _noisy(frames: Frames, rng: np.random.Generator) -> Frames:
    """Faint noise where the picture is not black."""
    noise = rng.normal(0, FAINT, frames.shape) * (frames > 0)
    made: Frames = np.clip(frames + noise, 0, 255).round().astype(np.uint8)
    return made


def _noise(frames: Frames, rng: np.random.Generator) -> Frames:
    made: Frames = np.clip(rng.normal(60, NOISE, frames.shape), 0, 255).astype(np.uint8)
    return made


def _show(stage: str, done: int, total: int) -> None:
    if done == total:
        print(f"{time.strftime('%H:%M:%S')} {stage}: {total}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
