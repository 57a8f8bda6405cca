"""The public face is lazy: what needs no torch does not load it."""

import subprocess
import sys
from pathlib import Path

import pytest

import translator

ROOT = Path(translator.__file__).parents[1]
TORCH_FREE = (
    "translator", "translator.clips.read", "translator.clips.write", "translator.clips.manifest",
    "translator.regions.flow", "translator.regions.seam", "translator.simulate.dataset", "translator.fill.evidence",
    "translator.artefacts", "translator.weights", "translator.card", "translator.translation",
)  # fmt: skip


def test_everything_but_networks_training_and_inference_works_without_torch() -> None:
    code = f"import sys, {', '.join(TORCH_FREE)}; translator.Clip; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_public_name_can_be_had() -> None:
    assert [name for name in translator.__all__ if getattr(translator, name).__name__ != name] == []


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        translator.nonsense  # noqa: B018
