"""Make or reuse: one way to cache and resume, for every stage of every package.

The key of an artefact is the SHA-256 of canonical JSON over stage, version, parameters and input digests.
`build` writes into a partial folder; one rename finishes it, so a killed run leaves nothing half-done behind
a good name. The whole store can be deleted at any time.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


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


class Store:
    """A folder of artefacts, one folder each under `stage/key`."""

    def __init__(self, root: Path) -> None:
        """`root` is made when first needed."""
        self.root = root

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
        key = digest({"stage": stage, "version": version, "params": dict(params), "inputs": dict(inputs)})
        final = self.root / stage / key[:2] / key
        if final.is_dir():
            return final
        partial = final.with_name(f"{key}.partial-{os.getpid()}")
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
