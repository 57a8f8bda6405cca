"""NIfTI-1 clips, .nii and .nii.gz: (x, y) or (x, y, t) in the file is (rows y, columns x) a frame here.

So a file that SimpleITK reads as (T, H, W) comes out the same, as in CAMUS (Leclerc et al. 2019,
doi:10.1109/TMI.2019.2900516); orientation is not applied. The frames may lie on the third axis or on the fourth,
which alone is time: only from there comes a rate, and only if the header states the unit.
Source: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from translator.clips.clip import Clip, Header
from translator.clips.damage import EXPORT_AGAIN, checked_frame_size, possible_rate, possible_spacing, reading
from translator.clips.planes import GREY_REMEDY, Planes
from translator.errors import bad_input

_HEADER = 348
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 128: "u1", 256: "i1", 512: "u2", 768: "u4"}
_RGB = 128
_MILLIMETRES = {1: 1000.0, 2: 1.0, 3: 0.001}  # by xyzt_units & 7
_SECONDS = {8: 1.0, 16: 1e-3, 24: 1e-6}  # by xyzt_units & 56
_DEFLATE = 1040  # a byte of gzip holds at most that many


def read_nifti(path: Path) -> Clip:
    """Open a NIfTI-1 clip lazily, compressed or not.

    Raises: InputError if it is no 2-D image or clip, or its header asks for more than there is.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with reading(path, "Give NIfTI-1 (.nii or .nii.gz); if it is, export it again"):
        with _start(path, zipped) as stream:
            start = stream.read(_HEADER)
        head = _header(path, start)
        shape, time_axis = _shape(path, head)
        dtype = _dtype(path, head, start)
        slope, intercept = _scale(path, head)
    colour = int(head["datatype"]) == _RGB
    frame = (*shape[1:], 3) if colour else shape[1:]
    offset = _offset(path, head)
    need = offset + shape[0] * int(np.prod(frame)) * dtype.itemsize
    left = path.stat().st_size * (_DEFLATE if zipped else 1)
    if left < need:
        raise bad_input(path, f"is too short for {shape[0]} frames of {shape[1]} x {shape[2]}", EXPORT_AGAIN)

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with _start(path, zipped) as stream:
            stream.seek(offset)
            yield stream

    planes = Planes(str(path), opened, shape[0], frame, dtype, slope, intercept)
    fps = _rate(head) if time_axis else None
    return Clip(Header(*shape, 3 if colour else 1, fps, _spacing(head), path.name), planes.stream)


def _start(path: Path, zipped: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def _header(path: Path, start: bytes) -> np.void:
    """The fields that are read, in the file's byte order."""
    if start[344:347] != b"n+1":
        pair = start[344:347] == b"ni1"
        what = "is one half of a .hdr and .img pair" if pair else "is no NIfTI-1 file"
        raise bad_input(path, what, "Save it as one NIfTI-1 file, .nii or .nii.gz")
    order = "<" if start[:4] == b"\x5c\x01\0\0" else ">"
    fields = {
        "dim": (f"8{order}i2", 40), "datatype": (f"{order}i2", 70), "pixdim": (f"8{order}f4", 76),
        "vox_offset": (f"{order}f4", 108), "scl_slope": (f"{order}f4", 112), "scl_inter": (f"{order}f4", 116),
        "xyzt_units": ("u1", 123),
    }  # fmt: skip
    layout: Any = {
        "names": list(fields),
        "formats": [form for form, _ in fields.values()],
        "offsets": [offset for _, offset in fields.values()],
        "itemsize": _HEADER,
    }
    found: np.void = np.frombuffer(start, np.dtype(layout))[0]
    return found


def _shape(path: Path, head: np.void) -> tuple[tuple[int, int, int], bool]:
    """(T, H, W), and whether the frames lie on the axis of time."""
    count = int(head["dim"][0])
    size = [int(value) for value in head["dim"][1 : count + 1]]
    long = [axis for axis, length in enumerate(size) if axis >= 2 and length != 1]
    if not 2 <= count <= 7 or len(long) > 1 or (long and size[long[0]] < 1):
        raise bad_input(path, f"dimensions {size} are no clip of 2-D frames", "Save (x, y, t)")
    checked_frame_size(path, size[1], size[0])
    return (size[long[0]] if long else 1, size[1], size[0]), long == [3]


def _dtype(path: Path, head: np.void, start: bytes) -> np.dtype[np.generic]:
    code = int(head["datatype"])
    if code not in _TYPES:
        raise bad_input(path, f"NIfTI datatype {code} cannot be read", GREY_REMEDY)
    return np.dtype(("<" if start[:4] == b"\x5c\x01\0\0" else ">") + _TYPES[code])


def _scale(path: Path, head: np.void) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 says that there is none."""
    slope, intercept = float(head["scl_slope"]), float(head["scl_inter"])
    if slope == 0 or np.isnan(slope):
        return 1.0, 0.0
    if not np.isfinite([slope, intercept]).all():
        raise bad_input(path, f"is scaled by {slope} and {intercept}", EXPORT_AGAIN)
    return slope, intercept


def _offset(path: Path, head: np.void) -> int:
    offset = float(head["vox_offset"])
    if not _HEADER <= offset <= 1 << 24:
        raise bad_input(path, f"its pixels start at byte {offset}", EXPORT_AGAIN)
    return int(offset)


def _rate(head: np.void) -> float | None:
    unit, step = _SECONDS.get(int(head["xyzt_units"]) & 56), float(head["pixdim"][4])
    return possible_rate(1 / (step * unit)) if unit and step > 0 else None


def _spacing(head: np.void) -> tuple[float, float] | None:
    """Row and column spacing [mm], if the header states its unit."""
    unit = _MILLIMETRES.get(int(head["xyzt_units"]) & 7)
    column, row = (float(value) for value in head["pixdim"][1:3])
    return possible_spacing(row * unit, column * unit) if unit else None
