"""The privacy task in a whole run: a copying generator with a card, an innocent one beside it, estimates and report."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evalkit.plan import freeze
from evalkit.records import Measurement
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from reports import write_report
from reports.page.privacy import privacy_parts
from reports.page.saved import privacy_rows
from tests.evalkit.tasks.benches import card_of, source
from translator.artefacts import Store
from translator.clips.clip import Clip
from translator.clips.manifest import read_manifest, write_manifest
from translator.clips.read import read_clip
from translator.translation import Translation

CopyStudy = Callable[[str], Path]
MEMBERS = 3


class _Copier:
    """Gives back the training clips in turn."""

    identity = {"name": "copier", "version": 1}  # noqa: RUF012  # what CONTRIBUTING shows

    def __init__(self, folder: Path) -> None:
        entries = read_manifest(folder / "manifest.csv").entries
        self.training = [read_clip(folder / str(entry.greyscale)) for entry in entries[:MEMBERS]]
        self.card = card_of(source([entry.subject_id for entry in entries[:MEMBERS]]))

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        """The next training clip, chosen by the picture, so that the same clip always gives the same."""
        number = int(np.sum(clip.array())) % MEMBERS
        return Translation(self.training[number])


@pytest.fixture
def done(copy_study: CopyStudy) -> Run:
    """A run of a copier and of Telea's fill on four clips; three were trained on."""
    folder = copy_study("study")
    manifest = folder / "data" / "manifest.csv"
    entries = [e.model_copy(update={"split": "train" if i < MEMBERS else "test"})
               for i, e in enumerate(read_manifest(manifest).entries)]  # fmt: skip
    write_manifest(manifest, entries)
    study = Study.model_validate(
        {
            "title": "T", "manifest": "data/manifest.csv", "metrics": ["mae"],
            "tasks": [{"name": "privacy", "kind": "privacy", "options": {"backbone": "none"}}],
            "arms": [{"name": "copier", "translator": "made:x"}, {"name": "telea", "translator": "trivial:telea"}],
            "claims": [{"id": "no-copies", "sentence": "Few clips are copies.", "arm": "copier", "relation": "at_most",
                        "metric": "privacy.copied", "region": "mask", "reference": 0.1}],
        }
    )  # fmt: skip
    plan = freeze(study, folder, {"made": lambda _: _Copier(folder / "data")})
    return run_study(plan, folder / "out", Store(folder / "cache"), lambda stage, done, total: None)


def _mean(rows: list[Measurement], arm: str, metric: str, region: str) -> float:
    values = [r.value for r in rows if (r.arm, r.metric, r.region) == (arm, metric, region) and r.value is not None]
    return float(np.mean(values))


def test_the_copier_is_caught_and_its_neighbour_is_not(done: Run) -> None:
    for region in ("frame", "mask"):
        assert _mean(done.measurements, "copier", "privacy.copied", region) == 1
        assert _mean(done.measurements, "telea", "privacy.copied", region) < 1
    assert _mean(done.measurements, "copier", "privacy.nearest_training", "frame") == 0
    assert {row.task for row in done.predictions} == {"privacy.frame", "privacy.mask", "privacy.fill_error"}
    assert done.tasks["privacy"]["members"] == MEMBERS


def test_claims_and_estimates_can_be_made_of_it(done: Run) -> None:
    (estimate,) = [each for each in done.estimates if each.id == "no-copies"]
    assert estimate.value == 1
    assert done.verdicts[0].outcome != "supported"


def test_the_report_says_who_was_compared_with_whom_and_what_is_expected(done: Run) -> None:
    page = write_report(done).read_text(encoding="utf-8")
    assert "Privacy: does copier give away its training clips" in page
    assert "3 training clips of 3 subjects" in page
    assert "expected of a translator" in page
    subject = done.plan["training"]["clips"][0]["subject_id"]
    assert subject not in page
    assert 'download="privacy.csv"' in page
    rows = {(arm, what): found for _, arm, what, found in privacy_rows(privacy_parts(done))}
    assert rows["copier", "copied, whole frame, pixels"].value == 1
    assert any(what.startswith("AUC of membership") for _, what in rows)
