"""Plans: what is frozen, what moves the hash, and what the generator must not have seen."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from evalkit.arms.load import Scheme
from evalkit.metrics.registry import METRICS
from evalkit.plan import Plan, freeze
from evalkit.study import Study
from translator.artefacts import file_digest
from translator.card import ModelCard, TrainingSource
from translator.clips.clip import Clip, grey_clip
from translator.design import Design
from translator.errors import InputError
from translator.translation import Translation

CopyStudy = Callable[[str], Path]
GREY = {"name": "grey", "translator": "trivial:grey"}


class _Trained:
    """A translator that comes with a model card."""

    def __init__(self, subjects: list[str], files: list[str]) -> None:
        source = TrainingSource(name="t", licence="Apache-2.0", subjects=subjects, file_sha256=files)
        self.card = ModelCard(
            name="trained", summary="s", design=Design(), weights_sha256="0" * 64, evidence_version=1,
            training_sources=[source], training_command="c", training_config_sha256="0" * 64, seed=1, steps=1,
            losses="l", limits=[],
        )  # fmt: skip
        self.identity = {"trained": 1}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip))


def _given(made: _Trained, rest: str) -> _Trained:
    return made


def _study(**more: Any) -> Study:
    return Study.model_validate({"title": "T", "manifest": "data/manifest.csv", "arms": [GREY]} | more)


def _freeze(folder: Path, **more: Any) -> Plan:
    return freeze(_study(**more), folder, {})


def _freeze_trained(folder: Path, subjects: list[str], files: list[str]) -> Plan:
    study = _study(arms=[GREY, {"name": "mine", "translator": "fake:x"}])
    return freeze(study, folder, {"fake": lambda rest: _Trained(subjects, files)})


def test_plan_holds_the_digest_of_every_input(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    plan = _freeze(folder)
    assert len(plan.inputs) == 7
    name = "phantom-11-0000-0"
    files = {"cfd": "cfd", "greyscale": "grey", "mask": "cfd", "segmentation": "labels"}
    assert plan.inputs[name] == {
        column: file_digest(folder / "data" / f"{name}.{kind}.npz") for column, kind in files.items()
    }
    assert plan.document["inputs"] == plan.inputs


def test_plan_holds_arms_metrics_and_environment(copy_study: CopyStudy) -> None:
    document = _freeze(copy_study("one")).document
    assert document["arms"] == {"grey": {"identity": {"trivial": "grey", "version": 1}, "card": None}}
    assert document["metrics"] == ["ssim[wang2004]|v1|1", "mae|v1|grey levels", "change|v1|grey levels"]
    assert {"python", "opencv_threads", "libraries"} <= set(document["environment"])
    assert document["study"]["title"] == "T"
    assert len(document["clips"]) == 7


def test_hash_does_not_depend_on_the_folder(copy_study: CopyStudy) -> None:
    one, two = copy_study("one"), copy_study("another-place")
    for folder in (one, two):
        (folder / "videos").mkdir()
        shutil.copy(folder / "data" / "phantom-11-0000-0.grey.npz", folder / "videos" / "phantom-11-0000-0.npz")
    arms = [GREY, {"name": "videos", "translator": "folder:videos"}]
    assert _freeze(one, arms=arms).sha256 == _freeze(two, arms=arms).sha256


def test_hash_does_not_depend_on_a_root_given_by_the_caller(copy_study: CopyStudy, tmp_path: Path) -> None:
    one, two = copy_study("one"), tmp_path / "two"
    (two / "data").mkdir(parents=True)
    shutil.copy(one / "data" / "manifest.csv", two / "data")
    assert freeze(_study(), two, {}, one / "data").sha256 == _freeze(one).sha256


def test_hash_is_the_same_each_time(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    assert _freeze(folder).sha256 == _freeze(folder).sha256


@pytest.mark.parametrize("kind", ["cfd", "grey", "labels"])
def test_hash_changes_with_one_byte_of_an_input(copy_study: CopyStudy, kind: str) -> None:
    folder = copy_study("one")
    before = _freeze(folder).sha256
    path = folder / "data" / f"phantom-11-0003-0.{kind}.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert _freeze(folder).sha256 != before


@pytest.mark.parametrize(
    "more",
    [
        {"title": "U"},
        {"seed": 1},
        {"metrics": ["mae"]},
        {"regions": ["mask"]},
        {"population": {"anatomy": "heart"}},
        {"arms": [{"name": "grey", "translator": "trivial:telea"}]},
    ],
)
def test_hash_changes_with_what_was_asked(copy_study: CopyStudy, more: dict[str, Any]) -> None:
    folder = copy_study("one")
    assert _freeze(folder, **more).sha256 != _freeze(folder).sha256


def test_hash_changes_with_the_identity_of_an_arm(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    hashes = set()
    for version in (1, 2):
        made = _Trained([], [])
        made.identity = {"trained": version}
        study = _study(arms=[{"name": "mine", "translator": "fake:x"}])
        schemes: dict[str, Scheme] = {"fake": partial(_given, made)}
        hashes.add(freeze(study, folder, schemes).sha256)
    assert len(hashes) == 2


def test_a_generator_trained_on_a_subject_of_the_study_is_refused_by_subject(copy_study: CopyStudy) -> None:
    with pytest.raises(InputError) as caught:
        _freeze_trained(copy_study("one"), ["someone", "phantom-11-0002", "phantom-11-0004"], [])
    assert [fault.where for fault in caught.value.faults] == ["arm 'mine'", "arm 'mine'"]
    assert "subject 'phantom-11-0002' of clip 'phantom-11-0002-0' is in the training set" in str(caught.value)
    assert "phantom-11-0004" in str(caught.value)
    assert caught.value.faults[0].remedy


@pytest.mark.parametrize("kind", ["cfd", "grey"])
def test_a_generator_trained_on_a_file_of_the_study_is_refused_by_digest(copy_study: CopyStudy, kind: str) -> None:
    """The subject may have another name in the training set; its file has the same digest."""
    folder = copy_study("one")
    seen = file_digest(folder / "data" / f"phantom-11-0005-0.{kind}.npz")
    with pytest.raises(InputError, match="phantom-11-0005-0") as caught:
        _freeze_trained(folder, ["renamed"], [seen])
    assert len(caught.value.faults) == 1


def test_a_generator_trained_on_others_is_accepted_with_its_card_in_the_plan(copy_study: CopyStudy) -> None:
    plan = _freeze_trained(copy_study("one"), ["phantom-12-0002"], ["f" * 64])
    assert plan.document["arms"]["mine"]["card"]["training_sources"][0]["subjects"] == ["phantom-12-0002"]


def test_a_study_painted_over_a_training_file_is_refused(copy_study: CopyStudy) -> None:
    """Simulated flow makes new files of a clip; the manifest remembers what they were painted over."""
    folder = copy_study("one")
    manifest = folder / "data" / "manifest.csv"
    header, first, *rest = manifest.read_text(encoding="utf-8").splitlines()
    assert header.endswith(",origin")
    manifest.write_text("\n".join([header, first + "f" * 64, *rest]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=first.split(",")[0]):
        _freeze_trained(folder, ["renamed"], ["f" * 64])


def _with_split(folder: Path, clip: str, split: str) -> None:
    manifest = folder / "data" / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [line.replace(",test,", f",{split},") if line.startswith(clip) else line for line in lines]
    assert changed != lines
    manifest.write_text("".join(changed), encoding="utf-8")


def test_only_clips_of_the_split_are_in_the_plan_and_training_on_the_others_is_fine(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    _with_split(folder, "phantom-11-0006-0", "train")
    plan = _freeze_trained(folder, ["phantom-11-0006"], [])
    assert "phantom-11-0006-0" not in plan.inputs
    assert len(plan.inputs) == 6


def test_a_split_without_clips_is_refused(copy_study: CopyStudy) -> None:
    with pytest.raises(InputError, match="has no clips of split 'validation'"):
        _freeze(copy_study("one"), split="validation")


def test_an_unknown_metric_is_refused_with_the_nearest_name(copy_study: CopyStudy) -> None:
    with pytest.raises(InputError, match=r"unknown metric 'ssim'. Did you mean ssim\[wang2004\]"):
        _freeze(copy_study("one"), metrics=["ssim"])


def test_a_misspelt_metric_is_told_and_not_the_claims_that_spell_it_right(copy_study: CopyStudy) -> None:
    claim = {"id": "c", "sentence": "S", "arm": "grey", "metric": "ssim[wang2004]", "region": "mask",
             "relation": "at_least", "reference": 0.1}  # fmt: skip
    with pytest.raises(InputError, match=r"unknown metric 'ssim\[wangg\]'. Did you mean ssim\[wang2004\]") as refused:
        _freeze(copy_study("one"), metrics=["ssim[wangg]", "mae"], claims=[claim])
    assert "claim" not in str(refused.value)


def test_an_exhibit_that_is_no_clip_of_the_split_is_refused(copy_study: CopyStudy) -> None:
    with pytest.raises(InputError, match="no such clip in split 'test': nobody"):
        _freeze(copy_study("one"), exhibits={"always": ["phantom-11-0001-0", "nobody"]})


def test_a_missing_clip_is_refused_before_anything_is_measured(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    (folder / "data" / "phantom-11-0001-0.grey.npz").unlink()
    with pytest.raises(InputError, match="row 3, greyscale: no file at"):
        _freeze(folder)


def test_clips_are_opened_under_their_clip_id(copy_study: CopyStudy) -> None:
    plan = _freeze(copy_study("one"))
    entry = plan.manifest.entries[0]
    clip = plan.open_clip(entry, "cfd")
    assert clip is not None
    assert clip.header.source == "phantom-11-0000-0"
    assert clip.array().shape == (6, 48, 48, 3)
    assert plan.open_clip(entry.model_copy(update={"mask": None}), "mask") is None


@pytest.mark.parametrize("relation", ["superior", "noninferior"])
def test_a_claim_to_be_better_by_a_metric_that_is_best_at_a_target_is_refused(
    copy_study: CopyStudy, relation: str
) -> None:
    arms = [GREY, {"name": "telea", "translator": "trivial:telea"}]
    claim = {"id": "sharper", "sentence": "s", "arm": "grey", "against": "telea", "metric": "sharpness_ratio",
             "region": "mask", "relation": relation, "margin": 0.1}  # fmt: skip
    with pytest.raises(InputError) as caught:
        _freeze(copy_study("one"), arms=arms, metrics=["sharpness_ratio"], claims=[claim])
    (fault,) = caught.value.faults
    assert fault.where == "claim 'sharper'"
    assert f"relation {relation} does not go with sharpness_ratio: 1 is best" in fault.what
    assert "`equivalent` with `reference = 1`" in str(fault.remedy)


def test_a_claim_to_be_near_the_target_is_taken(copy_study: CopyStudy) -> None:
    claim = {"id": "as-sharp", "sentence": "s", "arm": "grey", "metric": "sharpness_ratio", "region": "mask",
             "relation": "equivalent", "reference": 1.0, "margin": 0.2}  # fmt: skip
    plan = _freeze(copy_study("one"), metrics=["sharpness_ratio"], claims=[claim])
    assert [metric.signature for metric in plan.metrics] == ["sharpness_ratio|v1|1"]


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a descriptive metric."""
    metric = replace(METRICS["mae"], name="plain", higher_is_better=None, descriptive=True)
    monkeypatch.setitem(METRICS, "plain", metric)
    return metric.name


@pytest.mark.parametrize("relation", ["superior", "noninferior"])
def test_a_claim_to_be_better_by_a_descriptive_metric_is_refused(
    copy_study: CopyStudy, plain: str, relation: str
) -> None:
    arms = [GREY, {"name": "telea", "translator": "trivial:telea"}]
    claim = {"id": "more", "sentence": "s", "arm": "grey", "against": "telea", "metric": plain, "region": "mask",
             "relation": relation, "margin": 0.1}  # fmt: skip
    with pytest.raises(InputError, match="it is descriptive, neither higher nor lower is better"):
        _freeze(copy_study("one"), arms=arms, metrics=[plain], claims=[claim])
    equal = claim | {"relation": "equivalent"}
    assert _freeze(copy_study("two"), arms=arms, metrics=[plain], claims=[equal]).metrics[0].descriptive


def test_exhibits_by_a_descriptive_metric_are_refused(copy_study: CopyStudy, plain: str) -> None:
    with pytest.raises(InputError, match="no clip is best or worst by it"):
        _freeze(copy_study("one"), metrics=[plain], exhibits={"metric": plain})
