"""Files that lie, are damaged, or are odd and can be read; each with what is to be expected of it.

`write(folder)` makes them all; `python tests/translator/clips/lying_files.py FOLDER` does so from a shell. Nothing
here was copied from anywhere: every file is made from a few frames of noise.
"""

import gzip
import io
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import jpeg_ls
import numpy as np
import pydicom
from numpy.lib import format as npy_format
from PIL import Image
from pydicom.encaps import encapsulate

from translator.clips.clip import Clip, Frames
from translator.clips.dicom_write import write_dicom
from translator.clips.npz import write_npz
from translator.clips.video import write_video

SHAPE = (3, 24, 32)
Make = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """A file name, how it is made, and either the shape it is read with or a part of the one error."""

    name: str
    make: Make
    shape: tuple[int, ...] | None = None
    refused: str | None = None


def noise(*shape: int) -> Frames:
    """The same noise each time."""
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def write(folder: Path) -> list[tuple[Path, Case]]:
    """Make every file in `folder`."""
    made = []
    for case in cases():
        path = folder / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        case.make(path)
        made.append((path, case))
    return made


def good() -> dict[str, bytes]:
    """One small good file of each kind that the fuzzer damages, by suffix."""
    return {
        ".dcm": _good_dicom(), ".npz": _good_npz(), ".npy": _npy(noise(*SHAPE)), ".nii": nifti(), ".mha": mha(),
        ".png": _picture("PNG"), ".avi": _video("avi"), ".gif": _animation("GIF"), ".nii.gz": _gz(nifti()),
    }  # fmt: skip


def cases() -> list[Case]:
    """All of them; a name says what is odd."""
    return [*_anything(), *_dicom(), *_archives(), *_pictures(), *_videos(), *_volumes()]


def refused(name: str, data: bytes | Make, part: str) -> Case:
    """A file that must be refused with an error that holds `part`."""
    if not part:
        raise ValueError(f"{name}: say what the error is")
    return Case(name, _maker(data), refused=part)


def read(name: str, data: bytes | Make, shape: tuple[int, ...]) -> Case:
    """A file that is odd but can be read."""
    return Case(name, _maker(data), shape=shape)


def _maker(data: bytes | Make) -> Make:
    if callable(data):
        return data
    content = data

    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


# anything


def _anything() -> list[Case]:
    text = b"clip_id,subject_id\nthis is plain text\n" * 40
    suffixes = (".mp4", ".mov", ".avi", ".mkv", ".mpg", ".webm", ".wmv", ".dcm", ".npz", ".npy", ".png", ".jpg",
                ".gif", ".tif", ".webp", ".bmp", ".mha", ".mhd", ".nii", ".nii.gz")  # fmt: skip
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    return [
        *(refused(f"text{suffix}", text, "is text") for suffix in suffixes),
        *(
            refused(f"zeros{suffix}", b"\0" * 5000, "start like" if suffix != ".mp4" else "is no video")
            for suffix in (".mp4", ".dcm", ".png", "")
        ),
        refused("empty.mp4", b"", "is empty"),
        refused("one-byte.dcm", b"D", "is text"),
        refused("playlist.mp4", playlist, "is text"),
        refused("concat.avi", b"ffconcat version 1.0\nfile '/etc/passwd'\n", "is text"),
        refused("utf8.txt", "Größe, Länge\n".encode() * 50, "is text"),
        refused("folder.mp4", lambda path: path.mkdir(), "is a folder without stills"),
        refused("dangling.dcm", lambda path: path.symlink_to("nowhere.dcm"), "leads nowhere"),
        *([refused("pipe.mp4", lambda path: os.mkfifo(path), "is no regular file"),
           read("name\nof two lines.npz", _good_npz(), SHAPE)] if os.name == "posix" else []),
        read("name with spaces é 心.dcm", _good_dicom(), SHAPE),
        read("npz named.mp4", _good_npz(), SHAPE),
        read("dicom without suffix", _good_dicom(), SHAPE),
    ]  # fmt: skip


# DICOM


