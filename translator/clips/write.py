"""Write a clip in the format that was asked for; the file appears only when it is whole."""

import logging
from pathlib import Path
from typing import Literal

from translator.clips.clip import Clip
from translator.clips.dicom_write import write_dicom
from translator.clips.npz import write_npz
from translator.clips.still import write_png
from translator.clips.video import STILL_FPS, write_video

_log = logging.getLogger(__name__)
Format = Literal["mp4", "npz", "png", "dicom"]
SUFFIX: dict[Format, str] = {"mp4": ".mp4", "npz": ".npz", "png": ".png", "dicom": ".dcm"}


def write_clip(
    path: Path,
    clip: Clip,
    form: Format,
    mask: Clip | None = None,
    description: str = "written by Sonoproof",
    redacted: str | None = None,
) -> Path:
    """Write `clip` to `path`. Only NPZ holds the mask; `description` and `redacted` go into a DICOM's header.

    A `.partial` beside the target is renamed when it is complete: a killed run leaves no half file behind a
    good name, and a source that turns out to be bad leaves no file at all. Only NPZ can leave the rate of a clip
    open: in other formats one that states none is written at STILL_FPS, and the log says so.
    """
    if form != "npz" and clip.header.fps is None and clip.header.frames > 1:
        _log.warning("clips that state no frame rate are written at %g frames a second", STILL_FPS)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    try:
        if form == "npz":
            write_npz(partial, clip, mask)
        elif form == "mp4":
            write_video(partial, clip)
        elif form == "png":
            write_png(partial, clip)
        else:
            write_dicom(partial, clip, description, redacted=redacted)
        return partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
