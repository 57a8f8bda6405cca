"""VolumeTracings.csv of the EchoNet data sets: outlines of the left ventricle, by video and frame (from 0)."""

import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from translator.clips.clip import Clip
from translator.datasets.labels import Points, label_traced
from translator.datasets.listing import Listing
from translator.datasets.tables import Row, read_rows

Numbers = list[tuple[float, ...]]  # of the rows of one traced frame, in the table's order
CHORD = ("X1", "Y1", "X2", "Y2")
POINT = ("X", "Y")


class Outlines:
    """Outlines by video; empty where no label files were asked for."""

    def __init__(self, path: Path, columns: tuple[str, ...], videos: frozenset[str], listing: Listing) -> None:
        """Read the table, whose rows are either a `CHORD` or a `POINT`; faults go to the listing."""
        self._path = path
        self._traced: dict[str, dict[int, Points]] = {}
        if not listing.segmentations:
            return
        to_polygon = chords_to_polygon if columns == CHORD else points_to_polygon
        rows = _read_rows(path, columns, videos, listing)
        for name, frames in rows.items():
            polygons = {frame: to_polygon(numbers) for frame, numbers in frames.items()}
            for frame in [frame for frame, points in polygons.items() if len(points) < 3]:
                what = f"traces frame {frame} with {len(polygons.pop(frame))} corners"
                listing.fault(f"{path}: {name}", what, "Left out: an outline has three or more")
            self._traced[name] = polygons
        if rows and (untraced := sum(not self._traced.get(name) for name in videos)):
            listing.note(f"{untraced} videos of {path.parent.name} have no tracing and get no segmentation")

    def labels(self, video: Path) -> Callable[[], Clip] | None:
        """What makes the label clip of a video, or None where it has no outline."""
        traced = self._traced.get(video.name)
        return partial(label_traced, video, traced, f"{self._path}: {video.name}") if traced else None


def _read_rows(
    path: Path, columns: tuple[str, ...], videos: frozenset[str], listing: Listing
) -> dict[str, dict[int, Numbers]]:
    traced: dict[str, dict[int, Numbers]] = defaultdict(lambda: defaultdict(list))
    one_phase: set[str] = set()
    strangers: set[str] = set()
    for where, cells in read_rows(path, ("FileName", "Frame", *columns), listing):
        name = with_suffix(cells["FileName"])
        if name in strangers:  # a tracing has some twenty rows: one fault is enough
            continue
        if name not in videos:
            listing.fault(where, f"traces {name}, which is not listed", "Left out")
            strangers.add(name)
        elif cells["Frame"].lower().startswith("no "):  # `No Systolic`
            one_phase.add(name)
        else:
            _keep(where, cells, columns, traced[name], listing)
    if one_phase:
        listing.note(f"{len(one_phase)} videos of {path.parent.name} are traced in one phase only, as the table says")
    return traced


def _keep(
    where: str, cells: dict[str, str], columns: tuple[str, ...], frames: dict[int, Numbers], listing: Listing
) -> None:
    try:
        values = tuple(float(cells[column]) for column in columns)
        frame = int(cells["Frame"])
    except ValueError:
        listing.fault(where, f"holds no numbers in {', '.join(columns)} and Frame", "Left out")
        return
    if not all(math.isfinite(value) and abs(value) < 1e6 for value in values):
        listing.fault(where, "holds a number that is no place in a frame", "Left out")
    else:
        frames[frame].append(values)


def chords_to_polygon(rows: Numbers) -> Points:
    """Corners from chords (x1, y1, x2, y2): down one side, up the other. The first row is the long axis."""
    chords = rows[1:]
    return [(row[0], row[1]) for row in chords] + [(row[2], row[3]) for row in reversed(chords)]


def points_to_polygon(rows: Numbers) -> Points:
    """Corners from points (x, y), in their order."""
    return [(row[0], row[1]) for row in rows]


def with_suffix(name: str) -> str:
    """The video's file name: .avi is added where the table leaves it out."""
    return name if name.lower().endswith(".avi") else f"{name}.avi"


def names_of(rows: list[Row]) -> frozenset[str]:
    """The videos that a FileList names."""
    return frozenset(with_suffix(cells["FileName"]) for _, cells in rows)
