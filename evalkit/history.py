"""History: what many runs of the same clips say over time. The run folders are the store; nothing else is kept.

A series is one arm, metric and region over the runs of one set of clips: where clips, or how they are measured (metric,
tasks, weights, regions), change, another series begins. Runs are ordered by when they were sealed, by the clock of the
machine that sealed them (the file's time; no sealed file has one).

A change point is where a series is best cut in two by its means: Hinkley 1970, doi:10.1093/biomet/57.1.1. Its p is that
of permuted orders, (count + 1) / (n + 1), adjusted by Benjamini and Hochberg over all series. It is exploratory.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.multiplicity import benjamini_hochberg
from translator.artefacts import digest
from translator.errors import bad_input

FEWEST, PERMUTATIONS, NOTABLE = 8, 999, 0.05
_QUERY = """
    SELECT filename, arm, metric, region, value, low, high, n_subjects, n_failed
    FROM read_parquet($files, filename = true)
    WHERE relation IS NULL AND against IS NULL AND value IS NOT NULL
    ORDER BY arm, metric, region
"""


@dataclass(frozen=True)
class Point:
    """One run's estimate; `when` is ISO 8601, UTC."""

    run: str
    when: str
    value: float
    low: float | None
    high: float | None
    n_subjects: int
    n_failed: int


@dataclass(frozen=True)
class Change:
    """From which run on the mean is another, by how much, and how likely such a cut is by chance."""

    run: str
    by: float
    p: float
    p_adjusted: float | None = None

    @property
    def notable(self) -> bool:
        """Whether it is worth a mark."""
        return self.p_adjusted is not None and self.p_adjusted <= NOTABLE


@dataclass(frozen=True)
class Series:
    """One arm, metric and region over time; `clips` and `signature` say on what and how it was measured."""

    arm: str
    metric: str
    region: str
    clips: str
    signature: str
    points: tuple[Point, ...]
    change: Change | None

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.arm}|{self.metric}|{self.region}|{self.clips}|{self.signature}"


def read_history(folder: Path, seed: int = 0) -> list[Series]:
    """The series of all finished runs below a folder.

    Raises: InputError if there is none.
    """
    runs = {
        path.parent: path for path in sorted(folder.rglob("run.json")) if (path.parent / "estimates.parquet").is_file()
    }
    if not runs:
        raise bad_input(folder, "holds no finished run", "Give a folder with runs of `sonoproof run`")
    told = {str(place / "estimates.parquet"): _of_run(place, record) for place, record in runs.items()}
    found: dict[tuple[str, str, str, str, str], list[Point]] = {}
    for file, arm, metric, region, *numbers in _estimates(list(told)):
        run, when, clips, signatures = told[file]
        key = (arm, metric, region, clips, signatures.get(metric, metric))
        found.setdefault(key, []).append(Point(run, when, *numbers))
    series = []
    for key, given in sorted(found.items()):
        points = tuple(sorted(given, key=lambda point: (point.when, point.run)))
        series.append(Series(*key, points, _change(points, seed)))
    return _adjusted(series)


def _of_run(place: Path, record: Path) -> tuple[str, str, str, dict[str, str]]:
    """Name, time, clips and how they are measured (a short digest), and metric -> signature of a run."""
    plan: dict[str, Any] = json.loads((place / "plan.json").read_text(encoding="utf-8"))
    when = datetime.fromtimestamp(record.stat().st_mtime, UTC).isoformat(timespec="seconds")
    signatures = {text.split("|")[0]: text for text in plan["metrics"]}
    on = [plan["inputs"], plan["study"].get("population", {})]
    how = [plan.get(key) for key in ("tasks", "task_outputs", "weights", "regions")]
    return place.name, when, digest(on + how)[:8], signatures


def _estimates(files: Sequence[str]) -> list[tuple[Any, ...]]:
    import duckdb  # takes a while to load, and only this needs it

    with duckdb.connect() as connection:
        return connection.execute(_QUERY, {"files": list(files)}).fetchall()


def _change(points: Sequence[Point], seed: int) -> Change | None:
    """The best cut of a series, or None if it is too short or does not vary."""
    values = np.array([point.value for point in points])
    if len(values) < FEWEST or np.ptp(values) == 0:
        return None
    gains = _between(values)
    cut = int(np.argmax(gains))
    rng = np.random.default_rng(seed)
    count = sum(_between(rng.permutation(values)).max() >= gains[cut] * (1 - 1e-12) for _ in range(PERMUTATIONS))
    by = float(values[cut + 1 :].mean() - values[: cut + 1].mean())
    return Change(points[cut + 1].run, by, (count + 1) / (PERMUTATIONS + 1))


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of squares between the two parts, for a cut after each value but the last."""
    n = len(values)
    first = np.arange(1, n)
    sums = np.cumsum(values - values.mean())[:-1]
    return sums**2 * (1 / first + 1 / (n - first))


def _adjusted(series: list[Series]) -> list[Series]:
    p = {each.name: each.change.p for each in series if each.change is not None}
    adjusted = benjamini_hochberg(p) if p else {}
    return [
        each if each.change is None else replace(each, change=replace(each.change, p_adjusted=adjusted[each.name]))
        for each in series
    ]
