"""What holds of a packet: offline, without torch, and without the run that it was made from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reports.packet import crate, statement
from reports.packet.about import FILE as ABOUT
from reports.packet.about import NO_TIME, About, Sealed, read_about
from reports.packet.archive import read_archive
from reports.packet.judgements import check_judgements, judged_words
from reports.packet.keys import fingerprint, parse_public
from reports.packet.stamps import Stamp, check_plan, check_stamps
from translator.artefacts import digest
from translator.errors import Fault, InputError, bad_input

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY = "public-key.pem"
Result = Literal["intact", "tampered", "differs"]
_AGAIN = "Ask for the packet again, and for the signer's key by another way"


@dataclass(frozen=True)
class Verification:
    """What was checked, what was found wrong, and in which words to say it."""

    packet: str
    result: Result
    signature: str
    faults: tuple[Fault, ...]
    files: int
    about: About | None = None
    plan: str = ""
    plan_time: str = NO_TIME
    analysis_plan: str = ""
    timestamps: tuple[Stamp, ...] = ()
    judgements: tuple[str, ...] = ()
    recomputed: str = "not asked for"
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        told = asdict(self)
        return {**told, "about": self.about and self.about.model_dump(exclude={"sealed", "varies"})}


@dataclass
class _Found:
    """What was found so far."""

    faults: list[Fault] = field(default_factory=list)
    signature: str = "not checked"


def verify_packet(
    path: Path, key: "Ed25519PublicKey | None" = None, recompute: bool = False, stamp_root: Path | None = None
) -> Verification:
    """Check a packet: archive, every hash, signature, plan, time stamps; and, if asked, every result.

    `stamp_root` is the root certificate (PEM) of the time-stamping authority that is trusted.

    Raises: InputError if it cannot be judged: no packet, of another version, or unsafe to open.
    """
    archive = read_archive(path)
    files = archive.files
    if statement.FILE not in files:
        raise bad_input(path, f"is no packet, or {statement.FILE} was taken out", "Ask for the packet again")
    found = _Found(list(archive.faults))
    payload = _stated(files, found, key)
    if payload is None or found.faults:
        return Verification(str(path), "tampered", found.signature, tuple(found.faults), len(files))
    if ABOUT not in files:
        raise bad_input(path, f"holds no {ABOUT}: it is no packet of this program", "Ask for the packet again")
    told = read_about(files[ABOUT], f"{path}: {ABOUT}")
    found.faults += _inside(files, told, payload)
    found.faults += check_judgements(files, told)
    if found.faults:
        return Verification(str(path), "tampered", found.signature, tuple(found.faults), len(files), told)
    plan = _plan_hash(files, told, found)
    analysis_plan, faults = check_plan(files, told)
    stamps, bad_stamps = check_stamps(files, told, stamp_root)
    found.faults += [*faults, *bad_stamps]
    done, notes, differing = ("not asked for", (), []) if not recompute else _again(files)
    result: Result = "tampered" if found.faults else "differs" if differing else "intact"
    return Verification(
        str(path), result, found.signature, (*found.faults, *differing), len(files), told, plan, told.plan_time,
        analysis_plan, tuple(stamps), tuple(judged_words(files, told)), done, notes,
    )  # fmt: skip


def _stated(files: Mapping[str, bytes], found: _Found, key: "Ed25519PublicKey | None") -> bytes | None:
    """Check envelope, every hash and the signature; the payload, None where there is none to go by."""
    try:
        payload, signatures = statement.open_envelope(files[statement.FILE], statement.FILE)
        stated = statement.read_statement(payload, statement.FILE)
    except InputError as error:
        found.faults += error.faults
        return None
    found.faults += _changes(stated, statement.digests(files))
    found.signature, faults = _signature(files, payload, signatures, key)
    found.faults += faults
    return payload


def _changes(stated: Mapping[str, str], there: Mapping[str, str]) -> Iterator[Fault]:
    """Each file that is changed, missing, added or renamed."""
    gone, new = sorted(stated.keys() - there.keys()), sorted(there.keys() - stated.keys())
    for name in list(gone):
        same = next((each for each in new if there[each] == stated[name]), None)
        if same is not None:
            gone.remove(name)
            new.remove(same)
            yield Fault(name, f"was renamed to {same}", _AGAIN)
    yield from (Fault(name, "is missing", _AGAIN) for name in gone)
    yield from (Fault(name, "was added", _AGAIN) for name in new)
    for name in sorted(stated.keys() & there.keys()):
        if stated[name] != there[name]:
            yield Fault(name, "was changed: it has not the hash that was stated", _AGAIN)


def _signature(
    files: Mapping[str, bytes], payload: bytes, signatures: list[statement.Signature], key: "Ed25519PublicKey | None"
) -> tuple[str, list[Fault]]:
    """The state of the signature in words, and what is wrong with it."""
    if not signatures:
        wrong = [] if PUBLIC_KEY not in files else [Fault(statement.FILE, "the signature was taken out", _AGAIN)]
        if key is not None and not wrong:
            wrong = [Fault(statement.FILE, "is not signed, and a key was given", "Ask for a signed packet")]
        return "unsigned: integrity only; anybody can have made it", wrong
    if len(signatures) > 1 or PUBLIC_KEY not in files:
        return "not valid", [Fault(statement.FILE, "has not one signature with one public key", _AGAIN)]
    try:
        own = parse_public(files[PUBLIC_KEY], PUBLIC_KEY)
    except InputError as error:
        return "not valid", list(error.faults)
    name = fingerprint(own)
    if signatures[0].keyid != name or not statement.is_signed_by(own, payload, signatures):
        return "not valid", [Fault(statement.FILE, f"is not signed by the key in the packet, {name}", _AGAIN)]
    if key is None:
        return f"integrity only: signed by {name}, the key in the packet; whose it is was not checked (--key)", []
    if fingerprint(key) != name:
        return "by another key", [Fault(statement.FILE, f"is signed by {name}, and not by {fingerprint(key)}", _AGAIN)]
    return f"signed by the key that was given, {name}", []


def _inside(files: Mapping[str, bytes], told: About, payload: bytes) -> Iterator[Fault]:
    """Where the packet's own files contradict each other; their hashes are known to hold."""
    hashes = statement.digests(files)
    if statement.statement_bytes(hashes, told.predicate) != payload:
        yield Fault(statement.FILE, f"does not say what {ABOUT} says", _AGAIN)
    try:
        parts = crate.parts_of(files.get(crate.FILE, b""))
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError):
        yield Fault(crate.FILE, "is missing, or no RO-Crate", _AGAIN)
        return
    if parts != files.keys() - {crate.FILE}:
        odd = ", ".join(sorted(parts ^ (files.keys() - {crate.FILE}))[:5])
        yield Fault(crate.FILE, f"does not name the files that are there: {odd}", _AGAIN)
    judged = (each for judgement in told.judgements.values() for each in judgement.sealed.items())
    for sealed, each in (*told.sealed.items(), *judged):
        if each.packed is not None and each.packed not in files:
            yield Fault(each.packed, f"is missing: {ABOUT} names it for {sealed}", _AGAIN)
        elif each.packed is not None and _as_sealed(each, told) and hashes[each.packed] != each.sha256:
            yield Fault(each.packed, f"is not {sealed} as the run sealed it, which {ABOUT} says", _AGAIN)


