"""Bland-Altman plots: of real clips and each arm, where a quantity was measured of both; else of a claim's two arms.

A metric that compares with the truth has no value for the truth itself, so it cannot show agreement with it. What can
are quantities that a task measured of the real clips too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.records import REAL, Measurement
from evalkit.statistics.agreement import Agreement, limits_of_agreement
from evalkit.statistics.grouped import Grouped
from reports.figures.agreement import agreement_plot
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View

_MOST = 6  # panels
_OF_REAL = (
    "The quantity was measured of each real greyscale clip and of what each arm made of it; the difference is arm minus"
    " real."
)
_OF_ARMS = (
    "No quantity of this run was measured of the real clips themselves, so this is no agreement with reality: it shows"
    " how far, and in which direction, the two arms of each claim lie apart clip by clip, and whether that depends on"
    " how good both are. Clips are those of the study's population."
)


@dataclass(frozen=True)
class Compared:
    """Two series of one metric in one region: (subject, clip, value of the first, of the second)."""

    metric: str
    region: str
    first: str
    second: str
    clips: Sequence[tuple[str, str, float, float]]

    @property
    def limits(self) -> Agreement:
        """Bias and limits of agreement of first minus second."""
        differences = [one - other for _, _, one, other in self.clips]
        return limits_of_agreement(Grouped.of([subject for subject, *_ in self.clips], differences))


def section(view: View) -> Section | None:
    """The plots with their bias and limits; none where no two series go together."""
    shown, with_real = compared(view)
    if not shown:
        return None
    rows = [{"series": each, "limits": each.limits, "digits": view.digits(each.metric)} for each in shown]
    panels = [
        (f"{each.metric}\n{each.region}: {each.first}\nminus {each.second}", _unit(view, each.metric),
         [(one, other) for _, _, one, other in each.clips], each.limits)
        for each in shown
    ]  # fmt: skip
    columns = ("metric", "region", "first", "second", "subject", "clip", "value_of_first", "value_of_second")
    table = ((each.metric, each.region, each.first, each.second, *clip) for each in shown for clip in each.clips)
    context = {
        "words": _OF_REAL if with_real else _OF_ARMS,
        "plot": agreement_plot(panels),
        "rows": rows,
        "download": csv_download("agreement.csv", columns, table, "measurements.parquet"),
    }
    title = "Agreement with the real clips (Bland-Altman)" if with_real else "Agreement of arms (Bland-Altman)"
    return Section("agreement", title, rendered("sections/agreement.html.j2", **context))


def compared(view: View) -> tuple[list[Compared], bool]:
    """What is shown, and whether it is against the real clips."""
    with_real = _with_real(view)
    return (with_real or _of_claims(view))[:_MOST], bool(with_real)


def _with_real(view: View) -> list[Compared]:
    """Every arm against the real clips, for each quantity that both have a value of."""
    made = [
        _compared(panel, rows, arm, REAL)
        for panel, rows in view.by_panel.items()
        if any(row.arm == REAL for row in rows)
        for arm in view.arms
    ]
    return [each for each in made if each.clips]


def _of_claims(view: View) -> list[Compared]:
    asked = dict.fromkeys((c.metric, c.region, c.arm, c.against) for c in view.claims if c.against is not None)
    made = [_compared((m, r), view.by_panel.get((m, r), []), arm, str(against)) for m, r, arm, against in asked]
    return [each for each in made if each.clips]


def _compared(panel: tuple[str, str], rows: Sequence[Measurement], first: str, second: str) -> Compared:
    by_clip: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        if row.arm in (first, second) and row.value is not None:
            by_clip.setdefault((row.subject_id, row.clip_id), {})[row.arm] = row.value
    clips = [(*ids, found[first], found[second]) for ids, found in sorted(by_clip.items()) if len(found) == 2]
    return Compared(*panel, first, second, clips)


def _unit(view: View, metric: str) -> str:
    unit = view.units[metric]
    return "" if unit == "1" else f" [{unit}]"
