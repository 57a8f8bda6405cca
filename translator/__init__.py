"""Translate colour flow Doppler clips to greyscale B-mode.

The public face, loaded lazily so that the parts that need no torch stay free of it:

    Clip, read_clip, write_clip      clips as streams of uint8 frames
    find_regions, flow_mask_clip     sector and flow mask from the pixels
    hidden_mask_clip                 what a translation mends: flow, and the outline of the colour box
    load                             a trained generator: load().translate(clip, mask), clips or arrays
    InputError                       every fault in what a user gave, with place and remedy

Errors: InputError(ValueError) for bad input; nothing else is raised on purpose.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from translator.clips.clip import Clip as Clip
    from translator.clips.read import read_clip as read_clip
    from translator.clips.write import write_clip as write_clip
    from translator.errors import InputError as InputError
    from translator.inference.generator import load as load
    from translator.regions.flow import flow_mask_clip as flow_mask_clip
    from translator.regions.flow import hidden_mask_clip as hidden_mask_clip
    from translator.regions.screen import find_regions as find_regions

# OpenCV reads these when it is first loaded, so they are set before any module of this package can load it
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,mpeg,mpegts,mpegvideo,asf,flv,ogg"
for _name, _value in {
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",  # FFmpeg's own lines would break progress bars
    # FFmpeg would draw a text file as video, and follow a playlist to other files
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": f"format_whitelist;{_FORMATS}",
}.items():
    os.environ.setdefault(_name, _value)

_FACE = {
    "Clip": "translator.clips.clip",
    "read_clip": "translator.clips.read",
    "write_clip": "translator.clips.write",
    "find_regions": "translator.regions.screen",
    "flow_mask_clip": "translator.regions.flow",
    "hidden_mask_clip": "translator.regions.flow",
    "load": "translator.inference.generator",
    "InputError": "translator.errors",
}
__all__ = [  # noqa: RUF022 - in the order of the docstring
    "Clip", "read_clip", "write_clip", "find_regions", "flow_mask_clip", "hidden_mask_clip", "load",
    "InputError",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _FACE:
        return getattr(import_module(_FACE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
