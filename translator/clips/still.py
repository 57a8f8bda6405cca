"""Stills: PNG, JPEG and other pictures as clips of one frame; and lossless (animated) PNG to write."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from translator.clips.clip import ARRAY_LIMIT_BYTES, Clip, Frame
from translator.clips.video import STILL_FPS
from translator.errors import bad_input

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})


def read_still(path: Path) -> Clip:
    """Read a picture as a clip of one frame, colour unless the file is grey.

    Raises: InputError if it cannot be decoded or is not 8 bit.
    """
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise bad_input(path, "cannot be decoded as a picture", "Export it as PNG")
    if picture.dtype != np.uint8:
        raise bad_input(path, f"has {picture.dtype} pixels", "Export it with 8 bits")
    frame = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., 2::-1])
    return Clip.from_array(np.asarray(frame, np.uint8)[None], source=path.name)


def write_png(path: Path, clip: Clip) -> None:
    """Write one frame as PNG, several as animated PNG (lossless; other viewers show the first frame)."""
    if clip.header.nbytes > ARRAY_LIMIT_BYTES:  # pillow holds all frames of an animation
        what = f"{clip.header.nbytes / 1e9:.1f} GB of frames do not fit into an animated PNG"
        raise bad_input(clip.header.source, what, "Write npz or dicom, which are lossless too, or mp4")
    frames = (_picture(frame) for frame in clip.frames())
    first = next(frames)
    duration_ms = 1000.0 / (clip.header.fps or STILL_FPS)
    first.save(
        path,
        format="PNG",
        save_all=clip.header.frames > 1,
        append_images=list(frames),
        duration=duration_ms,
        loop=0,
    )


def _picture(frame: Frame) -> Image.Image:
    return Image.fromarray(frame)
