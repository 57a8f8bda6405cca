"""Ids that a manifest accepts, made from published names."""

import hashlib
import re

from translator.clips.manifest import SAFE_ID


def safe_id(*parts: str) -> str:
    """The parts joined by `-`; where that is no id, made one, with 12 digits of its SHA-256 to keep names apart."""
    text = "-".join(parts)
    if SAFE_ID.fullmatch(text):
        return text
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", text).lstrip("._-")[:100]
    return f"{readable or 'id'}-{digest(text)}"


def digest(text: str) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of a text: stands for a name that must not be written."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
