"""TOML files that a user writes: read, and unknown keys told with the nearest known one."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from translator.errors import Fault, bad_input


def read_toml(path: Path, absent: str, remedy: str = "Correct it there") -> dict[str, Any]:
    """What a TOML file holds.

    Raises: InputError if it cannot be read, with the remedy `absent`, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise bad_input(path, f"cannot be read ({error.strerror})", absent) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad_input(path, f"is not TOML ({error})", remedy) from None


def key_fault(where: str, model: type[BaseModel], error: Mapping[str, Any]) -> Fault:
    """One of pydantic's errors in a table of `model`, as a fault at `where`."""
    if error["type"] != "extra_forbidden":
        return Fault(where, error["msg"].removeprefix("Value error, "))
    return unknown_key(where, str(error["loc"][-1]), _keys_at(model, error["loc"][:-1]))


def unknown_key(where: str, key: str, known: Iterable[str]) -> Fault:
    """A key that is not known, with the nearest that is."""
    names = list(known)
    near = difflib.get_close_matches(key, names, 1, 0.5)
    return Fault(where, f"unknown key {key!r}", f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}")


def _keys_at(model: type[BaseModel], place: Iterable[str | int]) -> list[str]:
    """Keys of the table at a place, as far as it is one of the model's own; a number is a place in a list of tables."""
    for step in place:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)
