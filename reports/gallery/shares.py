"""How much of what an arm shows was carried over, and how much invented: over the clips of the gallery."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from reports.gallery.exhibit import read_sides
from translator.fill.origins import OriginCount


@dataclass(frozen=True)
class ArmOrigins:
    """One arm's hidden pixels by origin, over so many shown clips."""

    arm: str
    clips: int
    count: OriginCount


def origins_of(
    exhibits: Iterable[tuple[Path, Mapping[str, Mapping[str, str]]]], arms: Iterable[str]
) -> list[ArmOrigins]:
    """One row for each arm that has evidence for any of the exhibits, each given as (folder, files beside its arms)."""
    shown = list(exhibits)
    found = []
    for arm in arms:
        counts = [_count(folder, beside[arm]) for folder, beside in shown if "evidence" in beside.get(arm, {})]
        if counts:
            found.append(ArmOrigins(arm, len(counts), sum(counts, OriginCount())))
    return found


def _count(folder: Path, files: Mapping[str, str]) -> OriginCount:
    sides = read_sides(folder, files)
    evidence, uncertainty = sides["evidence"], sides["uncertainty"]
    if evidence is None:
        return OriginCount()
    errors = repeat(None, evidence.header.frames) if uncertainty is None else uncertainty.frames()
    frames = zip(evidence.frames(), errors, strict=True)
    return sum((OriginCount.of(classes, error, "exhibit") for classes, error in frames), OriginCount())
