"""One exhibit as panels side by side in one video, so that they play in step; a still as a picture.

Panels are cropped to the sector and black outside it: text there, which can name a person, is not shown.
"""

import base64
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import numpy as np

from reports.gallery.evidence import side_panels
from reports.gallery.panels import panel
from translator.clips.clip import Clip, Frame
from translator.clips.npz import read_npz, read_npz_mask
from translator.clips.still import write_png
from translator.clips.video import write_video
from translator.evidence_files import SIDES
from translator.regions.deidentify import Redaction
from translator.regions.screen import find_regions

PANEL_HEIGHT, COLUMNS = 240, 4  # pixels, panels a row
CONTROLS = 48  # rows under a video that a browser may cover with its controls
_STORED = re.compile(r"(?:cfd|real|arm-\d+(?:\.evidence|\.uncertainty)?)\.npz")
LONGEST = 150  # frames shown; a page must stay small enough to open


@dataclass(frozen=True)
class Montage:
    """Panel captions in order, and the data URI of what shows them."""

    captions: list[str]
    uri: str
    is_video: bool
    frames: int
    width: int
    height: int


def is_stored(picture: str) -> bool:
    """True for the name of an exhibit's file, and not for the reason why there is none, whatever that quotes."""
    return _STORED.fullmatch(picture) is not None


def montage(
    folder: Path,
    pictures: Mapping[str, str],
    arms: list[str],
    simulated: bool,
    beside: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Montage | None:
    """Make the montage of one exhibit folder; None where there is neither colour Doppler nor greyscale truth, or no
    sector was found.

    An arm whose video has another size or length than the clip cannot play in step and has no panel.
    `simulated` says that the colour is, which its caption then says too. `beside` names the files with evidence and
    uncertainty of the arms that have them; their panels follow the arm's.
    """
    first_of = next((name for name in ("cfd", "real") if is_stored(pictures.get(name, ""))), None)
    if first_of is None:
        return None
    base = read_npz(folder / pictures[first_of])
    colour = "simulated colour" if simulated else "colour Doppler"
    panels: dict[str, Clip] = {colour: base} if first_of == "cfd" else {}
    mask = read_npz_mask(folder / pictures[first_of])
    if mask is not None:
        panels["mask"] = mask
    for name in (*arms, "real"):
        if is_stored(pictures.get(name, "")):
            clip = read_npz(folder / pictures[name])
            panels["greyscale truth" if name == "real" else name] = clip
            for what, side in side_panels(clip, **read_sides(folder, beside.get(name, {}))).items():
                panels[f"{name}: {what}"] = side
    regions = find_regions(base)
    if not regions.sector.any():
        return None
    redaction = Redaction.around(regions, "crop", folder.name)
    shown = {name: redaction.clip(clip) for name, clip in panels.items() if _in_step(clip, base)}
    is_video = base.header.frames > 1
    controls = CONTROLS if is_video else 0
    first = next(_rows(shown, controls))
    frames = min(base.header.frames, LONGEST)
    header = replace(base.header, frames=frames, height=first.shape[0], width=first.shape[1], channels=3)
    clip = Clip(header, lambda: islice(_rows(shown, controls), frames))
    return Montage(list(shown), _uri(clip, is_video), is_video, header.frames, header.width, header.height)


def read_sides(folder: Path, files: Mapping[str, str]) -> dict[str, Clip | None]:
    """Evidence and uncertainty of one arm from the files that an exhibit names; None where it names none."""
    return {side: read_npz(folder / files[side]) if is_stored(files.get(side, "")) else None for side in SIDES}


def _in_step(clip: Clip, base: Clip) -> bool:
    return clip.header.shape[:3] == base.header.shape[:3]


def _rows(panels: Mapping[str, Clip], controls: int) -> Iterator[Frame]:
    """Frames of the grid: COLUMNS panels a row, each under its caption; `controls` black rows at the bottom."""
    for frames in zip(*(clip.frames() for clip in panels.values()), strict=True):
        cells = [panel(f, name, PANEL_HEIGHT) for name, f in zip(panels, frames, strict=True)]
        cells += [np.zeros_like(cells[0])] * (-len(cells) % min(COLUMNS, len(cells)))
        across = min(COLUMNS, len(cells))
        lines = [np.concatenate(cells[i : i + across], axis=1) for i in range(0, len(cells), across)]
        grid = np.concatenate(lines, axis=0)
        yield np.pad(grid, ((0, controls + (grid.shape[0] + controls) % 2), (0, grid.shape[1] % 2), (0, 0)))


def _uri(clip: Clip, is_video: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("montage.mp4" if is_video else "montage.png")
        (write_video if is_video else write_png)(path, clip)
        kind = "video/mp4" if is_video else "image/png"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
