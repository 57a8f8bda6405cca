"""Verbs of analysis plans: plan freeze, plan verify."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from evalkit.analysis_plan import read_analysis_plan, write_analysis_plan
from sonoproof.cli.console import Json, out, print_json
from sonoproof.cli.studies import frozen, read_frozen
from sonoproof.cli.weights import WeightsFolder
from translator.weights import use_folder

plan = typer.Typer(help="Analysis plans: what a study will do, frozen before it is done.", no_args_is_help=True)
Stamp = Annotated[
    Path | None, typer.Option("--timestamp", help="An RFC 3161 response (.tsr) for the plan's file; it is verified.")
]
Root = Annotated[
    Path | None,
    typer.Option("--timestamp-root", help="Root certificate (PEM) of the time-stamping authority that you trust."),
]


@plan.callback()
def _group() -> None:
    pass


@plan.command("freeze")
def freeze_plan(
    study_path: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study.", show_default=False)],
    target: Annotated[Path, typer.Option("--out", help="Where to write the plan (JSON).", show_default=False)],
    root: Annotated[
        Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")
    ] = None,
    weights: WeightsFolder = None,
    as_json: Json = False,
) -> None:
    """Write the analysis plan of a study and its SHA-256: publish that, or have it time-stamped, before you run it."""
    use_folder(weights)
    sha256 = write_analysis_plan(target, frozen(study_path, root), datetime.now().astimezone())
    document = read_analysis_plan(target).document
    if as_json:
        print_json({"plan": str(target), "sha256": sha256, **{k: v for k, v in document.items() if k != "plan"}})
        return
    size = document["size"]
    _line(f"{target}: {size['clips']} clips of {size['subjects']} subjects, {len(document['claims'])} claims")
    for claim in document["claims"]:
        _line(f"  {claim['id']}: {_detectable(claim['detectable'])}")
    _line(f"frozen at {document['frozen_at']}, by {document['clock']}")
    _line(f"SHA-256 of the file: {sha256}")


@plan.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(metavar="PLAN.json", help="A frozen plan.", show_default=False)],
    stamp: Stamp = None,
    stamp_root: Root = None,
    as_json: Json = False,
) -> None:
    """Say when a plan claims to have been frozen, its SHA-256, and what its time stamp says."""
    found = read_frozen(path, stamp, stamp_root)
    told = {"plan": str(path), "sha256": found.sha256, "frozen_at": found.document["frozen_at"],
            "clock": found.document["clock"], "timestamp": dict(found.timestamp)}  # fmt: skip
    if as_json:
        print_json(told)
        return
    _line(f"SHA-256 of the file: {found.sha256}, frozen at {told['frozen_at']}, by {told['clock']}")
    time, authority = found.timestamp.get("time"), found.timestamp.get("authority")
    _line(f"time stamp: {found.timestamp['status']}" + (f", {time} by {authority}" if time else ""))


def _detectable(told: dict[str, Any]) -> str:
    """The minimum detectable effect in words."""
    if told["in_sd"] is None:
        return str(told["note"])
    effect = f"{told['effect']:.4g}, " if told["effect"] is not None else ""
    why = f" ({told['note'].removeprefix('not computed: ')})" if told["note"] else ""
    return f"{told['what']}: {effect}{told['in_sd']:.3g} SD of subjects' means{why}, power {told['power']:g}"


def _line(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
