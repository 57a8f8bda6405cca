"""The verb judge: claims on a run that is finished and sealed."""

from pathlib import Path
from typing import Annotated

import typer

from evalkit.judgement import judge_run
from evalkit.records import as_json as rows_as_json
from evalkit.seal import read_run
from sonoproof.cli.console import FAILED, Json, finish, out, print_json
from sonoproof.cli.studies import print_verdicts
from translator.errors import Fault, InputError


def judge(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run.", show_default=False)],
    claims: Annotated[str, typer.Option(help="A claims file, or a packaged name as tomic2025.", show_default=False)],
    out_folder: Annotated[Path, typer.Option("--out", help="A new folder for the judgement.", show_default=False)],
    arm: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=NAME", help="Which arm plays a role of the claims; may be given several times."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 also where a claim is inconclusive or not evaluable.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Judge further claims by a sealed run, into a sealed folder of its own. All of them are post hoc.

    RUN is checked and not changed. Exits with 1 if a claim is refuted.
    """
    run = read_run(run_folder)
    found = judge_run(run, claims, _roles(arm or []), out_folder)
    if as_json:
        estimates = {estimate.id: estimate for estimate in found.estimates}
        print_json({
            "judgement": str(out_folder), "standing": found.record["standing"],
            "run_seal_sha256": found.record["run_seal_sha256"], "seal_sha256": found.record["seal_sha256"],
            "claims": [claim.model_dump() for claim in found.claims],
            "estimates": rows_as_json(estimates[claim.id] for claim in found.claims),
            "verdicts": rows_as_json(found.verdicts),
        })  # fmt: skip
    else:
        print_verdicts(found.verdicts)
        text = f"{out_folder}: judged post hoc, of the run with the seal {found.record['run_seal_sha256']}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)
    bad = {"refuted"} | ({"inconclusive", "not_evaluable"} if strict else set())
    finish(FAILED if any(verdict.outcome in bad for verdict in found.verdicts) else 0)


def _roles(given: list[str]) -> dict[str, str]:
    """ROLE=NAME to a table.

    Raises: InputError for what has no `=`, and for a role that is given twice.
    """
    pairs = [text.partition("=") for text in given]
    faults = [Fault(f"--arm {text}", "has no role and arm", "Write it as generator=NAME")
              for text, (role, _, name) in zip(given, pairs, strict=True) if not role or not name]  # fmt: skip
    roles = [role for role, _, _ in pairs]
    faults += [Fault("--arm", f"role {role!r} is given twice", "Give it once")
               for role in sorted({role for role in roles if roles.count(role) > 1})]  # fmt: skip
    if faults:
        raise InputError(faults)
    return {role: name for role, _, name in pairs}
