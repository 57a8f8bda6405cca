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
    if path.is_dir():
        return digest({file.name: file_digest(file) for file in shown_files(path)})
    if suffix_of(path) == ".mhd":
        return digest({file.name: file_digest(file) for file in {path, data_file(path)}})
    return file_digest(path)


def stem_of(path: Path) -> str:
    """The name without its suffix; .nii.gz is one suffix, and a folder has none."""
    return path.name if path.is_dir() else path.name[: len(path.name) - len(suffix_of(path))]
