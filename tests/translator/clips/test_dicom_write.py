"""The derived object: what its kind of image must have, what a trial needs, and nothing that names a patient."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from translator.clips.clip import Clip, Frames, grey_clip
from translator.clips.dicom import read_dicom
from translator.clips.dicom_write import write_dicom

# PS3.3 A.7.4 (Ultrasound Multi-frame Image IOD): attributes of type 1 and 2 of its mandatory modules
TYPE_1 = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "NumberOfFrames",
    "FrameIncrementPointer",
    "ImageType",
]
TYPE_2 = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "SeriesNumber",
    "Manufacturer",
    "InstanceNumber",
    "PatientOrientation",
]


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _clip(frames: int = 4, **header: Any) -> Clip:
    clip = Clip.from_array(_noise(frames, 40, 50), 25.0)
    return Clip(replace(clip.header, **header), clip.frames)


def _written(folder: Path, clip: Clip) -> pydicom.Dataset:
    write_dicom(folder / "a.dcm", clip, "flow colour replaced")
    return pydicom.dcmread(folder / "a.dcm")


def test_every_mandatory_attribute_is_there(tmp_path: Path) -> None:
    data = _written(tmp_path, _clip())
    assert [keyword for keyword in TYPE_1 if data.get(keyword) in (None, "")] == []
    assert [keyword for keyword in TYPE_2 if keyword not in data] == []
    assert data[data.FrameIncrementPointer].keyword == "FrameTime"
    assert data.file_meta.MediaStorageSOPClassUID.name == "Ultrasound Multi-frame Image Storage"


def test_a_single_frame_is_no_loop(tmp_path: Path) -> None:
    data = _written(tmp_path, _clip(1))
    assert data.SOPClassUID.name == "Ultrasound Image Storage"
    assert not {"NumberOfFrames", "FrameTime", "FrameIncrementPointer"} & set(data.dir())


def test_it_says_that_it_is_derived_and_what_was_done_about_identity(tmp_path: Path) -> None:
    data = _written(tmp_path, _clip())
    assert list(data.ImageType) == ["DERIVED", "SECONDARY"]
    assert data.DerivationDescription == "flow colour replaced"
    assert [code.CodeMeaning for code in data.DerivationCodeSequence] == ["Flow colour to greyscale"]
    assert (data.PatientIdentityRemoved, data.BurnedInAnnotation) == ("NO", "YES")  # text may be in the pixels
    assert "DeidentificationMethod" not in data


def test_every_value_is_valid_for_its_kind(tmp_path: Path) -> None:
    with pydicom.config.strict_reading():
        write_dicom(tmp_path / "a.dcm", _clip(spacing_mm=(0.123456789012345, 1 / 3)), "x")
        data = pydicom.dcmread(tmp_path / "a.dcm")
        assert [str(element.value) for element in data if element.keyword != "PixelData"]


def test_frame_times_come_back(tmp_path: Path) -> None:
    data = _written(tmp_path, _clip(frame_times_ms=(0.0, 40.0, 60.0, 120.0)))
    assert [float(step) for step in data.FrameTimeVector] == [0, 40, 20, 60]
    assert data[data.FrameIncrementPointer].keyword == "FrameTimeVector"
    head = read_dicom(tmp_path / "a.dcm").header
    assert head.frame_times_ms == (0.0, 40.0, 60.0, 120.0)
    assert head.fps == pytest.approx(25.0)


def test_tissue_regions_and_spacing_come_back(tmp_path: Path) -> None:
    boxes = ((0, 0, 30, 20), (5, 25, 40, 50))
    data = _written(tmp_path, _clip(spacing_mm=(0.2, 0.5), tissue_boxes=boxes))
    region = data.SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalUnitsXDirection, region.PhysicalDeltaX, region.PhysicalDeltaY) == (3, 0.05, 0.02)
    head = read_dicom(tmp_path / "a.dcm").header
    assert (head.tissue_boxes, head.spacing_mm) == (boxes, (0.2, 0.5))


def test_times_that_do_not_fit_into_a_header_leave_the_mean_rate(tmp_path: Path) -> None:
    count = 9000
    clip = Clip.from_array(np.zeros((count, 2, 2), np.uint8), 30.0)
    times = tuple(index * 33.333333 for index in range(count))
    data = _written(tmp_path, Clip(replace(clip.header, frame_times_ms=times), clip.frames))
    assert "FrameTimeVector" not in data
    assert float(data.FrameTime) == pytest.approx(1000 / 30, abs=1e-3)


IDENTIFIERS = {
    "PatientName": "Quimby^Zenobia", "PatientID": "MRN-77123456", "PatientBirthDate": "19310517",
    "PatientAddress": "9 Yarrow Lane", "OtherPatientIDs": "ZX-90210", "PatientComments": "sister of the ward nurse",
    "InstitutionName": "St Ottilien", "InstitutionAddress": "Gasse 4", "ReferringPhysicianName": "Vasquez^Ines",
    "OperatorsName": "Okonkwo^Ada", "StudyDate": "20190318", "StudyTime": "141516", "StudyID": "ST8844",
    "AccessionNumber": "ACC5567", "StudyDescription": "Follow-up of Zenobia", "SeriesDescription": "A4C Quimby",
    "StationName": "ECHO-ROOM-7", "DeviceSerialNumber": "SN-4471", "ProtocolName": "Adult Quimby",
    "StudyInstanceUID": "1.2.3.4.5.111", "SeriesInstanceUID": "1.2.3.4.5.222", "SOPInstanceUID": "1.2.3.4.5.333",
    "FrameOfReferenceUID": "1.2.3.4.5.444", "ImageComments": "call daughter 555-0199", "ManufacturerModelName": "Vx9",
}  # fmt: skip


def test_no_identifier_of_the_source_is_in_the_bytes_of_the_result(tmp_path: Path) -> None:
    source = _written(tmp_path, _clip(tissue_boxes=((0, 0, 30, 40),)))
    for keyword, value in IDENTIFIERS.items():
        setattr(source, keyword, value)
    block = source.private_block(0x0029, "ACME 1.0", create=True)
    block.add_new(1, "LO", "PRIVATE-Quimby")
    nested = Dataset()
    nested.PatientID = "NESTED-MRN-1"
    source.OtherPatientIDsSequence = Sequence([nested])
    source.preamble = b"Quimby".ljust(128, b"\0")
    source.save_as(tmp_path / "Quimby_source.dcm")
    secrets = [*IDENTIFIERS.values(), "PRIVATE-Quimby", "NESTED-MRN-1", "Quimby"]
    raw = (tmp_path / "Quimby_source.dcm").read_bytes()
    assert [secret for secret in secrets if secret.encode() not in raw] == []

    clip = read_dicom(tmp_path / "Quimby_source.dcm").named("clip")
    write_dicom(tmp_path / "out.dcm", grey_clip(clip), "flow colour replaced")
    made = (tmp_path / "out.dcm").read_bytes()
    assert [secret for secret in secrets if secret.encode() in made] == []
    assert read_dicom(tmp_path / "out.dcm").header.tissue_boxes == ((0, 0, 30, 40),)
