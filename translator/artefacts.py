"""Make or reuse: one way to cache and resume, for every stage of every package.

The key of an artefact is the SHA-256 of canonical JSON over stage, version, parameters, input digests and the
versions of the libraries that compute: an update may move any number.
`build` writes into a partial folder; one rename finishes it, so a killed run leaves nothing half-done behind
a good name. The whole store can be deleted at any time.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "pydicom", "pyjpegls", "scipy", "torch")


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space; NaN and infinity are refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def installed_version(library: str) -> str:
    """Version of an installed distribution, without importing it."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed as a distribution"


def user_cache() -> Path:
    """Folder for what is made once for each user and can be made again: SONOPROOF_CACHE, or the system's place."""
    named = os.environ.get("SONOPROOF_CACHE")
    if named:
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "sonoproof" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "sonoproof"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "sonoproof"


class Store:
    """A folder of artefacts, one folder each under `stage/key`."""

    def __init__(self, root: Path, libraries: Mapping[str, str] | None = None) -> None:
        """`root` is made when first needed; `libraries` are name -> version, by default those installed."""
        self.root = root
        self.libraries = dict(libraries or {name: installed_version(name) for name in LIBRARIES})

    def place(self, stage: str, version: int, params: Mapping[str, Any], inputs: Mapping[str, str]) -> Path:
        """Where the artefact lies, once it is made: the folder is there exactly then."""
        about = {"stage": stage, "version": version, "params": dict(params), "inputs": dict(inputs)}
        key = digest({**about, "libraries": self.libraries})
        return self.root / stage / key[:2] / key

    def make(
        self,
        stage: str,
        version: int,
        params: Mapping[str, Any],
        inputs: Mapping[str, str],
        build: Callable[[Path], None],
    ) -> Path:
        """The folder of the artefact, built by `build(folder)` unless it is there already.

        If `build` raises, nothing is kept and the error goes on: a failure is never cached.
        """
        final = self.place(stage, version, params, inputs)
        if final.is_dir():
            return final
        partial = final.with_name(f"{final.name}.partial-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            build(partial)
            partial.rename(final)
        except OSError:
            if not final.is_dir():  # else another process was first: its artefact is as good
                raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return final
