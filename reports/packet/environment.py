"""Where the packet was made: libraries, machine, code; as a lock, a CycloneDX bill of materials, and lists of hashes.

The run's own environment is in its plan. What is installed now may differ from it, and is told apart.
"""

import json
import platform
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

from evalkit.seal import Run
from translator.artefacts import canonical_json, file_digest

SUITE = "sonoproof"
_PACKAGES = ("sonoproof", "reports", "evalkit", "translator")
_PACKS = ("cryptography", "jinja2", "matplotlib", "pyarrow", "pydantic")  # the packet's own needs
_SOURCES = frozenset({".py", ".j2", ".toml", ".json"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Library:
    """An installed distribution that the suite needs, itself or through another."""

    name: str
    version: str
    licence: str  # as its metadata say; empty where they do not
    summary: str
    needs: tuple[str, ...]


def libraries(run: Run) -> list[Library]:
    """The distributions that the suite and the run's environment name, with all that they need, as far as installed."""
    waiting, found = [SUITE, *_PACKS, *run.plan["environment"]["libraries"]], dict[str, Library]()
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        try:
            library = _library(distribution(name))
        except PackageNotFoundError:
            continue
        found[name] = library
        waiting += library.needs
    there = found.keys()
    return [
        Library(each.name, each.version, each.licence, each.summary, tuple(n for n in each.needs if n in there))
        for _, each in sorted(found.items())
    ]


def environment_files(run: Run) -> dict[str, bytes]:
    """The files of the folder `environment/`, by name."""
    known = libraries(run)
    lock = "".join(f"{each.name}=={each.version}\n" for each in known if each.name != SUITE)
    return {
        "environment/lock.txt": f"# installed where the packet was made\n{lock}".encode(),
        "environment/sbom.cdx.json": _json(bill_of_materials(known)),
        "environment/machine.json": _json(_machine(run, known)),
        "environment/code.json": _json({"sha256": code_digests()}),
    }


def code_digests() -> dict[str, str]:
    """SHA-256 of every source, template and table of the suite, as it lies here."""
    found = {}
    for package in _PACKAGES:
        root = Path(str(files(package)))
        for path in root.rglob("*"):
            if path.suffix in _SOURCES and path.is_file():
                found[f"{package}/{path.relative_to(root).as_posix()}"] = file_digest(path)
    return dict(sorted(found.items()))


def bill_of_materials(known: list[Library]) -> dict[str, Any]:
    """A software bill of materials, CycloneDX 1.6 (ECMA-424). Its serial number follows from what it holds."""
    suite = next((each for each in known if each.name == SUITE), None)
    version = suite.version if suite else "not installed as a distribution"
    root = {"type": "application", "bom-ref": SUITE, "name": SUITE, "version": version,
            "licenses": [{"license": {"id": "Apache-2.0"}}]}  # fmt: skip
    parts = [each for each in known if each.name != SUITE]
    needs = {each.name: [f"pkg:pypi/{n}" for n in each.needs] for each in parts}
    direct = suite.needs if suite else tuple(each.name for each in parts)
    depends = [{"ref": SUITE, "dependsOn": [f"pkg:pypi/{n}" for n in direct if n != SUITE]}]
    depends += [{"ref": f"pkg:pypi/{name}", "dependsOn": below} for name, below in sorted(needs.items())]
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root},
        "components": [_component(each) for each in parts],
        "dependencies": depends,
    }
    return {**body, "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, canonical_json(body))}"}


def _component(library: Library) -> dict[str, Any]:
    name = library.name
    made: dict[str, Any] = {"type": "library", "bom-ref": f"pkg:pypi/{name}", "name": name, "version": library.version,
                            "purl": f"pkg:pypi/{name}@{library.version.replace('+', '%2B')}"}  # fmt: skip
    if library.summary:
        made["description"] = library.summary
    if library.licence:
        made["licenses"] = [{"license": {"name": library.licence}}]
    return made


def _machine(run: Run, known: list[Library]) -> dict[str, Any]:
    now = {_normal(each.name): each.version for each in known}
    asked = run.plan["environment"]["libraries"]
    of_run = {key: value for key, value in run.plan["environment"].items() if key != "libraries"}
    return {
        "run": {**of_run, "libraries": asked},
        "run_not_sealed": {"cpu": _cpu(run.folder / "timings.json")},
        "packet": {
            "python": platform.python_version(), "machine": platform.machine(), "system": platform.system(),
        },
        "libraries_that_differ": {
            name: {"run": version, "packet": now.get(_normal(name), "not installed as a distribution")}
            for name, version in sorted(asked.items())
            if now.get(_normal(name), "not installed as a distribution") != version
        },
    }  # fmt: skip


def _cpu(timings: Path) -> str:
    try:
        return str(json.loads(timings.read_text(encoding="utf-8"))["cpu"])[:200]
    except (OSError, ValueError, TypeError, KeyError):
        return "not stated"


def _library(found: Distribution) -> Library:
    about: Mapping[str, Any] = found.metadata  # type: ignore[assignment]  # a message, which has get
    licence = str(about.get("License-Expression") or about.get("License") or "").strip()
    needs = {_normal(match[0]) for line in found.requires or () if (match := _NAME.match(line))}
    first = licence.splitlines()[0].strip() if licence else ""
    return Library(_normal(str(about["Name"])), found.version, first[:100], str(about.get("Summary") or ""),
                   tuple(sorted(needs)))  # fmt: skip


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()
