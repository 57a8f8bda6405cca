"""RFC 3161 time-stamp responses (.tsr): does one belong to a file, and does its signature hold?

Without a root certificate the signature is checked against the root that the response itself holds, if it holds one: it
then shows that nobody changed the response, but not who signed it. The time is the authority's. rfc3161-client does
the work (extra `timestamp`); it is strict, and refuses responses that are not DER.
"""

from pathlib import Path
from typing import Any

from translator.artefacts import file_digest
from translator.errors import bad_input

NO_TOKEN: dict[str, Any] = {"status": "no token"}
VERIFIED = "verified"
UNKNOWN_AUTHORITY = "signature holds, authority not checked"
UNCHECKED = "of this file, signature not checked: no root certificate was given"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_REMEDY = "Ask the authority for another: openssl ts -query -data PLAN.json -sha256 -cert -out PLAN.tsq"


def verify_timestamp(response: Path, stamped: Path, root: Path | None = None) -> dict[str, Any]:
    """What the response says of the file `stamped`: status, time (ISO 8601, UTC), authority, serial.

    status: VERIFIED against the root certificate (PEM); UNKNOWN_AUTHORITY against that of the response alone; UNCHECKED
    where there is neither.

    Raises: InputError if it cannot be read, is of another file, or does not hold; and if rfc3161-client is absent.
    """
    try:
        from cryptography import x509
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError:
        what = "cannot be verified: rfc3161-client is not installed"
        raise bad_input(response, what, 'pip install "sonoproof[timestamp]"') from None
    try:
        found = decode_timestamp_response(response.read_bytes())
        info, imprint = found.tst_info, found.tst_info.message_imprint
        embedded = [x509.load_der_x509_certificate(der) for der in sorted(found.signed_data.certificates)]
    except OSError as error:
        raise bad_input(response, f"cannot be read ({error.strerror})", "Give a .tsr file") from None
    except Exception as error:  # the parser is not ours, and bytes can be anything
        raise bad_input(response, f"is no RFC 3161 response ({error})", _REMEDY) from None
    digest = file_digest(stamped)
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message.hex() != digest:
        what = f"is of another file: it names {imprint.message.hex()}, and {stamped.name} has {digest}"
        raise bad_input(response, what, _REMEDY)
    if not embedded:
        raise bad_input(response, "holds no certificate", _REMEDY)
    told = {
        "time": info.gen_time.isoformat(),
        "authority": "; ".join(sorted(certificate.subject.rfc4514_string() for certificate in embedded)),
        "serial": str(info.serial_number),
    }
    own_root = [certificate for certificate in embedded if certificate.subject == certificate.issuer]
    trusted = own_root if root is None else [_certificate(root)]
    if not trusted:
        return {"status": UNCHECKED, **told}
    try:
        VerifierBuilder(roots=trusted, intermediates=[]).build().verify(found, imprint.message)
    except VerificationError as error:
        raise bad_input(response, f"does not hold ({error})", _REMEDY) from None
    return {"status": UNKNOWN_AUTHORITY if root is None else VERIFIED, **told}


def _certificate(path: Path) -> Any:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise bad_input(path, f"is no certificate in PEM ({error})", "Give the authority's root certificate") from None
