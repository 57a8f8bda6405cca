"""Wire the generator to the trial: the one place where both are known."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from evalkit.arms.load import Scheme
from translator.errors import bad_input
from translator.translation import Translator

if TYPE_CHECKING:
    from translator.inference.generator import Generator

WEIGHTS = "weights"
_OPTIONS = ("engine", "device", "threads")


def schemes(folder: Path) -> Mapping[str, Scheme]:
    """Arm schemes beyond those of the trial itself: weights:NAME or weights:FILE, a trained generator.

    A file counts from `folder`. `?engine=openvino&threads=2&device=cpu` may follow; without it the arm runs on torch
    in float32 on the CPU, so that others can make the same again.
    """

    def weights(text: str) -> Translator:
        return load_weights(text, folder, {"engine": "torch"}, "auto depends on the machine: a study names its engine")

    return {WEIGHTS: weights}


def load_weights(text: str, folder: Path, defaults: Mapping[str, str], no_auto: str = "") -> "Generator":
    """The generator of `NAME` or `FILE.safetensors`, with or without `?engine=...&device=...&threads=...`.

    `defaults` holds the options that the text does not name; `no_auto`, if not empty, says why auto is not wanted.
    Raises: InputError for an option that is not known, is given twice or has a value that it cannot have.
    """
    from translator.inference.generator import load  # torch is loaded only when it is needed

    name, _, query = text.partition("?")
    options = {**defaults, **_options(text, query)}
    if no_auto and options.get("engine") == "auto":
        raise bad_input(f"weights:{text}", no_auto, "Give engine=torch, or another by its name")
    threads = options.get("threads")
    if threads is not None and not (threads.isascii() and threads.isdigit()):
        raise bad_input(f"weights:{text}", f"threads is {threads!r}", "Give a number of 1 or more")
    return load(
        str(folder / name) if name.endswith(".safetensors") else name,
        options.get("engine", "auto"),
        options.get("device", "cpu"),
        None if threads is None else int(threads),
    )


def _options(text: str, query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        pairs = [(query, "")]
    names = [name for name, _ in pairs]
    wrong = [name for name in names if name not in _OPTIONS or names.count(name) > 1]
    if wrong:
        what = f"has an option {wrong[0]!r} that is not known or given twice"
        raise bad_input(
            f"weights:{text}", what, "Write weights:NAME?engine=NAME&device=cpu&threads=2, each at most once"
        )
    return dict(pairs)
