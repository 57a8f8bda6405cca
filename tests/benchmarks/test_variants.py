"""Variants of a recipe: each changes one thing."""

import tomllib
from pathlib import Path

import pytest

from benchmarks.training.variants import ABLATIONS, variants
from translator.training.config import TrainingConfig, read_config

RECIPES = Path(__file__).parents[2] / "benchmarks" / "training"


@pytest.mark.parametrize("name", ["all", "base", "cardiac", "split"])
def test_every_recipe_can_be_read(name: str) -> None:
    assert read_config(RECIPES / f"{name}.toml").name == name


def test_the_recipes_of_the_shipped_weights_are_one_but_for_their_data() -> None:
    data = {
        "name", "summary", "splits", "anatomies", "leave_out", "clips_per_subject", "phantoms", "phantom_subjects",
        "validation_phantoms", "steps",
    }  # fmt: skip
    found = [read_config(RECIPES / f"{name}.toml").model_dump(exclude=data) for name in ("all", "cardiac", "split")]
    assert found[0] == found[1] == found[2]


def test_what_no_weights_may_see_is_left_out() -> None:
    for name in ("all", "base"):
        assert "pydicom-a4c" in read_config(RECIPES / f"{name}.toml").leave_out
    assert read_config(RECIPES / "cardiac.toml").splits == ("train",)
    assert read_config(RECIPES / "cardiac.toml").anatomies == ("heart",)


def _changed(one: TrainingConfig, other: TrainingConfig) -> set[str]:
    return {key for key in type(one).model_fields if getattr(one, key) != getattr(other, key)} - {"name"}


def test_an_ablation_changes_one_part_and_the_anatomies_what_is_left_out() -> None:
    base = tomllib.loads((RECIPES / "split.toml").read_text(encoding="utf-8"))
    recipe = TrainingConfig.model_validate(base)
    made = variants(base, None, [])
    assert made.keys() == ABLATIONS.keys()
    for name, config in made.items():
        assert _changed(config, recipe) <= {"design", "losses"}, name
    without = variants(base, 10, ["eye phantom"])["without-eye-phantom"]
    assert _changed(without, recipe) == {"leave_out", "steps"}
    assert without.leave_out == ("eye phantom",)
