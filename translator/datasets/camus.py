"""CAMUS: apical two- and four-chamber half-sequences of 500 patients, with manual labels.

Two published layouts. NIfTI: database_nifti/patient0001/patient0001_2CH_half_sequence.nii.gz with labels of
every frame in .._gt.nii.gz, Info_2CH.cfg, and database_split/subgroup_{training,validation,testing}.txt, one
patient a line. MetaImage (the challenge): training/ and testing/, each patient0001/patient0001_2CH_sequence.mhd
with its .raw; labels belong to the ED and ES stills only, so its sequences have none. The stills are frames of
the sequences and get no rows.

Labels in the NIfTI files: 0 outside, 1 left ventricle, 2 myocardium, 3 left atrium. They are not those of the
heart phantom, where 2 is the right ventricle.

Source: Leclerc et al. 2019, doi:10.1109/TMI.2019.2900516. Layout checked against public readers of both forms;
the pixel data were not at hand.
"""

import re
from pathlib import Path

from translator.clips.manifest import Split
from translator.datasets.declare import DataSet, holds
from translator.datasets.ids import safe_id
from translator.datasets.listing import Listing

_VIEWS = {"2CH": "A2C", "4CH": "A4C"}
_SUBGROUPS: dict[str, Split] = {"training": "train", "validation": "validation", "testing": "test"}
_PATIENT = re.compile(r"patient\d+")


def _recognise(folder: Path) -> bool:
    return (
        holds(folder, "database_nifti/patient*")
        or holds(folder, "patient*/*_half_sequence.nii.gz")
        or any(holds(folder, f"{part}/patient*/*_sequence.mhd") for part in ("training", "testing"))
    )


def _list_clips(folder: Path, listing: Listing) -> None:
    nested = folder / "database_nifti"
    if nested.is_dir() or holds(folder, "patient*/*_half_sequence.nii.gz"):
        _list_nifti(folder, nested if nested.is_dir() else folder, listing)
    else:
        _list_metaimage(folder, listing)


def _list_nifti(folder: Path, home: Path, listing: Listing) -> None:
    splits = _read_subgroups(folder / "database_split", home, listing)
    for patient in listing.each(_patients(home)):
        split = listing.only_split() if splits is None else splits.get(patient.name)
        if split is None:
            listing.fault(patient, "is in no file of database_split", "Left out: its split is not known")
            continue
        for view in _VIEWS:
            stem = f"{patient.name}_{view}_half_sequence"
            _add(patient, view, split, patient / f"{stem}.nii.gz", patient / f"{stem}_gt.nii.gz", listing)


def _list_metaimage(folder: Path, listing: Listing) -> None:
    listing.keep_official_split(f"{folder}: training/ and testing/")
    listing.note("this layout has labels for the ED and ES stills only: the sequences get no segmentation")
    both = [(patient, part) for part in ("training", "testing") for patient in _patients(folder / part)]
    for patient, part in listing.each(both):
        for view in _VIEWS:
            header = patient / f"{patient.name}_{view}_sequence.mhd"
            if header.is_file() and not any(header.with_suffix(s).is_file() for s in (".raw", ".zraw")):
                listing.fault(header, "has no .raw beside it, which holds the pixels", "Fetch the patient again")
                continue
            _add(patient, view, _SUBGROUPS[part], header, None, listing)


def _add(patient: Path, view: str, split: Split, clip: Path, labels: Path | None, listing: Listing) -> None:
    if not clip.is_file():
        listing.fault(clip, "is not there", "Fetch the patient again")
        return
    if labels is not None and not labels.is_file():
        listing.fault(labels, "is not there: its clip gets no segmentation", "Fetch the patient again")
        labels = None
    info = patient / f"Info_{view}.cfg"
    if not info.is_file():
        listing.fault(info, "is not there", "Fetch the patient again; its clip is listed all the same")
    subject = safe_id("camus", patient.name)
    listing.add(
        clip, f"{subject}-{view}", subject, split, clip, labels,
        anatomy="heart", view=_VIEWS[view], site="University Hospital of St Etienne", scanner="GE Vivid E95",
        licence=CAMUS.licence,
    )  # fmt: skip


def _patients(home: Path) -> list[Path]:
    return sorted(p for p in home.glob("patient*") if p.is_dir() and _PATIENT.fullmatch(p.name))


def _read_subgroups(folder: Path, home: Path, listing: Listing) -> dict[str, Split] | None:
    """Split by patient, or None where no split came with the data."""
    if not folder.is_dir():
        listing.note(f"no database_split in {folder.parent}: all clips are {listing.only_split()}")
        return None
    listing.keep_official_split(folder)
    splits: dict[str, tuple[Split, str]] = {}
    for subgroup, split in _SUBGROUPS.items():
        path = folder / f"subgroup_{subgroup}.txt"
        for number, patient in _read_lines(path, listing):
            where = f"{path}: line {number}"
            if patient in splits:
                listing.fault(where, f"names {patient} again, as did {splits[patient][1]}", "Keep one of the lines")
            elif not _PATIENT.fullmatch(patient):
                listing.fault(where, f"names {patient!r}, which is no patient", "Fetch the file again")
            else:
                splits[patient] = (split, where)
                if not (home / patient).is_dir():
                    listing.fault(where, f"names {patient}, which is not in {home}", "Fetch the patient again")
    return {patient: split for patient, (split, _) in splits.items()}


def _read_lines(path: Path, listing: Listing) -> list[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        listing.fault(path, f"cannot be read ({error})", "Fetch the file again")
        return []
    return [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]


CAMUS = DataSet(
    name="camus",
    title="CAMUS",
    licence="CC-BY-NC-SA-4.0",
    citation="Leclerc et al., IEEE Trans Med Imaging 2019",
    doi="10.1109/TMI.2019.2900516",
    layouts=(
        "database_nifti/patient0001/patient0001_2CH_half_sequence.nii.gz, with database_split/subgroup_*.txt",
        "patient0001/patient0001_2CH_half_sequence.nii.gz",
        "training/patient0001/patient0001_2CH_sequence.mhd with .raw, and testing/",
    ),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="the patient",
    splits="database_split (train, validation, test), or the folders training and testing; else all test or --split",
    views="A2C and A4C",
    caveats="labels 1 left ventricle, 2 myocardium, 3 left atrium: 2 and up differ from the phantom's; "
    "the MetaImage layout has no labels for sequences",
)
