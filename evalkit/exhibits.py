"""Exhibits: the clips that the report shows, chosen by a stated rule and stored losslessly in the run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalkit.arms.load import Arm
from evalkit.measuring import Stores, has_mask, reason, translated, true_mask
from evalkit.metrics.registry import find_metric
from evalkit.plan import Plan
from evalkit.records import Measurement
from translator.artefacts import digest
from translator.clips.clip import grey_clip
from translator.clips.manifest import Entry
from translator.clips.npz import write_npz
from translator.evidence_files import SIDES, side_name

_NO_COLOUR = "not computed: the clip has no colour Doppler"
Sides = dict[str, str]  # evidence, uncertainty -> file name

RULE = (
    "the clips that the study names, then worst, median and best of the population by {metric} in the {region} of {arm}"
)
RANDOM_RULE = ", then {random} of the population drawn at random by the study's seed"
RANDOM = "drawn at random"


def choose(plan: Plan, rows: list[Measurement]) -> list[tuple[str, str]]:
    """(clip_id, why it is shown), without repeats; a clip that several rules choose has all their reasons.

    What is drawn at random depends on the seed and the clip_ids alone, and on no result.
    """
    asked = plan.study.exhibits
    chosen = [(clip, "named by the study") for clip in asked.always]
    arm = asked.arm or plan.arms[0].name
    population = {entry.clip_id for entry in plan.manifest.where(**plan.study.population).entries}
    metric = find_metric(asked.metric, "study: exhibits")
    ranked = sorted(
        (-metric.distance(row.value), row.clip_id)
        for row in rows
        if row.value is not None
        and row.clip_id in population
        and (row.arm, row.metric, row.region) == (arm, asked.metric, asked.region)
    )
    if ranked:
        for why, index in (("worst", 0), ("median", len(ranked) // 2), ("best", -1)):
            chosen.append((ranked[index][1], f"{why} by {asked.metric} in the {asked.region} of {arm}"))
    drawn = sorted(population, key=lambda clip: digest({"seed": plan.study.seed, "clip": clip}))
    chosen += [(clip, RANDOM) for clip in drawn[: asked.random]]
    reasons: dict[str, list[str]] = {}
    for clip, why in chosen:
        reasons.setdefault(clip, []).append(why)
    return [(clip, "; ".join(why)) for clip, why in reasons.items()]


def store_exhibits(plan: Plan, rows: list[Measurement], folder: Path, stores: Stores) -> None:
    """Write `exhibits/index.json` and one folder a clip with cfd.npz, real.npz and one NPZ an arm.

    The clip's mask lies in cfd.npz, or, where there is no colour Doppler, in real.npz.

    Beside an arm's there are arm-N.evidence.npz and arm-N.uncertainty.npz where the arm gives them.
    """
    asked, by_id = plan.study.exhibits, {entry.clip_id: entry for entry in plan.manifest.entries}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index: list[dict[str, Any]] = []
    for clip_id, why in choose(plan, rows):
        pictures, beside = _store_clip(plan, by_id[clip_id], folder / clip_id, stores)
        about = {column: getattr(by_id[clip_id], column) for column in ("pairing", "domain", "anatomy")}
        index.append({"clip_id": clip_id, "why": why, "pictures": pictures, "beside": beside, **about})
    arm = asked.arm or plan.arms[0].name
    rule = RULE.format(metric=asked.metric, region=asked.region, arm=arm)
    rule += RANDOM_RULE.format(random=asked.random) if asked.random else ""
    text = json.dumps({"rule": rule, "clips": index}, indent=2, sort_keys=True)
    (folder / "index.json").write_text(text + "\n", encoding="utf-8")


def _store_clip(plan: Plan, entry: Entry, folder: Path, stores: Stores) -> tuple[dict[str, str], dict[str, Sides]]:
    """Panel name -> file or the reason why it is not there; arm -> what lies beside its picture."""
    folder.mkdir()

    def colour() -> None:
        clip = plan.open_clip(entry, "cfd")
        if clip is not None:
            write_npz(folder / "cfd.npz", clip, true_mask(plan, entry, stores))

    def truth() -> None:
        clip = plan.open_clip(entry, "greyscale")
        if clip is not None:
            own = true_mask(plan, entry, stores) if entry.cfd is None and has_mask(entry) else None
            write_npz(folder / "real.npz", grey_clip(clip), own)

    panels = {"cfd": _NO_COLOUR if entry.cfd is None else _panel("cfd.npz", colour, plan, entry)}
    if entry.greyscale is None:
        panels["real"] = "not computed: there is no greyscale truth"
    else:
        panels["real"] = _panel("real.npz", truth, plan, entry)
    beside: dict[str, Sides] = {}
    for number, arm in enumerate(plan.arms):
        stem = f"arm-{number}"

        def made(arm: Arm = arm, stem: str = stem) -> None:
            source = translated(plan, entry, arm, stores)
            shutil.copyfile(source, folder / f"{stem}.npz")
            sides = _copy_sides(source, folder, stem)
            if sides:
                beside[arm.name] = sides

        able = entry.cfd is not None or arm.finished
        panels[arm.name] = _panel(f"{stem}.npz", made, plan, entry) if able else _NO_COLOUR
    return panels, beside


def _copy_sides(source: Path, folder: Path, stem: str) -> Sides:
    """Copy evidence and uncertainty of a stored translation, as far as there are any."""
    sides: Sides = {}
    for side in SIDES:
        file = source.with_name(side_name(source.stem, side))
        if file.is_file():
            sides[side] = side_name(stem, side)
            shutil.copyfile(file, folder / sides[side])
    return sides


def _panel(name: str, write: Callable[[], None], plan: Plan, entry: Entry) -> str:
    try:
        write()
    except Exception as error:  # the failure is in the table; the exhibit says the same
        return f"failed: {type(error).__name__}: {reason(plan, entry, error)}"
    return name
