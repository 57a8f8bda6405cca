"""Put the verbs together in the order of the work, and turn faults into exit codes."""

import sys
from typing import Annotated

import typer

from sonoproof import __version__
from sonoproof.cli import (
    cards,
    claims,
    clips,
    data,
    datasets,
    demo,
    distribution,
    diversity,
    doctor,
    export,
    gates,
    histories,
    judging,
    listing,
    measuring,
    packets,
    plans,
    readers,
    reporting,
    studies,
    training,
    weights,
)
from sonoproof.cli.console import BAD_INPUT, err, out, print_faults, warnings_shown
from translator.errors import Fault, InputError

app = typer.Typer(
    name="sonoproof",
    help="Translate colour flow Doppler to greyscale ultrasound, and put any such generator on trial.\n\n"
    "The flow: clips and a manifest -> mask -> translate -> study -> run -> report.\n\n"
    "Exit codes: 0 fine, 1 a claim or gate failed, 2 bad input or usage.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

START, CLIPS, DATA, TRIAL = "Start here", "Clips", "Data", "Trial"

app.command(rich_help_panel=START)(demo.demo)
app.command(rich_help_panel=START)(doctor.doctor)
app.command("list", rich_help_panel=START)(listing.list_parts)
app.command(rich_help_panel=START)(cards.card)
app.command(rich_help_panel=CLIPS)(clips.mask)
app.command(rich_help_panel=CLIPS)(clips.translate)
app.command(rich_help_panel=DATA)(data.phantom)
app.command(rich_help_panel=DATA)(data.simulate)
datasets.add_commands(data.manifest)
app.add_typer(data.manifest, name="manifest", rich_help_panel=DATA)
app.command(rich_help_panel=DATA)(training.train)
app.command(rich_help_panel=DATA)(export.export)
app.add_typer(weights.weights, name="weights", rich_help_panel=START)
app.add_typer(studies.study, name="study", rich_help_panel=TRIAL)
app.add_typer(claims.claims, name="claims", rich_help_panel=TRIAL)
app.add_typer(plans.plan, name="plan", rich_help_panel=TRIAL)
app.command(rich_help_panel=TRIAL)(studies.run)
app.command(rich_help_panel=TRIAL)(judging.judge)
app.command(rich_help_panel=TRIAL)(measuring.measure)
app.command(rich_help_panel=TRIAL)(reporting.report)
app.command(rich_help_panel=TRIAL)(reporting.compare)
app.command(rich_help_panel=TRIAL)(distribution.distribution)
app.command(rich_help_panel=TRIAL)(gates.gate)
app.command(rich_help_panel=TRIAL)(gates.margins)
app.command(rich_help_panel=TRIAL)(histories.history)
app.command(rich_help_panel=TRIAL)(diversity.diversity)
app.add_typer(packets.packet, name="packet", rich_help_panel=TRIAL)
app.command(rich_help_panel=TRIAL)(packets.verify)
app.add_typer(readers.readers, name="readers", rich_help_panel=TRIAL)


def _print_version(asked: bool) -> None:
    if asked:
        out.print(f"sonoproof {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of the command."""
    try:
        with warnings_shown():
            app()
    except InputError as error:
        print_faults(error.faults)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        err.print("stopped; `run`, `measure` and `demo` go on where they were when given again")
        sys.exit(130)
    except OSError as error:  # a folder that is not there, a full disk, no permission
        print_faults(
            [Fault(str(error.filename or "file system"), error.strerror or str(error), "Check the folder you gave")]
        )
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
