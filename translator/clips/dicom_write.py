"""A derived ultrasound object: Ultrasound (Multi-frame) Image Storage, MONOCHROME2, uncompressed.

Allow-listed attributes only: the object is made anew from the clip, so no element of a source's header can be
in it. Source: DICOM PS3.3 A.6 and A.7 (ultrasound IODs), C.8.5.5 (calibration), C.12.4 (derivation).
"""

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

from translator.clips.clip import Box, Clip, Header
from translator.errors import bad_input

_LARGEST = (1 << 32) - 2  # bytes of an element with a 32-bit length
_LONGEST_VECTOR = (1 << 16) - 2  # bytes of a decimal string element with a 16-bit length
_STILL_FPS = 25.0  # FrameTime is mandatory in a loop
_EMPTY = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber",
          "ReferringPhysicianName", "StudyID", "SeriesNumber", "Laterality", "PatientOrientation",
          "Manufacturer")  # fmt: skip
_TISSUE, _TWO_DIMENSIONAL, _CENTIMETRES = 1, 1, 3


def write_dicom(path: Path, clip: Clip, description: str, *, redacted: str | None = None) -> None:
    """Write a grey clip as a derived ultrasound object with new UIDs and no patient's data.

    `redacted` says how pixels that can name a patient were removed (at most 64 characters), if they were. It
    becomes DeidentificationMethod, and whether identity is left is then not stated either way: text inside the
    sector can only be excluded by somebody who looks. Frame times, spacing and tissue regions are kept; a clip of
    several frames without a rate gets 25 Hz, as FrameTime is mandatory.
    Raises: InputError if the clip is in colour or larger than a DICOM element can be.
    """
    head = clip.header
    if head.channels != 1:
        raise bad_input(path, "a derived DICOM must be grey", "Write colour as mp4, npz or png")
    if head.nbytes >= _LARGEST:
        raise bad_input(
            path, f"{head.nbytes / 1e9:.1f} GB of pixels do not fit into a DICOM element", "Write npz or mp4"
        )
    data = _identified(path, head)
    _derived(data, description, redacted)
    _image(data, head)
    if head.frames > 1:
        _cine(data, head)
    _place(data, head)
    with tempfile.TemporaryFile(dir=path.parent) as pixels:  # a long clip never becomes one array
        for frame in clip.frames():
            pixels.write(np.ascontiguousarray(frame).tobytes())
        pixels.write(b"\0" * (pixels.tell() % 2))
        pixels.seek(0)
        data.PixelData = pixels
        data["PixelData"].VR = "OB"
        data.save_as(path, enforce_file_format=True)


def _identified(path: Path, head: Header) -> FileDataset:
    """A data set with new UIDs; what must be there of patient and study is there and empty."""
    storage = UltrasoundMultiFrameImageStorage if head.frames > 1 else UltrasoundImageStorage
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = storage
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(prefix=None), generate_uid(prefix=None)
    for keyword in _EMPTY:  # type 2: must be there, may be empty
        setattr(data, keyword, None)
    data.Modality, data.InstanceNumber = "US", 1
    return data


def _derived(data: Dataset, description: str, redacted: str | None) -> None:
    data.ImageType = ["DERIVED", "SECONDARY"]
    data.DerivationDescription = description[:1024]
    code = Dataset()  # no standard code says that flow was replaced by tissue
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CFD2B", "99SONOPROOF", "Flow colour to greyscale"
    data.DerivationCodeSequence = Sequence([code])
    if redacted is None:  # outside the flow mask the pixels are as they were
        data.PatientIdentityRemoved, data.BurnedInAnnotation = "NO", "YES"
    else:
        data.DeidentificationMethod = redacted


def _image(data: Dataset, head: Header) -> None:
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = head.height, head.width
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0


def _cine(data: Dataset, head: Header) -> None:
    data.NumberOfFrames = head.frames
    steps = ["0", *(_decimal(after - before) for before, after in pairwise(head.frame_times_ms or ()))]
    if len(steps) == head.frames and len("\\".join(steps)) <= _LONGEST_VECTOR:
        data.FrameTimeVector = steps
        data.FrameIncrementPointer = pydicom.datadict.tag_for_keyword("FrameTimeVector")
    else:
        data.FrameTime = f"{1000 / (head.fps or _STILL_FPS):.6g}"
        data.FrameIncrementPointer = pydicom.datadict.tag_for_keyword("FrameTime")


def _place(data: Dataset, head: Header) -> None:
    if head.spacing_mm:
        data.PixelSpacing = [_decimal(value) for value in head.spacing_mm]
    if head.tissue_boxes:
        data.SequenceOfUltrasoundRegions = Sequence([_region(box, head.spacing_mm) for box in head.tissue_boxes])


def _region(box: Box, spacing_mm: tuple[float, float] | None) -> Dataset:
    """A calibrated 2-D tissue region; units of 0 say that nothing is known of its scale."""
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = _TWO_DIMENSIONAL, _TISSUE, 0
    region.RegionLocationMinY0, region.RegionLocationMinX0 = box[0], box[1]
    region.RegionLocationMaxY1, region.RegionLocationMaxX1 = box[2] - 1, box[3] - 1
    units = _CENTIMETRES if spacing_mm else 0
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = units
    row, column = spacing_mm or (0.0, 0.0)
    region.PhysicalDeltaX, region.PhysicalDeltaY = column / 10, row / 10
    return region


def _decimal(value: float) -> str:
    """At most 16 characters, as a decimal string may have."""
    return f"{value:.8g}"
