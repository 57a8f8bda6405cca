"""BUSI: stills of the breast with masks of lesions.

Dataset_BUSI_with_GT/{benign,malignant,normal}/`benign (1).png` with `benign (1)_mask.png`, and _mask_1.png and on
where there are several lesions. There is no table.

WARNING: the publishers name no subjects (780 pictures of 600 women), so each picture is taken for a subject of
its own, which it often is not; and the set holds duplicates, some in two classes (doi:10.1016/j.dib.2023.109247).
Intervals from these data are too narrow, and no split of them is clean.

Source: Al-Dhabyani et al. 2020, doi:10.1016/j.dib.2019.104863. Layout checked against public descriptions.
"""

import re
from functools import partial
from pathlib import Path

import numpy as np

from translator.clips.clip import Clip
from translator.datasets.declare import DataSet, holds
from translator.datasets.labels import label_still, read_drawn
from translator.datasets.listing import Listing
from translator.errors import bad_input

_CLASSES = ("benign", "malignant", "normal")
_STILL = re.compile(r"(benign|malignant|normal) \((\d+)\)")
_MASK = re.compile(r"(.+)_mask(_\d+)?")


def _recognise(folder: Path) -> bool:
    return any(holds(_home(folder), f"{name}/{name} (*).png") for name in _CLASSES)


def _home(folder: Path) -> Path:
    inner = folder / "Dataset_BUSI_with_GT"
    return inner if inner.is_dir() else folder


def _list_clips(folder: Path, listing: Listing) -> None:
    listing.note(
        "subjects are not published: each picture counts as one, which it often is not, and there are duplicates "
        "(doi:10.1016/j.dib.2023.109247); intervals from these data are too narrow"
    )
    home = _home(folder)
    for name in _CLASSES:
        if not (home / name).is_dir():
            listing.fault(home / name, "is not there", "Fetch the folder again")
            continue
        _list_class(home / name, listing)


def _list_class(folder: Path, listing: Listing) -> None:
    found = (p for p in folder.iterdir() if p.suffix.lower() == ".png" and not p.name.startswith("."))
    files = sorted(path for path in found if path.is_file())
    stills = {path.stem: path for path in files if not _MASK.fullmatch(path.stem)}
    masks: dict[str, list[Path]] = {stem: [] for stem in stills}
    for path in files:
        of = _MASK.fullmatch(path.stem)
        if of and of[1] in masks:
            masks[of[1]].append(path)
        elif of:
            listing.fault(path, f"is a mask of {of[1]}.png, which is not there", "Fetch the picture again")
    for stem in listing.each(list(stills)):
        _add(stills[stem], masks[stem], listing)


def _add(still: Path, masks: list[Path], listing: Listing) -> None:
    named = _STILL.fullmatch(still.stem)
    if named is None or named[1] != still.parent.name:
        listing.fault(still, "has no name such as `benign (1).png` of its folder", "Left out")
        return
    if not masks:
        listing.fault(still, "has no mask: it gets no segmentation", "Fetch the mask again")
    name = f"busi-{named[1]}-{int(named[2])}"
    listing.add(
        still, name, name, listing.only_split(), still,
        labels=partial(_label, masks) if masks else None,
        anatomy="breast", site="Baheya Hospital", scanner="GE LOGIQ E9 or E9 Agile", licence=BUSI.licence,
    )  # fmt: skip


def _label(paths: list[Path]) -> Clip:
    masks = [read_drawn(path) for path in paths]
    if len({mask.shape for mask in masks}) > 1:
        raise bad_input(paths[0], "has another size than its other masks", "Fetch the masks again")
    return label_still(np.logical_or.reduce(masks))


BUSI = DataSet(
    name="busi",
    title="BUSI",
    licence="not stated with the data",
    citation="Al-Dhabyani et al., Data in Brief 2020",
    doi="10.1016/j.dib.2019.104863",
    layouts=("Dataset_BUSI_with_GT/ or its folders benign/, malignant/, normal/ with `benign (1).png`",),
    recognise=_recognise,
    list_clips=_list_clips,
    subjects="each picture: the publishers name none, so this is often wrong",
    splits="none published: all test or --split",
    views="none published",
    caveats="duplicates, some in two classes (doi:10.1016/j.dib.2023.109247); callipers and Doppler marks in some",
    labels="1 in any lesion: the union of the picture's masks",
)
