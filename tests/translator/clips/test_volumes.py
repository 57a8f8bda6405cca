"""MetaImage, NIfTI and NPY: what SimpleITK, nibabel and numpy write is read with the same pixels, axes and spacing."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  # its own documents call it so

from translator.clips.clip import Frames
from translator.clips.metaimage import read_metaimage
from translator.clips.nifti import read_nifti
from translator.clips.npy import read_npy
from translator.clips.read import read_clip


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _itk(frames: Frames, spacing: tuple[float, float, float]) -> sitk.Image:
    image = sitk.GetImageFromArray(frames, isVector=frames.ndim == 4)
    image.SetSpacing(spacing)
    return image


@pytest.mark.parametrize("name", ["a.mha", "a.mhd", "a.nii", "a.nii.gz"])
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_what_simpleitk_reads_as_t_h_w_is_read_so(tmp_path: Path, name: str, compress: bool) -> None:
    """CAMUS is NIfTI that SimpleITK reads as (T, H, W)."""
    frames = _noise(5, 20, 30)
    sitk.WriteImage(_itk(frames, (0.3, 0.154, 1.0)), str(tmp_path / name), useCompression=compress)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / name))), frames)
    clip = read_clip(tmp_path / name)
    assert clip.header.shape == (5, 20, 30)
    assert clip.header.spacing_mm == pytest.approx((0.154, 0.3))  # rows, columns
    assert clip.header.fps is None  # the third axis is not time
    assert np.array_equal(clip.array(), frames)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.uint32, np.float32, np.float64])
@pytest.mark.parametrize("name", ["a.mha", "a.nii"])
def test_integers_from_0_to_255_are_read_from_every_type(tmp_path: Path, dtype: type[np.generic], name: str) -> None:
    frames = _noise(2, 6, 7) // np.uint8(2)
    sitk.WriteImage(sitk.GetImageFromArray(frames.astype(dtype)), str(tmp_path / name))
    assert np.array_equal(read_clip(tmp_path / name).array(), frames)


def test_a_single_picture_is_one_frame(tmp_path: Path) -> None:
    frame = _noise(6, 7)
    for name in ("a.mha", "a.nii.gz"):
        sitk.WriteImage(sitk.GetImageFromArray(frame), str(tmp_path / name))
        assert np.array_equal(read_clip(tmp_path / name).array(), frame[None])


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_colour_metaimage_is_rgb(tmp_path: Path, compress: bool) -> None:
    frames = _noise(3, 6, 7, 3)
    sitk.WriteImage(_itk(frames, (1, 1, 1)), str(tmp_path / "a.mha"), useCompression=compress)
    assert np.array_equal(read_metaimage(tmp_path / "a.mha").array(), frames)


def test_colour_nifti_is_rgb(tmp_path: Path) -> None:
    frames = _noise(3, 6, 7, 3)
    rgb = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    stored = np.ascontiguousarray(frames.transpose(2, 1, 0, 3)).view(rgb)[..., 0]
    nibabel.save(nibabel.Nifti1Image(stored, np.eye(4)), tmp_path / "a.nii.gz")
    assert np.array_equal(read_nifti(tmp_path / "a.nii.gz").array(), frames)


@pytest.mark.parametrize(
    ("unit", "step", "fps"), [("sec", 0.04, 25.0), ("msec", 40, 25.0), ("usec", 40_000, 25.0), ("unknown", 0.04, None)]
)
def test_frames_on_the_axis_of_time_have_a_rate_if_its_unit_is_stated(
    tmp_path: Path, unit: str, step: float, fps: float | None
) -> None:
    frames = _noise(5, 6, 7)
    image = nibabel.Nifti1Image(frames.transpose(2, 1, 0)[:, :, None], np.eye(4))
    image.header.set_zooms((0.5, 0.25, 1, step))
    image.header.set_xyzt_units("mm", unit)
    nibabel.save(image, tmp_path / "a.nii")
    head = read_nifti(tmp_path / "a.nii").header
    assert head.fps == (pytest.approx(fps) if fps else None)
    assert head.spacing_mm == (0.25, 0.5)
    assert np.array_equal(read_nifti(tmp_path / "a.nii").array(), frames)


@pytest.mark.parametrize(
    ("unit", "spacing"), [("mm", (0.25, 0.5)), ("meter", (250.0, 500.0)), ("micron", (0.00025, 0.0005)), (0, None)]
)
def test_spacing_is_in_mm_if_its_unit_is_stated(
    tmp_path: Path, unit: str | int, spacing: tuple[float, float] | None
) -> None:
    image = nibabel.Nifti1Image(_noise(7, 6, 5), np.diag([0.5, 0.25, 1, 1]))
    image.header.set_xyzt_units(unit)
    nibabel.save(image, tmp_path / "a.nii")
    found = read_nifti(tmp_path / "a.nii").header.spacing_mm
    assert found == (pytest.approx(spacing) if spacing else None)


def test_big_endian_files_and_scaled_values_are_read(tmp_path: Path) -> None:
    stored = _noise(7, 6, 5).astype(">i2") // 2
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    image = nibabel.Nifti1Image(stored, np.eye(4), header)
    image.header.set_slope_inter(2, 1)
    image.to_filename(tmp_path / "a.nii")
    back = np.asarray(nibabel.Nifti1Image.from_filename(tmp_path / "a.nii").dataobj)
    assert np.array_equal(read_nifti(tmp_path / "a.nii").array(), back.transpose(2, 1, 0))


@pytest.mark.parametrize("shape", [(4, 6, 7), (4, 6, 7, 3)], ids=["grey", "colour"])
def test_what_numpy_saves_is_read(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    np.save(tmp_path / "a.npy", frames)
    clip = read_npy(tmp_path / "a.npy")
    assert clip.header.shape == shape
    assert np.array_equal(clip.array(), frames)
    assert np.array_equal(clip.array(), frames)  # and again
