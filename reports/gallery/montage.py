"""The panels of one exhibit side by side in one video, so that they play in step; a still as a picture."""

import base64
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from reports.gallery.panels import CAPTION, GAP, panel
from translator.clips.clip import Clip, Frame
from translator.clips.still import write_png
from translator.clips.video import STILL_FPS, write_video

PANEL_HEIGHT, COLUMNS = 180, 4  # pixels, panels a row
FEWEST, LONGEST = 24, 150  # frames shown, if the clip has as many
MOST_PIXELS = 12_000_000  # of all frames shown: a page must be quick to make, and small enough to open
_QUALITY = 82  # of the still, in JPEG's measure


@dataclass(frozen=True)
class Tile:
    """Where one panel's picture lies in the montage [pixels], without its caption."""

    caption: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Montage:
    """Panels in order, the data URI of what plays them (empty where it is one frame), and of a still of all."""

    tiles: list[Tile]
    uri: str
    still: str
    frames: int
    of_frames: int
    fps: float
    width: int
    height: int

    @property
    def captions(self) -> list[str]:
        """Of the panels, in order."""
        return [tile.caption for tile in self.tiles]

    @property
    def is_video(self) -> bool:
        """True where there is more than one frame to see."""
        return bool(self.uri)

    @property
    def size(self) -> int:
        """Bytes that it takes on the page."""
        return len(self.uri) + len(self.still)

    def as_still(self) -> "Montage":
        """The same without what plays."""
        return replace(self, uri="")


def montage(panels: Mapping[str, Clip]) -> Montage | None:
    """Make the montage of the panels of one exhibit, all of one size and length; None where there are none."""
    if not panels:
        return None
    head = next(iter(panels.values())).header
    first = next(_grids(panels))
    room = MOST_PIXELS // (first.shape[0] * first.shape[1])
    frames = min(head.frames, max(FEWEST, min(LONGEST, room)))
    header = replace(head, frames=frames, height=first.shape[0], width=first.shape[1], channels=3)
    clip = Clip(header, lambda: islice(_grids(panels), frames))
    tiles = _tiles(list(panels), head.height, head.width)
    still = _png(clip) if frames == 1 else _jpeg(next(islice(_grids(panels), frames // 2, None)))
    uri = "" if frames == 1 else _video(clip)
    return Montage(tiles, uri, still, frames, head.frames, head.fps or STILL_FPS, header.width, header.height)


def _tiles(captions: list[str], rows: int, columns: int) -> list[Tile]:
    width = max(1, round(columns * PANEL_HEIGHT / rows))
    across, down = width + 2 * GAP, CAPTION + PANEL_HEIGHT + GAP
    return [
        Tile(caption, i % COLUMNS * across + GAP, i // COLUMNS * down + CAPTION, width, PANEL_HEIGHT)
        for i, caption in enumerate(captions)
    ]


def _grids(panels: Mapping[str, Clip]) -> Iterator[Frame]:
    """Frames of the grid: COLUMNS panels a row, each under its caption; sides are even, as video wants them."""
    for frames in zip(*(clip.frames() for clip in panels.values()), strict=True):
        cells = [panel(f, name, PANEL_HEIGHT) for name, f in zip(panels, frames, strict=True)]
        cells += [np.zeros_like(cells[0])] * (-len(cells) % min(COLUMNS, len(cells)))
        across = min(COLUMNS, len(cells))
        lines = [np.concatenate(cells[i : i + across], axis=1) for i in range(0, len(cells), across)]
        grid = np.concatenate(lines, axis=0)
        yield np.pad(grid, ((0, grid.shape[0] % 2), (0, grid.shape[1] % 2), (0, 0)))


def _video(clip: Clip) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "montage.mp4"
        write_video(path, clip)
        return _uri("video/mp4", path.read_bytes())


def _png(clip: Clip) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "montage.png"
        write_png(path, clip)
        return _uri("image/png", path.read_bytes())


def _jpeg(frame: Frame) -> str:
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(frame[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return _uri("image/jpeg", data.tobytes())


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
