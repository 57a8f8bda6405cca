"""A folder of finished videos as an arm: `FOLDER/<clip_id>.npz|.mp4|...`.

What `sonoproof translate` writes beside a video, `<clip_id>.evidence.npz` and `<clip_id>.uncertainty.npz`, goes with
it; its picture `<clip_id>.evidence.png` is no video.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from translator.artefacts import digest, file_digest
from translator.clips.clip import Clip, grey_clip
from translator.clips.digest import clip_digest, stem_of
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.evidence_files import SIDES, side_name, side_names
from translator.translation import Translation

_DATA = (".raw", ".zraw")  # the numbers of an .mhd


class FolderArm:
    """Videos that somebody's generator has written, matched by name. Implements Translator."""

    card = None

    def __init__(self, folder: Path, clips: Mapping[str, Path] | None = None) -> None:
        """`clips` is clip_id -> file where the files are not all named by their clip_id.

        Raises: InputError if the folder is absent, or two files have one stem.
        """
        self.files = videos_in(folder) if clips is None else dict(clips)
        self.folder = folder

    @property
    def identity(self) -> dict[str, object]:
        """The digests of the files; one of all that lies beside them."""
        sides = [path for clip_id in self.files for side in SIDES if (path := self._side(clip_id, side)) is not None]
        beside = {"beside": digest({path.name: file_digest(path) for path in sides})} if sides else {}
        return {"folder": {clip_id: clip_digest(path) for clip_id, path in self.files.items()}, **beside}

    def _side(self, clip_id: str, side: str) -> Path | None:
        video = self.files[clip_id]
        path = video.with_name(side_name(stem_of(video), side))
        return path if path.is_file() else None

    def translate(self, clip: Clip, mask: Clip) -> Translation:  # noqa: ARG002 - the videos are finished
        """The finished video whose stem is the clip's source, which in a run is its clip_id.

        Raises: InputError if there is none.
        """
        stem = clip.header.source
        if stem not in self.files:
            raise bad_input(self.folder.name, f"has no video {stem}.*", "Name each video after its clip_id")
        evidence, uncertainty = (
            None if path is None else grey_clip(read_clip(path)) for path in (self._side(stem, side) for side in SIDES)
        )
        return Translation(unpadded(grey_clip(read_clip(self.files[stem])), clip), evidence, uncertainty)


def videos_in(folder: Path) -> dict[str, Path]:
    """Stem -> file of every video in a folder, without what lies beside one, and hidden files.

    Raises: InputError if the folder is absent, or for every two files that have one stem.
    """
    if not folder.is_dir():
        raise bad_input(folder, "is no folder", "Give the folder that holds the videos")
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    names = {path.name for path in found}
    videos = [path for path in found if path.suffix.lower() not in _DATA]
    beside = {name for path in videos for name in side_names(stem_of(path))} & names
    files: dict[str, Path] = {}
    faults = []
    for path in (path for path in videos if path.name not in beside):
        first = files.setdefault(stem_of(path), path)
        if first != path:
            faults.append(Fault(str(path), f"and {first.name} have one stem", "Keep one file per clip"))
    if faults:
        raise InputError(faults)
    return files


def unpadded(made: Clip, clip: Clip) -> Clip:
    """Video codecs need even sizes: one row or column more than the clip has is the codec's, and goes."""
    head, want = made.header, clip.header
    more = (head.height - want.height, head.width - want.width)
    if more == (0, 0) or not (set(more) <= {0, 1} and want.height % 2 >= more[0] and want.width % 2 >= more[1]):
        return made
    height, width = want.height, want.width
    return Clip(replace(head, height=height, width=width), lambda: (f[:height, :width] for f in made.frames()))
