"""The transfer table of a run: in-domain, unseen and refused anatomies of an arm with a card."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.plan import Plan, freeze
from evalkit.records import Measurement
from evalkit.study import Study
from evalkit.transfer import read_transfer, transfer_table, write_transfer
from tests.evalkit.cards import card_of
from translator.card import TrainingSource
from translator.clips.clip import Clip, grey_clip
from translator.clips.manifest import Entry, write_manifest
from translator.clips.npz import write_npz
from translator.translation import Translation


class Trained:
    """A generator that was trained on hearts, and on clips of one site."""

    identity = {"trained": 1}  # noqa: RUF012
    card = card_of([TrainingSource(name="Oslo", licence="x", anatomies=["phantom a4c"], subjects=["other"])])

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        return Translation(grey_clip(clip))


def _plan(folder: Path, anatomies: dict[str, int], site: str = "Bergen") -> Plan:
    folder.mkdir(exist_ok=True)
    write_npz(folder / "clip.npz", Clip.from_array(np.zeros((1, 8, 8), np.uint8)))
    entries = [
        Entry(clip_id=f"{anatomy}{i}", subject_id=f"s-{anatomy}{i}", split="test", pairing="simulated", anatomy=anatomy,
              site=site if anatomy == "lung" else None, cfd="clip.npz", greyscale="clip.npz")
        for anatomy, many in anatomies.items() for i in range(many)
    ]  # fmt: skip
    write_manifest(folder / "m.csv", entries)
    arms = [{"name": "ours", "translator": f"{__name__}:Trained"}, {"name": "grey", "translator": "trivial:grey"}]
    metrics = ["ssim[wang2004]", "mae"]
    study = {"title": "T", "manifest": "m.csv", "metrics": metrics, "regions": ["frame"], "arms": arms}
    return freeze(Study.model_validate(study), folder, {})


def _rows(plan: Plan, levels: dict[str, float]) -> list[Measurement]:
    rng = np.random.default_rng(1)
    return [
        Measurement(arm, e.clip_id, e.subject_id, metric, "frame", e.pairing,
                    levels[e.anatomy or ""] + rng.normal(0, 0.01), "ok")
        for e in plan.manifest.entries for arm in ("ours", "grey") for metric in ("ssim[wang2004]", "mae")
    ]  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """8 hearts, 7 kidneys, 3 livers and 6 lungs, which are of a site that was trained on."""
    plan = _plan(tmp_path_factory.mktemp("t"), {"heart": 8, "kidney": 7, "liver": 3, "lung": 6}, "oslo")
    found = transfer_table(plan, _rows(plan, {"heart": 0.9, "kidney": 0.8, "liver": 0.7, "lung": 0.6}))
    assert found is not None
    return found


def _row(table: dict[str, Any], metric: str, anatomy: str) -> dict[str, Any]:
    (row,) = [row for row in table["rows"] if (row["metric"], row["anatomy"]) == (metric, anatomy)]
    assert row["arm"] == "ours"
    return dict(row)


def test_an_unseen_anatomy_has_its_drop_with_an_interval_from_in_domain(table: dict[str, Any]) -> None:
    home, kidney = _row(table, "ssim[wang2004]", "heart"), _row(table, "ssim[wang2004]", "kidney")
    assert (home["seen"], kidney["seen"]) == ("in-domain", "zero-shot")
    assert kidney["drop"] == pytest.approx(home["value"] - kidney["value"])
    assert kidney["drop_low"] < kidney["drop"] < kidney["drop_high"]
    assert home["drop"] is None


def test_where_less_is_better_a_lower_value_is_no_drop(table: dict[str, Any]) -> None:
    assert _row(table, "mae", "kidney")["drop"] == pytest.approx(-0.1, abs=0.02)


def test_few_subjects_give_a_drop_without_interval(table: dict[str, Any]) -> None:
    liver = _row(table, "ssim[wang2004]", "liver")
    assert liver["drop"] == pytest.approx(0.2, abs=0.02)
    assert liver["drop_low"] is None
    assert "3 subjects in a group" in liver["drop_note"]


def test_what_overlaps_is_refused_by_name_and_has_no_drop(table: dict[str, Any]) -> None:
    lung = _row(table, "mae", "lung")
    assert (lung["seen"], lung["reason"]) == ("refused", "source 'oslo' is on the model card")
    assert lung["drop"] is None
    assert lung["value"] == pytest.approx(0.6, abs=0.02)


def test_an_arm_without_a_card_is_told_and_has_no_rows(table: dict[str, Any]) -> None:
    assert table["without_card"] == ["grey"]


def test_without_an_unseen_anatomy_there_is_no_table(tmp_path: Path) -> None:
    plan = _plan(tmp_path, {"heart": 2})
    assert transfer_table(plan, _rows(plan, {"heart": 0.9})) is None
    assert read_transfer(tmp_path) is None


def test_the_table_is_written_and_read_back(table: dict[str, Any], tmp_path: Path) -> None:
    write_transfer(tmp_path, table)
    assert read_transfer(tmp_path) == table
    (tmp_path / "transfer.json").write_text('{"schema_version": 2}')
    with pytest.raises(ValueError, match="schema version 1"):
        read_transfer(tmp_path)
