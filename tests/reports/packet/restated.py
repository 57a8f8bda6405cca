"""A packet that was changed, with every hash made again."""

import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.packet import statement
from reports.packet.about import read_about
from reports.packet.keys import public_pem


def without(files: Mapping[str, bytes], *names: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name not in names}


def stated_again(files: Mapping[str, bytes], key: Ed25519PrivateKey | None) -> dict[str, bytes]:
    """As who changes a packet would state and sign it again."""
    made = without(files, statement.FILE, "public-key.pem")
    crate = json.loads(made["ro-crate-metadata.json"])
    if key is not None:
        made["public-key.pem"] = public_pem(key.public_key())
    root = next(each for each in crate["@graph"] if each["@id"] == "./")
    names = (made.keys() | {statement.FILE}) - {"ro-crate-metadata.json"}
    root["hasPart"] = [{"@id": name} for name in sorted(names)]
    made["ro-crate-metadata.json"] = json.dumps(crate).encode()
    about = read_about(made["packet.json"], "here")
    payload = statement.statement_bytes(statement.digests(made), about.predicate)
    return {**made, statement.FILE: statement.envelope_bytes(payload, key)}