@cache
def _good_dicom() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.dcm"
        write_dicom(path, Clip.from_array(noise(*SHAPE), 25.0), "test")
        return path.read_bytes()


def changed(pixels: Any = None, syntax: str = "", drop: str = "", **elements: Any) -> bytes:
    """The good DICOM with some elements set, one dropped, other pixels, or another transfer syntax."""
    data = pydicom.dcmread(io.BytesIO(_good_dicom()))
    with pydicom.config.disable_value_validation():
        for keyword, value in elements.items():
            setattr(data, keyword, value)
        if drop:
            delattr(data, drop)
        if pixels is not None:
            data.PixelData = pixels
            data["PixelData"].VR = "OB"
        if syntax:
            data.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
            data["PixelData"].is_undefined_length = data.file_meta.TransferSyntaxUID.is_encapsulated
        out = io.BytesIO()
        data.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _region(**elements: Any) -> pydicom.Dataset:
    region = pydicom.Dataset()
    region.RegionSpatialFormat, region.RegionDataType = 1, 1
    for keyword, value in elements.items():
        setattr(region, keyword, value)
    return region


def _jpeg(frame: Frames, quality: int = 95) -> bytes:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=quality)
    return out.getvalue()


def _dicom() -> list[Case]:
    jpeg, jls, mpeg4 = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.102"
    fine, whole = _good_dicom(), noise(*SHAPE).tobytes()
    frames = [_jpeg(frame) for frame in noise(*SHAPE)]
    bomb = frames[0].replace(struct.pack(">HH", *SHAPE[1:]), struct.pack(">HH", 65500, 65500), 1)
    packed = [bytes(jpeg_ls.encode(frame)) for frame in noise(*SHAPE) // np.uint8(64)]
    little = b"1.2.840.10008.1.2.1\0"
    cut = {at: fine[: len(fine) * at // 100] for at in (20, 40, 60, 80, 99)}
    return [
        *(refused(f"cut-at-{at}.dcm", data, "bytes of pixels" if at > 20 else "no Rows") for at, data in cut.items()),
        refused("preamble-only.dcm", fine[:132], "without a readable image"),
        read("no-preamble.dcm", _bare(), SHAPE),
        refused("no-pixels.dcm", changed(drop="PixelData"), "has no pixel data"),
        refused("no-rows.dcm", changed(drop="Rows"), "no Rows"),
        refused("rows-0.dcm", changed(Rows=0), "0 x 32 pixels"),
        refused("rows-65535.dcm", changed(Rows=65535), "need 6291360"),
        refused("huge-frames.dcm", changed(Rows=65535, Columns=65535), "limit is 33.6 million"),
        refused("frames-2147483647.dcm", changed(NumberOfFrames=2147483647), "holds 2304 bytes"),
        refused("frames-negative.dcm", changed(NumberOfFrames=-3), "has -3 frames"),
        read("frames-0.dcm", changed(NumberOfFrames=0), (1, 24, 32)),
        read("frames-fewer.dcm", changed(NumberOfFrames=2), (2, 24, 32)),
        refused("frames-more.dcm", changed(NumberOfFrames=4), "holds 2304 bytes of pixels, 4 frames"),
        refused("bits-1.dcm", changed(BitsAllocated=1, BitsStored=1, HighBit=0), "of 1 allocated"),
        refused("bits-32.dcm", changed(BitsAllocated=32), "of 32 allocated"),
        refused("bits-16.dcm", _sixteen(12), "12 bits"),
        read("8-bits-in-16.dcm", _sixteen(8), SHAPE),
        refused("high-bit-15.dcm", changed(HighBit=15), "high bit 15"),
        refused("signed.dcm", changed(PixelRepresentation=1), "signed"),
        refused("samples-2.dcm", changed(SamplesPerPixel=2), "2 samples a pixel"),
        refused("samples-4.dcm", changed(SamplesPerPixel=4, PhotometricInterpretation="ARGB"), "ARGB"),
        refused("samples-3-grey.dcm", changed(SamplesPerPixel=3), "3 samples a pixel"),
        refused("photometric-unknown.dcm", changed(PhotometricInterpretation="SEPIA"), "that DICOM does not define"),
        refused("photometric-partial.dcm",
                changed(PhotometricInterpretation="YBR_PARTIAL_422", SamplesPerPixel=3), "YBR_PARTIAL_422"),
        refused("palette-missing.dcm", changed(PhotometricInterpretation="PALETTE COLOR"), "cannot be read"),
        refused("planar-7.dcm", changed(whole, NumberOfFrames=1, Rows=24, Columns=32, SamplesPerPixel=3,
                PhotometricInterpretation="RGB", PlanarConfiguration=7), "cannot be read"),
        read("planar-1.dcm", changed(whole, NumberOfFrames=1, SamplesPerPixel=3, PhotometricInterpretation="RGB",
             PlanarConfiguration=1), (1, 24, 32, 3)),
        refused("syntax-unknown.dcm", fine.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.9.9\0"), "1.9.9"),
        refused("syntax-video.dcm", changed(encapsulate([b"\0" * 64]), mpeg4), "MPEG-4"),
        refused("syntax-lies.dcm", fine.replace(little, b"1.2.840.10008.1.2.2\0"), "without a readable image"),
        read("jpeg.dcm", changed(encapsulate(frames), jpeg), SHAPE),
        refused("jpeg-one-frame-missing.dcm", changed(encapsulate(frames[:2]), jpeg), "holds 2 compressed frames"),
        refused("jpeg-truncated-frame.dcm", changed(encapsulate([frames[0][:-200]] * 3), jpeg), "frame 0"),
        refused("jpeg-second-frame-noise.dcm", changed(encapsulate([frames[0], b"\1\2" * 300, frames[2]]), jpeg),
                "frame 1"),
        refused("jpeg-of-other-size.dcm", changed(encapsulate([_jpeg(noise(50, 70))] * 3), jpeg), "stream is 50 x 70"),
        refused("jpeg-bomb.dcm", changed(encapsulate([bomb] * 3), jpeg), "stream is 65500 x 65500"),
        refused("jpeg-ls-is-jpeg.dcm", changed(encapsulate(frames), jls), "frame 0"),
        refused("encapsulated-but-raw.dcm", fine.replace(little, b"1.2.840.10008.1.2.5\0"), "Basic Offset Table"),
        refused("jpeg-ls-cut.dcm", changed(encapsulate([stream[:100] for stream in packed]), jls), "no end"),
        read("jpeg-ls.dcm", changed(encapsulate(packed), jls), SHAPE),
        read("spacing-negative.dcm", changed(PixelSpacing=[-1, 0.5]), SHAPE),
        read("frame-time-0.dcm", changed(FrameTime=0), SHAPE),
        read("frame-time-negative.dcm", changed(FrameTime=-40), SHAPE),
        read("frame-time-text.dcm", fine.replace(b"DS\x02\x0040", b"DS\x02\0xy"), SHAPE),
        read("vector-too-short.dcm", changed(FrameTimeVector=[0, 40]), SHAPE),
        read("vector-negative.dcm", changed(FrameTimeVector=[0, -40, 40]), SHAPE),
        read("region-of-other-resolution.dcm", changed(SequenceOfUltrasoundRegions=[_region(
             RegionLocationMinX0=0, RegionLocationMinY0=0, RegionLocationMaxX1=900, RegionLocationMaxY1=700)]), SHAPE),
        read("region-empty.dcm", changed(SequenceOfUltrasoundRegions=[_region()]), SHAPE),
        refused("deflated-bomb.dcm", _deflated(), "is deflated and holds more than 0.5 GB"),
    ]  # fmt: skip


def _bare() -> bytes:
    """The data set alone, as old systems export it."""
    fine = _good_dicom()
    data = pydicom.dcmread(io.BytesIO(fine))
    return fine[144 + data.file_meta.FileMetaInformationGroupLength :]


def _sixteen(stored: int) -> bytes:
    pixels = noise(*SHAPE).astype("<u2").tobytes()
    return changed(pixels, BitsAllocated=16, BitsStored=stored, HighBit=stored - 1)


def _deflated() -> bytes:
    """A header that inflates to more than half a gigabyte of zeros."""
    data = pydicom.dcmread(io.BytesIO(_good_dicom()))
    data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = b"".join(pack.compress(b"\0" * (1 << 24)) for _ in range(33))
    head = out.getvalue()[: 144 + int.from_bytes(out.getvalue()[140:144], "little")]
    return head + body + pack.flush()


# NPZ and NPY


@cache
def _good_npz() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.npz"
        write_npz(path, Clip.from_array(noise(*SHAPE), 25.0))
        return path.read_bytes()


def _npy(array: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    npy_format.write_array(out, np.asanyarray(array), **options)
    return out.getvalue()


def _npy_header(shape: tuple[int, ...], descr: str = "|u1", fortran: bool = False) -> bytes:
    out = io.BytesIO()
    npy_format.write_array_header_1_0(out, {"descr": descr, "fortran_order": fortran, "shape": shape})
    return out.getvalue()


def _zip(members: dict[str, bytes], compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _npz(frames: Any = None, **members: Any) -> bytes:
    arrays = {"frames": noise(*SHAPE) if frames is None else frames, **members}
    return _zip({f"{name}.npy": _npy(value) for name, value in arrays.items()})


def _archives() -> list[Case]:
    fine, plain = _good_npz(), _npy(noise(*SHAPE))
    objects = _npy(np.array([{"a": 1}], object), allow_pickle=True)
    vast, cut = _npy_header((1 << 20, 4000, 5000)), "holds"
    long_header = b"\x93NUMPY\x02\x00" + struct.pack("<I", (1 << 32) - 1)
    return [
        *(refused(f"cut-at-{at}.npz", fine[: len(fine) * at // 100], "is no NPZ archive") for at in (10, 50, 99)),
        *(
            refused(f"cut-at-{at}.npy", plain[: len(plain) * at // 100], "holds" if at > 2 else "is no array")
            for at in (2, 50, 99)
        ),
        refused("objects.npz", _zip({"frames.npy": objects}), "Python objects"),
        refused("objects.npy", objects, "Python objects"),
        refused("pickle.npz", _zip({"frames.npy": b"\x80\x04cos\nsystem\n(S'true'\ntR."}), "is no array"),
        refused("float.npz", _npz(noise(*SHAPE).astype(np.float32)), "float32"),
        refused("four-channels.npz", _npz(noise(3, 8, 8, 4)), "(3, 8, 8, 4)"),
        refused("two-dimensions.npy", _npy(noise(8, 8)), "(8, 8)"),
        refused("no-frames.npz", _npz(noise(0, 8, 8)), "(0, 8, 8)"),
        refused("zero-width.npy", _npy_header((3, 8, 0)), "(3, 8, 0)"),
        refused("fortran.npy", _npy(np.asfortranarray(noise(3, 8, 9))), "Fortran"),
        refused("vast.npy", vast + b"\0" * 100, cut),
        refused("vast.npz", _zip({"frames.npy": vast + b"\0" * 100}), cut),
        refused("vast-and-long.npz", _zip({"frames.npy": _npy_header((9, 60000, 60000)) + b"\0" * 99}), cut),
        refused("vast-frame.npy", _npy_header((1, 6000, 6000)) + b"\0" * 36_000_000, "limit is 33.6 million"),
        refused("negative.npy", plain.replace(b"(3, 24, 32)", b"(3,-24, 32)"), "-24"),
        refused("long-header.npy", long_header, "too long"),
        refused("long-header.npz", _zip({"frames.npy": long_header + b" " * (1 << 20)}), "too long"),
        refused("fps-nan.npz", _npz(fps=np.float64("nan")), "fps"),
        refused("fps-text.npz", _npz(fps=np.array("fast")), "fps"),
        refused("fps-two.npz", _npz(fps=np.array([25.0, 30.0])), "fps"),
        refused("times-short.npz", _npz(frame_times_ms=np.array([0.0, 40.0])), "frame_times_ms"),
        refused("times-falling.npz", _npz(frame_times_ms=np.array([0.0, 40.0, 30.0])), "frame_times_ms"),
        refused("slip.npz", _zip({"../../frames.npy": plain}), "has no array `frames`"),
        refused("nested.npz", _zip({"inner.npz": fine}), "has no array `frames`"),
        refused("document.docx", _zip({"word/document.xml": b"<w/>"}), "has no array `frames`"),
        refused("encrypted.npz", _encrypted(), "encrypted"),
        read("stored.npz", _zip({"frames.npy": plain}, zipfile.ZIP_STORED), SHAPE),
        read("frames-and-junk.npz", _zip({"frames.npy": plain, "../../x": b"x"}), SHAPE),
        read("colour.npy", _npy(noise(2, 8, 9, 3)), (2, 8, 9, 3)),
    ]


def _encrypted() -> bytes:
    """The good archive with the flag that says it is encrypted."""
    data = bytearray(_good_npz())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


# pictures


def _picture(form: str, *shape: int, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(noise(*(shape or SHAPE[1:]))).save(out, form, **options)
    return out.getvalue()


def _animation(form: str, **options: Any) -> bytes:
    pictures = [Image.fromarray(frame) for frame in noise(*SHAPE)]
    out = io.BytesIO()
    pictures[0].save(out, form, save_all=True, append_images=pictures[1:], duration=40, **options)
    return out.getvalue()


def _png_of(height: int, width: int, depth: int = 8) -> bytes:
    """A PNG whose header says any size over little data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def _recounted(data: bytes, frames: int) -> bytes:
    """An animated PNG that says another number of frames."""
    at = data.index(b"acTL")
    body = b"acTL" + struct.pack(">I", frames) + data[at + 8 : at + 12]
    return data[:at] + body + struct.pack(">I", zlib.crc32(body)) + data[at + 16 :]


def _stills(*sizes: tuple[str, tuple[int, ...]]) -> Make:
    def make(path: Path) -> None:
        path.mkdir()
        for name, shape in sizes:
            Image.fromarray(noise(*shape)).save(path / name)

    return make


def _broken_still(path: Path) -> None:
    _stills(("1.png", (8, 9)), ("3.png", (8, 9)))(path)
    (path / "2.png").write_text("no picture")


def _pictures() -> list[Case]:
    png, jpg, gif, apng = _picture("PNG"), _picture("JPEG"), _animation("GIF"), _animation("PNG")
    tiff = _animation("TIFF")
    sixteen, no = io.BytesIO(), "cannot be read ("
    Image.fromarray(noise(8, 9).astype(np.uint16) * 200).save(sixteen, "PNG")
    return [
        *(refused(f"cut-at-{at}.png", png[: len(png) * at // 100], no) for at in (3, 30, 90)),
        *(refused(f"cut-at-{at}.jpg", jpg[: len(jpg) * at // 100], no) for at in (3, 30, 90)),
        *(refused(f"cut-at-{at}.gif", gif[: len(gif) * at // 100], no) for at in (3, 60)),
        *(refused(f"cut-at-{at}.tif", tiff[: len(tiff) * at // 100], no) for at in (3, 30)),
        refused("cut.webp", _animation("WEBP", lossless=True)[:900], no),
        refused("cut.bmp", _picture("BMP")[:600], no),
        refused("bomb.png", _png_of(60000, 60000), "3600000000 pixels"),
        refused("bomb-small.png", _png_of(9000, 9000), "limit is 33.6 million"),
        refused("too-little.png", _png_of(500, 500), "cannot be read"),
        refused("zero.png", _png_of(0, 10), no),
        refused("16-bit.png", sixteen.getvalue(), "16-bit"),
        refused("16-bit-rgb.png", _png_of(8, 9, 16), "16-bit"),
        refused("animated-too-many.png", _recounted(apng, 9), no),
        refused("animated-no-end.png", _recounted(apng, 2**31 - 1), no),
        refused("float.tif", _float_tiff(), "(F)"),
        read("animated.png", apng, SHAPE),
        read("animated.gif", gif, (*SHAPE, 3)),
        read("animated.webp", _animation("WEBP", lossless=True), (*SHAPE, 3)),
        read("pages.tif", tiff, SHAPE),
        read("jpeg-named.png", jpg, (1, 24, 32)),
        read("stills", _stills(("10.png", (8, 9)), ("9.png", (8, 9))), (2, 8, 9)),
        read("stills-grey-and-colour", _stills(("1.png", (8, 9)), ("2.png", (8, 9, 3))), (2, 8, 9, 3)),
        refused("stills-mixed", _stills(("1.png", (8, 9)), ("2.png", (9, 9))), "2.png: is 9 x 9"),
        refused("stills-broken", _broken_still, "2.png"),
    ]


def _float_tiff() -> bytes:
    out = io.BytesIO()
    Image.fromarray(noise(8, 9).astype(np.float32)).save(out, "TIFF")
    return out.getvalue()


# video


@cache
def _video(kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{kind}"
        frames = cv2.GaussianBlur(noise(48, 64), (0, 0), 3)
        clip = Clip.from_array(np.stack([np.roll(frames, 3 * index, 1) for index in range(6)]), 25.0)
        if kind == "mp4":
            write_video(path, clip)
        else:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
            for frame in clip.frames():
                writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
            writer.release()
        return path.read_bytes()


def _videos() -> list[Case]:
    mp4, avi = _video("mp4"), _video("avi")
    size = struct.pack("<II", 64, 48)
    return [
        *(refused(f"cut-at-{at}.mp4", mp4[: len(mp4) * at // 100], "its container says") for at in (1, 10, 50, 90)),
        *(refused(f"cut-at-{at}.avi", avi[: len(avi) * at // 100], "its container says") for at in (1, 10, 70, 90)),
        read("vast.avi", avi.replace(size, struct.pack("<II", 60000, 60000)), (6, 48, 64, 3)),  # the stream is right
        refused("no-index.mp4", mp4.replace(b"moov", b"moof"), "is no video"),
        refused("noise.mkv", b"\x1a\x45\xdf\xa3" + noise(3000).tobytes(), "is no video"),
        refused("noise.mpg", b"\0\0\1\xba" + noise(3000).tobytes(), "is no video"),
        refused("noise.wmv", bytes.fromhex("3026b2758e66cf11") + noise(3000).tobytes(), "is no video"),
        refused("sound.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40, "does not start like"),
        refused("document.mp4", b"%PDF-1.7\n\0\xff" * 50, "does not start like"),
        read("avi-named.mp4", avi, (6, 48, 64, 3)),
    ]


# MetaImage and NIfTI


def mha(
    size: str = "32 24 3", kind: str = "MET_UCHAR", where: str = "LOCAL", data: bytes | None = None, **more: str
) -> bytes:
    """A MetaImage with any header."""
    fields = {"ObjectType": "Image", "NDims": str(len(size.split())), "DimSize": size, "ElementType": kind, **more}
    head = "".join(f"{key} = {value}\n" for key, value in fields.items()) + f"ElementDataFile = {where}\n"
    return head.encode() + (noise(*SHAPE).tobytes() if data is None else data)


def nifti(dim: tuple[int, ...] = (3, 32, 24, 3), code: int = 2, data: bytes | None = None, **more: float) -> bytes:
    """A NIfTI-1 file with any header."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, int(more.get("size", 348)))
    struct.pack_into("<8h", head, 40, *dim, *[1] * (8 - len(dim)))
    struct.pack_into("<2h", head, 70, code, 8)
    struct.pack_into("<8f", head, 76, 1, 0.4, 0.3, 1, more.get("step", 1), 1, 1, 1)
    struct.pack_into("<3f", head, 108, more.get("offset", 352), more.get("slope", 1), more.get("intercept", 0))
    head[123] = int(more.get("units", 10))
    head[344:348] = b"n+1\0"
    return bytes(head) + (noise(*SHAPE).tobytes() if data is None else data)


def _gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _mhd(data_name: str) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(mha(where=data_name, data=b""))
        (path.parent / "beside.raw").write_bytes(noise(*SHAPE).tobytes())

    return make


def _volumes() -> list[Case]:
    packed, nii = zlib.compress(noise(*SHAPE).tobytes()), nifti()
    deep = (noise(*SHAPE).astype("<i2") * 9).tobytes()
    zipped = {"CompressedData": "True", "CompressedDataSize": str(len(packed))}
    return [
        refused("cut.mha", mha()[:-9], "too few"),
        refused("cut-header.mha", mha()[:40], "ElementDataFile"),
        refused("cut-zipped.mha", mha(data=packed[:-60], **zipped), "2 frames were decoded"),
        refused("noise-zipped.mha", mha(data=noise(3000).tobytes(), **zipped), "frame 0: cannot"),
        refused("vast.mha", mha("60000 60000 900"), "limit"),
        refused("many.mha", mha("32 24 2000000000"), "too few"),
        refused("negative.mha", mha("32 -24 3"), "-24 x 32"),
        refused("words.mha", mha("wide high 3"), "cannot be read"),
        refused("five-axes.mha", mha("32 24 3 3 3"), "no clip of 2-D frames"),
        refused("deep.mha", mha(kind="MET_SHORT", data=deep), "not 0 to 255"),
        refused("unknown-type.mha", mha(kind="MET_QUATERNION"), "MET_QUATERNION"),
        refused("ascii.mha", mha(BinaryData="False"), "BinaryData False"),
        refused("passwd.mhd", mha(where="../../../../etc/passwd", data=b""), "no plain file name"),
        refused("absolute.mhd", mha(where="/etc/passwd", data=b""), "no plain file name"),
        refused("list.mhd", mha(where="LIST", data=b""), "no plain file name"),
        refused("pattern.mhd", mha(where="a%03d.raw 1 3 1", data=b""), "no plain file name"),
        refused("alone.mhd", mha(where="absent.raw", data=b""), "is not beside it"),
        read("two-files.mhd", _mhd("beside.raw"), SHAPE),
        read("zipped.mha", mha(data=packed, **zipped), SHAPE),
        read("shorts.mha", mha(kind="MET_SHORT", data=noise(*SHAPE).astype("<i2").tobytes()), SHAPE),
        read("rgb.mha", mha("32 8 3", ElementNumberOfChannels="3"), (3, 8, 32, 3)),
        *(refused(f"cut-at-{at}.nii", nii[: len(nii) * at // 100], "too short" if at > 10 else "start like")
          for at in (10, 50, 99)),
        *(refused(f"cut-at-{at}.nii.gz", _gz(nii)[: len(_gz(nii)) * at // 100], "cannot be read (")
          for at in (2, 50, 99)),
        refused("noise.nii.gz", b"\x1f\x8b" + noise(500).tobytes(), "cannot be read ("),
        refused("archive.gz", _gz(b"a,b\n" * 500), "is no NIfTI-1"),
        refused("vast.nii", nifti((3, 32000, 32000, 3)), "limit"),
        refused("many.nii.gz", _gz(nifti((3, 3200, 2400, 32000))), "too short"),
        refused("negative.nii", nifti((3, 32, -24, 3)), "-24 x 32"),
        refused("no-axes.nii", nifti((0, 32, 24, 3)), "no clip of 2-D frames"),
        refused("volume-over-time.nii", nifti((4, 8, 8, 4, 9)), "no clip of 2-D frames"),
        refused("complex.nii", nifti(code=32), "datatype 32"),
        refused("deep.nii", nifti(code=4, data=deep), "not 0 to 255"),
        refused("fractions.nii", nifti(slope=0.5), "no integers"),
        refused("scaled-by-infinity.nii", nifti(slope=float("inf")), "is scaled by"),
        refused("offset-negative.nii", nifti(offset=-5), "start at byte"),
        read("floats.nii", nifti(code=16, data=noise(*SHAPE).astype("<f4").tobytes()), SHAPE),
        read("frames-on-time-axis.nii", nifti((4, 32, 24, 1, 3), step=0.04), SHAPE),
        read("zipped.nii.gz", _gz(nii), SHAPE),
    ]  # fmt: skip


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(f"{len(write(target))} files in {target}")
