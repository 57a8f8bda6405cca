"""A run with all that a packet can make again: a task that classifies, an arm with a model card, a flow of clips."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.plan import freeze
from evalkit.records import Measurement, Prediction
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from evalkit.tasks.declare import Bench, TaskRows, output
from tests.evalkit.cards import card_of
from translator.artefacts import Store, canonical_json
from translator.card import TrainingSource
from translator.clips.clip import Clip, grey_clip
from translator.clips.manifest import read_manifest, write_manifest
from translator.translation import Translation

INPUTS = Path(__file__).resolve().parents[2] / "golden" / "inputs"
VIEWS = ("A2C", "A4C")
BRIGHT = output("view", "level", "Mean grey level over 255.", (0, 1), source="tests", descriptive=True)


class Trained:
    """A generator that was trained on hearts, and on a clip of the study by its name."""

    identity = {"trained": 1}  # noqa: RUF012
    card = card_of([TrainingSource(name="ward", licence="x", anatomies=["heart"], subjects=["other"])])

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip))


class Named(Trained):
    """One whose card names a clip of the study."""

    identity = {"trained": 2}  # noqa: RUF012
    card = card_of([TrainingSource(name="x", licence="x", anatomies=["liver"], subjects=["other"], clips=["clip-a-5"])])


class _Views:
    """Says of each version which view it is, at times wrongly."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name, self.outputs, self.identity = name, (BRIGHT,), {"kind": "views", **options}

    def measure(self, bench: Bench) -> TaskRows:
        rows, said = [], []
        for version in (*bench.real("test"), *(each for arm in bench.arms for each in bench.made(arm, "test"))):
            entry, level = version.entry, float(version.clip().array().mean())
            who = version.arm, entry.clip_id, entry.subject_id
            rows.append(Measurement(*who, "view.level", "frame", entry.pairing, level / 255, "ok"))
            wrong = sum(map(ord, version.arm + entry.clip_id)) % 3 == 0
            view = VIEWS[(VIEWS.index(str(entry.view)) + wrong) % 2]
            sure = canonical_json({each: 0.7 if each == view else 0.3 for each in VIEWS})
            said.append(Prediction("view", *who, bench.seed, entry.view, view, sure, "ok"))
        return TaskRows(rows, said, {"classification": ["view"], "column": "view"})


def views(name: str, options: Mapping[str, Any]) -> _Views:
    """The maker that the study names."""
    return _Views(name, options)


def tasked_run(folder: Path) -> Run:
    """14 clips of as many subjects: 8 hearts and 6 kidneys, one of them excluded."""
    known = read_manifest(INPUTS / "manifest.csv").entries
    entries = [
        entry.model_copy(update={
            "clip_id": f"clip-{letter}-{n}", "subject_id": f"person-{letter}{n}", "view": VIEWS[n % 2], "mask": None,
            "anatomy": "heart" if letter == "a" or n == 0 else "kidney", "origin": None,
        })
        for letter in "ab" for n, entry in enumerate(known)
    ]  # fmt: skip
    shutil.copytree(INPUTS, folder / "data")
    write_manifest(folder / "data" / "manifest.csv", entries)
    claim = {"id": "right", "sentence": "The view is told.", "arm": "ours", "statistic": "accuracy", "metric": "view"}
    study = {
        "title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"], "regions": ["frame"], "strata": ["view"],
        "tasks": [{"name": "view", "kind": f"{__name__}:views", "options": {}}],
        "arms": [{"name": "ours", "translator": f"{__name__}:Trained"}, {"name": "grey", "translator": "trivial:grey"},
                 {"name": "named", "translator": f"{__name__}:Named"}],
        "claims": [{**claim, "relation": "at_least", "reference": 0.5}],
        "exclusions": [{"clip_id": "clip-b-6", "reason": "probe off the skin of person-b6"}],
        "exhibits": {"metric": "mae", "region": "frame"},
    }  # fmt: skip
    plan = freeze(Study.model_validate(study), folder, {})
    return run_study(plan, folder / "run", Store(folder / "cache"), lambda stage, done, total: None)
