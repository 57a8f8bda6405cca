"""DICOM in every transfer syntax and photometric interpretation that is read: lossless ones bit for bit."""

import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.encaps import encapsulate

from translator.clips import dicom
from translator.clips.clip import Clip, Frame, Frames
from translator.clips.dicom import SYNTAXES, missing_decoders, read_dicom
from translator.clips.dicom_write import write_dicom


def _noise(*shape: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _smooth(*shape: int) -> Frames:
    """Waves in time, rows, columns and channels, that lossy coding keeps within a few levels."""
    grids = np.meshgrid(*(np.arange(length) for length in shape), indexing="ij")
    phase = np.sum([(k + 1) * grid / 17 for k, grid in enumerate(grids)], axis=0)
    return np.asarray(np.rint(127 + 60 * np.sin(phase)), np.uint8)


def _dataset(frames: Frames, photometric: str) -> pydicom.Dataset:
    """Native pixels with the elements that describe them."""
    with tempfile.TemporaryDirectory() as folder:
        grey = frames if frames.ndim == 3 else frames[..., 0]
        write_dicom(Path(folder) / "a.dcm", Clip.from_array(grey, 25.0), "test")
        data = pydicom.dcmread(Path(folder) / "a.dcm")
    data.PhotometricInterpretation = photometric
    data.PixelData = frames.tobytes()
    if frames.ndim == 4:
        data.SamplesPerPixel, data.PlanarConfiguration = 3, 0
    return data


def _saved(path: Path, data: pydicom.Dataset, syntax: uid.UID, pixels: list[bytes] | None = None) -> Clip:
    if pixels is not None:
        data.PixelData = encapsulate(pixels)
        data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        path, data, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian, enforce_file_format=True
    )
    return read_dicom(path)


def test_each_syntax_has_its_one_decoder_and_it_is_here() -> None:
    assert missing_decoders() == []


def test_a_decoder_that_is_not_installed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYNTAXES, uid.JPEG2000, "no such decoder")
    assert missing_decoders() == [uid.JPEG2000]


@pytest.mark.parametrize(
    "syntax",
    [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian,
     uid.ExplicitVRBigEndian],
    ids=lambda syntax: syntax.keyword,
)  # fmt: skip
@pytest.mark.parametrize("shape", [(3, 8, 10), (3, 8, 10, 3)], ids=["grey", "colour"])
def test_native_pixels_are_read_bit_for_bit(tmp_path: Path, syntax: uid.UID, shape: tuple[int, ...]) -> None:
    frames = _noise(*shape)
    data = _dataset(frames, "RGB" if len(shape) == 4 else "MONOCHROME2")
    assert np.array_equal(_saved(tmp_path / "a.dcm", data, syntax).array(), frames)


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEGLSLossless], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("shape", [(3, 24, 40), (3, 24, 40, 3)], ids=["grey", "colour"])
def test_rle_and_jpeg_ls_are_read_bit_for_bit(tmp_path: Path, syntax: uid.UID, shape: tuple[int, ...]) -> None:
    frames = _smooth(*shape)
    data = _dataset(frames, "RGB" if len(shape) == 4 else "MONOCHROME2")
    plugin = "pydicom" if syntax == uid.RLELossless else "pyjpegls"
    data.compress(syntax, encoding_plugin=plugin, generate_instance_uid=False)
    data.save_as(tmp_path / "a.dcm")
    assert np.array_equal(read_dicom(tmp_path / "a.dcm").array(), frames)


