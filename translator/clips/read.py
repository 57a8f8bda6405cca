"""Open any supported file as a Clip, by what it holds and not by its name alone."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from translator.clips.clip import Clip
from translator.clips.damage import reason
from translator.clips.dicom import read_dicom
from translator.clips.formats import SUPPORTED, Kind, kind_of
from translator.clips.metaimage import read_metaimage
from translator.clips.nifti import read_nifti
from translator.clips.npy import read_npy
from translator.clips.npz import read_npz, read_npz_mask
from translator.clips.still import read_still, read_stills
from translator.clips.video import read_video
from translator.errors import bad_input

_READERS: dict[Kind, Callable[[Path], Clip]] = {
    "dicom": read_dicom,
    "npz": read_npz,
    "npy": read_npy,
    "picture": read_still,
    "metaimage": read_metaimage,
    "nifti": read_nifti,
    "video": read_video,
}


def read_clip(path: str | Path) -> Clip:
    """Open DICOM, video (MP4, MOV, AVI, MKV, WebM, MPEG, WMV), NPZ, NPY, a picture or an animation (PNG, JPEG, GIF,
    WebP, BMP, TIFF), MetaImage (MHA, MHD), NIfTI (.nii, .nii.gz), or a folder of stills.

    What a file holds decides, its name only where that does not tell. Frames are streamed.
    Raises: InputError that names the file, what was found and what to do; here, or when frames are read.
    """
    path = Path(path)
    if path.is_dir():
        return read_stills(path)
    if not path.is_file():
        kind = "is no regular file" if path.exists() else "leads nowhere" if path.is_symlink() else "does not exist"
        raise bad_input(path, kind, f"Give {SUPPORTED}")
    try:
        return _READERS[kind_of(path)](path)
    except OSError as error:
        raise bad_input(path, f"cannot be opened ({reason(error)})", "Check that you may read it") from None


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
