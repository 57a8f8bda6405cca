"""What vouches for a packet: an in-toto Statement v1 over every file's SHA-256, in a DSSE envelope.

Statement: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
Envelope and what is signed (PAE): https://github.com/secure-systems-lab/dsse, envelope.md and protocol.md, v1.0.
An envelope without signatures is how an unsigned packet says that it is one.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.packet.keys import fingerprint
from translator.artefacts import canonical_json
from translator.errors import bad_input

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE = "statement.dsse.json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:sonoproof:evidence-packet:v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
_AGAIN = "Ask for the packet again"


class Signature(NamedTuple):
    """One signature of an envelope: the fingerprint that it claims, and its bytes."""

    keyid: str
    sig: bytes


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 (hex) of every file but the statement's own."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != FILE}


def statement_bytes(hashes: Mapping[str, str], about: Mapping[str, Any]) -> bytes:
    """The statement's canonical JSON: every file's SHA-256 (hex), in order, and what the packet says of itself."""
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": hashes[name]}} for name in sorted(hashes)],
            "predicateType": PREDICATE_TYPE,
            "predicate": dict(about),
        }
    ).encode()


def pre_authentication(payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding (PAE) of payload type and payload."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope_bytes(payload: bytes, key: "Ed25519PrivateKey | None") -> bytes:
    """The envelope, signed if there is a key. Ed25519 is deterministic: the same key gives the same bytes."""
    signatures = []
    if key is not None:
        signatures.append(Signature(fingerprint(key.public_key()), key.sign(pre_authentication(payload))))
    return _envelope(payload, signatures)


def _envelope(payload: bytes, signatures: list[Signature]) -> bytes:
    value = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": each.keyid, "sig": base64.b64encode(each.sig).decode()} for each in signatures],
    }
    return (json.dumps(value, indent=1) + "\n").encode()


def open_envelope(data: bytes, where: object) -> tuple[bytes, list[Signature]]:
    """Payload and signatures of an envelope, none of them checked.

    Raises: InputError if it is no envelope, or is not written as `envelope_bytes` writes it.
    """
    try:
        value = json.loads(data)
        payload = base64.b64decode(value["payload"], validate=True)
        found = [
            Signature(str(each["keyid"]), base64.b64decode(each["sig"], validate=True)) for each in value["signatures"]
        ]
        kind = value["payloadType"]
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        raise bad_input(where, "is no DSSE envelope, or was changed", _AGAIN) from None
    if kind != PAYLOAD_TYPE or _envelope(payload, found) != data:
        raise bad_input(where, "is not written as it was made: it was changed", _AGAIN)
    return payload, found


def read_statement(payload: bytes, where: object) -> dict[str, str]:
    """The SHA-256 (hex) of each file that a statement names.

    Raises: InputError if it is no statement.
    """
    wrong = bad_input(where, "holds no in-toto statement on a packet, or was changed", _AGAIN)
    try:
        value = json.loads(payload)
        named = {str(each["name"]): str(each["digest"]["sha256"]) for each in value["subject"]}
        kinds = value["_type"], value["predicateType"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise wrong from None
    if kinds != (STATEMENT_TYPE, PREDICATE_TYPE) or len(named) != len(value["subject"]):
        raise wrong
    return named


def is_signed_by(key: "Ed25519PublicKey", payload: bytes, signatures: list[Signature]) -> bool:
    """True if one of the signatures is this key's over this payload, whatever fingerprint it claims."""
    from cryptography.exceptions import InvalidSignature

    for each in signatures:
        try:
            key.verify(each.sig, pre_authentication(payload))
        except InvalidSignature:
            continue
        return True
    return False
