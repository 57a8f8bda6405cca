"""How many clips there were, and what is missing for what reason."""

from typing import Any

from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View


def section(view: View) -> Section:
    """A table of reasons."""
    missing = reasons(view)
    columns = ("status_and_reason", "clips", "clip_and_arm_pairs")
    context = {"missing": missing, "download": csv_download("missing.csv", columns, missing, "measurements.parquet")}
    return Section("missing", "Clips and what is missing", rendered("sections/missing.html.j2", **context))


def reasons(view: View) -> list[tuple[str, int, int]]:
    """(status and reason, clips, clip and arm pairs)."""
    gone: dict[str, set[tuple[str, str]]] = {}
    for row in view.run.measurements:
        if row.status != "ok":
            gone.setdefault(f"{row.status}: {row.note}", set()).add((row.arm, row.clip_id))
    return sorted((reason, len({clip for _, clip in pairs}), len(pairs)) for reason, pairs in gone.items())


def counted(view: View) -> dict[str, Any]:
    """Clips and subjects of the run and of its population."""
    return {
        "clips": len({row.clip_id for row in view.run.measurements}),
        "subjects": len({row.subject_id for row in view.run.measurements}),
        "population_clips": len({row.clip_id for row in view.population}),
        "population_subjects": len({row.subject_id for row in view.population}),
    }
