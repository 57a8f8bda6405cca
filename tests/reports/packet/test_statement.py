"""Statement, envelope and keys: as another implementation reads them; and what is wrong with a key is said."""

import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # its face names it in no __all__

from reports.packet.keys import fingerprint, make_keys, parse_public, public_pem, read_private, read_public
from reports.packet.statement import (
    envelope_bytes,
    is_signed_by,
    open_envelope,
    pre_authentication,
    read_statement,
    statement_bytes,
)
from translator.errors import InputError

PAYLOAD = statement_bytes({"b": "1" * 64, "a": "2" * 64}, {"suite": "1"})


def test_the_statement_is_an_in_toto_statement_of_version_1() -> None:
    value = json.loads(PAYLOAD)
    assert value["_type"] == "https://in-toto.io/Statement/v1"
    assert value["subject"][0] == {"name": "a", "digest": {"sha256": "2" * 64}}
    assert value["predicateType"].startswith("urn:")
    assert read_statement(PAYLOAD, "here") == {"a": "2" * 64, "b": "1" * 64}


def test_what_is_signed_is_the_encoding_of_the_specification() -> None:
    """The example of DSSE's protocol.md, with another type."""
    assert pre_authentication(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_securesystemslib_verifies_the_envelope_and_sees_a_change(key: Ed25519PrivateKey) -> None:
    public = SSlibKey.from_crypto(key.public_key(), keyid=fingerprint(key.public_key()))
    envelope = Envelope.from_dict(json.loads(envelope_bytes(PAYLOAD, key)))
    assert envelope.pae() == pre_authentication(PAYLOAD)
    assert set(envelope.verify([public], 1)) == {public.keyid}
    envelope.payload += b" "
    with pytest.raises(VerificationError):
        envelope.verify([public], 1)


def test_the_envelope_opens_again_and_only_its_key_fits(key: Ed25519PrivateKey) -> None:
    payload, signatures = open_envelope(envelope_bytes(PAYLOAD, key), "here")
    assert payload == PAYLOAD
    assert is_signed_by(key.public_key(), payload, signatures)
    assert not is_signed_by(Ed25519PrivateKey.generate().public_key(), payload, signatures)
    assert not is_signed_by(key.public_key(), payload + b" ", signatures)
    assert open_envelope(envelope_bytes(PAYLOAD, None), "here") == (PAYLOAD, [])


@pytest.mark.parametrize("change", [b"", b"[]", b"{}", b'{"payload": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_envelope_is_said_to_be_none(change: bytes) -> None:
    with pytest.raises(InputError, match="is no DSSE envelope"):
        open_envelope(change, "here")


def test_an_envelope_that_says_the_same_in_other_bytes_is_refused() -> None:
    with pytest.raises(InputError, match="is not written as it was made"):
        open_envelope(envelope_bytes(PAYLOAD, None) + b"\n", "here")


@pytest.mark.parametrize("payload", [b"", b"{}", PAYLOAD.replace(b"v1", b"v2"), PAYLOAD.replace(b'"a"', b'"b"')])
def test_another_statement_is_refused(payload: bytes) -> None:
    with pytest.raises(InputError, match="holds no in-toto statement"):
        read_statement(payload, "here")


def test_a_private_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "keys")
    before = private.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert fingerprint(read_private(private).public_key()) == fingerprint(read_public(public))
    with pytest.raises(InputError, match="exists, and a key is never written over"):
        make_keys(tmp_path / "keys")
    private.unlink()
    with pytest.raises(InputError, match="exists"):  # the public one is left
        make_keys(tmp_path / "keys")
    assert not private.exists()
    assert b"PRIVATE KEY" in before


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_private_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path)
    private.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        read_private(private)


def test_keys_of_another_kind_and_files_that_are_none_are_refused(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    other = generate_private_key(SECP256R1())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(other.private_bytes(encoding, form, serialization.NoEncryption()))
    with pytest.raises(InputError, match="another kind than Ed25519"):
        read_private(path)
    path.write_bytes(key.private_bytes(encoding, form, serialization.BestAvailableEncryption(b"x")))
    with pytest.raises(InputError, match="is no private key without a password"):
        read_private(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="is no public key"):
        read_public(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_public(tmp_path / "absent")
    public = other.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(InputError, match="another kind than Ed25519"):
        parse_public(public, "here")
    assert fingerprint(parse_public(public_pem(key.public_key()), "here")) == fingerprint(key.public_key())
