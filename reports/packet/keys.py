"""Ed25519 keys (RFC 8032) as PEM files: made, read, and told apart by their fingerprint.

The fingerprint is the SHA-256 (hex) of the public key's SubjectPublicKeyInfo in DER, as
`openssl pkey -pubin -outform DER` writes it.
"""

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from translator.errors import bad_input

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE, PUBLIC = "sonoproof-packet.key.pem", "sonoproof-packet.pub.pem"
_MAKE = "Make a pair with `sonoproof packet keygen --out DIR`"


def make_keys(folder: Path) -> tuple[Path, Path]:
    """Make a key pair in a folder: (private, readable by its owner alone; public). Neither is ever written over.

    Raises: InputError if one of them is there.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = folder / PRIVATE, folder / PUBLIC
    for path in (private, public):
        if path.exists():
            raise bad_input(path, "exists, and a key is never written over", "Give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    with public.open("xb") as file:
        file.write(public_pem(key.public_key()))
    return private, public


def read_private(path: Path) -> "Ed25519PrivateKey":
    """Read a private key.

    Raises: InputError if it cannot be read, is of another kind, is encrypted, or can be read by others.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _read(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise bad_input(path, "can be read by others than its owner", f"chmod 600 {path}")
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError) as error:
        raise bad_input(path, f"is no private key without a password ({error})", _MAKE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise bad_input(path, "is a private key of another kind than Ed25519", _MAKE)
    return key


def read_public(path: Path) -> "Ed25519PublicKey":
    """Read a public key.

    Raises: InputError if it cannot be read or is none.
    """
    return parse_public(_read(path), path)


def parse_public(pem: bytes, where: object) -> "Ed25519PublicKey":
    """The public key in PEM text.

    Raises: InputError if it is none, or of another kind.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise bad_input(where, "is no public key in PEM", "Give the file that ends in .pub.pem") from None
    if not isinstance(key, Ed25519PublicKey):
        raise bad_input(where, "is a public key of another kind than Ed25519", _MAKE)
    return key


def public_pem(key: "Ed25519PublicKey") -> bytes:
    """The key as PEM text."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: "Ed25519PublicKey") -> str:
    """SHA-256 (hex) of the key's SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise bad_input(path, f"cannot be read ({error.strerror})", _MAKE) from None
