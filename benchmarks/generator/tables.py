"""Measurements of several painted sets to estimates, and to Markdown tables for docs/generator.md."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from evalkit.metrics.registry import METRICS
from evalkit.records import Estimate, Measurement
from evalkit.statistics.estimates import estimate_difference, estimate_mean
from translator.clips.manifest import Entry

MAIN = 0.10  # the coverage that is shown by anatomy
BASES = ("telea", "temporal-fill")  # what differences are taken to


class Column(NamedTuple):
    """A column: its heading, metric and region; values are shown times `scale` with so many digits."""

    heading: str
    metric: str
    region: str
    digits: int
    scale: float = 1.0


COLUMNS = (
    Column("SSIM frame", "ssim[wang2004]", "frame", 3),
    Column("SSIM mask", "ssim[wang2004]", "mask", 3),
    Column("MAE mask", "mae", "mask", 2),
    Column("MAE unseen", "mae", "unseen", 2),
    Column("sharpness mask", "sharpness_ratio", "mask", 2),
    Column("temporal error mask", "temporal_error", "mask", 2),
    Column("E_warp mask, x 1000", "warping_error", "mask", 2, 1000.0),
)
TEXTURE = (
    Column("LPIPS mask", "lpips_map[alex-v0.1]", "mask", 3),
    Column("GMSD mask", "gmsd", "mask", 3),
    Column("sharpness mask", "sharpness_ratio", "mask", 2),
    Column("speckle std mask [dB]", "speckle_std[60db]", "mask", 2),
    Column("grey-level distance mask", "histogram_distance[wasserstein]", "mask", 2),
    Column("spectrum distance mask [dB]", "spectrum_distance", "mask", 2),
)
SETS = {"fidelity": COLUMNS, "texture": TEXTURE}


@dataclass(frozen=True)
class Measured:
    """A painted set's measurements, and its clips by clip_id."""

    coverage: float
    rows: list[Measurement]
    entries: dict[str, Entry]
    columns: tuple[Column, ...] = COLUMNS

    @property
    def arms(self) -> list[str]:
        """Names of the arms, in the order of the alphabet."""
        return sorted({row.arm for row in self.rows})

    def of(self, anatomy: str | None) -> list[Measurement]:
        """The rows of one anatomy, or all."""
        return [row for row in self.rows if anatomy is None or self.entries[row.clip_id].anatomy == anatomy]

    def mean(self, arm: str, column: Column, anatomy: str | None = None) -> Estimate:
        """The mean of an arm over subjects."""
        return estimate_mean(arm, column.region, self.of(anatomy), METRICS[column.metric], self._population(anatomy))

    def difference(self, arm: str, base: str, column: Column) -> Estimate:
        """The mean of the differences between two arms on the same clips, over subjects."""
        metric = METRICS[column.metric]
        return estimate_difference(arm, base, column.region, self.rows, metric, self._population(None))

    def _population(self, anatomy: str | None) -> str:
        return f"coverage = {self.coverage:g}" + (f", anatomy = {anatomy}" if anatomy else "")


def markdown(sets: Sequence[Measured], given: Sequence[str], bases: Sequence[str] = BASES) -> str:
    """All tables. `given` are the arms on trial: they come first, and only they are compared with the bases."""
    lines = [
        "Mean over subjects [95 % interval]; where fewer than six subjects have a value there is no interval and n is "
        "their number. Sharpness is best at 1, and speckle where it is the truth's; SSIM is better higher, all others "
        "lower. A difference in sharpness says which is sharper, not which is nearer to 1."
    ]
    headings = [column.heading for column in sets[0].columns]
    for measured in sets:
        lines += ["", f"Coverage {measured.coverage:.0%}, {counted(measured.of(None))}", ""]
        lines += table(["arm", *headings], by_arm(measured, given, None))
    for measured in (m for m in sets if m.coverage == MAIN):
        anatomies = sorted({entry.anatomy or "" for entry in measured.entries.values()})
        lines += ["", f"By anatomy, coverage {measured.coverage:.0%}", ""]
        rows = [
            [f"{anatomy or 'not stated'}, {counted(measured.of(anatomy))}" if not i else "", *cells]
            for anatomy in anatomies
            for i, cells in enumerate(by_arm(measured, given, anatomy))
        ]
        lines += table(["anatomy", "arm", *headings], rows)
    lines += ["", "Differences on the same clips, arm minus base", ""]
    lines += table(["coverage", "arm", "base", *headings], list(_differences(sets, given, bases)))
    return "\n".join(lines)


def as_records(sets: Sequence[Measured], given: Sequence[str], bases: Sequence[str] = BASES) -> list[dict[str, Any]]:
    """Every estimate behind the tables, with its coverage."""
    records = []
    for measured in sets:
        anatomies = sorted({entry.anatomy for entry in measured.entries.values() if entry.anatomy})
        found = [
            measured.mean(arm, c, a) for a in (None, *anatomies) for arm in measured.arms for c in measured.columns
        ]
        found += [measured.difference(arm, base, c) for arm, base in _compared(given, bases) for c in measured.columns]
        records += [{"coverage": measured.coverage, **asdict(estimate)} for estimate in found]
    return records


def by_arm(measured: Measured, given: Sequence[str], anatomy: str | None) -> list[list[str]]:
    """A row of cells for each arm, those on trial first."""
    ordered = [*given, *(arm for arm in measured.arms if arm not in given)]
    return [[arm, *(cell(measured.mean(arm, c, anatomy), c) for c in measured.columns)] for arm in ordered]


def _differences(sets: Sequence[Measured], given: Sequence[str], bases: Sequence[str]) -> Iterator[list[str]]:
    for measured in sets:
        for arm, base in _compared(given, bases):
            cells = [cell(measured.difference(arm, base, c), c, "+") for c in measured.columns]
            yield [f"{measured.coverage:.0%}", arm, base, *cells]


def _compared(given: Sequence[str], bases: Sequence[str]) -> list[tuple[str, str]]:
    return [(arm, base) for arm in (*given, BASES[1]) for base in bases if arm != base]


def cell(estimate: Estimate, column: Column, sign: str = "") -> str:
    """An estimate with its interval, or its number of subjects where it has none."""
    if estimate.value is None:
        return "-"
    form, scale = f"{sign}.{column.digits}f", column.scale
    text = f"{scale * estimate.value:{form}}"
    if estimate.low is None or estimate.high is None:
        text += f" (n = {estimate.n_subjects})"
    else:
        text += f" [{scale * estimate.low:{form}}, {scale * estimate.high:{form}}]"
    return text + (f", {estimate.n_failed} failed" if estimate.n_failed else "")


def counted(rows: Sequence[Measurement]) -> str:
    """Numbers of subjects and clips, in words."""
    subjects, clips = {row.subject_id for row in rows}, {row.clip_id for row in rows}
    return f"{len(subjects)} subject{'s' * (len(subjects) != 1)}, {len(clips)} clip{'s' * (len(clips) != 1)}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in (headings, ["---"] * len(headings), *rows)]
