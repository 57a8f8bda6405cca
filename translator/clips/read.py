"""Open any supported file as a Clip, by what it holds and not by its name alone."""

import zipfile
from dataclasses import replace
from pathlib import Path

from translator.clips.clip import Clip
from translator.clips.dicom import is_dicom, read_dicom
from translator.clips.npz import read_npz, read_npz_mask
from translator.clips.still import SUFFIXES, read_still
from translator.clips.video import read_video
from translator.errors import bad_input


def read_clip(path: str | Path) -> Clip:
    """Open NPZ, DICOM, picture or video.

    Raises: InputError that names the file, what was found and what to do.
    """
    path = Path(path)
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "does not exist"
        raise bad_input(path, kind, "Give a file: NPZ, DICOM, MP4, MOV, AVI, PNG or JPEG")
    if path.stat().st_size == 0:
        raise bad_input(path, "is empty", "Export it again")
    if is_dicom(path):
        return read_dicom(path)
    if zipfile.is_zipfile(path):
        return read_npz(path)
    if path.suffix.lower() in SUFFIXES:
        return read_still(path)
    return read_video(path)


def read_mask(path: str | Path, like: Clip) -> Clip:
    """Open a mask for `like`: the `mask` of an NPZ, or a picture or clip whose bright pixels are the mask.

    A single picture stands for every frame.
    Raises: InputError if frame size or frame count do not match.
    """
    path = Path(path)
    mask = read_npz_mask(path) if path.is_file() and zipfile.is_zipfile(path) else None
    if mask is None:
        clip = read_clip(path)
        mask = clip.mapped(lambda frame: frame if frame.ndim == 2 else frame.max(axis=-1), 1)
    head, want = mask.header, like.header
    if (head.height, head.width) != (want.height, want.width) or head.frames not in (1, want.frames):
        raise bad_input(
            path,
            f"mask is {head.frames} frames of {head.height} x {head.width}, "
            f"the clip {want.source} has {want.frames} of {want.height} x {want.width}",
            "Give a mask of the clip's size, with one frame or as many as the clip",
        )
    return mask if head.frames == want.frames else _repeat(mask, want.frames)


def _repeat(mask: Clip, frames: int) -> Clip:
    only = mask.array()[0]
    return Clip(replace(mask.header, frames=frames), lambda: (only for _ in range(frames)))
