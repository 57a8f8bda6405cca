"""RFC 3161 time-stamp responses (.tsr): does one belong to a file, and does its signature hold?

Without a root certificate the signature is checked against the root that the response itself holds, if it holds one: it
then shows that nobody changed the response, but not who signed it. The time is the authority's. rfc3161-client does
the work (extra `timestamp`); it is strict, and refuses responses that are not DER.
"""

import re
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from translator.artefacts import file_digest
from translator.errors import bad_input

NO_TOKEN: dict[str, Any] = {"status": "no token"}
VERIFIED = "verified"
UNKNOWN_AUTHORITY = "signature holds, authority not checked"
UNCHECKED = "of this file, signature not checked: no root certificate was given"
INSTALL = 'pip install "sonoproof[timestamp]"'
_SHA256 = "2.16.840.1.101.3.4.2.1"
_REMEDY = "Ask the authority for another: openssl ts -query -data PLAN.json -sha256 -cert -out PLAN.tsq"


def verify_timestamp(response: Path, stamped: Path, root: Path | None = None) -> dict[str, Any]:
    """What the response says of the file `stamped`, as `verify_response` does.

    Raises: InputError as it does, and if a file cannot be read.
    """
    try:
        content = response.read_bytes()
    except OSError as error:
        raise bad_input(response, f"cannot be read ({error.strerror})", "Give a .tsr file") from None
    return verify_response(content, response, file_digest(stamped), stamped.name, root)


def verify_response(content: bytes, where: object, sha256: str, named: str, root: Path | None = None) -> dict[str, Any]:
    """What a response says of what has this SHA-256: status, time (ISO 8601, UTC), authority, serial.

    status: VERIFIED against the root certificate (PEM); UNKNOWN_AUTHORITY against that of the response alone; UNCHECKED
    where there is neither. authority: the subject of the certificate that signed, and of no other. `where` and `named`
    are what errors call the response and what was stamped.

    Raises: InputError if it is no response, is of something else, or does not hold; and if rfc3161-client is absent.
    """
    try:
        from cryptography import x509
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError:
        raise bad_input(where, "cannot be verified: rfc3161-client is not installed", INSTALL) from None
    roots = None if root is None else [read_root(root)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd certificates, which are anybody's
            found = decode_timestamp_response(content)
            info, imprint = found.tst_info, found.tst_info.message_imprint
            algorithm, message = imprint.hash_algorithm.dotted_string, imprint.message
            embedded = [x509.load_der_x509_certificate(der) for der in sorted(found.signed_data.certificates)]
            own_roots = [certificate for certificate in embedded if certificate.subject == certificate.issuer]
            signed_by = {(each.issuer, each.serial_number) for each in found.signed_data.signer_infos}
            signers = [each for each in embedded if (each.issuer, each.serial_number) in signed_by]
            told = {
                "time": info.gen_time.isoformat(),
                "authority": "; ".join(each.subject.rfc4514_string() for each in signers),
                "serial": str(info.serial_number),
            }
    except Exception as error:  # the parser is not ours, and bytes can be anything
        raise bad_input(where, f"is no RFC 3161 response ({error})", _REMEDY) from None
    if algorithm != _SHA256 or message.hex() != sha256:
        what = f"is of another file: it names {message.hex()}, and {named} has {sha256}"
        raise bad_input(where, what, _REMEDY)
    if not embedded:
        raise bad_input(where, "holds no certificate", _REMEDY)
    if len(signers) != 1:  # certificates are not signed along: others may be there to lend their names
        raise bad_input(where, f"holds {len(signers)} certificates of its signer, and not one", _REMEDY)
    trusted = own_roots if roots is None else roots
    if not trusted:
        return {"status": UNCHECKED, **told}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            VerifierBuilder(roots=trusted, intermediates=[]).build().verify(found, message)
    except (VerificationError, ValueError, TypeError, AttributeError, OverflowError) as error:  # as above
        reason = re.search(r'Verify error: ([^"]+)"', str(error))  # OpenSSL says much around it
        under = "the root that it holds itself" if root is None else root
        what = f"does not hold under {under} ({reason[1] if reason else error})"
        raise bad_input(where, what, _REMEDY) from None
    return {"status": UNKNOWN_AUTHORITY if root is None else VERIFIED, **told}


def can_verify() -> bool:
    """Whether what verifies responses is installed."""
    return find_spec("rfc3161_client") is not None


def read_root(path: Path) -> Any:
    """A root certificate (PEM).

    Raises: InputError if it is none.
    """
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise bad_input(path, f"is no certificate in PEM ({error})", "Give the authority's root certificate") from None
