"""DICOM ultrasound, single and multi-frame, streamed frame by frame.

Read: 8 bits stored (in 8 or 16 allocated), as RGB, YBR_FULL, YBR_FULL_422, YBR_RCT, YBR_ICT, PALETTE COLOR,
MONOCHROME1 or MONOCHROME2; transfer syntaxes in SYNTAXES. Grey scales other than identity (window, rescale) are
not applied: ultrasound is stored as it is shown. Each syntax has one decoder, so that the same file gives the
same frames whatever else is installed (ADR 5).
"""

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames, parse_basic_offsets, parse_fragments
from pydicom.pixels import (  # type: ignore[attr-defined]  # all are documented there
    apply_color_lut,
    get_decoder,
    iter_pixels,
)
from pydicom.uid import UID

from translator.clips import dicom_header, jpeg_lossless
from translator.clips.clip import Clip, Frame, Header
from translator.clips.codestream import stated_size
from translator.clips.damage import EXPORT_AGAIN, checked_frame_size, reading, reading_each
from translator.clips.dicom_file import opened
from translator.errors import bad_input

SYNTAXES: dict[UID, str] = {  # and pydicom's name of the one decoder that each is read with
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.DeflatedExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.RLELossless: "pydicom",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",
    uid.JPEGLossless: jpeg_lossless.NAME,
    uid.JPEGLosslessSV1: jpeg_lossless.NAME,
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pillow",
    uid.JPEG2000: "pillow",
}
_CHANNELS = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3,
             "YBR_RCT": 3, "YBR_ICT": 3}  # fmt: skip
_NOT_READ = ("YBR_PARTIAL_420", "YBR_PARTIAL_422", "ARGB", "CMYK", "HSV", "XYB")  # other words could be a name
_PALETTE = tuple(
    f"{prefix}{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for prefix, part in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
)
_TAGS = ("Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
         "PhotometricInterpretation", "SamplesPerPixel", *_PALETTE, *dicom_header.TAGS)  # fmt: skip
_END_OF_IMAGE = b"\xff\xd9"
_UNCOMPRESSED = "Export it uncompressed or as JPEG"


@dataclass(frozen=True)
class _Image:
    """What the pixels are, as the header says it."""

    syntax: UID
    frames: int
    rows: int
    columns: int
    allocated: int
    stored: int
    photometric: str
    pixels_at: int = 0  # where the value of PixelData starts in the file

    @property
    def samples(self) -> int:
        return _CHANNELS[self.photometric]

    @property
    def nbytes(self) -> int:
        """Of all frames where they are not compressed."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.frames * self.rows * self.columns * samples * self.allocated // 8


def is_dicom(path: Path) -> bool:
    """True if the file has the DICOM prefix after its 128-byte preamble, or starts like a data set without one."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or _is_bare(start)


def read_dicom(path: Path) -> Clip:
    """Open a DICOM clip lazily; rate, frame times, spacing and tissue regions come from its header.

    Raises: InputError if it has no pixels, stores more than 8 bits, or cannot be decoded.
    """
    with reading(path, "Hand in DICOM image objects; if this is one, export it again", quote=False):
        with opened(path) as file:
            data = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*_TAGS], force=True)
            at = file.tell()
        image = _image(path, data)
        with opened(path) as file:
            file.seek(at)
            image = _check_pixels(path, file, image, implicit=bool(data.is_implicit_VR))
        table = _palette(data) if image.photometric == "PALETTE COLOR" else None
        times = dicom_header.frame_times(data, image.frames)
        size = image.rows, image.columns
        header = Header(
            image.frames,
            *size,
            1 if table is None and image.samples == 1 else 3,
            dicom_header.rate(data, times),
            dicom_header.spacing(data, *size),
            path.name,
            times,
            dicom_header.tissue_boxes(data, *size),
        )
    return Clip(header, lambda: _stream(path, image, table))


