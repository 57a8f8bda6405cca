"""Turn a folder of files into manifest entries: what is a clip, what is coloured, who is a subject."""

import re
from collections.abc import Callable
from pathlib import Path

import pydicom

from translator.clips.dicom import is_dicom
from translator.clips.manifest import Entry
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.regions.flow import flow_mask_clip

SUFFIXES = frozenset(
    {"", ".dcm", ".npz", ".mp4", ".mov", ".avi", ".mkv", ".mpg", ".mpeg", ".webm", ".png", ".jpg", ".jpeg"}
)
COLOURED = 0.001  # share of the frame that flow must cover in some frame


def scan_folder(folder: Path, root: Path, done: Callable[[int, int], None]) -> tuple[list[Entry], list[Fault]]:
    """Entries for every readable clip below `folder`, with paths relative to `root`; and every fault.

    Raises: InputError if there is no such folder.
    """
    if not folder.is_dir():
        raise bad_input(folder, "is no folder", "Give the folder that holds the clips")
    files = sorted(path for path in folder.rglob("*") if _looks_like_clip(path))
    entries: list[Entry] = []
    faults: list[Fault] = []
    patients: dict[str, str] = {}
    used: set[str] = set()
    for index, path in enumerate(files):
        try:
            column = "cfd" if _is_coloured(path) else "greyscale"
            relative = _relative(path, root)
            clip_id = _unused(_safe(path.relative_to(folder).with_suffix("").as_posix()), used)
            subject = _subject(path, folder, clip_id, patients)
            row = {"clip_id": clip_id, "subject_id": subject, "split": "test", "domain": "real", column: str(relative)}
            entries.append(Entry.model_validate(row))
        except InputError as error:
            faults += error.faults
        done(index + 1, len(files))
    return entries, faults


def _looks_like_clip(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.suffix.lower() in SUFFIXES


def _relative(path: Path, root: Path) -> Path:
    absolute, base = path.resolve(), root.resolve()
    return absolute.relative_to(base) if absolute.is_relative_to(base) else absolute


def _is_coloured(path: Path) -> bool:
    clip = read_clip(path)
    return clip.header.channels == 3 and any((mask > 127).mean() > COLOURED for mask in flow_mask_clip(clip).frames())


def _subject(path: Path, folder: Path, clip_id: str, patients: dict[str, str]) -> str:
    """A new name for each DICOM patient; else the sub-folder, else the clip itself."""
    if is_dicom(path):
        patient = str(
            pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"]).get("PatientID") or ""
        )
        if patient:
            return patients.setdefault(patient, f"subject-{len(patients) + 1:04d}")
    parent = path.parent.relative_to(folder)
    return _safe(parent.as_posix()) if parent.parts else clip_id


def _safe(name: str) -> str:
    return (re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "clip")[:120]


def _unused(name: str, used: set[str]) -> str:
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name}-{number}", number + 1
    used.add(candidate)
    return candidate
