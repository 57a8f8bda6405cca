"""No identifier of a DICOM header reaches a file, standard output or standard error, whatever is asked for."""

import logging
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from sonoproof.cli import app as command
from translator.clips.read import read_clip

FRAMES, ROWS, COLUMNS = 9, 120, 160
NAMING = {
    "PatientName": "Qvarnstrom^Zebediah", "PatientID": "ID-7741-XQ", "PatientBirthDate": "19470228",
    "PatientBirthTime": "034159", "PatientAge": "079Y", "OtherPatientNames": "Wyszynski^Otto",
    "PatientAddress": "Kastanienallee 99", "PatientComments": "knows the mayor of Ys",
    "PatientTelephoneNumbers": "5550147",
    "ReferringPhysicianName": "Okonkwo^Adaeze", "PerformingPhysicianName": "Brzeczyszczykiewicz^G",
    "InstitutionName": "St Hildegund Klinikum", "StationName": "ROOM-XIV-B", "AccessionNumber": "ACC-99120447",
    "StudyID": "STU-5561", "StudyDate": "20190317", "StudyTime": "221533.25", "SeriesDate": "20190318",
    "AcquisitionDateTime": "20190319042317.5", "StudyDescription": "follow-up of Qv",
    "DeviceSerialNumber": "SN-0x7FF1",
    "StudyInstanceUID": "1.2.276.0.7230010.3.1.2.8323329", "SeriesInstanceUID": "1.2.276.0.7230010.3.1.3.8323330",
    "SOPInstanceUID": "1.2.276.0.7230010.3.1.4.8323331", "ImageComments": "seen by Adaeze",
    "ProtocolName": "Echo Qv prot",
    "InstitutionAddress": "Rue de Ys 7", "MedicalRecordLocator": "MRL-66120", "EthnicGroup": "Ysian",
    "RetrieveURL": "https://pacs.example/Zebediah", "ContentDate": "20190320", "RequestingService": "Cardio Ys",
}  # fmt: skip
HIDDEN = {
    "private": "PRIV-Zebediah-001", "overlay": "OVL-Zebediah-002", "nested": "NEST^Zebediah",
    "preamble": "PRE-Zebediah-004",
    "padding": "PAD-Zebediah-005", "region": "REG-Zebediah-006", "meta": "AE-ZEBEDIAH-7",
}  # fmt: skip


def _identifiers() -> list[str]:
    parts = [part for text in (*NAMING.values(), *HIDDEN.values()) for part in (text, *text.split("^"))]
    return sorted({part for part in parts if len(part) > 3})


