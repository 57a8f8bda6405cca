"""DICOM ultrasound: single and multi-frame, streamed with pydicom; and a derived object to write.

Read: uint8 RGB, YBR (any that pydicom converts), PALETTE COLOR and MONOCHROME. Written: Ultrasound
(Multi-frame) Image Storage, DERIVED, MONOCHROME2, new UIDs, allow-listed tags only: nothing that names a
patient is carried over.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import apply_color_lut, iter_pixels  # type: ignore[attr-defined]  # both are documented there
from pydicom.uid import (
    ExplicitVRLittleEndian,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

from translator.clips.clip import Clip, Frame, Header
from translator.clips.discreet import discreet, discreetly, without_values
from translator.errors import bad_input

_LARGEST = (1 << 32) - 2  # bytes of an element with a 32-bit length
_CENTIMETRES = 3  # PhysicalUnitsXDirection (0018,6024)
_TAGS = ("Rows", "Columns", "NumberOfFrames", "BitsAllocated", "PhotometricInterpretation", "PixelSpacing",
         "FrameTime", "RecommendedDisplayFrameRate", "CineRate", "SequenceOfUltrasoundRegions", "SamplesPerPixel",
         "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
         "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
         "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData")  # fmt: skip


def is_dicom(path: Path) -> bool:
    """True if the file has the DICOM prefix after its 128-byte preamble."""
    with path.open("rb") as file:
        file.seek(128)
        return file.read(4) == b"DICM"


@discreet()
def read_dicom(path: Path) -> Clip:
    """Open a DICOM clip lazily.

    Raises: InputError if it has no pixels, is not 8 bit, or its transfer syntax cannot be decoded.
    """
    try:
        data = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[*_TAGS])
        frames = int(data.get("NumberOfFrames") or 1)
        rows, columns, bits = int(data.Rows), int(data.Columns), int(data.BitsAllocated)
        photometric = str(data.PhotometricInterpretation)
    except (AttributeError, TypeError, ValueError, OSError, pydicom.errors.InvalidDicomError) as error:
        raise bad_input(
            path, f"is DICOM without a readable image ({without_values(error)})", "Hand in image objects"
        ) from None
    if bits != 8 or min(frames, rows, columns) < 1:
        raise bad_input(path, f"has {frames} frames of {rows} x {columns} at {bits} bits", "Ultrasound needs 8 bits")
    channels = 1 if photometric.startswith("MONOCHROME") else 3
    header = Header(frames, rows, columns, channels, _fps(data), _spacing(data), path.name)
    return Clip(header, lambda: _stream(path, data, photometric))


def write_dicom(path: Path, clip: Clip, description: str, *, redacted: str | None = None) -> None:
    """Write a grey clip as a derived ultrasound object with new UIDs and no patient's data.

    `redacted` says how pixels that can name a patient were removed (at most 64 characters), if they were. It
    becomes DeidentificationMethod, and whether identity is left is then not stated either way: text inside the
    sector can only be excluded by somebody who looks.
    """
    head = clip.header
    if head.channels != 1:
        raise bad_input(path, "a derived DICOM must be grey", "Write colour as mp4, npz or png")
    if head.nbytes >= _LARGEST:
        raise bad_input(
            path, f"{head.nbytes / 1e9:.1f} GB of pixels do not fit into a DICOM element", "Write npz or mp4"
        )
    storage = UltrasoundMultiFrameImageStorage if head.frames > 1 else UltrasoundImageStorage
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID = storage
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(prefix=None), generate_uid(prefix=None)
    for blank in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
                  "AccessionNumber", "ReferringPhysicianName", "StudyID", "SeriesNumber"):  # fmt: skip
        setattr(data, blank, None)  # type 2: must be there, may be empty
    if redacted is None:  # the header holds no identity, but pixels outside the flow mask are as they were
        data.PatientIdentityRemoved, data.BurnedInAnnotation = "NO", "YES"
    else:
        data.DeidentificationMethod = redacted
    data.Modality, data.InstanceNumber, data.Manufacturer = "US", 1, ""
    data.ImageType = ["DERIVED", "SECONDARY", "", ""]
    data.DerivationDescription = description
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = head.height, head.width
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    if head.frames > 1:
        data.NumberOfFrames = head.frames
        data.FrameTime = f"{1000 / (head.fps or 25.0):.6g}"
        data.FrameIncrementPointer = pydicom.datadict.tag_for_keyword("FrameTime")
    if head.spacing_mm:
        data.PixelSpacing = [f"{value:.8g}" for value in head.spacing_mm]
    with tempfile.TemporaryFile(dir=path.parent) as pixels:  # a long clip never becomes one array
        for frame in clip.frames():
            pixels.write(np.ascontiguousarray(frame).tobytes())
        pixels.write(b"\0" * (pixels.tell() % 2))
        pixels.seek(0)
        data.PixelData = pixels
        data["PixelData"].VR = "OB"
        data.save_as(path, enforce_file_format=True)


def _stream(path: Path, data: Dataset, photometric: str) -> Iterator[Frame]:
    try:
        for frame in discreetly(iter_pixels(path)):
            yield _to_uint8(frame, data, photometric)
    except (RuntimeError, NotImplementedError, ValueError, AttributeError) as error:
        what = f"its pixels cannot be decoded ({without_values(error)})"
        raise bad_input(path, what, "Export it uncompressed or as JPEG") from None


def _to_uint8(frame: Any, data: Dataset, photometric: str) -> Frame:
    if photometric == "PALETTE COLOR":
        coloured = apply_color_lut(frame, data)
        deep = coloured.dtype != np.uint8
        return (coloured >> 8 if deep else coloured).astype(np.uint8)
    if photometric == "MONOCHROME1":
        return np.asarray(255 - frame, np.uint8)
    return np.asarray(frame, np.uint8)


def _fps(data: Dataset) -> float | None:
    try:
        if data.get("FrameTime"):
            return 1000.0 / float(data.FrameTime)
        rate = data.get("CineRate") or data.get("RecommendedDisplayFrameRate")
        return float(rate) if rate else None
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _spacing(data: Dataset) -> tuple[float, float] | None:
    """Row and column spacing [mm]: PixelSpacing, or a region that lies inside the image (some do not)."""
    try:
        if data.get("PixelSpacing"):
            return float(data.PixelSpacing[0]), float(data.PixelSpacing[1])
    except (TypeError, ValueError, IndexError):
        return None
    for region in data.get("SequenceOfUltrasoundRegions") or []:
        inside = (
            region.get("RegionLocationMaxX1", 0) < data.Columns and region.get("RegionLocationMaxY1", 0) < data.Rows
        )
        units = (region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection"))
        if inside and units == (_CENTIMETRES, _CENTIMETRES):
            return abs(float(region.PhysicalDeltaY)) * 10, abs(float(region.PhysicalDeltaX)) * 10
    return None