def _jpeg_lossless(frame: Frame, predictor: int = 1) -> bytes:
    """ITU-T T.81 process 14, written here by the standard; predictor 1 is the sample to the left."""
    planes = frame[..., None] if frame.ndim == 2 else frame
    height, width, count = planes.shape
    spread = planes.astype(int)
    guess = np.roll(spread, 1, axis=1)
    guess[:, 0] = np.roll(spread[:, 0], 1, axis=0)
    guess[0, 0] = 128
    bits = []
    for row in (spread - guess).reshape(-1):
        size = int(abs(row)).bit_length()
        value = row if row >= 0 else row + (1 << size) - 1
        bits.append(f"{size:04b}" + (f"{value:0{size}b}" if size else ""))  # nine codes of four bits
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    body = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    parts = b"".join(bytes([index + 1, 0x11, 0]) for index in range(count))
    scan = b"".join(bytes([index + 1, 0]) for index in range(count))
    table = bytes([0, 0, 0, 0, 9]) + bytes(12) + bytes(range(9))
    return b"".join([
        b"\xff\xd8", b"\xff\xc3", struct.pack(">HBHHB", 8 + 3 * count, 8, height, width, count), parts,
        b"\xff\xc4", struct.pack(">H", 2 + len(table)), table,
        b"\xff\xda", struct.pack(">HB", 6 + 2 * count, count), scan, bytes([predictor, 0, 0]), body, b"\xff\xd9",
    ])  # fmt: skip


@pytest.mark.parametrize("syntax", [uid.JPEGLossless, uid.JPEGLosslessSV1], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize(
    ("shape", "photometric"), [((3, 8, 10), "MONOCHROME2"), ((3, 8, 10, 3), "RGB")], ids=["grey", "colour"]
)
def test_jpeg_lossless_is_read_bit_for_bit(
    tmp_path: Path, syntax: uid.UID, shape: tuple[int, ...], photometric: str
) -> None:
    frames = _noise(*shape)
    pixels = [_jpeg_lossless(frame) for frame in frames]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, photometric), syntax, pixels)
    assert np.array_equal(clip.array(), frames)


def test_jpeg_lossless_samples_behind_a_jfif_marker_are_ybr_as_jfif_says(tmp_path: Path) -> None:
    frames = _noise(2, 8, 10, 3)
    marker = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    pixels = [stream[:2] + marker + stream[2:] for stream in map(_jpeg_lossless, frames)]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, "RGB"), uid.JPEGLosslessSV1, pixels)
    native = _saved(tmp_path / "b.dcm", _dataset(frames, "YBR_FULL"), uid.ExplicitVRLittleEndian)
    assert np.array_equal(clip.array(), native.array())


def _encoded(form: str, **options: object) -> Callable[[Frame], bytes]:
    def encode(frame: Frame) -> bytes:
        out = io.BytesIO()
        Image.fromarray(frame).save(out, form, **options)
        return out.getvalue()

    return encode


def test_a_grey_jpeg_is_near_what_it_was(tmp_path: Path) -> None:
    frames = _smooth(3, 16, 24)
    pixels = [_encoded("JPEG", quality=98)(frame) for frame in frames]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, "MONOCHROME2"), uid.JPEGBaseline8Bit, pixels)
    assert np.abs(clip.array().astype(int) - frames).max() <= 4


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_a_colour_jpeg_is_rgb_whatever_its_sampling(tmp_path: Path, photometric: str) -> None:
    frames = _smooth(2, 16, 24, 3)
    sampling = "4:2:2" if photometric.endswith("422") else "4:4:4"
    pixels = [_encoded("JPEG", quality=98, subsampling=sampling)(frame) for frame in frames]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, photometric), uid.JPEGBaseline8Bit, pixels)
    assert np.abs(clip.array().astype(int) - frames).max() <= 12


@pytest.mark.parametrize("photometric", ["RGB", "YBR_RCT"])
def test_jpeg_2000_is_read_bit_for_bit(tmp_path: Path, photometric: str) -> None:
    frames = _noise(2, 32, 40, 3)
    options = {"no_jp2": True, "irreversible": False, "mct": int(photometric != "RGB")}
    pixels = [_encoded("JPEG2000", **options)(frame) for frame in frames]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, photometric), uid.JPEG2000Lossless, pixels)
    assert np.array_equal(clip.array(), frames)


def test_lossy_jpeg_2000_is_near_what_it_was(tmp_path: Path) -> None:
    frames = _smooth(1, 32, 40, 3)
    pixels = [_encoded("JPEG2000", no_jp2=True, irreversible=True, mct=1)(frame) for frame in frames]
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, "YBR_ICT"), uid.JPEG2000, pixels)
    assert np.abs(clip.array().astype(int) - frames).max() <= 4


