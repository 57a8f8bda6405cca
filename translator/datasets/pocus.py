"""POCUS (COVID-19 lung ultrasound, github.com/jannisborn/covid19_ultrasound): lung clips and stills of many sources.

data/dataset_metadata.csv (Filename without suffix, Type, Probe, License, InThisRepo, Current location, Patient ID
/ Name), data/pocus_videos/{convex,linear}/ and data/pocus_images/{convex,linear}/. FOLDER is the repository or its
folder data.

A row is a fault if it says that its file is in the repository, in one of the two folders, and it is not. Rows that
say otherwise (other people's galleries, pictures with arrows) are listed if the file is there, else counted in a
note. Licences are by row, as the table gives them.

Subjects: the table's patient number. A patient who is not numbered is named by the SHA-256 of the cell, and a row
without one is a subject of its own, named by the SHA-256 of its path, as are all clips: names of files and
patients can be those of people.

Source: Born et al. 2021, doi:10.3390/app11020672. Table and folders checked in the public repository.
"""

import re
from collections import defaultdict
from pathlib import Path

from translator.datasets.declare import DataSet
from translator.datasets.ids import digest
from translator.datasets.listing import Listing
from translator.datasets.tables import read_rows

_KINDS = {"video": "pocus_videos", "image": "pocus_images"}
_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".gif", ".mpg", ".mpeg", ".png", ".jpg", ".jpeg"})
_PATIENT = "Patient ID / Name"
_NEEDED = ("Filename", "Type", "Probe", "License", "InThisRepo", "Current location", _PATIENT)
_NOBODY = frozenset({"", "nd", "n/a", "na", "none", "unknown"})
Found = dict[tuple[str, str], list[Path]]  # files by kind and stem


def _recognise(folder: Path) -> bool:
    return (_home(folder) / "dataset_metadata.csv").is_file()


def _home(folder: Path) -> Path:
    return folder / "data" if (folder / "data" / "dataset_metadata.csv").is_file() else folder


def _list_clips(folder: Path, listing: Listing) -> None:
    home = _home(folder)
    table = home / "dataset_metadata.csv"
    found = _find_files(home)
    taken: dict[Path, str] = {}
    elsewhere = 0
    rows = read_rows(table, _NEEDED, listing)
    for where, cells in listing.each(rows):
        paths = _choose(found, cells, home)
        fresh = [path for path in paths if path not in taken]
        if len(fresh) == 1:
            taken[fresh[0]] = where
            _add(where, cells, fresh[0], home, listing)
        elif fresh:
            names = ", ".join(path.relative_to(home).as_posix() for path in fresh)
            listing.fault(where, f"may mean any of {names}", "Left out: the table does not tell them apart")
            taken |= dict.fromkeys(fresh, where)
        elif paths:
            what = f"names {cells['Filename']!r} again, as did {taken[paths[0]]}"
            listing.fault(where, what, "Left out: each file is listed once")
        elif _is_expected(cells):
            what = f"names {cells['Filename']!r}, which is not in {_KINDS[_kind(cells)]}"
            listing.fault(where, what, "Fetch the repository again")
        else:
            elsewhere += 1
    if elsewhere:
        listing.note(f"{elsewhere} rows of {table.name} name files that the repository does not hold for use")
    if rows:
        for path in sorted(set().union(*found.values()) - set(taken)):
            listing.fault(path, f"has no row in {table}", "Left out: nothing is known of it")


def _find_files(home: Path) -> Found:
    """Files by kind and lower-case stem; the folders are named in several ways (Convex, convex)."""
    found: Found = defaultdict(list)
    for kind, name in _KINDS.items():
        for path in sorted((home / name).rglob("*")):
            if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.name.startswith("."):
                found[kind, path.stem.lower()].append(path)
    return found


def _choose(found: Found, cells: dict[str, str], home: Path) -> list[Path]:
    """The files that a row may mean; those of its probe's folder, where there are some."""
    name = cells["Filename"].lower()
    stem = Path(name).stem if Path(name).suffix in _SUFFIXES else name
    paths = found.get((_kind(cells), stem), []) if name else []
    probe = cells["Probe"].lower()
    return [path for path in paths if probe in path.relative_to(home).as_posix().lower().split("/")] or paths


def _kind(cells: dict[str, str]) -> str:
    return "image" if cells["Type"].lower() == "image" else "video"


def _is_expected(cells: dict[str, str]) -> bool:
    location = cells["Current location"].lower()
    return cells["InThisRepo"].lower() == "yes" and any(name in location for name in _KINDS.values())


def _add(where: str, cells: dict[str, str], path: Path, home: Path, listing: Listing) -> None:
    clip = f"pocus-{digest(path.relative_to(home).as_posix())}"
    listing.add(
        where, clip, _subject(cells[_PATIENT], clip), listing.only_split(), path,
        anatomy="lung", scanner=cells["Probe"].lower() or None, licence=_licence(cells["License"]),
    )  # fmt: skip


def _subject(patient: str, clip: str) -> str:
    if patient.lower() in _NOBODY:
        return clip
    number = re.fullmatch(r"(\d+)(\.0)?", patient)
    return f"pocus-patient-{int(number[1])}" if number else f"pocus-patient-{digest(patient)}"


def _licence(text: str) -> str:
    """`CC BY-NC 4.0` as SPDX writes it; other words as they stand."""
    if text.lower() in _NOBODY:
        return "not stated"
    return re.sub(r"\s+", "-", text) if re.fullmatch(r"CC BY[-A-Z]*\s+\d\.\d", text) else text


POCUS = DataSet(
    name="pocus",
    title="COVID-19 lung ultrasound (POCUS)",
    licence="by row: CC-BY-4.0, CC-BY-NC-4.0, others, or not stated",
    citation="Born et al., Applied Sciences 2021, and the source of each clip",
    doi="10.3390/app11020672",
    layouts=("data/dataset_metadata.csv, data/pocus_videos/, data/pocus_images/ (the repository, or its data/)",),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="column Patient ID / Name; rows without one are subjects of their own",
    splits="none published: all test or --split",
    views="none; the probe (convex, linear) goes to scanner",
    caveats="many sources and licences; where the patient is blank, one person may be several subjects; GIFs of low "
    "frame rate among the clips",
)
