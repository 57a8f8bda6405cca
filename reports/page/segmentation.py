"""What the page shows of tasks of the kind `segmentation`: agreement of areas, and each version against the labels.

No id is shown: the details of a task hold real ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.records import REAL, Measurement
from evalkit.seal import Run
from evalkit.statistics.bland_altman import Agreement, limits_of_agreement
from evalkit.statistics.defaults import infer
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.icc import icc
from evalkit.statistics.result import Result
from evalkit.statistics.statistic import mean
from reports.figures.bland_altman import bland_altman_plot

_PERCENT = 100.0
_AREAS = (("area", "mean area", "% of the frame"), ("area_change", "area change over the clip", "%"))
_AGAINST_LABELS = ("label_dice", "label_iou", "label_hd95", "label_nsd")
_MOST_PANELS = 3
_RESAMPLES = 1_999  # a figure of the page, and no claim


def segmentation_parts(run: Run, rows: Sequence[Measurement]) -> list[dict[str, Any]]:
    """One part a task of the kind; `rows` are those of the study's population."""
    return [
        _part(name, details, [row for row in rows if row.metric.partition(".")[0] == name])
        for name, details in run.tasks.items()
        if details.get("kind") == "segmentation"
    ]


def _part(name: str, details: Mapping[str, Any], rows: Sequence[Measurement]) -> dict[str, Any]:
    arms = sorted({row.arm for row in rows} - {REAL})
    structures = sorted({row.metric.partition("[")[2].rstrip("]") for row in rows})
    named = [structure for structure in structures if structure] or [""]
    compared = [
        {"arm": arm, "structure": structure or "foreground", "what": what, "unit": unit, **found}
        for key, what, unit in _AREAS
        for structure in named
        for arm in arms
        if (found := _agreement(rows, f"{name}.{key}" + (f"[{structure}]" if structure else ""), arm)) is not None
    ]
    panels = [(f"{row['arm']}: {row['structure']}", row["dots"], row["limits"])
              for row in compared if row["what"] == _AREAS[0][1]]  # fmt: skip
    title = "Bland-Altman: area by the segmentation of the synthetic clip less that of the real clip"
    return {
        "name": name,
        "model": _model(details),
        "plot": bland_altman_plot(panels[:_MOST_PANELS], _AREAS[0][2], title),
        "left_out": max(len(panels) - _MOST_PANELS, 0),
        "areas": compared,
        "labels": _labels(name, rows, arms),
    }


def _model(details: Mapping[str, Any]) -> str:
    """What segmented, in a sentence, without ids."""
    if "segmenter" not in details:
        return "The model or the masks are the user's own."
    return (
        f"{details['architecture']} with encoder {details['encoder']}, fitted from scratch to"
        f" {details['training_frames']} labelled frames of {len(details['training_clips'])} real clips of"
        f" {len(details['training_subjects'])} training subjects; best of {details['epochs_run']} epochs: epoch"
        f" {details['best_epoch']}, Dice {details['validation_dice']:.3f} on validation frames"
        f" ({details['validation']})."
    )


def _agreement(rows: Sequence[Measurement], metric: str, arm: str) -> dict[str, Any] | None:
    """Limits of agreement and ICC of one number of real clips and of an arm's versions, in percent."""
    real = {row.clip_id: row for row in rows if row.metric == metric and row.arm == REAL and row.value is not None}
    made = {row.clip_id: row for row in rows if row.metric == metric and row.arm == arm and row.value is not None}
    both = sorted(real.keys() & made.keys())
    if not both:
        return None
    ours = [_PERCENT * (made[clip].value or 0.0) for clip in both]
    theirs = [_PERCENT * (real[clip].value or 0.0) for clip in both]
    subjects = [real[clip].subject_id for clip in both]
    differences = [a - b for a, b in zip(ours, theirs, strict=True)]
    limits = limits_of_agreement(Grouped.of(subjects, differences), n_resamples=_RESAMPLES)
    pairs = Grouped.of(subjects, theirs, ours)
    return {
        "limits": limits,
        "icc": icc(pairs.totals(pairs.columns) / pairs.sizes()[:, None]),
        "dots": [((a + b) / 2, a - b) for a, b in zip(ours, theirs, strict=True)],
        "clips": len(both),
        "subjects": len(set(subjects)),
        "notes": sorted({note for note in _notes(limits) if note}),
    }


def _notes(limits: Agreement) -> list[str]:
    return [limits.bias.note, limits.lower.note, limits.upper.note]


def _labels(name: str, rows: Sequence[Measurement], arms: Sequence[str]) -> list[dict[str, Any]]:
    """Means over subjects against the labels: the real clips first, then each arm."""
    found = []
    for version in (REAL, *arms):
        cells = [_mean(rows, f"{name}.{key}", version) for key in _AGAINST_LABELS]
        if any(cells):
            found.append({"version": version, "cells": cells})
    return found


def _mean(rows: Sequence[Measurement], metric: str, version: str) -> Result | None:
    known = [row for row in rows if row.metric == metric and row.arm == version and row.value is not None]
    if not known:
        return None
    values = [row.value or 0.0 for row in known]
    return infer(Grouped.of([row.subject_id for row in known], values), mean())
