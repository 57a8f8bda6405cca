"""Wire the generator to the trial: the one place where both are known."""

from collections.abc import Mapping

from evalkit.arms.load import Scheme
from translator.translation import Translator


def schemes() -> Mapping[str, Scheme]:
    """Arm schemes beyond those of the trial itself: weights:NAME, a trained generator."""
    return {"weights": _weights}


def _weights(name: str) -> Translator:
    from translator.inference.generator import load_generator  # torch is loaded only when it is needed

    return load_generator(name)
