"""Options of a task, checked: every fault at once, an unknown key with the nearest known one."""

import difflib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from translator.errors import Fault, InputError, bad_input

Options = TypeVar("Options", bound=BaseModel)
EXTRA = 'pip install "sonoproof[tasks]"'


def checked_options(model: type[Options], task: str, options: Mapping[str, Any]) -> Options:
    """The options as `model` (extra="forbid").

    Raises: InputError listing every fault.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        raise InputError(_fault(model, task, dict(each)) for each in error.errors()) from None


def need_package(module: str, task: str, install: str = EXTRA) -> None:
    """Raises: InputError that names what to install, if a package that the task needs is not there."""
    if find_spec(module) is None:
        raise bad_input(f"task {task!r}", f"needs the package {module}, which is not installed", install)


def _fault(model: type[BaseModel], task: str, error: dict[str, Any]) -> Fault:
    where = f"task {task!r}: options"
    place = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden" or len(error["loc"]) > 1:
        return Fault(f"{where}.{place}" if place else where, error["msg"].removeprefix("Value error, "))
    known = list(model.model_fields)
    near = difflib.get_close_matches(place, known, 1, 0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}"
    return Fault(where, f"unknown key {place!r}", hint)
