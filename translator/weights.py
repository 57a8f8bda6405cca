"""Find weights by name or path and prove that they are the ones their card describes.

A set of weights is `NAME.safetensors` beside `NAME.card.json`; nothing is ever unpickled. Names are looked
up in the folder that is shipped with the package.
"""

from pathlib import Path
from typing import NamedTuple

from translator.artefacts import file_digest
from translator.card import ModelCard, read_card
from translator.errors import bad_input

SHIPPED = Path(__file__).parent / "shipped"
DEFAULT = "all"  # the shipped weights that are meant where nobody names any
ZERO_SHOT = "cardiac"  # those trained on hearts alone, so that every other anatomy is unseen


class Weights(NamedTuple):
    """A weights file and its card."""

    path: Path
    card: ModelCard


def shipped_names() -> list[str]:
    """Names of the weights that come with the package."""
    return sorted(path.name.removesuffix(".safetensors") for path in SHIPPED.glob("*.safetensors"))


def find_weights(name_or_path: str) -> Weights:
    """Resolve a shipped name or a path to a .safetensors file, and check its SHA-256 against the card.

    Raises: InputError if there is none, or card and file do not belong together.
    """
    path = Path(name_or_path)
    if path.suffix != ".safetensors":
        path = SHIPPED / f"{name_or_path}.safetensors"
        if name_or_path not in shipped_names():
            known = ", ".join(shipped_names()) or "none"
            raise bad_input(
                f"weights {name_or_path!r}",
                f"not known; shipped: {known}",
                "Give a name or a .safetensors file",
            )
    if not path.is_file():
        raise bad_input(path, "does not exist", "Give a shipped name or a .safetensors file")
    card = read_card(path.with_name(f"{path.stem}.card.json"))
    found = file_digest(path)
    if found != card.weights_sha256:
        raise bad_input(
            path,
            f"has SHA-256 {found[:16]}..., its card says {card.weights_sha256[:16]}...",
            "The file is damaged or was changed: fetch weights and card again",
        )
    return Weights(path, card)
