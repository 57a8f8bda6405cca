"""Train variants of a recipe: one part taken away each (ablations), or one anatomy (leave one out).

    python -m benchmarks.training.variants benchmarks/training/split.toml --root DATA --out variants \
        [--steps 1500] [--only whole plain ...] [--anatomies]

Every variant trains on the same samples and the same seed, for as many steps. Samples and finished variants are kept: a
second call goes on where the first one was stopped. It prints the arms to give to benchmarks.generator.fidelity.
"""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from translator.artefacts import Store
from translator.clips.manifest import read_manifest
from translator.training.config import TrainingConfig
from translator.training.loop import train
from translator.training.pairs import chosen_entries

ABLATIONS: dict[str, dict[str, Any]] = {
    "whole": {},
    "plain": {"design": {"gated": False}},
    "coarse-only": {"design": {"refine": False}},
    "no-prior": {"design": {"without": ["prior"]}},
    "no-neighbours": {"design": {"without": ["neighbours"]}},
    "no-match": {"design": {"without": ["match"]}},
    "no-time": {"design": {"without": ["prior", "neighbours", "match"]}},
    "no-structure": {"losses": {"structure": 0.0}},
    "no-temporal": {"losses": {"temporal": 0.0}},
    "no-contrast": {"losses": {"contrast": 0.0}},
    "no-perceptual": {"losses": {"perceptual": 0.0}},
    "efficientnet": {"losses": {"features": "efficientnet-lite0"}},
    "adversarial": {"losses": {"adversarial": 0.01, "matching": 0.1, "adversarial_from": 0.6}},
    "adversarial-strong": {"losses": {"adversarial": 0.1, "matching": 1.0, "adversarial_from": 0.3}},
    "matching": {"losses": {"matching": 0.1, "adversarial_from": 0.6}},
}


def variants(base: dict[str, Any], steps: int | None, anatomies: list[str]) -> dict[str, TrainingConfig]:
    """name -> configuration: the ablations, or, with anatomies, one that leaves each of them out."""
    changes = {
        f"without-{name.replace(' ', '-')}": {"leave_out": [*base.get("leave_out", []), name]} for name in anatomies
    } or ABLATIONS
    return {name: TrainingConfig.model_validate(_merged(base, name, change, steps)) for name, change in changes.items()}


def _merged(base: dict[str, Any], name: str, change: dict[str, Any], steps: int | None) -> dict[str, Any]:
    out = {**base, "name": name, "steps": steps or base["steps"]}
    for key, value in change.items():
        out[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
    return out


def main() -> None:
    """Train what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training.variants", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--root", type=Path, required=True, help="folder of the real clips")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.add_argument("--steps", type=int, help="steps of each variant instead of the recipe's")
    parser.add_argument("--only", nargs="*", help="names of variants")
    parser.add_argument("--anatomies", action="store_true", help="leave one anatomy out each, instead of ablations")
    parser.add_argument("--cache", type=Path, help="where pools are kept; default: OUT/cache")
    asked = parser.parse_args()
    base = tomllib.loads(asked.config.read_text(encoding="utf-8"))
    manifest = read_manifest(asked.config.parent / base["manifest"], asked.root)
    recipe = TrainingConfig.model_validate(base)
    trained = {entry.anatomy for entry in chosen_entries(recipe, manifest, recipe.splits) if entry.anatomy}
    names = sorted(trained) if asked.anatomies else []
    chosen = variants(base, asked.steps, names)
    for name in asked.only or chosen:
        if name not in chosen:
            sys.exit(f"unknown variant {name!r}; known: {', '.join(chosen)}")
    store = Store(asked.cache or asked.out / "cache")
    for name in asked.only or chosen:
        if not (asked.out / f"{name}.card.json").is_file():
            train(chosen[name], manifest, asked.out, store, _progress(name), f"benchmarks.training.variants {name}")
        sys.stdout.write(f"--arm {name}=weights:{asked.out / name}.safetensors\n")


def _progress(name: str) -> Any:
    def report(stage: str, done: int, total: int, note: str) -> None:
        if done % max(1, total // 10) == 0:
            sys.stderr.write(f"{name}: {stage} {done} of {total} {note}\n")

    return report


if __name__ == "__main__":
    main()
