"""Write the comparison of runs: one HTML file like a report, about their differences on the same clips."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.claims.wording import OUTCOME_WORDS
from evalkit.seal import Run
from evalkit.statistics.agreement import limits_of_agreement
from evalkit.statistics.grouped import Grouped
from reports.comparison import gallery
from reports.comparison.differences import Arms, Difference, common_clips, differences, not_compared
from reports.comparison.pairing import Pairing, Side, pair
from reports.figures.agreement import Panel, agreement_plot
from reports.figures.differences import differences_plot
from reports.page.download import csv_download
from reports.page.rendering import rendered, whole_page
from reports.page.section import Section
from reports.page.write import PAGE_BYTES, SHELL_BYTES, put

_MOST_PLOTS = 6
_COLUMNS = ("run", "arm", "arm_of_A", "metric", "region", "mean_in_A", "mean", "difference", "low", "high", "level",
            "subjects", "clips", "finding", "method")  # fmt: skip


_OF_VERDICTS = ("claim", "run", "verdict", "sentence", "estimate", "low", "high", "level", "relation", "margin",
                "reference", "subjects", "clips", "defined_alike", "changed")  # fmt: skip


def write_comparison(
    runs: Sequence[Run], path: Path, pairs: Sequence[Arms] = (), shared_only: bool = False, real_ids: bool = False
) -> Pairing:
    """Write the page that compares sealed runs with the first of them; `pairs` names arms that differ in name.

    Raises: InputError if clips differ (naming them), or if no arm, metric or clip can be compared.
    """
    pairing = pair(runs, shared_only, real_ids)
    found = differences(pairing, pairs)
    sections = [
        runs_section(pairing),
        _verdicts(pairing),
        _differences(found),
        _agreement(pairing, found),
        _methods(found),
    ]
    taken = sum(len(section.body.encode()) for section in sections if section is not None)
    shown = [*sections[:3], gallery.section(pairing, PAGE_BYTES - taken - SHELL_BYTES), *sections[3:]]
    lead = rendered("comparison/lead.html.j2", pairing=pairing, clips=len(common_clips(pairing)), real_ids=real_ids)
    put(path, whole_page(_title(pairing), lead, [section for section in shown if section is not None]))
    return pairing


def _title(pairing: Pairing) -> str:
    return f"{len(pairing.sides)} runs compared: {pairing.sides[0].view.study['title']}"


def runs_section(pairing: Pairing) -> Section:
    """Which runs are compared, and what speaks against it."""
    first, *others = pairing.sides
    libraries = {side.letter: side.view.run.plan["environment"]["libraries"] for side in pairing.sides}
    apart = [
        f"{other.letter} was made with other versions than A: "
        + ", ".join(f"{name} {libraries[other.letter].get(name)} (A: {version})"
                    for name, version in libraries["A"].items() if libraries[other.letter].get(name) != version)
        for other in others
        if libraries[other.letter] != libraries["A"]
    ]  # fmt: skip
    apart += [f"{other.letter} found sector or mask with other versions than A: differences may lie there"
              for other in others if other.view.run.plan["regions"] != first.view.run.plan["regions"]]  # fmt: skip
    table = (
        (side.letter, side.view.study["title"], ", ".join(side.view.arms), len(side.view.run.plan["clips"]),
         side.view.run.record["plan_sha256"], side.view.run.record["seal_sha256"])
        for side in pairing.sides
    )  # fmt: skip
    columns = ("run", "study", "arms", "clips", "plan_sha256", "seal_sha256")
    context = {"sides": pairing.sides, "apart": apart, "download": csv_download("runs.csv", columns, table),
               "signatures": [text for other in others for text in not_compared(first, other)]}  # fmt: skip
    return Section("runs", "The runs", rendered("comparison/runs.html.j2", **context))


def _verdicts(pairing: Pairing) -> Section | None:
    """The claims that any run makes, and what each came to in every run."""
    ids = dict.fromkeys(claim.id for side in pairing.sides for claim in side.view.claims)
    if not ids:
        return None
    rows = []
    for name in ids:
        cells = [_judged(side, name) for side in pairing.sides]
        made = [cell for cell in cells if cell]
        rows.append(
            {
                "id": name,
                "cells": cells,
                "sentence": made[0]["claim"].sentence,
                "same": all(cell["claim"] == made[0]["claim"] for cell in made),
                "changed": len({cell["outcome"] for cell in made}) > 1,
            }
        )
    table = (
        (row["id"], side.letter, cell["outcome"], cell["claim"].sentence, *_numbers(cell), row["same"], row["changed"])
        for row in rows
        for side, cell in zip(pairing.sides, row["cells"], strict=True)
        if cell
    )
    context = {"rows": rows, "sides": pairing.sides, "download": csv_download("verdicts.csv", _OF_VERDICTS, table)}
    return Section("verdicts", "Verdicts side by side", rendered("comparison/verdicts.html.j2", **context))


def _numbers(cell: dict[str, Any]) -> tuple[Any, ...]:
    """What the verdict rests on: estimate with its interval, and the claim's own margin."""
    claim, estimate = cell["claim"], cell["estimate"]
    return (estimate.value, estimate.low, estimate.high, estimate.level, claim.relation, claim.margin, claim.reference,
            estimate.n_subjects, estimate.n_clips)  # fmt: skip


