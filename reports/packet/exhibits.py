"""The exhibits' clips for a packet that is asked for data: blanked outside the sector, under pseudonyms.

A run keeps the clips that its report shows, as they came; a scanner may have written a name into them. Input files are
not in a run, and so never in a packet: their hashes are.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports.packet.tables import packed_path
from translator.clips.npz import read_npz, read_npz_mask, write_npz
from translator.errors import InputError
from translator.regions.deidentify import Redaction
from translator.regions.screen import find_regions


def exhibit_clips(run: Run, names: Pseudonyms) -> Iterator[tuple[str, bytes | str]]:
    """(sealed name with ids replaced, the redacted clip, or why there is none) of every NPZ that the run sealed."""
    folders: dict[str, list[str]] = defaultdict(list)
    for file in sorted(run.record["files"]):
        if file.endswith(".npz"):
            folders[file.rpartition("/")[0]].append(file)
    for folder, clips in sorted(folders.items()):
        redaction = _redaction(run, folder, clips)
        for file in clips:
            yield packed_path(file, names), _redacted(run.folder / file, redaction)


def _redaction(run: Run, folder: str, clips: list[str]) -> Redaction | str:
    """What to blank in the clips of a folder, by its colour Doppler or greyscale clip."""
    first = next((f"{folder}/{name}" for name in ("cfd.npz", "real.npz") if f"{folder}/{name}" in clips), None)
    if first is None:
        return "left out: there is neither colour Doppler nor greyscale to find the sector in"
    try:
        return Redaction.around(find_regions(read_npz(run.folder / first)), "blank", "exhibit")
    except InputError as error:
        return f"left out: {error.faults[0].what}"


def _redacted(path: Path, redaction: Redaction | str) -> bytes | str:
    if isinstance(redaction, str):
        return redaction
    try:
        clip, mask = redaction.clip(read_npz(path).named("exhibit")), read_npz_mask(path)
    except InputError as error:
        return f"left out: {error.faults[0].what}"
    with tempfile.TemporaryDirectory() as folder:
        write_npz(Path(folder) / "clip.npz", clip, mask)
        return (Path(folder) / "clip.npz").read_bytes()


def input_hashes(plan: Mapping[str, Any], names: Pseudonyms) -> bytes:
    """`inputs/hashes.csv`: clip, part of the study, column of the manifest, SHA-256; in the order of the pseudonyms."""
    parts = {"trial": plan["inputs"], "fitting": plan.get("training", {}).get("inputs", {})}
    rows = sorted(
        (names.clips[clip], part, column, sha256)
        for part, inputs in parts.items()
        for clip, columns in inputs.items()
        for column, sha256 in columns.items()
    )
    return "".join(f"{','.join(row)}\n" for row in [("clip", "part", "column", "sha256"), *rows]).encode()
