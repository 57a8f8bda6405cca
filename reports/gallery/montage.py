"""One exhibit as panels side by side in one video, so that they play in step; a still as a picture.

Panels are cropped to the sector: text outside it, which can name a person, is never shown.
"""

import base64
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from translator.clips.clip import Clip, Frame, Mask
from translator.clips.npz import read_npz, read_npz_mask
from translator.clips.still import write_png
from translator.clips.video import write_video
from translator.regions.screen import find_regions

PANEL_HEIGHT = 240
GAP = 4


@dataclass(frozen=True)
class Montage:
    """Panel captions in order, and the data URI of what shows them."""

    captions: list[str]
    uri: str
    is_video: bool
    frames: int
    width: int
    height: int


def montage(folder: Path, pictures: Mapping[str, str], arms: list[str], simulated: bool) -> Montage | None:
    """Make the montage of one exhibit folder; None where there is no colour Doppler.

    `simulated` says that the colour is, which its caption then says too.
    """
    if not pictures.get("cfd", "").endswith(".npz"):
        return None
    cfd = read_npz(folder / pictures["cfd"])
    panels: dict[str, Clip] = {"simulated colour" if simulated else "colour Doppler": cfd}
    mask = read_npz_mask(folder / pictures["cfd"])
    if mask is not None:
        panels["mask"] = mask
    for name in (*arms, "real"):
        if pictures.get(name, "").endswith(".npz"):
            panels["greyscale truth" if name == "real" else name] = read_npz(folder / pictures[name])
    crop = _crop(find_regions(cfd).sector)
    first = next(_rows(panels, crop))
    header = replace(cfd.header, height=first.shape[0], width=first.shape[1], channels=3)
    clip = Clip(header, lambda: _rows(panels, crop))
    is_video = header.frames > 1
    return Montage(list(panels), _uri(clip, is_video), is_video, header.frames, header.width, header.height)


def _rows(panels: Mapping[str, Clip], crop: tuple[slice, slice]) -> Iterator[Frame]:
    for frames in zip(*(clip.frames() for clip in panels.values()), strict=True):
        cells = [_cell(frame[crop]) for frame in frames]
        gap = np.full((cells[0].shape[0], GAP, 3), 40, np.uint8)
        spaced = [part for cell in cells for part in (cell, gap)][:-1]
        row = np.concatenate(spaced, axis=1)
        yield np.pad(row, ((0, row.shape[0] % 2), (0, row.shape[1] % 2), (0, 0)))


def _cell(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    scale = PANEL_HEIGHT / height
    size = (max(1, round(width * scale)), PANEL_HEIGHT)
    scaled = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.asarray(scaled if scaled.ndim == 3 else scaled[..., None].repeat(3, axis=2), np.uint8)


def _crop(sector: Mask) -> tuple[slice, slice]:
    if not sector.any():
        return slice(None), slice(None)
    rows, columns = np.flatnonzero(sector.any(axis=1)), np.flatnonzero(sector.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _uri(clip: Clip, is_video: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("montage.mp4" if is_video else "montage.png")
        (write_video if is_video else write_png)(path, clip)
        kind = "video/mp4" if is_video else "image/png"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
