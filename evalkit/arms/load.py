"""Load an arm from its specification in a study.

trivial:NAME             a fill without a network: evalkit.arms.trivial
folder:PATH              finished videos named by clip_id
module:object            a Translator, or a function without arguments that makes one
SCHEME:...               any scheme that the caller brings (the command brings `weights:NAME`)
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.arms.folder import FolderArm
from evalkit.arms.trivial import TRIVIAL, TrivialArm
from translator.artefacts import file_digest
from translator.card import ModelCard
from translator.errors import bad_input
from translator.translation import Translator

Scheme = Callable[[str], Translator]


@dataclass(frozen=True)
class Arm:
    """A named translator with what identifies its output and, if it has one, its model card."""

    name: str
    translator: Translator
    identity: dict[str, Any]
    card: ModelCard | None
    shared: bool  # what it made may be used again by other runs: it says itself when that would change

    @property
    def finished(self) -> bool:
        """True if its videos lie there finished, so that it needs no colour Doppler."""
        return isinstance(self.translator, FolderArm)


def load_arm(name: str, spec: str, folder: Path, schemes: Mapping[str, Scheme]) -> Arm:
    """Load one arm; relative paths count from `folder`.

    Raises: InputError saying what the specification should be.
    """
    scheme, _, rest = spec.partition(":")
    if scheme == "trivial" and rest in TRIVIAL:
        made: Translator = TrivialArm(rest, TRIVIAL[rest])
    elif scheme == "folder":
        made = FolderArm(folder / rest)
    elif scheme in schemes:
        made = schemes[scheme](rest)
    elif scheme != "trivial" and rest:
        made = load_object(spec)
    else:
        known = ", ".join(f"trivial:{key}" for key in TRIVIAL)
        raise bad_input(
            f"arm {name!r}",
            f"cannot use {spec!r}",
            f"Give {known}, folder:PATH, module:object or weights:NAME",
        )
    if not isinstance(made, Translator):
        raise bad_input(f"arm {name!r}", f"{spec!r} gave {type(made).__name__} without translate(clip, mask)")
    declared = getattr(made, "identity", None)
    identity = dict(declared or _module_identity(made))
    card = getattr(made, "card", None)
    return Arm(name, made, identity, card if isinstance(card, ModelCard) else None, bool(declared))


def load_object(spec: str) -> Translator:
    """Import `module:object`; a class or function is called without arguments.

    Raises: InputError if it cannot be imported or has no `translate`.
    """
    module, _, attribute = spec.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: a user's module lies where the command is run
    try:
        found = getattr(import_module(module), attribute)
        is_maker = isinstance(found, type) or (callable(found) and not hasattr(found, "translate"))
        made = found() if is_maker else found
    except Exception as error:  # a user's module can raise anything
        what = f"cannot be imported ({type(error).__name__}: {error})"
        raise bad_input(spec, what, "Give module:object that Python can import from here") from None
    if not isinstance(made, Translator):
        what = f"is {type(made).__name__} without translate(clip, mask)"
        raise bad_input(spec, what, "See CONTRIBUTING, 'A generator'")
    return made


def _module_identity(made: Translator) -> dict[str, Any]:
    """Without a declared identity: the name and the source file of the class."""
    kind = type(made)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return {
        "object": f"{kind.__module__}:{kind.__qualname__}",
        "source": file_digest(Path(file)) if file else "",
    }
