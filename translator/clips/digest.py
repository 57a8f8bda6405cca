"""The digest of a clip: of every file that its frames are read from, not only of the one that is named."""

from pathlib import Path

from translator.artefacts import digest, file_digest
from translator.clips.formats import suffix_of
from translator.clips.metaimage import data_file
from translator.clips.still import shown_files


def clip_digest(path: Path) -> str:
    """SHA-256 (hex) of a clip: a file's bytes, an .mhd's with its data file's, or all files of a folder of stills.

    Raises: InputError if an .mhd names no data file beside it.
    """
    files = clip_files(path)
    return file_digest(path) if files == [path] else digest({file.name: file_digest(file) for file in files})


def clip_files(path: Path) -> list[Path]:
    """The files that a clip is read from: itself, an .mhd and its data file, or the stills of a folder.

    Raises: InputError if an .mhd names no data file beside it.
    """
    if path.is_dir():
        return shown_files(path)
    if suffix_of(path) == ".mhd":
        return [path, data_file(path)]
    return [path]


def stem_of(path: Path) -> str:
    """The name without its suffix; .nii.gz is one suffix, and a folder has none."""
    return path.name if path.is_dir() else path.name[: len(path.name) - len(suffix_of(path))]
