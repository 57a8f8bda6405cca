"""Wire the generator to the trial: the one place where both are known."""

from collections.abc import Mapping
from pathlib import Path

from evalkit.arms.load import Scheme
from translator.translation import Translator


def schemes(folder: Path) -> Mapping[str, Scheme]:
    """Arm schemes beyond those of the trial itself: weights:NAME or weights:FILE, a trained generator.

    A file counts from `folder`.
    """

    def weights(name: str) -> Translator:
        from translator.inference.generator import load_generator  # torch is loaded only when it is needed

        return load_generator(str(folder / name) if name.endswith(".safetensors") else name)

    return {"weights": weights}