@lru_cache(1)
def prepare_decoders() -> None:
    """Tell pydicom of the decoder that it does not bring."""
    jpeg_lossless.register()


def missing_decoders() -> list[UID]:
    """The transfer syntaxes of SYNTAXES whose decoder is not installed."""
    prepare_decoders()
    return [
        syntax
        for syntax, plugin in SYNTAXES.items()
        if syntax.is_encapsulated and plugin not in get_decoder(syntax).available_plugins
    ]


def _is_bare(start: bytes) -> bool:
    """True for a data set without preamble: group 0008 with one of the elements it starts with, little endian."""
    return len(start) > 12 and start[:2] == b"\x08\x00" and start[2:4] in (b"\x00\0", b"\x05\0", b"\x08\0", b"\x16\0")


def _image(path: Path, data: Dataset) -> _Image:
    """The image that the header describes.

    Raises: InputError if it is no image, or one that cannot be read.
    """
    missing = [key for key in ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation") if key not in data]
    if missing:
        raise bad_input(path, f"is DICOM without a readable image (no {', '.join(missing)})", "Hand in image objects")
    bits = int(data.BitsAllocated)
    image = _Image(
        _syntax(data),
        int(data.get("NumberOfFrames") or 1),
        int(data.Rows),
        int(data.Columns),
        bits,
        int(data.get("BitsStored") or bits),
        str(data.PhotometricInterpretation),
    )
    if image.syntax not in SYNTAXES:
        what = f"transfer syntax {image.syntax.name} cannot be read"
        raise bad_input(path, what, f"{_UNCOMPRESSED}; a video inside can be exported as MP4")
    if image.photometric not in _CHANNELS:
        said = image.photometric if image.photometric in _NOT_READ else "that DICOM does not define"
        raise bad_input(path, f"photometric interpretation {said} cannot be read", "Export it as RGB or MONOCHROME2")
    if int(data.get("SamplesPerPixel") or 1) != image.samples:
        what = f"has {data.get('SamplesPerPixel')} samples a pixel, {image.photometric} has {image.samples}"
        raise bad_input(path, what, EXPORT_AGAIN)
    if image.frames < 1:
        raise bad_input(path, f"has {image.frames} frames", EXPORT_AGAIN)
    checked_frame_size(path, image.rows, image.columns)
    _check_depth(path, data, image)
    return image


def _check_depth(path: Path, data: Dataset, image: _Image) -> None:
    low = image.allocated in (8, 16) and 1 <= image.stored <= 8
    if not low or int(data.get("HighBit") or image.stored - 1) != image.stored - 1:
        found = f"{image.frames} frames of {image.rows} x {image.columns} at {image.stored} bits"
        what = f"has {found} (of {image.allocated} allocated, high bit {data.get('HighBit')})"
        raise bad_input(path, what, "Ultrasound needs 8 bits: export it as it is shown on the screen, with 8 bits")
    if int(data.get("PixelRepresentation") or 0) != 0:
        raise bad_input(path, "has signed pixels", "Export it as it is shown on the screen, with 8 bits")


def _syntax(data: Dataset) -> UID:
    """The transfer syntax; of a data set without a file header, what its elements look like."""
    meta = getattr(data, "file_meta", None)
    if meta is not None and meta.get("TransferSyntaxUID"):
        return UID(meta.TransferSyntaxUID)
    return uid.ImplicitVRLittleEndian if data.is_implicit_VR else uid.ExplicitVRLittleEndian


def _check_pixels(path: Path, file: BinaryIO, image: _Image, implicit: bool) -> _Image:
    """Compare what the header announces with what the file holds, before a frame is decoded.

    Returns the image with the place of its pixels. Raises: InputError.
    """
    order = "<" if image.syntax.is_little_endian else ">"
    tag = np.frombuffer(file.read(4), f"{order}u2")
    if tag.tolist() != [0x7FE0, 0x0010]:
        raise bad_input(path, "has no pixel data", "Hand in image objects; or export it again")
    announced = file.read(4 if implicit else 8)[-4:]
    if len(announced) < 4:
        raise bad_input(path, "ends where its pixels should begin", EXPORT_AGAIN)
    if not image.syntax.is_encapsulated:
        length = min(int(np.frombuffer(announced, f"{order}u4")[0]), _left(file))
        if length < image.nbytes:
            what = f"holds {length} bytes of pixels, {image.frames} frames of {image.rows} x {image.columns} need"
            raise bad_input(path, f"{what} {image.nbytes}", EXPORT_AGAIN)
        return image
    start = file.tell()
    with reading(path):  # of the pixels' frame, which names nobody
        parse_basic_offsets(file)
        fragments, _ = parse_fragments(file)
    if fragments < image.frames:
        what = f"holds {fragments} compressed frames or fewer, its header says {image.frames}"
        raise bad_input(path, what, EXPORT_AGAIN)
    return replace(image, pixels_at=start)


def _left(file: BinaryIO) -> int:
    at = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(at)
    return end - at


def _palette(data: Dataset) -> NDArray[np.uint8]:
    """The colours (256, 3) of all indices; 16-bit entries are cut to 8, unless all fit into 8 as they are."""
    table = apply_color_lut(np.arange(256, dtype=np.uint8)[None], data)[0]
    return np.asarray(table >> 8 if table.max() > 255 else table, np.uint8)


def _stream(path: Path, image: _Image, table: NDArray[np.uint8] | None) -> Iterator[Frame]:
    prepare_decoders()
    with reading(path, quote=False):
        file = opened(path)
    with file, closing(_decoded(path, file, image)) as found:  # closed before the file that it seeks in
        for frame in reading_each(found, path, _UNCOMPRESSED, quote=False):
            yield _to_uint8(frame, image, table)


def _check_stream(where: str, stream: bytes, image: _Image) -> None:
    """Some decoders allocate what a compressed frame says, whatever the header said."""
    size = None if image.syntax == uid.RLELossless else stated_size(stream)
    if size is not None and size != (image.rows, image.columns):
        what = f"its compressed stream is {size[0]} x {size[1]}, not {image.rows} x {image.columns}"
        raise bad_input(where, what, _UNCOMPRESSED)
    if SYNTAXES[image.syntax] == "pyjpegls" and not stream.rstrip(b"\0").endswith(_END_OF_IMAGE):
        raise bad_input(where, "its compressed stream has no end", _UNCOMPRESSED)  # CharLS takes 10 s to find out


def _decoded(path: Path, file: BinaryIO, image: _Image) -> Generator[NDArray[Any]]:
    """pydicom's frames: converted to RGB, indices of a palette as they are."""
    plain = uid.ExplicitVRLittleEndian if image.syntax == uid.DeflatedExplicitVRLittleEndian else image.syntax
    options: dict[str, Any] = {"decoding_plugin": SYNTAXES[image.syntax], "transfer_syntax_uid": plain}
    if plain.is_encapsulated:
        frames: Any = iter_pixels(file, **options)
        with path.open("rb") as streams, closing(frames):
            streams.seek(image.pixels_at)
            for index, stream in enumerate(generate_frames(streams, number_of_frames=image.frames)):
                _check_stream(f"{path}: frame {index}", stream, image)
                yield next(frames)
        return
    if image.photometric != "YBR_FULL_422":
        yield from iter_pixels(file, **options)
        return
    for index in range(image.frames):  # pydicom 3.0 takes the frames after the first to be of full length
        yield from iter_pixels(file, indices=[index], **options)


def _to_uint8(frame: NDArray[Any], image: _Image, table: NDArray[np.uint8] | None) -> Frame:
    top = (1 << image.stored) - 1
    low = frame if frame.dtype == np.uint8 and top == 255 else (frame & top).astype(np.uint8)
    if table is not None:
        return np.asarray(table[low])
    return np.asarray(top - low if image.photometric == "MONOCHROME1" else low, np.uint8)
