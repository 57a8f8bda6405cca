"""Loading arms from their specification: what is wrong is said with the remedy."""

import sys
from pathlib import Path

import numpy as np
import pytest

from evalkit.arms.load import load_arm
from evalkit.arms.trivial import TRIVIAL, TrivialArm
from translator.artefacts import file_digest
from translator.card import ModelCard
from translator.clips.clip import Clip, grey_clip, mask_clip
from translator.clips.npz import write_npz
from translator.design import Design
from translator.errors import InputError
from translator.translation import Translation

MODULE = """
from translator.translation import Translation
from translator.clips.clip import grey_clip

class Mine:
    def translate(self, clip, mask):
        return Translation(grey_clip(clip))

class Other(Mine):
    identity = {"other": 2}

class Caller(Mine):
    def __call__(self):
        raise RuntimeError("a translator that can be called must not be called")

made = Mine()
caller = Caller()
number = 7

def make():
    return Mine()

def make_number():
    return 7
"""


class _Carded:
    """A translator with a card that the test gives it."""

    def __init__(self, card: object) -> None:
        self.card = card
        self.identity = {"carded": 1}

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh module in the current folder, importable only from there."""
    name = f"generator_of_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", ".")])
    return name


@pytest.mark.parametrize("name", TRIVIAL)
def test_trivial_arms_are_loaded_by_name(tmp_path: Path, name: str) -> None:
    arm = load_arm("x", f"trivial:{name}", tmp_path, {})
    assert isinstance(arm.translator, TrivialArm)
    assert arm.name == "x"
    assert arm.identity["trivial"] == name
    assert arm.card is None


def test_a_folders_path_counts_from_the_study(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    write_npz(tmp_path / "videos" / "a.npz", Clip.from_array(np.full((1, 2, 2), 9, np.uint8)))
    arm = load_arm("x", "folder:videos", tmp_path, {})
    asked = Clip.from_array(np.zeros((1, 2, 2), np.uint8), source="a")
    assert arm.translator.translate(asked, asked).clip.array().max() == 9
    assert arm.identity == {"folder": {"a": file_digest(tmp_path / "videos" / "a.npz")}}


@pytest.mark.parametrize("what", ["made", "Mine", "make"])
def test_object_class_and_function_of_a_module_in_the_current_folder_are_loaded(module: str, what: str) -> None:
    arm = load_arm("x", f"{module}:{what}", Path("elsewhere"), {})
    clip = Clip.from_array(np.full((1, 3, 3, 3), 50, np.uint8))
    made = arm.translator.translate(clip, mask_clip(np.zeros((1, 3, 3), np.bool_), clip))
    assert made.clip.array().tolist() == np.full((1, 3, 3), 50).tolist()


def test_a_translator_that_can_be_called_is_taken_and_not_called(module: str) -> None:
    assert type(load_arm("x", f"{module}:caller", Path(), {}).translator).__name__ == "Caller"


def test_without_a_declared_identity_the_source_file_identifies_an_arm(module: str, tmp_path: Path) -> None:
    arm = load_arm("x", f"{module}:Mine", Path(), {})
    assert arm.identity == {"object": f"{module}:Mine", "source": file_digest(tmp_path / f"{module}.py")}


def test_a_declared_identity_is_taken(module: str) -> None:
    assert load_arm("x", f"{module}:Other", Path(), {}).identity == {"other": 2}


def test_a_scheme_of_the_caller_gets_the_rest_of_the_specification(tmp_path: Path) -> None:
    seen: list[str] = []

    def scheme(rest: str) -> _Carded:
        seen.append(rest)
        return _Carded(None)

    arm = load_arm("x", "weights:small:v2", tmp_path, {"weights": scheme})
    assert seen == ["small:v2"]
    assert arm.identity == {"carded": 1}


def test_a_model_card_is_read_from_the_translator_and_anything_else_there_is_not(tmp_path: Path) -> None:
    card = ModelCard(
        name="n", summary="s", design=Design(), weights_sha256="0", evidence_version=1, training_sources=[],
        training_command="c", training_config_sha256="0", seed=1, steps=1, losses="l", limits=[],
    )  # fmt: skip
    assert load_arm("x", "fake:", tmp_path, {"fake": lambda rest: _Carded(card)}).card == card
    assert load_arm("x", "fake:", tmp_path, {"fake": lambda rest: _Carded("a string")}).card is None


@pytest.mark.parametrize("spec", ["trivial:nope", "trivial", "trivial:", "grey", "module:", ""])
def test_a_specification_that_means_nothing_is_refused_with_what_it_could_be(tmp_path: Path, spec: str) -> None:
    with pytest.raises(InputError) as caught:
        load_arm("mine", spec, tmp_path, {})
    (fault,) = caught.value.faults
    assert "'mine'" in fault.where
    assert repr(spec) in fault.what
    for remedy in ("trivial:grey", "trivial:telea", "trivial:temporal-median", "folder:PATH", "module:object"):
        assert remedy in fault.remedy


@pytest.mark.parametrize("spec", ["no_such_module_anywhere:thing", "json:no_such_name", ":thing", "weights:name"])
def test_what_cannot_be_imported_is_refused_with_the_remedy(
    tmp_path: Path, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(InputError, match="cannot be imported") as caught:
        load_arm("x", spec, tmp_path, {})
    assert "module:object" in caught.value.faults[0].remedy


@pytest.mark.parametrize("what", ["number", "make_number"])
def test_what_does_not_translate_is_refused_by_its_type(module: str, what: str) -> None:
    with pytest.raises(InputError, match=r"is int without translate\(clip, mask\)"):
        load_arm("x", f"{module}:{what}", Path(), {})


def test_an_absent_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        load_arm("x", "folder:nowhere", tmp_path, {})
