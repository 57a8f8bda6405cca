"""Verification: an honest packet is intact; whatever is changed is named, every time."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.packet import statement
from reports.packet.about import read_about
from reports.packet.archive import archive_bytes
from reports.packet.keys import fingerprint
from reports.packet.verify import Verification, verify_packet
from tests.reports.packet.restated import stated_again, without
from translator.errors import InputError

FRESH = """
import sys
from sonoproof.cli.app import main
sys.argv = ["sonoproof", "verify", sys.argv[1], "--recompute"]
try:
    main()
finally:
    print("loaded:", sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "torchvision"}))
"""


def _verified(files: Mapping[str, bytes] | bytes, folder: Path, key: Ed25519PrivateKey | None = None,
              recompute: bool = False) -> Verification:  # fmt: skip
    path = folder / "packet.zip"
    path.write_bytes(files if isinstance(files, bytes) else archive_bytes(files))
    return verify_packet(path, None if key is None else key.public_key(), recompute)


def _named(found: Verification) -> str:
    assert found.result == "tampered"
    assert found.faults
    return "\n".join(map(str, found.faults))


def test_an_honest_packet_is_intact_and_says_what_that_means(packet: Path, key: Ed25519PrivateKey) -> None:
    found = verify_packet(packet)
    assert (found.result, found.faults) == ("intact", ())
    assert found.signature.startswith(f"integrity only: signed by {fingerprint(key.public_key())}")
    assert "as claimed" in found.plan
    assert found.plan_time == "not stated: the plan carries no time"
    signed = verify_packet(packet, key.public_key())
    assert signed.result == "intact"
    assert signed.signature.startswith("signed by the key that was given")
    json.dumps(found.as_json(), allow_nan=False)


def test_an_unsigned_packet_says_so_and_does_not_pass_for_a_key(
    files: dict[str, bytes], tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    unsigned = stated_again(files, None)
    found = _verified(unsigned, tmp_path)
    assert found.result == "intact"
    assert found.signature.startswith("unsigned: integrity only")
    assert "is not signed, and a key was given" in _named(_verified(unsigned, tmp_path, key))


def _place(files: Mapping[str, bytes], offset: int) -> str:
    """The file whose header or content lies at an offset of the archive; empty in the directory."""
    with zipfile.ZipFile(io.BytesIO(archive_bytes(files))) as made:
        infos = made.infolist()
        before = [info for info in infos if info.header_offset <= offset]
        return before[-1].filename if offset < made.start_dir else ""


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=120, deadline=None)
@example(place=0.0, flip=1)
@example(place=1 - 1e-9, flip=1)
def test_a_byte_flipped_anywhere_is_found_and_its_file_named(
    files: dict[str, bytes], packed: bytes, tmp_path_factory: pytest.TempPathFactory, place: float, flip: int
) -> None:
    offset = int(place * len(packed))
    raw = bytearray(packed)
    raw[offset] ^= flip
    try:
        said = _named(_verified(bytes(raw), tmp_path_factory.mktemp("flip")))
    except InputError as error:  # a header that makes the archive unreadable or unsafe
        said = str(error)
    assert _place(files, offset) in said


@given(back=st.integers(1, 4_000), flip=st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_a_byte_flipped_in_the_directory_is_found(
    packed: bytes, tmp_path_factory: pytest.TempPathFactory, back: int, flip: int
) -> None:
    raw = bytearray(packed)
    raw[-back] ^= flip
    try:
        said = _named(_verified(bytes(raw), tmp_path_factory.mktemp("flip")))
    except InputError as error:
        said = str(error)
    assert said


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_a_byte_flipped_in_the_envelope_is_found_signed_or_not(
    files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, place: float, flip: int
) -> None:
    """Payload, signature, fingerprint, and the white space between them."""
    envelope = bytearray(files[statement.FILE])
    envelope[int(place * len(envelope))] ^= flip
    found = _verified({**files, statement.FILE: bytes(envelope)}, tmp_path_factory.mktemp("flip"))
    assert statement.FILE in _named(found) or "hash" in _named(found)


@pytest.mark.parametrize(
    "name", ["run/verdicts.json", "report.html", "ro-crate-metadata.json", "packet.json", "README.md"]
)
def test_a_file_that_was_taken_out_is_named(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    assert f"{name}: is missing" in _named(_verified(without(files, name), tmp_path))


def test_a_packet_without_its_statement_is_unusable(files: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"statement\.dsse\.json was taken out"):
        _verified(without(files, statement.FILE), tmp_path)


def test_files_that_were_added_renamed_or_swapped_are_named(files: dict[str, bytes], tmp_path: Path) -> None:
    assert "run/more.json: was added" in _named(_verified({**files, "run/more.json": b"{}"}, tmp_path))
    moved = {**without(files, "run/plan.json"), "run/plans.json": files["run/plan.json"]}
    assert "run/plan.json: was renamed to run/plans.json" in _named(_verified(moved, tmp_path))
    one, other = "run/plan.json", "run/verdicts.json"
    said = _named(_verified({**files, one: files[other], other: files[one]}, tmp_path))
    assert f"{one}: was changed" in said
    assert f"{other}: was changed" in said


def test_a_signature_that_was_taken_out_is_missed(files: dict[str, bytes], tmp_path: Path) -> None:
    payload, _ = statement.open_envelope(files[statement.FILE], "here")
    bare = statement.envelope_bytes(payload, None)
    assert "the signature was taken out" in _named(_verified({**files, statement.FILE: bare}, tmp_path))


def _swapped(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The verdicts on two claims, exchanged; and what packet.json says of the sealed file put right."""
    said, told = json.loads(files["run/verdicts.json"]), json.loads(files["packet.json"])
    first, second = said["verdicts"][1:]
    first["outcome"], second["outcome"] = second["outcome"], first["outcome"]
    told["sealed"]["verdicts.json"]["verbatim"] = False
    return {**files, "run/verdicts.json": json.dumps(said).encode(), "packet.json": json.dumps(told).encode()}