def _judged(side: Side, name: str) -> dict[str, Any] | None:
    for claim, verdict in zip(side.view.claims, side.view.run.verdicts, strict=True):
        if claim.id == name:
            return {"claim": claim, "outcome": verdict.outcome, "label": OUTCOME_WORDS[verdict.outcome],
                    "estimate": side.view.estimates[name]}  # fmt: skip
    return None


def _differences(found: Sequence[Difference]) -> Section:
    table = (
        (d.letter, d.arm, d.against, d.metric.name, d.region, d.first.value, d.other.value, d.estimate.value,
         d.estimate.low, d.estimate.high, d.estimate.level, d.estimate.n_subjects, d.estimate.n_clips, d.finding,
         d.estimate.method)
        for d in found
    )  # fmt: skip
    metrics: dict[str, tuple[str, list[tuple[str, float, float | None, float | None]]]] = {}
    for d in found:
        rows = metrics.setdefault(d.metric.name, (d.metric.unit, []))[1]
        if d.estimate.value is not None:
            than = "" if d.arm == d.against else f" minus {d.against}"
            label = f"{d.arm} ({d.letter}){than}, {d.region}"
            rows.append((label, d.estimate.value, d.estimate.low, d.estimate.high))
    context = {
        "rows": [{"it": d, "digits": 4 if d.metric.unit == "1" else 3} for d in found],
        "plot": differences_plot(metrics),
        "download": csv_download("differences.csv", _COLUMNS, table),
        "intervals": sum(d.estimate.low is not None for d in found),
    }
    return Section("differences", "Differences on the same clips",
                   rendered("comparison/differences.html.j2", **context))  # fmt: skip


def _agreement(pairing: Pairing, found: Sequence[Difference]) -> Section | None:
    """Bland-Altman plots of the runs' values, for what the first run's claims are about, or its first panels."""
    by_letter = {side.letter: side for side in pairing.sides}
    wanted = [d for d in found if (d.metric.name, d.region) in pairing.sides[0].view.panels]
    panels: list[Panel] = []
    table: list[tuple[str | float, ...]] = []
    for d in wanted:
        clips = _both(pairing, by_letter[d.letter], d)
        if clips and len(panels) < _MOST_PLOTS:
            limits = limits_of_agreement(Grouped.of([c[0] for c in clips], [c[2] - c[3] for c in clips]))
            unit = "" if d.metric.unit == "1" else f" [{d.metric.unit}]"
            title = f"{d.metric.name}, {d.region}\n{d.arm} in {d.letter}\nminus {d.against} in A"
            panels.append((title, unit, [c[2:] for c in clips], limits))
            table += [(d.metric.name, d.region, d.letter, d.arm, d.against, *clip) for clip in clips]
    if not panels:
        return None
    columns = ("metric", "region", "run", "arm", "arm_of_A", "subject", "clip", "value", "value_in_A")
    words = ("Each dot is a clip; solid: bias; dashed: 95 % limits of agreement (Bland and Altman 2007), which count"
             " the variance between subjects and within them; descriptive.")  # fmt: skip
    plots = [(agreement_plot(panels), words, csv_download("agreement.csv", columns, table), "Bland-Altman plots")]
    return Section("agreement", "Clip by clip (Bland-Altman)", rendered("sections/figure.html.j2", plots=plots))


def _both(pairing: Pairing, other: Side, d: Difference) -> list[tuple[str, str, float, float]]:
    """(subject, clip, value in the other run, value in the first) of the clips that have both."""
    clips, panel = common_clips(pairing), (d.metric.name, d.region)
    ours, theirs = (
        {row.clip_id: row for row in side.view.by_panel.get(panel, ()) if row.arm == arm and row.clip_id in clips}
        for side, arm in ((pairing.sides[0], d.against), (other, d.arm))
    )
    return [
        (row.subject_id, clip, row.value, mine.value)
        for clip, row in sorted(theirs.items())
        if row.value is not None and (mine := ours.get(clip)) is not None and mine.value is not None
    ]


def _methods(found: Sequence[Difference]) -> Section:
    methods = sorted({d.estimate.method for d in found})
    return Section("methods", "Methods", rendered("comparison/methods.html.j2", methods=methods))
