"""Pictures as clips: stills of one frame, animations (GIF, PNG, WebP), pages of a TIFF, folders of stills.

Read with Pillow, frame by frame: grey where the file is grey, RGB else; transparency is dropped. Written is
lossless (animated) PNG.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from translator.clips.clip import ARRAY_LIMIT_BYTES, Clip, Frame, Header
from translator.clips.damage import checked_frame_size, possible_rate, reading, reading_each
from translator.clips.formats import PICTURE_SUFFIXES
from translator.clips.video import STILL_FPS
from translator.errors import bad_input

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP")
_GREY = ("1", "L", "LA")
_COLOUR = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
_BITS_PER_SAMPLE = 258  # TIFF tag
_PNG_DEPTH = 24  # byte of a PNG that holds its bits a sample
_REMEDY = "The picture is damaged: export it again as PNG"


def read_still(path: Path) -> Clip:
    """Open a picture lazily; an animation or a TIFF of several pages is a clip of as many frames.

    Raises: InputError if it cannot be decoded or is not 8 bit.
    """
    with reading(path, _REMEDY), _opened(path) as picture:
        _check_depth(path, picture)
        count = int(getattr(picture, "n_frames", 1))
        grey = picture.mode in _GREY and (count == 1 or picture.format != "GIF")
        header = Header(count, picture.height, picture.width, 1 if grey else 3, source=path.name)
        checked_frame_size(path, header.height, header.width)
        durations = _durations(picture, count) if count > 1 and picture.format != "TIFF" else []
    return Clip(_timed(header, durations), lambda: _stream(path, header))


def shown_files(folder: Path) -> list[Path]:
    """The pictures of a folder in natural order, without hidden ones."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    return sorted((path for path in found if path.is_file() and not path.name.startswith(".")), key=_natural)


def read_stills(folder: Path) -> Clip:
    """The pictures of one folder as one clip, in natural order (frame2 before frame10); grey among colour is RGB.

    Hidden files, other files and sub-folders do not count.
    Raises: InputError if there are none, one has several frames, or their sizes differ.
    """
    paths = shown_files(folder)
    if not paths:
        raise bad_input(
            folder, "is a folder without stills", "Give its files (FOLDER/*), or a folder of PNG or JPEG stills"
        )
    heads = []
    for path in paths:
        head = read_still(path).header
        heads.append(head)
        if (head.height, head.width) != (heads[0].height, heads[0].width):
            what = f"is {head.height} x {head.width}, {paths[0].name} is {heads[0].height} x {heads[0].width}"
            raise bad_input(path, what, "All stills of a clip must have one size")
        if head.frames > 1:
            raise bad_input(path, f"has {head.frames} frames", "Each still of a folder must be one picture")
    channels = max(head.channels for head in heads)
    header = Header(len(paths), heads[0].height, heads[0].width, channels, source=folder.name)

    def stream() -> Iterator[Frame]:
        for path in paths:
            yield from _stream(path, replace(header, frames=1))

    return Clip(header, stream)


def write_png(path: Path, clip: Clip) -> None:
    """Write one frame as PNG, several as animated PNG (lossless; other viewers show the first frame).

    Raises: InputError if the frames are too many for an animation.
    """
    head = clip.header
    if head.nbytes > ARRAY_LIMIT_BYTES:  # pillow holds all frames of an animation
        what = f"{head.nbytes / 1e9:.1f} GB of frames do not fit into an animated PNG"
        raise bad_input(head.source, what, "Write npz or dicom, which are lossless too, or mp4")
    frames = (Image.fromarray(frame) for frame in clip.frames())
    first = next(frames)
    shown_ms = 1000.0 / (head.fps or STILL_FPS)
    steps = [after - before for before, after in pairwise(head.frame_times_ms or ())]
    first.save(
        path,
        format="PNG",
        save_all=head.frames > 1,
        append_images=list(frames),
        duration=[*steps, shown_ms] if steps else [shown_ms] * head.frames,
        blend=[index % 2 for index in range(head.frames)],  # else Pillow merges frames that are alike
        loop=0,
    )


def _opened(path: Path) -> Image.Image:
    return Image.open(path, formats=_FORMATS)


def _check_depth(path: Path, picture: Image.Image) -> None:
    depth = 8
    if picture.format == "PNG":
        with path.open("rb") as file:
            depth = file.read(_PNG_DEPTH + 1)[_PNG_DEPTH]
    elif picture.format == "TIFF":
        depth = max(np.atleast_1d(picture.tag_v2.get(_BITS_PER_SAMPLE, 1)))  # type: ignore[attr-defined]
    if depth > 8 or picture.mode not in (*_GREY, *_COLOUR):
        raise bad_input(path, f"has {depth}-bit pixels ({picture.mode})", "Export it with 8 bits")


def _durations(picture: Image.Image, count: int) -> list[float]:
    """How long each frame is shown [ms]; this decodes them all, which counts them too."""
    found = []
    for index in range(count):
        picture.seek(index)
        picture.load()
        found.append(float(picture.info.get("duration") or 0))
    return found


def _timed(header: Header, durations: list[float]) -> Header:
    """The header with a rate; and with frame times, where the frames are not shown equally long."""
    if not durations or min(durations) <= 0:
        return header
    fps = possible_rate(1000 * len(durations) / sum(durations))
    if max(durations) - min(durations) <= 1e-6 * max(durations):
        return replace(header, fps=fps)
    return replace(header, fps=fps, frame_times_ms=(0.0, *accumulate(durations[:-1])))


def _stream(path: Path, header: Header) -> Iterator[Frame]:
    with reading(path, _REMEDY):
        picture = _opened(path)
    with picture:
        yield from reading_each(_frames(picture, header), path, _REMEDY)


def _frames(picture: Image.Image, header: Header) -> Iterator[Frame]:
    mode = "L" if header.channels == 1 else "RGB"
    for index in range(header.frames):
        if header.frames > 1:
            picture.seek(index)
        yield np.asarray(picture.convert(mode), np.uint8)


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", path.name)
    return [(0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts]
