"""One exhibit as named panels of one size and length: colour Doppler, mask, arms, truth, differences, evidence maps.

Panels are cropped to the sector and black outside it: text there, which can name a person, is not shown.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reports.gallery.evidence import scaled_colours, side_panels
from translator.clips.clip import Clip, Frame, grey_clip
from translator.clips.npz import read_npz, read_npz_mask
from translator.evidence_files import SIDES
from translator.regions.deidentify import Redaction
from translator.regions.screen import find_regions

TRUTH = "greyscale truth"
_STORED = re.compile(r"(?:cfd|real|arm-\d+(?:\.evidence|\.uncertainty)?)\.npz")


@dataclass(frozen=True)
class Exhibit:
    """What the run stored of one clip. `pictures` is panel name -> file, or the reason why there is none; `beside` is
    arm -> files of evidence and uncertainty; `simulated` says that the colour is."""

    folder: Path
    pictures: Mapping[str, str]
    simulated: bool
    beside: Mapping[str, Mapping[str, str]]


def is_stored(picture: str) -> bool:
    """True for the name of an exhibit's file, and not for the reason why there is none, whatever that quotes."""
    return _STORED.fullmatch(picture) is not None


def exhibit_panels(exhibit: Exhibit, arms: Sequence[str]) -> dict[str, Clip]:
    """Panels by caption; none where there is neither colour Doppler nor greyscale truth, or no sector was found.

    An arm whose video has another size or length than the clip cannot play in step and has no panel. A difference
    is |arm - truth| in grey levels, in the colours of the expected error.
    """
    stored = {name: file for name, file in exhibit.pictures.items() if is_stored(file)}
    first_of = next((name for name in ("cfd", "real") if name in stored), None)
    if first_of is None:
        return {}
    base = read_npz(exhibit.folder / stored[first_of])
    regions = find_regions(base)
    if not regions.sector.any():
        return {}
    given = {"simulated colour" if exhibit.simulated else "colour Doppler": base} if first_of == "cfd" else {}
    mask = read_npz_mask(exhibit.folder / stored[first_of])
    if mask is not None:
        given["mask"] = mask
    clips = {name: read_npz(exhibit.folder / stored[name]) for name in (*arms, "real") if name in stored}
    clips = {name: clip for name, clip in clips.items() if _in_step(clip, base)}
    truth = clips.pop("real", None)
    panels = {**given, **clips}
    if truth is not None:
        panels[TRUTH] = truth
        panels |= {f"{name}: difference": difference(clip, truth) for name, clip in clips.items()}
    for name, clip in clips.items():
        sides = read_sides(exhibit.folder, exhibit.beside.get(name, {}))
        panels |= {f"{name}: {what}": side for what, side in side_panels(clip, **sides).items()}
    redaction = Redaction.around(regions, "crop", exhibit.folder.name)
    return {name: redaction.clip(clip) for name, clip in panels.items() if _in_step(clip, base)}


def difference(made: Clip, real: Clip) -> Clip:
    """|made - real| in grey levels at every pixel, in the colours of the scale; RGB."""
    first, second = grey_clip(made), grey_clip(real)

    def frames() -> Iterator[Frame]:
        for one, other in zip(first.frames(), second.frames(), strict=True):
            yield scaled_colours(np.abs(one.astype(np.float32) - other.astype(np.float32)))

    return Clip(replace(first.header, channels=3), frames)


def read_sides(folder: Path, files: Mapping[str, str]) -> dict[str, Clip | None]:
    """Evidence and uncertainty of one arm from the files that an exhibit names; None where it names none."""
    return {side: read_npz(folder / files[side]) if is_stored(files.get(side, "")) else None for side in SIDES}


def _in_step(clip: Clip, base: Clip) -> bool:
    return clip.header.shape[:3] == base.header.shape[:3]
