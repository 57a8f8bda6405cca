"""What a data set declares of itself, and how a folder is recognised as one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from translator.datasets.listing import Listing


@dataclass(frozen=True)
class DataSet:
    """A published data set and its adapter.

    `layouts` says in words what the folder must hold; `recognise` looks for it. `list_clips` adds one row a clip
    to a Listing. `subjects`, `splits`, `views` and `caveats` say what becomes of the columns. `labels` says what
    `segmentations` writes, and is empty where there is nothing to convert.
    """

    name: str
    title: str
    licence: str
    citation: str
    doi: str
    layouts: tuple[str, ...]
    recognise: Callable[[Path], bool]
    list_clips: Callable[[Path, Listing], None]
    subjects: str
    splits: str
    views: str
    caveats: str
    labels: str = ""


def holds(folder: Path, *patterns: str) -> bool:
    """Whether something below `folder` matches each of the glob patterns."""
    return all(next(folder.glob(pattern), None) is not None for pattern in patterns)


def unzipped(folder: Path, name: str) -> Path:
    """`folder/name`, or `folder/name/name` where unpacking made a folder within a folder of one name."""
    inner = folder / name / name
    return inner if inner.is_dir() else folder / name
