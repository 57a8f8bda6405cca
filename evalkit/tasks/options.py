"""Options of a task, checked with the pydantic model of its kind: all faults at once, unknown keys with the nearest."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from translator.documents import key_fault
from translator.errors import InputError, bad_input

Model = TypeVar("Model", bound=BaseModel)
EXTRA = 'pip install "sonoproof[tasks]"'


def read_options(model: type[Model], task: str, options: Mapping[str, Any]) -> Model:
    """The options of a task called `task`.

    Raises: InputError listing every fault, unknown keys with the nearest known one.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        where = f"task {task!r}: options"
        raise InputError(
            key_fault(".".join([where, *map(str, each["loc"])]), model, dict(each)) for each in error.errors()
        ) from None


def need_package(module: str, task: str, install: str = EXTRA) -> None:
    """Raises: InputError that names what to install, if a package that the task needs is not there."""
    if find_spec(module) is None:
        raise bad_input(f"task {task!r}", f"needs the package {module}, which is not installed", install)
