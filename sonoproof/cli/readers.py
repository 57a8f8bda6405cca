"""Verbs of reader studies: readers analyse."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.readers.analyse import ALPHA, MARGIN, Analysis, OfModality, analyse, as_json
from evalkit.readers.list_mode import read_reader_study
from evalkit.statistics.result import Result
from sonoproof.cli.console import Json, out, print_json

readers = typer.Typer(help="Reader studies: can people tell, with readers and cases both random.", no_args_is_help=True)


@readers.callback()
def _group() -> None:
    pass


@readers.command("analyse")
def analyse_command(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="CSV", help="iMRMC list mode: readerID,caseID,modalityID,score, and truth rows.", show_default=False
        ),
    ],
    threshold: Annotated[
        float | None,
        typer.Option(help="Scores above it say positive (default: the middle of the scale that was used)."),
    ] = None,
    margin: Annotated[
        float, typer.Option(min=0.001, max=0.499, help="Equivalence to chance: how far from one half is near enough.")
    ] = MARGIN,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.2, help="Of each one-sided test; intervals have level 1 - 2 alpha.")
    ] = ALPHA,
    as_json_asked: Json = False,
) -> None:
    """Accuracy, sensitivity, specificity, AUC, d' and bias by reader; MRMC average, agreement, chance.

    Declare threshold and margin before the data are seen.
    """
    found = analyse(read_reader_study(path), threshold, margin, alpha)
    if as_json_asked:
        print_json(as_json(found))
    else:
        _print(found)


def _print(found: Analysis) -> None:
    missing = f", {found.n_missing} missing" if found.n_missing else ""
    _line(
        f"{len(found.readers)} readers, {found.n_negative} negative and {found.n_positive} positive cases, "
        f"{found.n_scores} scores{missing}; positive above {found.threshold:g}; "
        f"intervals {100 * (1 - 2 * found.alpha):g}%"
    )
    columns = ("accuracy", "sensitivity", "specificity", "AUC", "d'", "bias c")
    table = Table("reader", "modality", *columns)
    for row in found.per_reader:
        results = (row.accuracy, row.sensitivity, row.specificity, row.auc, row.d_prime, row.bias)
        table.add_row(escape(row.reader), escape(row.modality), *map(_cell, results))
    out.print(table)
    for part in (*found.per_modality, *([found.difference] if found.difference else [])):
        _print_part(part)


def _print_part(part: OfModality) -> None:
    table = Table("modality", "statistic", "value", "standard error", "df", "p")
    for mrmc in (part.auc, part.balanced_accuracy):
        found = mrmc.result
        table.add_row(
            escape(part.modality), found.statistic, _cell(found), *map(_number, (found.error, found.df, found.p))
        )
    for found in part.agreement:
        table.add_row(escape(part.modality), found.statistic, _cell(found), "", "", "")
    out.print(table)
    for found in (part.auc.result, part.balanced_accuracy.result, *part.agreement):
        if found.note:
            _line(f"{found.statistic}: {found.note}")
    for chance in part.chance:
        _line(chance.sentence)


def _cell(found: Result) -> str:
    if found.value is None:
        return "-"
    ends = ("" if end is None else f"{end:.3f}" for end in (found.low, found.high))
    return f"{found.value:.3f}" if found.note else escape(f"{found.value:.3f} [{' to '.join(ends)}]")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _line(text: str) -> None:
    out.print(escape(text), highlight=False, soft_wrap=True)