def _as_sealed(each: Sealed, told: About) -> bool:
    """Whether a packed file has to be the sealed one byte for byte: with real ids all but clips, which are blanked."""
    return each.verbatim or (told.ids == "real" and not str(each.packed).startswith("data/"))


def _plan_hash(files: Mapping[str, bytes], told: About, found: _Found) -> str:
    """What is known of the hashes of plan and run, in words."""
    if told.ids == "pseudonyms":
        return f"{told.plan_sha256}, as claimed: the packed plan has pseudonyms, so its hash is another"
    try:
        record = json.loads(files["run/run.json"])
        plan = digest(json.loads(files["run/plan.json"]))
        seal = digest({key: value for key, value in record.items() if key != "seal_sha256"})
    except (ValueError, KeyError, AttributeError, RecursionError):
        found.faults.append(Fault("run/", "has no plan.json and run.json that can be read", _AGAIN))
        return "cannot be read"
    for name, own, claimed in (("run/plan.json", plan, told.plan_sha256), ("run/run.json", seal, told.seal_sha256)):
        if own != claimed:
            found.faults.append(Fault(name, f"has the hash {own}, and not {claimed}", _AGAIN))
    sealed = {each.sha256 for each in told.sealed.values()}
    if sealed != set(record.get("files", {}).values()):
        found.faults.append(Fault("run/run.json", f"does not seal the files that {ABOUT} names", _AGAIN))
    return f"{told.plan_sha256}, made again from run/plan.json; so was the run's seal from run/run.json"


def _again(files: Mapping[str, bytes]) -> tuple[str, tuple[str, ...], list[Fault]]:
    """Every result again: in words, what could not be done, and what differs."""
    from reports.packet.comparing import TOLERANCE
    from reports.packet.recompute import recompute

    done = recompute(files)
    words = (
        f"{done.estimates} estimates and {done.verdicts} verdicts, from {', '.join(done.sources)}: all that is in"
        f" {', '.join(done.made)}; within {TOLERANCE}"
    )
    return words, tuple(done.not_done), [Fault("recomputed", what, "Ask how it came about") for what in done.differing]
