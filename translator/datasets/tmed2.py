"""TMED-2: echo stills of the Tufts Medical Center with view labels, and a diagnosis for some studies.

approved_users_only/ (or what it holds): labels_per_image.csv (query_key, view_label, diagnosis_label);
DEV479/TMED2_fold0_labeledpart.csv, which adds SourceFolder, view_classifier_split and diagnosis_classifier_split
(train, val, test); view_and_diagnosis_labeled_set/labeled/*.png and view_labeled_set/labeled/*.png.

With fold 0 there, it is the list, and its splits are the official ones: that of the diagnosis classifier, or that
of the view classifier where the first names none. Without it, labels_per_image.csv is, and there is no split.

query_key reads 3725s1_5.png. Checked in public readers: columns, folders, splits, and that what stands before
`_` is the study. Not checked: that the number before `s` is the patient. It is taken so, as that can only join
studies, never part a person. Files of the unlabelled sets are not listed, and DEV165 and DEV56 are not read.

Source: Huang et al. 2021, arXiv:2108.00080 (TMED); TMED-2 is tmed.cs.tufts.edu.
"""

import re
from pathlib import Path

from translator.clips.manifest import Split
from translator.datasets.declare import DataSet, unzipped
from translator.datasets.ids import safe_id
from translator.datasets.listing import Listing
from translator.datasets.tables import Files, Row, read_rows

_SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "test": "test"}
_KEY = re.compile(r"(\d+)s\d+_\d+\.png")
_SETS = ("view_and_diagnosis_labeled_set", "view_labeled_set")
_FOLD = Path("DEV479", "TMED2_fold0_labeledpart.csv")


def _recognise(folder: Path) -> bool:
    home = _home(folder)
    return (home / "labels_per_image.csv").is_file() or (home / _FOLD).is_file()


def _home(folder: Path) -> Path:
    inner = folder / "approved_users_only"
    return inner if inner.is_dir() else folder


def _list_clips(folder: Path, listing: Listing) -> None:
    home = _home(folder)
    fold = home / _FOLD
    table = fold if fold.is_file() else home / "labels_per_image.csv"
    needed = ["query_key", "view_label"]
    if table == fold:
        listing.keep_official_split(fold)
        needed += ["diagnosis_classifier_split", "view_classifier_split"]
    else:
        listing.note(f"no {_FOLD.as_posix()} in {home}: all stills are {listing.only_split()}")
    rows = read_rows(table, needed, listing)
    sets = {name: Files(unzipped(home / name, "labeled"), (".png",)) for name in _SETS}
    unplaced = 0
    for where, cells in listing.each(rows):
        split = _split_of(cells) if table == fold else listing.only_split()
        unplaced += split is None
        _add(where, cells, split, sets, listing)
    if unplaced:
        listing.note(f"{unplaced} rows are in no split of fold 0 and are left out")
    if table == fold:
        _pass_over(home / "labels_per_image.csv", rows, sets, listing)
    for files in sets.values():
        files.report_unnamed(table, listing)


def _add(where: str, cells: dict[str, str], split: Split | None, sets: dict[str, Files], listing: Listing) -> None:
    key = cells["query_key"]
    named = _KEY.fullmatch(key)
    if named is None:
        listing.fault(where, f"has query_key {key!r}", "Left out: a name such as 3725s1_5.png was expected")
        return
    still = _choose(cells.get("SourceFolder", ""), key, sets).take(key, where, listing)
    if still is not None and split is not None:
        listing.add(
            where, safe_id("tmed2", still.stem), safe_id("tmed2", named[1]), split, still,
            anatomy="heart", view=cells["view_label"] or None, site="Tufts Medical Center", licence=TMED2.licence,
        )  # fmt: skip


def _choose(source: str, key: str, sets: dict[str, Files]) -> Files:
    """The set that SourceFolder begins with; where there is no such column, the one that has the file."""
    named = next((name for name in _SETS if source.strip("/").split("/")[0] == name), None)
    return sets[named or next((name for name in _SETS if sets[name].has(key)), _SETS[0])]


def _split_of(cells: dict[str, str]) -> Split | None:
    first, second = cells["diagnosis_classifier_split"].lower(), cells["view_classifier_split"].lower()
    return _SPLITS.get(first) or _SPLITS.get(second)


def _pass_over(path: Path, rows: list[Row], sets: dict[str, Files], listing: Listing) -> None:
    """Stills with a label but no place in fold 0 are left out; a note says how many."""
    if not path.is_file():
        return
    in_fold = {cells["query_key"] for _, cells in rows}
    others = [cells["query_key"] for _, cells in read_rows(path, ("query_key",), listing)]
    absent = [key for key in others if key not in in_fold]
    for key in absent:
        for files in sets.values():
            files.pass_over(key)
    if absent:
        listing.note(f"{len(absent)} rows of {path.name} are not in fold 0 and are left out")


TMED2 = DataSet(
    name="tmed2",
    title="TMED-2",
    licence="TMED Health Data License",
    citation="Huang et al., MLHC 2021 (TMED); tmed.cs.tufts.edu",
    doi="10.48550/arXiv.2108.00080",
    layouts=(
        "labels_per_image.csv, DEV479/TMED2_fold0_labeledpart.csv, view_and_diagnosis_labeled_set/labeled/*.png, "
        "view_labeled_set/labeled/*.png",
        "approved_users_only/ with these",
    ),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="the number before `s` in query_key (3725s1_5.png: 3725), taken for the patient",
    splits="fold 0 of DEV479; else all test or --split",
    views="column view_label as published (PLAX, PSAX, A4C, A2C, A4CorA2CorOther)",
    caveats="stills of 112 x 112 pixels; the unlabelled sets are not listed",
)
