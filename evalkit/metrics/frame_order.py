"""Frames in the wrong place: does frame t of the translation show what frame t of the real clip shows?

The translation's frame t is compared with the real frames t - 3 .. t + 3, as far as there are, by the mean absolute
difference in the region. Its lag is k - t of the best of them: 0 where its own is best, or as good. Another counts
as better only if its difference is at most 0.8 of that to its own, and if the two real frames differ by 1 grey level or
more in the mean: else, as in a clip that is really still or nearly so, the lag is 0. Of several as good the nearest.

- `misaligned_share`: share of frames with another lag than 0.
- `dropped_share`: share of steps at which the lag grows, as the content jumps ahead: frames were left out.
- `repeated_share`: share of steps at which the lag falls, as content is shown again or late.

All 0..1, lower is better, identical clips have 0. In regions that translators leave alone (`unmasked`) the picture
itself tells; in the mask it takes a translation that is nearer to the truth of its own time than to that three frames
away. A shift by more than 3 frames is not found. A clip of one frame has no value.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np

from evalkit.metrics.accumulate import clipwise, empty
from evalkit.metrics.declare import NO_CHANGE, Metric, Moment
from translator.clips.clip import Frame, Mask

Neighbours = tuple[Frame, list[Frame], int, Mapping[str, Mask]]  # what `best_lags` takes
REACH = 3  # frames
BETTER = 0.8
DIFFERS = 1.0  # grey levels


def best_lags(made: Frame, real: Sequence[Frame], own: int, areas: Mapping[str, Mask]) -> dict[str, int]:
    """Region -> lag of a translated frame (H, W) among consecutive real ones, of which number `own` is its own.

    Areas are bool (H, W); one that is empty has no lag.
    """
    errors = [cv2.absdiff(made, frame) for frame in real] if areas else []
    found = {}
    for region, area in areas.items():
        chosen = area.astype(np.uint8)
        if area.any():
            means = [_mean(error, chosen) for error in errors]
            able = [k for k, mean in enumerate(means) if k != own and mean <= BETTER * means[own]]
            able = [k for k in able if _mean(cv2.absdiff(real[k], real[own]), chosen) >= DIFFERS]
            best = min(able, key=lambda k: (means[k], abs(k - own)), default=own)
            found[region] = best - own
    return found


def _mean(plane: cv2.typing.MatLike, chosen: cv2.typing.MatLike) -> float:
    return float(cv2.mean(plane, chosen)[0])


class Neighbourhood:
    """Frames of a clip beside their real neighbours, streamed: seven real frames and four others are held at most."""

    def __init__(self) -> None:
        """Begin a clip."""
        self._real: deque[Frame] = deque(maxlen=2 * REACH + 1)
        self._waiting: deque[tuple[Frame, Mapping[str, Mask]]] = deque()
        self._seen = 0

    def add(self, real: Frame, made: Frame, areas: Mapping[str, Mask]) -> Neighbours | None:
        """Take in one frame of both; give the frame whose later neighbours are now known, if one is."""
        self._real.append(real)
        self._waiting.append((made, areas))
        self._seen += 1
        return self._next() if len(self._waiting) > REACH else None

    def finish(self) -> Iterator[Neighbours]:
        """The last frames."""
        while self._waiting:
            yield self._next()

    def _next(self) -> Neighbours:
        number, first = self._seen - len(self._waiting), self._seen - len(self._real)
        made, areas = self._waiting.popleft()
        start = max(number - REACH, first)
        return made, list(self._real)[start - first :], number - start, areas


def shares(lags: Sequence[int]) -> tuple[float, float, float]:
    """Shares of frames out of place, of steps ahead and of steps back, of the lags of two frames or more in order."""
    steps = np.diff(np.asarray(lags))
    return float(np.mean(np.asarray(lags) != 0)), float(np.mean(steps > 0)), float(np.mean(steps < 0))


class _Order:
    """Lags of every frame of a clip; one of the three shares is its value."""

    def __init__(self, which: int) -> None:
        self.which, self.frames = which, 0
        self.around = Neighbourhood()
        self.found: dict[str, list[int]] = {}
        self.ended = False

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Take in one frame."""
        self.frames += 1
        ready = self.around.add(moment.real, moment.made, {region: moment.areas[region] for region in regions})
        if ready is not None:
            self._keep(moment.of_made(f"lags in {' and '.join(regions)}", lambda _: best_lags(*ready)))

    def _keep(self, lags: dict[str, int]) -> None:
        for region, lag in lags.items():
            self.found.setdefault(region, []).append(lag)

    def value(self, region: str) -> float | str:
        """The share, or why there is none."""
        if not self.ended:
            for ready in self.around.finish():
                self._keep(best_lags(*ready))
            self.ended = True
        if self.frames < 2:
            return NO_CHANGE
        lags = self.found.get(region, [])
        if len(lags) < 2:
            return empty(region, 2)
        return shares(lags)[self.which]


def _metric(name: str, which: int, summary: str) -> Metric:
    return clipwise(
        name=name,
        start=lambda: _Order(which),
        unit="1",
        higher_is_better=False,
        bounds=(0.0, 1.0),
        version=1,
        source="",
        summary=summary,
        regions=("frame", "sector", "mask", "unmasked"),
        local=True,
        temporal=True,
    )


MISALIGNED_SHARE = _metric("misaligned_share", 0, "share of frames that show another moment, up to 3 frames away")
DROPPED_SHARE = _metric("dropped_share", 1, "share of steps at which the content jumps ahead")
REPEATED_SHARE = _metric("repeated_share", 2, "share of steps at which content is shown again or late")
