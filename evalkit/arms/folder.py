"""A folder of finished videos as an arm: `FOLDER/<clip_id>.npz|.mp4|...`."""

from dataclasses import replace
from pathlib import Path

from translator.clips.clip import Clip, grey_clip
from translator.clips.digest import clip_digest, stem_of
from translator.clips.read import read_clip
from translator.errors import bad_input
from translator.translation import Translation

_DATA = (".raw", ".zraw")  # the numbers of an .mhd


class FolderArm:
    """Videos that somebody's generator has written, matched by name. Implements Translator."""

    card = None

    def __init__(self, folder: Path) -> None:
        """Raises: InputError if the folder is absent, or two files have one stem."""
        if not folder.is_dir():
            raise bad_input(folder, "is no folder", "Give the folder that holds the translated videos")
        self.files: dict[str, Path] = {}
        found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        for path in (path for path in found if path.suffix.lower() not in _DATA):
            stem = stem_of(path)
            if stem in self.files:
                raise bad_input(path, f"and {self.files[stem].name} have one stem", "Keep one file per clip")
            self.files[stem] = path
        self.folder = folder

    @property
    def identity(self) -> dict[str, object]:
        """The digests of the files."""
        return {"folder": {stem: clip_digest(path) for stem, path in self.files.items()}}

    def translate(self, clip: Clip, mask: Clip) -> Translation:  # noqa: ARG002 - the videos are finished
        """The finished video whose stem is the clip's source, which in a run is its clip_id.

        Raises: InputError if there is none.
        """
        stem = clip.header.source
        if stem not in self.files:
            raise bad_input(self.folder.name, f"has no video {stem}.*", "Name each video after its clip_id")
        return Translation(_unpadded(grey_clip(read_clip(self.files[stem])), clip))


def _unpadded(made: Clip, clip: Clip) -> Clip:
    """Video codecs need even sizes: one row or column more than the clip has is the codec's, and goes."""
    head, want = made.header, clip.header
    more = (head.height - want.height, head.width - want.width)
    if more == (0, 0) or not (set(more) <= {0, 1} and want.height % 2 >= more[0] and want.width % 2 >= more[1]):
        return made
    height, width = want.height, want.width
    return Clip(replace(head, height=height, width=width), lambda: (f[:height, :width] for f in made.frames()))
