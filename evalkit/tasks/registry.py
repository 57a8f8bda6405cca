"""The kinds of task that a study can name, and `module:object` for any other."""

import difflib
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from evalkit.tasks.declare import Task
from translator.errors import InputError, bad_input

Maker = Callable[[str, Mapping[str, Any]], Task]  # (name, options), options unchecked
SUMMARIES = {
    "discriminability": "can a machine tell real from synthetic clips, and by what",
    "privacy": "what a generator gives away of its training clips (docs/tasks-privacy.md)",
    "segmentation": "is the same anatomy outlined in real and synthetic clips",
    "view-classification": "is the same class found in real and synthetic clips (docs/tasks-views.md)",
}
KINDS: dict[str, str] = {  # kind -> "module:object" of its Maker, imported when it is asked for
    "discriminability": "evalkit.tasks.discriminability:make_discriminability",
    "privacy": "evalkit.tasks.privacy:privacy",
    "segmentation": "evalkit.tasks.segmentation:make_segmentation",
    "view-classification": "evalkit.tasks.views:make_views",
}


def make_task(name: str, kind: str, options: Mapping[str, Any]) -> Task:
    """The task of that kind with these options.

    Raises: InputError with the nearest kind if there is none, saying what cannot be imported, or what is wrong with
    the options.
    """
    where = f"task {name!r}"
    if kind not in KINDS and ":" not in kind:
        near = difflib.get_close_matches(kind, KINDS, 1, 0.3)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(KINDS) or 'none'}; or give module:object"
        raise bad_input(where, f"unknown kind {kind!r}", hint)
    module, _, attribute = KINDS.get(kind, kind).partition(":")
    if kind not in KINDS and "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: a user's module lies where the command is run
    try:
        maker: Maker = getattr(import_module(module), attribute)
        return maker(name, options)
    except InputError:
        raise
    except Exception as error:  # a user's module can raise anything
        what = f"kind {kind!r} cannot be made ({type(error).__name__}: {error})"
        raise bad_input(where, what, "Give module:object that takes a name and options") from None
