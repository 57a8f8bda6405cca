"""Turn a folder of files into manifest entries: what is a clip, what is coloured, who is a subject."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pydicom

from translator.clips.damage import reading
from translator.clips.dicom import is_dicom
from translator.clips.formats import SUFFIXES, suffix_of
from translator.clips.manifest import Entry
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.regions.flow import flow_mask_clip

COLOURED = 0.001  # share of the frame that flow must cover in some frame


def scan_folder(
    folder: Path, root: Path, site: str, done: Callable[[int, int], None]
) -> tuple[list[Entry], list[Fault]]:
    """Entries for every readable clip below `folder`, with paths relative to `root`; and every fault.

    Clips and subjects get new names, SITE-clip-0001 and SITE-subject-0001: file names can name people.

    Raises: InputError if there is no such folder.
    """
    if not folder.is_dir():
        raise bad_input(folder, "is no folder", "Give the folder that holds the clips")
    files = sorted(path for path in folder.rglob("*") if _looks_like_clip(path))
    entries: list[Entry] = []
    faults: list[Fault] = []
    subjects: dict[tuple[str, ...], str] = {}
    for index, path in enumerate(files):
        try:
            column = "cfd" if _is_coloured(path) else "greyscale"
            subject = subjects.setdefault(_who(path, folder), f"{site}-subject-{len(subjects) + 1:04d}")
            row = {"clip_id": f"{site}-clip-{len(entries) + 1:04d}", "subject_id": subject, "split": "test"}
            row |= {"domain": "real", "site": site, column: str(_relative(path, root))}
            entries.append(Entry.model_validate(row))
        except InputError as error:
            faults += error.faults
        done(index + 1, len(files))
    return entries, faults


def pictures(entries: Sequence[Entry]) -> dict[str, int]:
    """How many entries have a colour clip only, a greyscale clip only, and both."""
    found = Counter((entry.cfd is not None, entry.greyscale is not None) for entry in entries)
    return {"cfd": found[True, False], "greyscale": found[False, True], "both": found[True, True]}


def pictures_in_words(entries: Sequence[Entry]) -> str:
    """The same as a person reads it."""
    count = pictures(entries)
    return f"{count['cfd']} with cfd only, {count['greyscale']} with greyscale only, {count['both']} with both"


def _looks_like_clip(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and suffix_of(path) in {*SUFFIXES, ""}


def _relative(path: Path, root: Path) -> Path:
    absolute, base = path.resolve(), root.resolve()
    return absolute.relative_to(base) if absolute.is_relative_to(base) else absolute


def _is_coloured(path: Path) -> bool:
    clip = read_clip(path)
    return clip.header.channels == 3 and any((mask > 127).mean() > COLOURED for mask in flow_mask_clip(clip).frames())


def _who(path: Path, folder: Path) -> tuple[str, ...]:
    """What tells subjects apart: the DICOM patient; else the sub-folder, else the file. Never written anywhere."""
    if is_dicom(path):
        with reading(path, quote=False):
            data = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientID"], force=True)
            if data.get("PatientID"):
                return "patient", str(data.PatientID)
    parent = path.parent.relative_to(folder).parts
    return ("folder", *parent) if parent else ("file", path.name)
