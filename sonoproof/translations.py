"""Write one translation with all that goes beside it: evidence, uncertainty, and a picture to look at."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from reports.gallery.evidence import evidence_sheet
from translator.clips.clip import Clip
from translator.clips.write import write_clip
from translator.evidence_files import EVIDENCE, UNCERTAINTY, picture_name, recorded, side_name, side_names
from translator.fill.origins import OriginCount
from translator.translation import TracedFrame, Translation


def write_translation(
    target: Path, made: Translation, colour: Clip, write: Callable[[Path, Clip], object], beside: bool
) -> dict[str, object]:
    """Write the picture to `target` by `write(path, clip)` and, if `beside`, what goes with it next to it.

    `colour` is the clip that was translated, of the translation's size. All files appear when all are whole, the
    picture last; what an earlier translation left beside it goes. Gives the paths and the shares for a result row:
    shares and means are of the hidden pixels of what is written, None where there are none.
    """
    stem = target.name.removesuffix(target.suffix)
    partial = target.with_name(f".partial-{target.name}.parts")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        whole = made if beside else Translation(made.clip)
        row = _write_all(partial, target, stem, whole, colour, write)
        written = {path.name for path in partial.iterdir()}
        for name in (*side_names(stem), target.name):  # the picture last: where it is, all is
            if name in written:
                (partial / name).replace(target.with_name(name))
            else:
                target.with_name(name).unlink(missing_ok=True)
        return {**row, "evidence_note": _missing(made, beside, row)}
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _missing(made: Translation, beside: bool, row: dict[str, object]) -> str:
    """Why a share or a mean is not there; empty where all are."""
    if not beside:
        return "not computed: evidence was not asked for"
    if made.evidence is None:
        return "not computed: the model gives no evidence"
    if row["invented_share"] is None:
        return "not computed: nothing was hidden"
    return "" if made.uncertainty is not None else "no uncertainty: the model does not estimate its error"


def _write_all(
    folder: Path, target: Path, stem: str, made: Translation, colour: Clip, write: Callable[[Path, Clip], object]
) -> dict[str, object]:
    seen = _Seen()
    write(folder / target.name, recorded(made, folder, stem, seen.add))
    picture = None
    if seen.worst is not None and seen.worst.evidence is not None:
        shown = next(islice(colour.frames(), seen.index, None))
        sheet = evidence_sheet(shown, seen.worst.picture, seen.worst.evidence, seen.worst.uncertainty)
        picture = write_clip(folder / picture_name(stem), Clip.from_array(sheet[None]), "png").name
    return {
        "evidence": str(target.with_name(side_name(stem, EVIDENCE))) if made.evidence else None,
        "uncertainty": str(target.with_name(side_name(stem, UNCERTAINTY))) if made.uncertainty else None,
        "evidence_picture": str(target.with_name(picture)) if picture else None,
        "carried_over_share": seen.total.carried_over_share,
        "invented_share": seen.total.invented_share,
        "mean_uncertainty": seen.total.mean_uncertainty,
    }


@dataclass
class _Seen:
    """All hidden pixels by origin, and the frame with most that are invented, else most that are hidden."""

    total: OriginCount = field(default_factory=OriginCount)
    frames: int = 0
    index: int = 0
    worst: TracedFrame | None = None
    _most: tuple[int, int] = (-1, -1)

    def add(self, frame: TracedFrame, count: OriginCount | None) -> None:
        if count is not None:
            self.total += count
            if (count.invented, count.hidden) > self._most:
                self._most, self.index = (count.invented, count.hidden), self.frames
                self.worst = TracedFrame(*(None if part is None else np.copy(part) for part in frame))  # type: ignore[arg-type]
        self.frames += 1
