"""Sets of clips compared through a made-up backbone: what is in which set, what is kept, what is said of failures."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from evalkit import backbones, embedding
from evalkit.backbones import BACKBONES
from evalkit.distribution import compare_sets
from evalkit.measuring import Stores
from evalkit.plan import Plan, freeze, freeze_on
from evalkit.records import Distribution
from evalkit.run import run_study
from evalkit.seal import read_run
from evalkit.statistics.set_distances import Sample, kernel_means, kid
from evalkit.study import ArmSpec, Study
from translator.artefacts import Store
from translator.clips.manifest import Manifest, read_manifest
from translator.clips.read import read_clip
from translator.errors import InputError, bad_input
from translator.pins import PINS
from translator.translation import Translation
from translator.weights import WeightsAbsentError

LITE = BACKBONES["efficientnet-lite0"]._replace(dimensions=2)
CopyStudy = Callable[[str], Path]
calls: list[int] = []


class Fails:
    """An arm that refuses one clip."""

    identity = {"name": "fails", "version": 1}  # noqa: RUF012  # what CONTRIBUTING shows

    def translate(self, clip: Any, mask: Any) -> Translation:
        """The clip itself, but not where its name ends in 3-0."""
        if clip.header.source.endswith("3-0"):
            raise RuntimeError("too hard")
        return Translation(clip)


def _features(frames: np.ndarray) -> np.ndarray:
    calls.append(len(frames))
    return np.stack([frames.mean(axis=(1, 2)) / 100, frames.std(axis=(1, 2)) / 100], axis=1).astype(np.float32)


@pytest.fixture
def plan(copy_study: CopyStudy, monkeypatch: pytest.MonkeyPatch) -> Plan:
    folder = copy_study("study")
    for module in (backbones, embedding):
        monkeypatch.setattr(module, "extractor", lambda backbone, device: _features)
    calls.clear()
    arms = [ArmSpec(name="grey", translator="trivial:grey"), ArmSpec(name="fails", translator="made:x")]
    study = Study.model_validate(
        {"title": "t", "manifest": "data/manifest.csv", "arms": [arm.model_dump() for arm in arms]}
    )
    return freeze(study, folder, {"made": lambda _: Fails()})


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backbone of two numbers under the name of one that a study can name."""
    monkeypatch.setitem(BACKBONES, LITE.name, LITE)


def _asking(plan: Plan, **asked: Any) -> Plan:
    """The plan of the same study that asks for more."""
    study = Study.model_validate({**plan.study.model_dump(exclude_unset=True), **asked})
    return freeze(study, plan.folder, {"made": lambda _: Fails()})


def _compared(plan: Plan, cache: Path) -> Distribution:
    store = Store(cache)
    return compare_sets(plan, LITE, Stores(shared=store, own=store), 1, lambda *_: None)


def test_sets_are_gathered_by_subject_and_kid_is_that_of_their_vectors(plan: Plan, tmp_path: Path) -> None:
    found = _compared(plan, tmp_path / "cache")
    by_id = {row.id: row for row in found.estimates}
    row = by_id["grey against real|kid[efficientnet-lite0]"]
    sets = []
    for column in ("greyscale", "cfd"):
        vectors, subjects = [], []
        for entry in plan.manifest.entries:
            file = plan.manifest.file(entry, column)
            assert file is not None
            each = _features(backbones.chosen_frames(read_clip(file), LITE)).astype(np.float64)
            vectors.append(each)
            subjects += [entry.subject_id] * len(each)
        sets.append(Sample(np.concatenate(vectors), np.array(subjects)))
    assert row.value == pytest.approx(kid(kernel_means(*sets)))
    assert None not in (row.low, row.high)
    assert (row.low or 0) < (row.value or 0) < (row.high or 0)
    assert (row.n_subjects, row.n_clips, row.n_failed) == (7, 7, 0)
    null = by_id["real against real|kid[efficientnet-lite0]|3 subjects a side"]
    assert null.low is None
    assert "seed 1" in null.method
    assert "descriptive" in by_id["grey against real|frechet[efficientnet-lite0]"].note
    json.dumps(found.document(), allow_nan=False)


def test_a_failed_translation_is_counted_and_in_no_set(plan: Plan, tmp_path: Path) -> None:
    row = next(row for row in _compared(plan, tmp_path / "cache").estimates if row.arm == "fails")
    assert (row.n_clips, row.n_failed) == (6, 1)
    assert "1 clips failed" in row.note