def test_native_ybr_full_becomes_rgb_by_the_standards_equation(tmp_path: Path) -> None:
    frames = _noise(2, 8, 10, 3)
    y, cb, cr = (frames[..., channel].astype(float) for channel in range(3))
    # PS3.3 C.7.6.3.1.2, inverted
    rgb = np.stack([y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)])
    expected = np.clip(np.moveaxis(rgb, 0, -1), 0, 255)
    clip = _saved(tmp_path / "a.dcm", _dataset(frames, "YBR_FULL"), uid.ExplicitVRLittleEndian)
    assert np.abs(clip.array() - expected).max() <= 1


def test_native_ybr_422_takes_two_thirds_of_the_bytes(tmp_path: Path) -> None:
    grey = _noise(2, 8, 10)
    data = _dataset(grey[..., None].repeat(3, axis=-1), "YBR_FULL_422")
    pairs = grey.reshape(2, 8, 5, 2)
    data.PixelData = np.concatenate([pairs, np.full_like(pairs, 128)], axis=-1).tobytes()
    clip = _saved(tmp_path / "a.dcm", data, uid.ExplicitVRLittleEndian)
    assert np.array_equal(clip.array(), grey[..., None].repeat(3, axis=-1))


def test_planes_one_after_another_are_read_like_pixels_one_after_another(tmp_path: Path) -> None:
    frames = _noise(2, 8, 10, 3)
    data = _dataset(frames, "RGB")
    data.PixelData, data.PlanarConfiguration = np.moveaxis(frames, -1, 1).tobytes(), 1
    assert np.array_equal(_saved(tmp_path / "a.dcm", data, uid.ExplicitVRLittleEndian).array(), frames)


def _in_16(frames: Frames, stored: int, extra: int = 0) -> pydicom.Dataset:
    data = _dataset(frames, "MONOCHROME2")
    wide: NDArray[np.uint16] = frames.astype("<u2") | np.uint16(extra)
    data.PixelData = wide.tobytes()
    data["PixelData"].VR = "OW"
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, stored, stored - 1
    return data


def test_8_bits_in_16_are_read_and_what_lies_above_them_is_not(tmp_path: Path) -> None:
    frames = _noise(2, 8, 10)
    clip = _saved(tmp_path / "a.dcm", _in_16(frames, 8, extra=0x8000), uid.ExplicitVRLittleEndian)
    assert np.array_equal(clip.array(), frames)


def test_palette_entries_of_8_bits_in_16_are_not_cut(tmp_path: Path) -> None:
    frames, ramp = _noise(2, 8, 10), np.arange(256, dtype="<u2")
    data = _dataset(frames, "PALETTE COLOR")
    for colour, table in (("Red", ramp), ("Green", 255 - ramp), ("Blue", 0 * ramp)):
        setattr(data, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        data[f"{colour}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(data, f"{colour}PaletteColorLookupTableData", table.tobytes())
    clip = _saved(tmp_path / "a.dcm", data, uid.ExplicitVRLittleEndian)
    assert clip.header.channels == 3
    assert np.array_equal(clip.array(), np.stack([frames, 255 - frames, 0 * frames], axis=-1))


def test_a_data_set_without_preamble_is_read(tmp_path: Path) -> None:
    frames = _noise(2, 8, 10)
    _saved(tmp_path / "a.dcm", _dataset(frames, "MONOCHROME2"), uid.ImplicitVRLittleEndian)
    meta = pydicom.filereader.read_file_meta_info(tmp_path / "a.dcm")
    bare = (tmp_path / "a.dcm").read_bytes()[144 + meta.FileMetaInformationGroupLength :]
    (tmp_path / "bare").write_bytes(bare)
    assert dicom.is_dicom(tmp_path / "bare")
    assert np.array_equal(read_dicom(tmp_path / "bare").array(), frames)
