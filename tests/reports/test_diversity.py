"""Diversity in the report: where translation adds clips, and nowhere else."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.pseudonyms import Pseudonyms
from evalkit.seal import Run
from reports import write_report
from reports.page.diversity import diversity_part
from reports.page.saved import diversity_rows

NONE = Pseudonyms({}, {})


def _run(cfd_only: int, population: dict[str, str] | None = None) -> Any:
    """Eight clips with greyscale at two sites, and some with colour alone at a third."""
    clips, inputs = [], {}
    for index in range(8 + cfd_only):
        grey = index < 8
        site = "third <b>" if not grey else "first" if index % 4 else "second"
        clips.append({"clip_id": f"clip-{index:03d}", "subject_id": f"subject-{index:02d}", "split": "test",
                      "pairing": "unpaired", "site": site, "view": "A4C"})  # fmt: skip
        inputs[f"clip-{index:03d}"] = {"greyscale" if grey else "cfd": "0" * 64}
    return SimpleNamespace(plan={"study": {"population": population or {}}, "clips": clips, "inputs": inputs})


def test_added_clips_are_counted_by_level_and_drawn() -> None:
    part = diversity_part(_run(3), NONE)
    assert part is not None
    assert (part["before"], part["added"]) == (8, 3)
    (column,) = part["columns"]  # all have one view
    assert [(level.level, level.before, level.added) for level in column["levels"]] == [
        ("first", 6, 0), ("second", 2, 0), ("third <b>", 0, 3),
    ]  # fmt: skip
    assert "third &lt;b&gt; *" in part["plot"]


def test_levels_and_what_they_come_to_can_be_saved() -> None:
    part = diversity_part(_run(3), NONE)
    assert part is not None
    rows = {(version, what): found for _, version, what, found in diversity_rows(part["columns"])}
    assert (rows["first", "before"], rows["third <b>", "added"]) == (6, 3)
    hill = next(found for (version, what), found in rows.items() if version == "all levels" and "difference" in what)
    assert hill.value is not None


@pytest.mark.parametrize(("cfd_only", "population"), [(0, {}), (3, {"site": "first"})])
def test_where_translation_adds_nothing_there_is_no_section(cfd_only: int, population: dict[str, str]) -> None:
    assert diversity_part(_run(cfd_only, population), NONE) is None


def test_the_page_has_the_section_where_a_clip_has_lost_its_greyscale(run: Run, tmp_path: Path) -> None:
    inputs = dict(run.plan["inputs"])
    last = sorted(inputs)[-1]
    inputs[last] = {"cfd": inputs[last]["cfd"]}
    clips = [{**clip, "pairing": "unpaired", "site": f"of {last}"} if clip["clip_id"] == last else clip
             for clip in run.plan["clips"]]  # fmt: skip
    lost = replace(run, plan={**run.plan, "inputs": inputs, "clips": clips})
    page = write_report(lost, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "6 clips have a greyscale file; 1 have colour Doppler only" in page
    assert last not in page
    assert "What translation adds" not in write_report(run, tmp_path / "whole.html").read_text(encoding="utf-8")