def test_vectors_are_kept_beside_their_clips(plan: Plan, tmp_path: Path) -> None:
    first = _compared(plan, tmp_path / "cache")
    made = len(calls)
    assert made == 7 + 7 + 6
    again = _compared(plan, tmp_path / "cache")
    assert len(calls) == made
    assert again == first


def test_absent_weights_give_rows_without_value_and_what_to_do(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(backbone: object, device: str) -> None:
        raise WeightsAbsentError(bad_input("not computed: weights absent", "no file", "pip install it").faults)

    monkeypatch.setattr(embedding, "extractor", absent)
    found = _compared(plan, tmp_path / "cache").estimates
    assert {row.arm for row in found} == {"grey", "fails"}
    assert all(row.value is None and row.note.startswith("not computed: weights absent") for row in found)


def test_a_study_that_names_a_backbone_has_its_figures_sealed_in_the_run(
    plan: Plan, small: None, tmp_path: Path
) -> None:
    asking = _asking(plan, distributions=[LITE.name], seed=3)
    done = run_study(asking, tmp_path / "run", Store(tmp_path / "cache"), lambda *_: None)
    (found,) = done.distributions
    store = Store(tmp_path / "cache")
    assert found == compare_sets(asking, LITE, Stores(shared=store, own=store), 3, lambda *_: None)
    assert "distributions.json" in done.record["files"]
    assert asking.document["distributions"][LITE.name]["frames_per_clip"] == found.frames_per_clip
    assert found.failed == {"fails": {entry: "too hard" for entry in found.failed["fails"]}}
    (tmp_path / "run" / "distributions.json").write_text("{}")
    with pytest.raises(InputError, match=r"distributions\.json: was changed after the run was sealed"):
        read_run(tmp_path / "run")


def test_a_study_that_names_none_has_no_such_file(plan: Plan, tmp_path: Path) -> None:
    done = run_study(plan, tmp_path / "run", Store(tmp_path / "cache"), lambda *_: None)
    assert done.distributions == []
    assert not (tmp_path / "run" / "distributions.json").exists()
    assert calls == []


def test_weights_that_come_later_make_another_plan(plan: Plan, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise WeightsAbsentError(bad_input("not computed: weights absent", "no file", "pip install it").faults)

    def there(name: str) -> None:
        assert name == LITE.weights

    plans = []
    for found in (absent, there):
        monkeypatch.setattr("evalkit.plan.find_pinned", found)
        plans.append(_asking(plan, distributions=[LITE.name]))
    digests = [each.document["distributions"][LITE.name]["weights"] for each in plans]
    assert digests == ["absent", PINS[LITE.weights].sha256]
    assert plans[0].sha256 != plans[1].sha256


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["resnet"], "unknown backbone 'resnet'; known: efficientnet-lite0, inception-fid, i3d-kinetics-400"),
        (["inception-fid", "inception-fid"], "distribution 'inception-fid' is given twice"),
    ],
)
def test_unknown_backbones_and_repeated_ones_are_refused(plan: Plan, asked: list[str], words: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(words)):
        _asking(plan, distributions=asked)


def test_finished_videos_of_clips_without_colour_are_a_set_of_their_own(
    copy_study: CopyStudy, small: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (backbones, embedding):
        monkeypatch.setattr(module, "extractor", lambda backbone, device: _features)
    folder = copy_study("study")
    manifest = read_manifest(folder / "data" / "manifest.csv")
    greyscale = [entry.model_copy(update={"cfd": None, "pairing": "matched"}) for entry in manifest.entries]
    (folder / "videos").mkdir()
    for entry in greyscale:
        shutil.copyfile(folder / "data" / str(entry.greyscale), folder / "videos" / f"{entry.clip_id}.npz")
    study = Study.model_validate(
        {"title": "t", "manifest": "-", "arms": [{"name": "same", "translator": "folder:videos"}]}
    )
    plan = freeze_on(Manifest(tuple(greyscale), folder / "data"), study, folder, {})
    by_statistic = {row.statistic: row for row in _compared(plan, tmp_path / "cache").estimates if row.arm == "same"}
    assert by_statistic["frechet"].value == pytest.approx(0.0, abs=1e-9)
    assert (by_statistic["frechet"].n_clips, by_statistic["frechet"].n_undefined) == (7, 0)
