"""Verbs of claims: claims check, list, show."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.claims.files import ClaimsFile, find_claims, packaged, read_claims
from evalkit.records import Claim
from sonoproof.cli.console import Json, out, print_json
from translator.errors import bad_input

claims = typer.Typer(help="Claims: sentences that can be judged, with margins fixed beforehand.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="FILE", help="A claims file, or a packaged name.", show_default=False)]


@claims.callback()
def _group() -> None:
    pass


@claims.command("check")
def check(named: Named, as_json: Json = False) -> None:
    """Check a claims file; every fault is listed by claim and key, and the exit code is then 2."""
    found = read_claims(find_claims(named, Path.cwd()))
    primary = sum(claim.is_primary for claim in found.claims)
    if as_json:
        print_json({"title": found.title, "claims": len(found.claims), "primary": primary, "roles": _roles(found)})
    else:
        out.print(
            f"{found.title}: {len(found.claims)} claims, {primary} of them primary; arms or roles: "
            f"{', '.join(_roles(found))}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip


@claims.command("list")
def list_claims(
    named: Annotated[str | None, typer.Argument(metavar="NAME", help="A file, or a packaged name.")] = None,
    as_json: Json = False,
) -> None:
    """List the packaged claims files, or the claims of one."""
    if named is None:
        _list_packaged(as_json)
        return
    found = read_claims(find_claims(named, Path.cwd()))
    if as_json:
        print_json({"title": found.title, "claims": [_short(claim) for claim in found.claims]})
        return
    table = Table("id", "family", "claim", "judged by")
    for claim in found.claims:
        table.add_row(claim.id, claim.family, escape(claim.sentence), escape(_asked(claim)))
    out.print(table)


@claims.command("show")
def show(
    named: Named,
    only: Annotated[str | None, typer.Argument(metavar="CLAIM", help="One claim, by its id.")] = None,
    as_json: Json = False,
) -> None:
    """Print claims whole: sentence, source, margin and why, and what the source leaves unsaid."""
    found = read_claims(find_claims(named, Path.cwd()))
    chosen = [claim for claim in found.claims if only in (None, claim.id)]
    if not chosen:
        ids = ", ".join(claim.id for claim in found.claims)
        raise bad_input(named, f"has no claim {only!r}", f"There is {ids}")
    if as_json:
        print_json({**found.model_dump(exclude={"claims"}), "claims": [claim.model_dump() for claim in chosen]})
        return
    if only is None:
        _line(f"{found.title}\n{found.source}\n{found.note}".rstrip())
    for claim in chosen:
        _print(claim)


def _list_packaged(as_json: bool) -> None:
    found = {name: read_claims(path) for name, path in packaged().items()}
    if as_json:
        print_json([{"name": name, "title": file.title, "claims": len(file.claims), "roles": _roles(file)}
                    for name, file in found.items()])  # fmt: skip
        return
    table = Table("name", "title", "claims", "roles")
    for name, file in found.items():
        table.add_row(name, escape(file.title), str(len(file.claims)), ", ".join(_roles(file)))
    out.print(table)


def _roles(found: ClaimsFile) -> list[str]:
    return sorted({arm for claim in found.claims for arm in (claim.arm, claim.against) if arm is not None})


def _short(claim: Claim) -> dict[str, str]:
    return {"id": claim.id, "family": claim.family, "sentence": claim.sentence, "judged_by": _asked(claim)}


def _asked(claim: Claim) -> str:
    """Statistic, relation and margin in a line."""
    parts = [claim.statistic, claim.metric, claim.region, claim.relation]
    parts += [f"to {claim.against}" if claim.against else ""]
    parts += [f"reference {claim.reference:g}" if claim.reference is not None else ""]
    parts += [f"margin {claim.margin:g}" if claim.margin else "", "(needs more)" if claim.needs else ""]
    return " ".join(part for part in parts if part)


def _print(claim: Claim) -> None:
    _line(f"\n{claim.id}: {claim.sentence}")
    shown = {
        "source": claim.source,
        "judged by": f"{_asked(claim)}, alpha {claim.alpha:g}, family {claim.family}",
        "population": ", ".join(f"{column} = {value}" for column, value in claim.population.items()),
        "zero-shot": "no anatomy, subject or file may be one that the arm was trained on" if claim.zero_shot else "",
        "why so": claim.reason,
        "unspecified": "; ".join(claim.unspecified),
        "needs": claim.needs,
    }
    for name, text in shown.items():
        if text:
            _line(f"  {name}: {text}")


def _line(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
