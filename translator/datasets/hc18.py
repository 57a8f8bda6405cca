"""HC18: stills of the fetal head in the standard plane of its circumference.

training_set/000_HC.png with 000_HC_Annotation.png (the outline of an ellipse), training_set_pixel_size_and_HC.csv;
test_set/000_HC.png, test_set_pixel_size.csv, without annotations. The tables may lie beside their folder or in it.

Subjects: the number that a file name begins with is an examination; 010_HC.png and 010_2HC.png are two pictures
of one. Training and test set count from 000 each, so a subject is the set and the number. The stills are of 551
women, fewer than the numbers: some women have several, and which is not published, nor whether one woman is in
both sets.

Source: van den Heuvel et al. 2018, doi:10.1371/journal.pone.0200412; data doi:10.5281/zenodo.1327317. Names and
tables checked against the challenge's page.
"""

import re
from functools import partial
from pathlib import Path

from translator.clips.clip import Clip
from translator.clips.manifest import Split
from translator.datasets.declare import DataSet, holds, unzipped
from translator.datasets.labels import fill_outline, label_still, read_drawn
from translator.datasets.listing import Listing
from translator.datasets.tables import Files, read_rows

_SETS: tuple[tuple[str, str, Split], ...] = (
    ("training_set", "training_set_pixel_size_and_HC.csv", "train"),
    ("test_set", "test_set_pixel_size.csv", "test"),
)
_NAME = re.compile(r"(\d+)_\d*HC")
_DRAWN = "_Annotation.png"


def _recognise(folder: Path) -> bool:
    return any(holds(unzipped(folder, name), "*_*HC.png") for name, _, _ in _SETS)


def _table_of(folder: Path, name: str, table: str) -> Path | None:
    places = (folder / table, unzipped(folder, name) / table, folder / name / table)
    return next((path for path in places if path.is_file()), None)


def _list_clips(folder: Path, listing: Listing) -> None:
    listing.keep_official_split(f"{folder}: training_set and test_set")
    for name, table, split in _SETS:
        home = unzipped(folder, name)
        found = _table_of(folder, name, table)
        if not home.is_dir():
            listing.note(f"no folder {name}: its stills are not listed")
        elif found is None:
            listing.fault(folder / table, "is not there", f"Fetch it again; nothing of {name} is listed")
        else:
            _list_set(home, found, split, listing)


def _list_set(home: Path, table: Path, split: Split, listing: Listing) -> None:
    files = Files(home, (".png",))
    for where, cells in listing.each(read_rows(table, ("filename",), listing)):
        still = files.take(cells["filename"], where, listing)
        if still is None:
            continue
        named = _NAME.fullmatch(still.stem)
        if named is None:
            listing.fault(where, f"names {still.name}", "Left out: a name such as 010_2HC.png was expected")
            continue
        drawn = still.with_name(still.stem + _DRAWN)
        files.pass_over(drawn.name)
        if split == "train" and not drawn.is_file():
            listing.fault(drawn, "is not there: its still gets no segmentation", "Fetch the file again")
        prefix = f"hc18-{split}"
        listing.add(
            where, f"{prefix}-{still.stem}", f"{prefix}-{named[1]}", split, still,
            labels=partial(_label, drawn) if drawn.is_file() else None,
            anatomy="fetal head", view="head circumference plane", site="Radboud University Medical Center",
            scanner="GE Voluson E8 or 730", licence=HC18.licence,
        )  # fmt: skip
    files.report_unnamed(table, listing)


def _label(drawn: Path) -> Clip:
    return label_still(fill_outline(read_drawn(drawn)))


HC18 = DataSet(
    name="hc18",
    title="HC18",
    licence="CC-BY-4.0",
    citation="van den Heuvel et al., PLoS ONE 2018",
    doi="10.1371/journal.pone.0200412",
    layouts=("training_set/000_HC.png, training_set_pixel_size_and_HC.csv; test_set/, test_set_pixel_size.csv",),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="the set and the number of the examination (010_HC and 010_2HC are one)",
    splits="the folders: training_set train, test_set test",
    views="head circumference plane",
    caveats="551 women, fewer than the examinations: which examinations are of one woman is not published, nor "
    "whether one is in both sets; no pixel size reaches the manifest",
    labels="1 in the head: the annotated ellipse, filled",
)
