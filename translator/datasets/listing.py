"""The rows, faults and notes that an adapter collects; it writes label files where they were asked for."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Split
from translator.clips.npz import write_npz
from translator.errors import Fault, InputError, bad_input

Done = Callable[[int, int], None]
Item = TypeVar("Item")


class Listing:
    """Entries in the order added; what was wrong; and what a user has to know of the data set as it is here.

    A clip named twice, or a subject in a second split, is a fault and is left out, so that what remains is a
    manifest. Paths are relative to the folder of `target`, the manifest to be written.
    """

    def __init__(
        self,
        folder: Path,
        target: Path,
        split: Split | None = None,
        segmentations: bool = False,
        done: Done | None = None,
    ) -> None:
        """`split` is the user's, for data without an official one; `segmentations` asks for label files."""
        self.entries: list[Entry] = []
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.segmentations = segmentations
        self.label_folder = target.parent / "labels"
        self._folder = folder
        self._prefix = _way(target.parent, folder)
        self._given_split = split
        self._done = done
        self._clips: dict[str, str] = {}
        self._splits: dict[str, tuple[Split, str]] = {}

    def fault(self, where: object, what: str, remedy: str = "") -> None:
        """Keep a fault and go on."""
        self.faults.append(Fault(str(where), what, remedy))

    def note(self, text: str) -> None:
        """Keep a remark about the data that is nobody's mistake."""
        self.notes.append(text)

    def each(self, items: Sequence[Item]) -> Iterator[Item]:
        """The items, reporting progress."""
        for index, item in enumerate(items):
            yield item
            if self._done is not None:
                self._done(index + 1, len(items))

    def only_split(self) -> Split:
        """The split of everything, for data without an official one: the user's, or test."""
        return self._given_split or "test"

    def keep_official_split(self, where: object) -> None:
        """Refuse a split given by the user, as there is an official one.

        Raises: InputError if one was given.
        """
        if self._given_split is not None:
            raise bad_input(where, "gives the official split", "Leave --split out")

    def add(
        self,
        where: object,
        clip_id: str,
        subject_id: str,
        split: Split,
        greyscale: Path,
        segmentation: Path | None = None,
        labels: Callable[[], Clip] | None = None,
        **columns: str | None,
    ) -> None:
        """Add one clip that `where` (a file and row) speaks of; faults are kept, not raised.

        `segmentation` is a file of the data set that holds labels as they are needed; `labels` makes them, and is
        called only if label files were asked for. The other columns are those of the manifest.
        """
        if clip_id in self._clips:
            self.fault(where, f"names {clip_id} again, as did {self._clips[clip_id]}", "Keep one of them")
            return
        first_split, first = self._splits.get(subject_id, (split, ""))
        if split != first_split:
            what = f"puts subject {subject_id} into {split}; it is in {first_split} by {first}"
            self.fault(where, what, "Left out: a subject may be in one split only")
            return
        given = {"clip_id": clip_id, "subject_id": subject_id, "split": split, "domain": "real", **columns}
        given["greyscale"] = self._relative(greyscale)
        given["segmentation"] = None if segmentation is None else self._relative(segmentation)
        try:
            entry = Entry.model_validate(given)
        except ValidationError as error:
            self.fault(where, "; ".join(str(e["msg"]) for e in error.errors()))
            return
        self._clips[clip_id] = str(where)
        self._splits.setdefault(subject_id, (split, str(where)))
        if self.segmentations and labels is not None:
            entry = entry.model_copy(update={"segmentation": self._write_labels(clip_id, labels)})
        self.entries.append(entry)

    def _write_labels(self, clip_id: str, labels: Callable[[], Clip]) -> str | None:
        try:
            clip = labels()
        except InputError as error:
            self.faults += error.faults
            return None
        self.label_folder.mkdir(parents=True, exist_ok=True)
        name = f"{clip_id}.labels.npz"
        write_npz(self.label_folder / name, clip)
        return f"{self.label_folder.name}/{name}"

    def _relative(self, path: Path) -> str:
        return (self._prefix / path.relative_to(self._folder)).as_posix()


def _way(start: Path, goal: Path) -> Path:
    """The relative path from one folder to another; the absolute one where they are on different drives."""
    try:
        return Path(os.path.relpath(goal.resolve(), start.resolve()))
    except ValueError:
        return goal.resolve()
