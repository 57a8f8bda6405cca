"""Which formats are read, and how each is known by the bytes that a file starts with."""

import re
from pathlib import Path
from typing import Literal

from translator.clips.dicom import is_dicom
from translator.errors import bad_input

Kind = Literal["dicom", "npz", "npy", "picture", "video", "metaimage", "nifti"]

SUPPORTED = (
    "DICOM, MP4, MOV, AVI, MKV, WebM, MPEG, WMV, NPZ, NPY, PNG, JPEG, GIF, WebP, BMP, TIFF, MHA, MHD, NIfTI, "
    "or a folder of stills"
)
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".asf", ".ts", ".m2ts", ".vob"}
)
SUFFIXES = (
    PICTURE_SUFFIXES | VIDEO_SUFFIXES | {".dcm", ".dicom", ".npz", ".npy", ".mha", ".mhd", ".nii", ".nii.gz"}
)  # a DICOM file often has none
START = 512  # bytes that tell

_PICTURE = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0|II\*\0|MM\0\*",
    re.DOTALL,
)
_VIDEO = re.compile(
    rb".{4}(ftyp|moov|mdat|wide|free|skip|pnot)"  # MP4, MOV
    rb"|RIFF.{4}AVI "
    rb"|\x1a\x45\xdf\xa3"  # MKV, WebM
    rb"|\0\0\x01[\xba\xb3]"  # MPEG program stream, MPEG video
    rb"|\x47.{187}\x47|.{4}\x47.{191}\x47"  # MPEG transport stream
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # WMV
    re.DOTALL,
)
_METAIMAGE = re.compile(rb"\s*(ObjectType|NDims|Comment|ObjectSubType)\s*=")
_TEXT = re.compile(rb"[^\0-\x08\x0e-\x1f]*")  # of any encoding that keeps ASCII
_NIFTI_SIZES = (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c")  # of NIfTI-1 and NIfTI-2


def suffix_of(path: Path) -> str:
    """The suffix in lower case; .nii.gz as one."""
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()


def kind_of(path: Path) -> Kind:
    """What a file holds, by its first bytes; its name decides only where these do not tell.

    Text is never handed to the video reader, whatever its name: a playlist can name other files.
    Raises: InputError if it is none of SUPPORTED.
    """
    with path.open("rb") as file:
        start = file.read(START)
    if not start:
        raise bad_input(path, "is empty", "Export it again")
    kind = "dicom" if is_dicom(path) else _by_signature(start)
    if kind is None and _TEXT.fullmatch(start[:8]) is None and suffix_of(path) in VIDEO_SUFFIXES:
        kind = "video"
    if kind is None:
        what = "is text" if _TEXT.fullmatch(start) else "does not start like any format that is read"
        named = f", whatever its suffix {path.suffix} says" if suffix_of(path) in SUFFIXES else ""
        raise bad_input(path, f"{what}{named}", f"Give {SUPPORTED}")
    return kind


def _by_signature(start: bytes) -> Kind | None:
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "npz"
    if start[:6] == b"\x93NUMPY":
        return "npy"
    if start[:2] == b"\x1f\x8b" or (start[:4] in _NIFTI_SIZES and b"n" in (start[344:345], start[4:5])):
        return "nifti"
    for kind, pattern in _PATTERNS.items():
        if pattern.match(start):
            return kind
    return None


_PATTERNS: dict[Kind, re.Pattern[bytes]] = {"metaimage": _METAIMAGE, "picture": _PICTURE, "video": _VIDEO}
