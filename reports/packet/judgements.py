"""Judgements of a run, made later and sealed apart, in its packet: `judgements/NAME/`, all of it post hoc."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.judgement import SEAL, read_judgement
from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.packet.about import FILE as ABOUT
from reports.packet.about import About, Judged, Sealed
from reports.packet.names import why_not
from reports.packet.tables import packed_file
from translator.artefacts import digest, file_digest
from translator.errors import Fault, bad_input

FOLDER = "judgements/"
_AGAIN = "Ask for the packet again"


def packed_judgements(
    run: Run, folders: Sequence[Path], names: Pseudonyms, real_ids: bool
) -> tuple[dict[str, bytes], dict[str, Judged]]:
    """The files of judgements of a run, and what became of each that they sealed, by the judgement's name.

    Raises: InputError for what is no judgement, was changed, is of another run, or is given twice.
    """
    files: dict[str, bytes] = {}
    told: dict[str, Judged] = {}
    for folder in folders:
        record = read_judgement(folder, run).record
        name = _name(folder, names)
        if name in told:
            raise bad_input(folder, f"would be the second judgement called {name!r}", "Rename its folder")
        sealed = {}
        for file, sha256 in sorted({**record["files"], SEAL: file_digest(folder / SEAL)}.items()):
            packed = packed_file(folder / file, file, sha256, f"{FOLDER}{name}/{file}", names, real_ids)
            if packed.name is not None:
                files[packed.name] = packed.content
            sealed[file] = Sealed(sha256=sha256, packed=packed.name, verbatim=packed.verbatim, note=packed.note)
        told[name] = Judged(seal_sha256=record["seal_sha256"], sealed=sealed)
    return files, told


def judgement_folders(files: Iterable[str]) -> list[str]:
    """`judgements/NAME` of every judgement in a packet."""
    return sorted({"/".join(name.split("/")[:2]) for name in files if name.startswith(FOLDER)})


def check_judgements(files: Mapping[str, bytes], told: About) -> Iterator[Fault]:
    """Where judgements contradict packet.json, or are of another run; the hashes of files are known to hold."""
    known = {f"{FOLDER}{name}": judged for name, judged in told.judgements.items()}
    for folder in judgement_folders(files):
        if folder not in known:
            yield Fault(folder, f"is a judgement that {ABOUT} does not name", _AGAIN)
    for folder, judged in known.items():
        where = f"{folder}/{SEAL}"
        try:
            record = dict(json.loads(files[where]))
            own = digest({key: value for key, value in record.items() if key != "seal_sha256"})
            of, sealed, stated = record["run_seal_sha256"], record["seal_sha256"], dict(record["files"])
        except (ValueError, KeyError, TypeError, RecursionError):
            yield Fault(where, "is missing, or is no judgement", _AGAIN)
            continue
        if of != told.seal_sha256:
            yield Fault(where, f"is of the run with the seal {of}, and not of this one, {told.seal_sha256}", _AGAIN)
        if sealed != judged.seal_sha256 or own != sealed:
            yield Fault(where, f"has not the seal that {ABOUT} names, {judged.seal_sha256}", _AGAIN)
        if stated != {name: each.sha256 for name, each in judged.sealed.items() if name != SEAL}:
            yield Fault(where, f"does not seal the files that {ABOUT} names", _AGAIN)


def judged_words(files: Mapping[str, bytes], told: About) -> list[str]:
    """Each judgement with the number of its claims."""
    return [f"{name}: {_claims(files, name)} claims, all post hoc" for name in sorted(told.judgements)]


def _claims(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return len(json.loads(files[f"{FOLDER}{name}/verdicts.json"])["verdicts"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "no readable"


def _name(folder: Path, names: Pseudonyms) -> str:
    """What a judgement is called in a packet: its folder, without ids and what is not safe everywhere."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", names.text(folder.resolve().name)).strip("-")
    return f"judgement-{name}".rstrip("-") if why_not(name or "-") else name
