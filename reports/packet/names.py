"""What a file in a packet may be called: ASCII, relative, with forward slashes, on every system the same file."""

import re
from collections.abc import Iterable

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_LONGEST = 200
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
_RULES = (
    (lambda name: not name, "is empty"),
    (lambda name: name.endswith("/"), "is a folder"),
    (lambda name: "\\" in name, "has a backslash, which is a separator on some systems"),
    (lambda name: name.startswith("/") or name[1:2] == ":", "is absolute"),
    (lambda name: ".." in name.split("/"), "leaves the folder that it is unpacked to"),
    (lambda name: len(name) > _LONGEST, f"is longer than {_LONGEST} characters"),
    (
        lambda name: not all(map(_PART.fullmatch, name.split("/"))),
        "is not made of A-Z a-z 0-9 . _ - and single slashes",
    ),
    (lambda name: any(part.endswith(".") for part in name.split("/")), "has a part that ends in a full stop"),
    (
        lambda name: any(part.split(".")[0].lower() in _DEVICES for part in name.split("/")),
        "is a device on some systems",
    ),
)


def why_not(name: str) -> str | None:
    """What is wrong with the name of a file in a packet, in words; None if nothing is."""
    return next((why for broken, why in _RULES if broken(name)), None)


def clashes(names: Iterable[str]) -> list[tuple[str, str]]:
    """(name, why) of each that is twice there, differs from another in case alone, or lies in a file."""
    seen: dict[str, str] = {}
    found = []
    for name in names:
        folded = name.lower()
        if folded in seen:
            found.append(
                (name, "is there twice" if seen[folded] == name else f"differs from {seen[folded]} in case alone")
            )
        seen.setdefault(folded, name)
    for folded, name in seen.items():
        parts = folded.split("/")
        above = next(("/".join(parts[:n]) for n in range(1, len(parts)) if "/".join(parts[:n]) in seen), None)
        if above is not None:
            found.append((name, f"lies in {seen[above]}, which is a file"))
    return found
