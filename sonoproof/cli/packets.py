"""Verbs of evidence packets: packet RUN, packet keygen, verify."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from evalkit.seal import read_run
from reports.packet.assemble import Asked, write_packet
from reports.packet.context import context_template, read_context
from reports.packet.keys import fingerprint, make_keys, read_private, read_public
from reports.packet.stamps import lacks_its_stamp
from reports.packet.verify import Verification, verify_packet
from sonoproof.cli.console import BAD_INPUT, FAILED, Json, err, finish, out, print_faults, print_json
from translator.artefacts import file_digest
from translator.errors import InputError, bad_input


class _RunFirst(TyperGroup):
    """A group whose first argument may be a run folder: `packet RUN` is `packet make RUN`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in where a folder, or an option of it, stands in its place."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["make", *args]
        return super().parse_args(ctx, args)


packet = typer.Typer(
    cls=_RunFirst,
    no_args_is_help=True,
    help="Evidence packets: `sonoproof packet RUN --out F.zip` packs a finished run for who has to check it."
    " docs/packets.md says what is in one, and what it does not prove.",
)


@packet.command("make")
def make(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="A finished run.", show_default=False)],
    target: Annotated[Path, typer.Option("--out", help="The packet to write (.zip).", show_default=False)],
    key: Annotated[
        Path | None,
        typer.Option(help="Private key to sign with (`sonoproof packet keygen`); without one it is unsigned."),
    ] = None,
    context: Annotated[
        Path | None,
        typer.Option(
            help="TOML with the context of use (`sonoproof packet context` gives one to fill in). What is missing is"
            " not stated."
        ),
    ] = None,
    data: Annotated[
        bool,
        typer.Option("--data", help="Pack the report's clips too, blanked outside the sector; look at them first."),
    ] = False,
    real_ids: Annotated[
        bool, typer.Option("--real-ids", help="Pack tables with clip_id and subject_id, as sealed, and pseudonyms.csv.")
    ] = False,
    date: Annotated[
        str | None, typer.Option(help="Date of the packet, YYYY-MM-DD (default: SOURCE_DATE_EPOCH, or today, UTC).")
    ] = None,
    judgement: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="A judgement of the run (`sonoproof judge`) to pack too; repeatable."),
    ] = None,
    stamp: Annotated[
        list[Path] | None,
        typer.Option(
            "--timestamp",
            help="An RFC 3161 response (.tsr) for the run's frozen plan; repeatable. The one that `run` was given is"
            " packed by itself.",
        ),
    ] = None,
    stamp_root: Annotated[
        Path | None, typer.Option("--timestamp-root", help="Root certificate (PEM) to check --timestamp by.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pack a finished run (`sonoproof packet RUN` is the same)."""
    if target.resolve().is_relative_to(run_folder.resolve()):
        raise bad_input(target, "lies in the sealed run", "Give a place outside it")
    private = None if key is None else read_private(key)
    asked = Asked(read_context(context), data, real_ids, date, tuple(judgement or ()), tuple(stamp or ()), stamp_root)
    run = read_run(run_folder)
    path = write_packet(run, target, private, asked)
    if lacks_its_stamp(run) and not stamp:
        words = "the run was begun with a time stamp, which it does not hold: give it again with --timestamp"
        err.print(f"[yellow]warning[/] {words}", highlight=False, soft_wrap=True)
    signer = None if private is None else fingerprint(private.public_key())
    if as_json:
        print_json({"packet": str(path), "sha256": file_digest(path), "signed_by": signer})
        return
    state = f"signed by {signer}" if signer else "unsigned: it shows damage, and not who made it (--key signs)"
    out.print(f"packet: {path}\n{state}\nverify it: sonoproof verify {path}", highlight=False, soft_wrap=True)


@packet.command("context")
def context_file(
    target: Annotated[Path | None, typer.Option("--out", help="Where to write it; without, it is printed.")] = None,
) -> None:
    """Give a TOML file with the questions on the context of use, to fill in and hand to `packet RUN --context`."""
    if target is None:
        out.print(context_template(), markup=False, highlight=False, soft_wrap=True, end="")
        return
    if target.exists():
        raise bad_input(target, "exists", "Move it away, or give another name")
    target.write_text(context_template(), encoding="utf-8")
    out.print(
        f"{target}: fill it in, then `sonoproof packet RUN --out F.zip --context {target}`",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


@packet.command("keygen")
def keygen(
    folder: Annotated[Path, typer.Option("--out", help="Folder to write the two keys into.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Make an Ed25519 key pair: keep the private one, hand the public one out by another way than your packets."""
    private, public = make_keys(folder)
    name = fingerprint(read_public(public))
    if as_json:
        print_json({"private": str(private), "public": str(public), "fingerprint": name})
    else:
        out.print(
            f"private: {private} (yours alone)\npublic: {public}\nfingerprint: {name}", highlight=False, soft_wrap=True
        )


def verify(
    path: Annotated[Path, typer.Argument(metavar="PACKET.zip", help="An evidence packet.", show_default=False)],
    key: Annotated[
        Path | None, typer.Option(help="Public key of who should have signed it; without one: integrity only.")
    ] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Make every result again that the packed tables allow.")
    ] = False,
    stamp_root: Annotated[
        Path | None,
        typer.Option("--timestamp-root", help="Root certificate (PEM) of the time-stamping authority that you trust."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an evidence packet: structure, every hash, signature, plan, time stamps; offline, without the run.

    Exits with 1 if it was changed, is not signed by the key, or numbers differ; with 2 if it is none, or unsafe.
    """
    try:
        found = verify_packet(path, None if key is None else read_public(key), recompute, stamp_root)
    except InputError as error:
        if as_json:
            faults = [fault.__dict__ for fault in error.faults]
            print_json({"packet": str(path), "result": "unusable", "faults": faults})
            finish(BAD_INPUT)
        raise
    if as_json:
        print_json(found.as_json())
    else:
        _print(found)
    finish(0 if found.result == "intact" else FAILED)


_WORDS = {
    "intact": "[green]intact[/]: every file has the hash that was stated",
    "tampered": "[bold red]tampered[/]: it is not what was stated",
    "differs": "[bold red]differs[/]: every file is as stated, and the numbers do not come out",
}


def _print(found: Verification) -> None:
    lines = [_WORDS[found.result], f"signature: {escape(found.signature)}", f"files: {found.files}"]
    if found.about is not None:
        lines.append(
            f"made: {escape(found.about.date)}, with sonoproof {escape(found.about.suite)}; ids: {found.about.ids}"
        )
    if found.plan:
        lines += [f"plan: {escape(found.plan)}", f"plan frozen (its own clock): {escape(found.plan_time)}"]
    if found.analysis_plan:
        lines.append(f"frozen plan, its file's SHA-256: {escape(found.analysis_plan)}")
        lines += [f"time stamp of that hash: {escape(str(stamp))}" for stamp in found.timestamps]
        lines += [] if found.timestamps else ["time stamp of that hash: none in the packet that holds"]
    lines += [f"judgement: {escape(words)}" for words in found.judgements]
    lines.append(f"recomputed: {escape(found.recomputed)}")
    for line in lines:
        out.print(line, highlight=False, soft_wrap=True)
    for note in found.notes:
        err.print(f"[yellow]not recomputed[/] {escape(note)}", highlight=False, soft_wrap=True)
    print_faults(found.faults)
