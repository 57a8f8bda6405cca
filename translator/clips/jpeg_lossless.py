"""JPEG Lossless (process 14) in DICOM, decoded by Pillow's libjpeg-turbo: a plugin for pydicom's decoders.

pydicom knows two decoders for it, one GPL and one of 38 MB with its own image libraries; libjpeg-turbo 3, which
Pillow's wheels carry, has decoded it since 2023 (ADR 5). Samples of 8 bits only.
Source: https://pydicom.github.io/pydicom/stable/guides/decoding/decoder_plugins.html
"""

import io

from PIL import Image, features
from pydicom.pixels import get_decoder  # type: ignore[attr-defined]  # documented there
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import JPEGLossless, JPEGLosslessSV1

NAME = "libjpeg-turbo"
DECODER_DEPENDENCIES = {JPEGLossless: ("pillow>=11.0",), JPEGLosslessSV1: ("pillow>=11.0",)}


def is_available(uid: str) -> bool:
    """True if this Pillow's libjpeg can decode lossless JPEG (libjpeg-turbo 3 and later)."""
    version = features.version("libjpeg_turbo")
    return uid in DECODER_DEPENDENCIES and version is not None and int(version.partition(".")[0]) >= 3


def decode_frame(src: bytes, runner: DecodeRunner) -> bytes:
    """The samples of one frame as they are stored, colour by pixel.

    Raises: ValueError, OSError or SyntaxError if the stream is damaged or not of the header's size.
    """
    with Image.open(io.BytesIO(src), formats=("JPEG",)) as image:
        if image.size != (runner.columns, runner.rows):
            raise ValueError(f"the JPEG stream is {image.size[1]} x {image.size[0]} pixels")
        if image.mode == "RGB" and ("jfif" in image.info or image.info.get("adobe_transform") == 1):
            image.draft("YCbCr", image.size)  # what a marker says of colour is not undone: the header decides
        runner.set_option("bits_allocated", 8)
        return image.tobytes()


def register() -> None:
    """Make pydicom use this decoder; once is enough, more does no harm."""
    for decoder in map(get_decoder, DECODER_DEPENDENCIES):
        if NAME not in decoder.available_plugins:
            decoder.add_plugin(NAME, (__name__, "decode_frame"))