def _pixels() -> bytes:
    """A grey fan with some red in it."""
    frames = np.zeros((FRAMES, ROWS, COLUMNS, 3), np.uint8)
    rng = np.random.default_rng(1)
    for row in range(30, 112):
        frames[:, row, 80 - row // 2 : 80 - row // 2 + row] = rng.integers(60, 160, (FRAMES, row, 1), dtype=np.uint8)
    frames[:, 70:86, 70:90] = (210, 30, 20)
    return frames.tobytes()


def _dicom(path: Path, change: Callable[[Dataset], None] = lambda data: None) -> Path:
    """A readable ultrasound loop that names a person wherever DICOM lets it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = UID(NAMING["SOPInstanceUID"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = HIDDEN["meta"]
    data = FileDataset(str(path), {}, file_meta=meta, preamble=HIDDEN["preamble"].encode().ljust(128, b"\0"))
    data.SOPClassUID = UltrasoundMultiFrameImageStorage
    for keyword, value in NAMING.items():
        setattr(data, keyword, value)
    block = data.private_block(0x0011, HIDDEN["private"], create=True)
    block.add_new(0x01, "LO", HIDDEN["private"])
    block.add_new(0x02, "UN", HIDDEN["private"].encode())
    data.add_new(0x60003000, "OW", HIDDEN["overlay"].encode().ljust(32))
    data.add_new(0x60004000, "LT", HIDDEN["overlay"])
    nested, region = Dataset(), Dataset()
    nested.PatientName = HIDDEN["nested"]
    data.OtherPatientIDsSequence = Items([nested])
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = COLUMNS - 1, ROWS - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
    region.add_new(0x00104000, "LT", HIDDEN["region"])
    data.SequenceOfUltrasoundRegions = Items([region])
    data.Modality, data.NumberOfFrames, data.FrameTime = "US", FRAMES, "50"
    data.Rows, data.Columns, data.SamplesPerPixel, data.PlanarConfiguration = ROWS, COLUMNS, 3, 0
    data.PhotometricInterpretation, data.PixelRepresentation = "RGB", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 8, 8, 7
    data.PixelData = _pixels()
    data.add_new(0xFFFCFFFC, "OB", HIDDEN["padding"].encode())
    change(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong here is meant to be
        data.save_as(path, enforce_file_format=True)
    return path


def _run(
    arguments: Sequence[object], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> tuple[int, str]:
    """Exit code, and everything that was said anywhere."""
    caplog.clear()  # making the file was noisy
    capfd.readouterr()
    with (
        pytest.MonkeyPatch.context() as patch,
        caplog.at_level(logging.DEBUG),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        patch.setattr("sys.argv", ["sonoproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command.main()
    out, err = capfd.readouterr()
    return int(stop.value.code or 0), out + err + caplog.text + "".join(str(one.message) for one in warned)


def _written(folder: Path) -> bytes:
    """All bytes below a folder, and those inside NPZ members, with the names of files."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found += [path.name.encode(), path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(found)


def _leaks(text: str | bytes) -> list[str]:
    seen = text if isinstance(text, bytes) else text.encode()
    lower = seen.lower()
    return [name for name in _identifiers() if name.lower().encode() in lower or name.encode("utf-16-le") in seen]


def test_the_search_would_find_every_identifier(tmp_path: Path) -> None:
    _dicom(tmp_path / "a.dcm")
    assert _leaks(_written(tmp_path)) == _identifiers()
    assert len(_identifiers()) > 40


def test_a_clip_read_from_dicom_knows_nobody(tmp_path: Path) -> None:
    clip = read_clip(_dicom(tmp_path / "loop.dcm"))
    assert _leaks(repr(clip.header) + repr(vars(clip))) == []
    assert clip.header.source == "loop.dcm"
    assert clip.header.spacing_mm == (0.5, 0.5)


@pytest.mark.parametrize("outside", ["blank", "crop", "keep"])
@pytest.mark.parametrize("form", ["npz", "png", "dicom", "mp4"])
def test_no_identifier_is_in_a_translation(
    form: str, outside: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    source, out = _dicom(tmp_path / "loop.dcm"), tmp_path / "out"
    arguments = ["translate", source, "--out", out, "--model", "trivial:grey", "--format", form, "--outside", outside]
    code, said = _run([*arguments, "--json"], capfd, caplog)
    assert code == 0, said
    assert _leaks(said) == []
    assert _leaks(_written(out)) == []
    assert len(list(out.iterdir())) == 1


def test_no_identifier_is_in_a_mask_its_picture_or_a_manifest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in").mkdir()
    source = _dicom(tmp_path / "in" / "loop.dcm")
    for arguments in (
        ["mask", source, "--out", tmp_path / "out"],
        ["manifest", "build", tmp_path / "in", "--out", tmp_path / "out" / "manifest.csv"],
    ):
        code, said = _run([*arguments, "--json"], capfd, caplog)
        assert code == 0, said
        assert _leaks(said) == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["loop.mask.png", "loop.npz", "manifest.csv"]
    assert _leaks(_written(tmp_path / "out")) == []


def _set(keyword: str, value: object) -> Callable[[Dataset], None]:
    return lambda data: setattr(data, keyword, value)


def _raw(tag: int, vr: str, text: str) -> Callable[[Dataset], None]:
    """An element whose text is not what its VR allows, as broken exporters write it."""

    def change(data: Dataset) -> None:
        element = pydicom.dataelem.RawDataElement(
            pydicom.tag.Tag(tag), vr, len(text), text.encode(), 0, False, True, True
        )
        data[tag] = element

    return change


def _shorter(data: Dataset) -> None:
    data.PixelData = data.PixelData[:1000]


BROKEN = {
    "16 bits": _set("BitsAllocated", 16),
    "no rows": lambda data: data.__delitem__("Rows"),
    "short pixels": _shorter,
    "a name as the number of frames": _raw(0x00280008, "IS", "Zebediah Qvarnstrom "),
    "a name as the frame time": _raw(0x00181063, "DS", "Zebediah Qvarnstrom "),
    "a name as the spacing": _raw(0x00280030, "DS", "Zebediah Qvarnstrom "),
    "a name as the colour space": _raw(0x00280004, "CS", "Zebediah Qvarnstrom "),
    "a name as the character set": _raw(0x00080005, "CS", "Zebediah Qvarnstrom "),
    "a name as a birth date": _raw(0x00100030, "DA", "Zebediah Qvarnstrom "),
    "a name as the cine rate": _raw(0x00180040, "IS", "Zebediah Qvarnstrom "),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("verb", ["mask", "translate", "manifest"])
def test_no_identifier_is_in_what_is_said_of_a_broken_file(
    verb: str, kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in").mkdir()
    source, out = _dicom(tmp_path / "in" / "loop.dcm", BROKEN[kind]), tmp_path / "out"
    arguments = {
        "mask": ["mask", source, "--out", out],
        "translate": ["translate", source, "--out", out, "--model", "trivial:grey", "--format", "dicom"],
        "manifest": ["manifest", "build", tmp_path / "in", "--out", tmp_path / "manifest.csv"],
    }[verb]
    code, said = _run(arguments, capfd, caplog)
    assert code in (0, 2)
    assert _leaks(said) == []
    assert "Traceback" not in said
    assert _leaks(_written(out)) == []