def test_verdicts_that_were_swapped_and_signed_again_are_found_by_the_key_and_by_computing(
    files: dict[str, bytes], tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    thief = Ed25519PrivateKey.from_private_bytes(bytes(32))
    changed = stated_again(_swapped(files), thief)
    assert _verified(changed, tmp_path).result == "intact"  # which is why integrity alone proves little
    other = fingerprint(thief.public_key())
    assert f"is signed by {other}, and not by" in _named(_verified(changed, tmp_path, key))
    found = _verified(changed, tmp_path, recompute=True)
    assert found.result == "differs"
    said = "\n".join(map(str, found.faults))
    assert "verdict grey-is-exact: outcome is supported, comes out as refuted" in said
    assert "verdict median-is-near: outcome is refuted, comes out as supported" in said
    others = [fault.what for fault in found.faults if not fault.what.startswith("verdict ")]
    assert [what.partition(": outcome")[0] for what in others] == ["traceability.csv line 2", "traceability.csv line 3"]


def test_a_signature_of_another_statement_does_not_pass(
    files: dict[str, bytes], tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    """The signer's own key and an honest signature of theirs, over other files."""
    _, signatures = statement.open_envelope(files[statement.FILE], "here")
    changed = _swapped(files)
    payload = statement.statement_bytes(
        statement.digests(without(changed, statement.FILE)), read_about(files["packet.json"], "here").predicate
    )
    changed[statement.FILE] = statement._envelope(payload, signatures)
    assert "is not signed by the key in the packet" in _named(_verified(changed, tmp_path, key))


def test_what_packet_json_says_must_fit_the_statement_and_the_files(
    files: dict[str, bytes], tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    told = json.loads(files["packet.json"])
    payload, _ = statement.open_envelope(files[statement.FILE], "here")
    other = {**files, "packet.json": json.dumps({**told, "suite": "9"}).encode()}
    stated = json.loads(payload)
    hashes = statement.digests(without(other, statement.FILE))
    forged = statement.statement_bytes(hashes, stated["predicate"])
    other[statement.FILE] = statement.envelope_bytes(forged, key)
    assert "does not say what packet.json says" in _named(_verified(other, tmp_path))
    told["sealed"]["plan.json"]["verbatim"] = True
    lying = stated_again({**files, "packet.json": json.dumps(told).encode()}, key)
    assert "run/plan.json: is not plan.json as the run sealed it" in _named(_verified(lying, tmp_path))


def test_a_crate_that_does_not_name_what_is_there_is_found(
    files: dict[str, bytes], tmp_path: Path, key: Ed25519PrivateKey
) -> None:
    crate = json.loads(files["ro-crate-metadata.json"])
    root = next(each for each in crate["@graph"] if each["@id"] == "./")
    root["hasPart"].pop()
    changed = {**files, "ro-crate-metadata.json": json.dumps(crate).encode()}
    payload = statement.statement_bytes(
        statement.digests(without(changed, statement.FILE)), read_about(files["packet.json"], "here").predicate
    )
    changed[statement.FILE] = statement.envelope_bytes(payload, key)
    assert "does not name the files that are there" in _named(_verified(changed, tmp_path))


@pytest.mark.parametrize("text", [b"", b"{}", b'{"schema_version": 2}', b"[" * 9_999])
def test_a_packet_of_another_version_is_unusable(files: dict[str, bytes], tmp_path: Path, text: bytes) -> None:
    made = {**without(files, statement.FILE, "public-key.pem"), "packet.json": text}
    payload = statement.statement_bytes(statement.digests(made), {})
    made[statement.FILE] = statement.envelope_bytes(payload, None)
    with pytest.raises(InputError, match=r"packet\.json"):
        _verified(made, tmp_path)


def test_verifying_and_recomputing_load_no_torch(packet: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(packet)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "intact" in done.stdout
    assert "213 estimates and 3 verdicts" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded: []"
