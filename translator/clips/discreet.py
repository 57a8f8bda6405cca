"""Keep header values out of warnings, logs and errors: pydicom quotes them, and they can name a patient."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def discreet() -> Iterator[None]:
    """Within this, or in a function that it decorates, pydicom neither warns nor logs."""
    logger = logging.getLogger("pydicom")
    logger.addFilter(_drop)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
            yield
    finally:
        logger.removeFilter(_drop)


def without_values(error: Exception) -> str:
    """What an error was about, without its text, which can quote the header."""
    if isinstance(error, AttributeError) and error.name:
        return f"no {error.name}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _drop(record: logging.LogRecord) -> bool:  # noqa: ARG001 - the interface of a filter
    return False
