"""Options of a task, checked with the pydantic model of its kind: all faults at once, unknown keys with the nearest."""

import difflib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from translator.errors import Fault, InputError, bad_input

Model = TypeVar("Model", bound=BaseModel)
EXTRA = 'pip install "sonoproof[tasks]"'


def read_options(model: type[Model], task: str, options: Mapping[str, Any]) -> Model:
    """The options of a task called `task`.

    Raises: InputError listing every fault, unknown keys with the nearest known one.
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
    where = ".".join([f"task {task!r}: options", *map(str, error["loc"])])
    if error["type"] != "extra_forbidden":
        return Fault(where, error["msg"].removeprefix("Value error, "))
    key, known = str(error["loc"][-1]), _known(model, error["loc"][:-1])
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return Fault(where, f"unknown key {key!r}", f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}")


def _known(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """Keys of the table that the place names, as far as it is one of the model's own tables."""
    for step in place:
        field = model.model_fields.get(str(step))
        inner = (
            [kind for kind in _kinds(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
            if field
            else []
        )
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)


def _kinds(annotation: Any) -> list[Any]:
    return [annotation, *getattr(annotation, "__args__", ())]
