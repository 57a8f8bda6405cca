"""What every verb shares: progress bars on stderr, results on stdout, faults with exit codes.

Exit codes: 0 fine; 1 a claim or gate failed; 2 bad input or usage.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from translator.errors import Fault

FAILED, BAD_INPUT = 1, 2

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]


class _Once(logging.Handler):
    """Shows each warning once, however many clips it is about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Show it."""
        message = record.getMessage()
        if message not in self._said:
            self._said.add(message)
            err.print(f"[yellow]warning[/] {escape(message)}", highlight=False, soft_wrap=True)


@contextmanager
def warnings_shown() -> Iterator[None]:
    """Within this, what the translator logs as a warning is shown on standard error, each text once."""
    logger, handler = logging.getLogger("translator"), _Once()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class Report(Protocol):
    """Called as work goes on: stage, done, total, and a note."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Show it."""
        ...


@contextmanager
def progress() -> Iterator[Report]:
    """A bar per stage on standard error; where that is no terminal, a line each tenth of the way."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, note=note)
            if not err.is_terminal and _worth_a_line(done, total):
                err.print(f"{stage}: {done} of {total} {note}".rstrip(), highlight=False)
            bars.update(tasks[stage], completed=done, total=total, note=note)

        yield report


def _worth_a_line(done: int, total: int) -> bool:
    return done in (0, total) or (10 * done) // total > (10 * (done - 1)) // total


def print_json(value: Any) -> None:
    """Print a result for machines."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_faults(faults: tuple[Fault, ...] | list[Fault]) -> None:
    """Print each fault on a line of standard error."""
    for fault in faults:
        err.print(f"[bold red]error[/] {escape(str(fault))}", highlight=False, soft_wrap=True)


def finish(code: int) -> None:
    """Leave with an exit code, if it is not 0."""
    if code:
        raise typer.Exit(code)
