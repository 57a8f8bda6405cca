"""EchoNet-Pediatric: apical four-chamber and short-axis videos of children, with outlines of the left ventricle.

A4C/ and PSAX/, each with FileList.csv (FileName, EF, Sex, Age, Weight, Height, Split), Videos/*.avi and
VolumeTracings.csv (FileName, X, Y, Frame): the corners of an outline in their order. Split is a fold, 0 to 9; as
its users do, 0 to 7 are train, 8 validation, 9 test.

Subjects: a patient may have several videos, and no table says whose they are. File names read
CR32a7555-CR32a7582-000039.avi; the first part recurs with different second parts, and is taken for the patient,
the second for the study. This is our reading, not the publishers' word. Where it puts a patient into two splits
(the folds of the two views may not agree), the later rows are faults: make one manifest a view then. Names of
another form are subjects of their own.

Source: Reddy et al. 2023, doi:10.1016/j.echo.2023.01.015. Columns and names checked against public readers; the
videos were not at hand. Stanford's research use agreement forbids handing the data on and making works derived
from them.
"""

import re
from pathlib import Path

from translator.clips.manifest import Split
from translator.datasets.declare import DataSet, holds
from translator.datasets.ids import safe_id
from translator.datasets.listing import Listing
from translator.datasets.tables import Files, read_rows
from translator.datasets.tracings import POINT, Outlines, names_of, with_suffix

_VIEWS = ("A4C", "PSAX")
_FOLDS: dict[str, Split] = {**{str(fold): "train" for fold in range(8)}, "8": "validation", "9": "test"}
_NAME = re.compile(r"(CR[0-9a-f]+)-CR[0-9a-f]+-\d+", re.IGNORECASE)


def _recognise(folder: Path) -> bool:
    return any(holds(folder, f"{view}/FileList.csv") for view in _VIEWS) or (
        folder.resolve().name in _VIEWS and holds(folder, "FileList.csv", "Videos")
    )


def _list_clips(folder: Path, listing: Listing) -> None:
    if folder.resolve().name in _VIEWS and holds(folder, "FileList.csv", "Videos"):
        _list_view(folder, folder.resolve().name, listing)
        return
    for view in _VIEWS:
        if (folder / view).is_dir():
            _list_view(folder / view, view, listing)
        else:
            listing.note(f"no folder {view}: its videos are not listed")


def _list_view(folder: Path, view: str, listing: Listing) -> None:
    table = folder / "FileList.csv"
    listing.keep_official_split(table)
    rows = read_rows(table, ("FileName", "EF", "Split"), listing)
    outlines = Outlines(folder / "VolumeTracings.csv", POINT, names_of(rows), listing)
    files = Files(folder / "Videos", (".avi",))
    for where, cells in listing.each(rows):
        video = files.take(with_suffix(cells["FileName"]), where, listing)
        split = _FOLDS.get(cells["Split"].removesuffix(".0"))
        if video is None:
            continue
        if split is None:
            listing.fault(where, f"has split {cells['Split']!r}", "Left out: a fold, 0 to 9, was expected")
            continue
        named = _NAME.fullmatch(video.stem)
        listing.add(
            where,
            safe_id("echonet-pediatric", view, video.stem),
            safe_id("echonet-pediatric", named[1] if named else video.stem),
            split,
            video,
            labels=outlines.labels(video),
            anatomy="heart",
            view=view,
            site="Lucile Packard Children's Hospital Stanford",
            licence=ECHONET_PEDIATRIC.licence,
        )
    files.report_unnamed(table, listing)


ECHONET_PEDIATRIC = DataSet(
    name="echonet-pediatric",
    title="EchoNet-Pediatric",
    licence="Stanford University Dataset Research Use Agreement",
    citation="Reddy et al., J Am Soc Echocardiogr 2023",
    doi="10.1016/j.echo.2023.01.015",
    layouts=("A4C/ and PSAX/, each with FileList.csv, Videos/*.avi, VolumeTracings.csv", "one of the two folders"),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="the first part of the file name, our reading of who the patient is; not published",
    splits="column Split of FileList.csv: folds 0 to 7 train, 8 validation, 9 test",
    views="A4C and PSAX, by folder",
    caveats="if faults say that a subject is in two splits, make one manifest a view; non-commercial, not to be "
    "handed on or derived from: read the agreement before you simulate or train",
    labels="1 in the left ventricle on the traced frames, 255 on the others",
)
