"""EchoNet-Dynamic: 10,030 apical four-chamber videos, one of each patient, with outlines of the left ventricle.

FileList.csv (FileName, EF, ESV, EDV, FrameHeight, FrameWidth, FPS, NumberOfFrames, Split), Videos/*.avi and
VolumeTracings.csv (FileName, X1, Y1, X2, Y2, Frame): the first row of a traced frame is the long axis, the others
are chords across it; frames count from 0. Two frames of nearly every video are traced.

Source: Ouyang et al. 2020, doi:10.1038/s41586-020-2145-8. Layout and tracings checked against the authors' public
reader (github.com/echonet/dynamic); the videos were not at hand. Stanford's research use agreement forbids
handing the data on and making works derived from them.
"""

from pathlib import Path

from translator.clips.manifest import Split
from translator.datasets.declare import DataSet, holds
from translator.datasets.ids import safe_id
from translator.datasets.listing import Listing
from translator.datasets.tables import Files, read_rows
from translator.datasets.tracings import CHORD, Outlines, names_of, with_suffix

_SPLITS: dict[str, Split] = {"TRAIN": "train", "VAL": "validation", "TEST": "test"}
_NEEDED = ("FileName", "EF", "NumberOfFrames", "Split")


def _recognise(folder: Path) -> bool:
    return holds(folder, "FileList.csv", "Videos") and not _is_pediatric(folder / "FileList.csv")


def _is_pediatric(table: Path) -> bool:
    """EchoNet-Pediatric's folders look alike; only its tables have a column Weight."""
    with table.open("rb") as file:
        return b"Weight" in file.readline(1000).split(b",")


def _list_clips(folder: Path, listing: Listing) -> None:
    table = folder / "FileList.csv"
    listing.keep_official_split(table)
    rows = read_rows(table, _NEEDED, listing)
    outlines = Outlines(folder / "VolumeTracings.csv", CHORD, names_of(rows), listing)
    files = Files(folder / "Videos", (".avi",))
    for where, cells in listing.each(rows):
        video = files.take(with_suffix(cells["FileName"]), where, listing)
        split = _SPLITS.get(cells["Split"].upper())
        if video is None:
            continue
        if split is None:
            listing.fault(where, f"has split {cells['Split']!r}", "Left out: TRAIN, VAL or TEST was expected")
            continue
        name = safe_id("echonet-dynamic", video.stem)
        listing.add(
            where, name, name, split, video,
            labels=outlines.labels(video),
            anatomy="heart", view="A4C", site="Stanford Health Care", licence=ECHONET_DYNAMIC.licence,
        )  # fmt: skip
    files.report_unnamed(table, listing)


ECHONET_DYNAMIC = DataSet(
    name="echonet-dynamic",
    title="EchoNet-Dynamic",
    licence="Stanford University Dataset Research Use Agreement",
    citation="Ouyang et al., Nature 2020",
    doi="10.1038/s41586-020-2145-8",
    layouts=("FileList.csv, Videos/*.avi, VolumeTracings.csv",),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="the video, as one of each patient was published",
    splits="column Split of FileList.csv (TRAIN, VAL, TEST)",
    views="A4C",
    caveats="non-commercial, not to be handed on or derived from: read the agreement before you simulate or train",
    labels="1 in the left ventricle on the traced frames, 255 on the others",
)
