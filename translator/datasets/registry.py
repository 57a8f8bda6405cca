"""Every data set with an adapter, and the one way to list a folder."""

from pathlib import Path

from translator.datasets.busi import BUSI
from translator.datasets.camus import CAMUS
from translator.datasets.declare import DataSet
from translator.datasets.echonet_dynamic import ECHONET_DYNAMIC
from translator.datasets.echonet_pediatric import ECHONET_PEDIATRIC
from translator.datasets.hc18 import HC18
from translator.datasets.listing import Listing
from translator.datasets.pocus import POCUS
from translator.datasets.tmed2 import TMED2
from translator.errors import Fault, InputError, bad_input

DATASETS = {dataset.name: dataset for dataset in (CAMUS, ECHONET_DYNAMIC, ECHONET_PEDIATRIC, TMED2, HC18, BUSI, POCUS)}
_SHOWN = 8  # names of a wrong folder that an error shows


def list_folder(dataset: DataSet, folder: Path, listing: Listing) -> None:
    """Add the clips of `folder` to the listing, with every fault.

    Raises: InputError if the folder is not the data set's, if label files are asked for where there is nothing
    to convert or they lie there already, or if a split is given where there is an official one.
    """
    if not folder.is_dir():
        raise bad_input(folder, "is no folder", f"Give the folder that holds {dataset.title}")
    if not dataset.recognise(folder):
        raise InputError(_not_recognised(dataset, folder))
    if listing.segmentations:
        if not dataset.labels:
            raise bad_input(dataset.name, "has nothing to convert", "Leave --segmentations out")
        if listing.label_folder.exists():
            raise bad_input(listing.label_folder, "exists", "Move it away, or give another --out")
    dataset.list_clips(folder, listing)


def _not_recognised(dataset: DataSet, folder: Path) -> Fault:
    found = sorted(path.name + ("/" if path.is_dir() else "") for path in folder.iterdir())
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    what = (
        f"is not {dataset.title}: looked for {'; or '.join(dataset.layouts)}; "
        f"found {', '.join(found[:_SHOWN]) or 'nothing'}{more}"
    )
    return Fault(str(folder), what, _hint(dataset, folder))


def _hint(dataset: DataSet, folder: Path) -> str:
    others = [name for name, other in DATASETS.items() if other.recognise(folder)]
    if others:
        return f"It looks like {' or '.join(others)}: sonoproof manifest {others[0]} {folder}"
    nearby = [path for path in (*sorted(folder.iterdir()), folder.resolve().parent) if path.is_dir()]
    inside = next((path for path in nearby if dataset.recognise(path)), None)
    if inside is not None:
        return f"Give {inside}"
    return "Give the folder as it was unpacked; `sonoproof manifest build` lists any folder of clips"
