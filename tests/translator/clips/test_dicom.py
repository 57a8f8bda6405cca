"""DICOM: pydicom's own examples in, a lossless derived object without a patient out."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import examples
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.sequence import Sequence

from translator.clips.clip import Clip, Frames, grey_clip
from translator.clips.dicom import is_dicom, read_dicom
from translator.clips.dicom_write import write_dicom
from translator.errors import InputError


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _example(name: str) -> Path:
    return Path(examples.get_path(name))


def test_a_compressed_ybr_loop_is_read_as_rgb_with_its_rate() -> None:
    clip = read_dicom(_example("ybr_color"))
    assert clip.header.shape == (30, 240, 320, 3)
    assert clip.header.fps == pytest.approx(1000 / 33.333)
    first = next(clip.frames())
    assert np.array_equal(first, pixel_array(_example("ybr_color"), index=0))


def test_an_rgb_still_is_read_as_one_frame() -> None:
    clip = read_dicom(_example("rgb_color"))
    assert clip.header.shape == (1, 240, 320, 3)
    assert clip.header.fps is None
    assert np.array_equal(clip.array()[0], pydicom.dcmread(_example("rgb_color")).pixel_array)


def test_palette_colour_goes_through_its_tables() -> None:
    clip = read_dicom(_example("palette_color"))
    assert clip.header.shape == (1, 350, 800, 3)
    data = pydicom.dcmread(_example("palette_color"))
    tables = apply_color_lut(data.pixel_array, data)
    expected = tables >> 8 if tables.dtype == np.uint16 else tables
    assert np.array_equal(clip.array()[0], expected)
    assert clip.array().std() > 10


def test_a_region_that_lies_outside_the_image_gives_no_spacing() -> None:
    region = pydicom.dcmread(_example("ybr_color"), stop_before_pixels=True).SequenceOfUltrasoundRegions[0]
    assert (region.RegionLocationMaxX1, region.RegionLocationMaxY1) == (595, 414)  # of 320 x 240
    assert read_dicom(_example("ybr_color")).header.spacing_mm is None


def _with_region(path: Path, max_x: int, units: int, pixel_spacing: list[float] | None = None) -> Path:
    write_dicom(path, Clip.from_array(_noise(2, 20, 30), 25.0), "test")
    data = pydicom.dcmread(path)
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = max_x, 19
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = units, 3
    region.PhysicalDeltaX, region.PhysicalDeltaY = 0.05, -0.02
    data.SequenceOfUltrasoundRegions = Sequence([region])
    if pixel_spacing:
        data.PixelSpacing = pixel_spacing
    data.save_as(path)
    return path


def test_a_region_in_centimetres_gives_row_then_column_spacing_in_millimetres(tmp_path: Path) -> None:
    spacing = read_dicom(_with_region(tmp_path / "a.dcm", 29, 3)).header.spacing_mm
    assert spacing == pytest.approx((0.2, 0.5))


@pytest.mark.parametrize(("max_x", "units"), [(32, 3), (29, 4)], ids=["three pixels too wide", "seconds across"])
def test_a_region_that_does_not_fit_or_is_no_length_gives_no_spacing(tmp_path: Path, max_x: int, units: int) -> None:
    assert read_dicom(_with_region(tmp_path / "a.dcm", max_x, units)).header.spacing_mm is None


def test_pixel_spacing_goes_before_regions(tmp_path: Path) -> None:
    path = _with_region(tmp_path / "a.dcm", 29, 3, [0.3, 0.4])
    assert read_dicom(path).header.spacing_mm == (0.3, 0.4)


@pytest.mark.parametrize("shape", [(4, 20, 30), (3, 5, 7), (1, 6, 8)], ids=["even", "odd bytes", "one frame"])
def test_grey_written_is_read_back_bit_for_bit(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    write_dicom(tmp_path / "a.dcm", Clip.from_array(frames, 40.0, (0.25, 0.5)), "test")
    assert is_dicom(tmp_path / "a.dcm")
    clip = read_dicom(tmp_path / "a.dcm")
    assert clip.header.shape == shape
    assert clip.header.spacing_mm == (0.25, 0.5)
    assert clip.header.fps == (40.0 if shape[0] > 1 else None)
    assert np.array_equal(clip.array(), frames)


def test_nothing_that_names_a_patient_is_written(tmp_path: Path) -> None:
    source = pydicom.dcmread(_example("ybr_color"), stop_before_pixels=True)
    clip = grey_clip(read_dicom(_example("ybr_color")))
    write_dicom(tmp_path / "a.dcm", clip, "greyscale from colour Doppler")
    made = pydicom.dcmread(tmp_path / "a.dcm")
    assert {e.keyword: e.value for e in made if e.tag.group == 0x0010 and e.value} == {}
    assert (made.PatientIdentityRemoved, made.BurnedInAnnotation) == ("NO", "YES")
    assert list(made.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert made.DerivationDescription == "greyscale from colour Doppler"
    assert made.PhotometricInterpretation == "MONOCHROME2"
    kept = {str(e.value) for e in source if e.VR in ("UI", "PN", "DA", "TM", "LO")}
    kept = {value for value in kept if len(value) > 3}
    kept -= {source.SOPClassUID, source.file_meta.TransferSyntaxUID}
    assert kept  # the source has something to lose
    assert kept.isdisjoint({str(e.value) for e in made if e.keyword != "SOPClassUID"})


def test_every_object_gets_new_uids(tmp_path: Path) -> None:
    seen = set()
    for name in ("a.dcm", "b.dcm"):
        write_dicom(tmp_path / name, Clip.from_array(_noise(2, 4, 6), 25.0), "test")
        data = pydicom.dcmread(tmp_path / name)
        assert data.file_meta.MediaStorageSOPInstanceUID == data.SOPInstanceUID
        seen |= {data.SOPInstanceUID, data.SeriesInstanceUID, data.StudyInstanceUID}
    assert len(seen) == 6
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in seen)


def test_colour_is_not_written_as_a_derived_dicom(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be grey"):
        write_dicom(tmp_path / "a.dcm", Clip.from_array(_noise(2, 4, 6, 3)), "test")


def test_monochrome1_is_turned_over(tmp_path: Path) -> None:
    frames = _noise(2, 4, 6)
    write_dicom(tmp_path / "a.dcm", Clip.from_array(frames, 25.0), "test")
    data = pydicom.dcmread(tmp_path / "a.dcm")
    data.PhotometricInterpretation = "MONOCHROME1"
    data.save_as(tmp_path / "a.dcm")
    assert np.array_equal(read_dicom(tmp_path / "a.dcm").array(), 255 - frames)


def test_16_bit_images_are_refused_with_what_was_found() -> None:
    with pytest.raises(InputError, match="1 frames of 64 x 64 at 16 bits"):
        read_dicom(_example("mr"))


def test_a_dicom_without_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is DICOM without a readable image"):
        read_dicom(_example("rt_plan"))


@pytest.mark.parametrize("cut", [100, 300, 2000])
def test_a_truncated_dicom_is_bad_input_by_name(tmp_path: Path, cut: int) -> None:
    write_dicom(tmp_path / "a.dcm", Clip.from_array(_noise(5, 20, 30), 25.0), "test")
    data = (tmp_path / "a.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(data[:-cut])
    with pytest.raises(InputError, match=r"a\.dcm"):
        read_dicom(tmp_path / "a.dcm").array()


def test_a_truncated_jpeg_loop_is_bad_input_by_name(tmp_path: Path) -> None:
    data = _example("ybr_color").read_bytes()
    (tmp_path / "a.dcm").write_bytes(data[: len(data) // 4])
    with pytest.raises(InputError, match=r"a\.dcm: holds 4 compressed frames or fewer, its header says 30"):
        read_dicom(tmp_path / "a.dcm").array()


def test_a_short_file_is_no_dicom(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"DICM")
    assert not is_dicom(tmp_path / "a")
