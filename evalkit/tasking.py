"""Run the tasks of a plan: hand each the clips of the study, take its rows, and say why where there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evalkit.arms.load import Arm
from evalkit.measuring import Stores, estimated_mask, has_mask, reason, segmented, translated
from evalkit.plan import Plan
from evalkit.records import REAL, Measurement, Prediction
from evalkit.tasks.declare import Part, Progress, Task, TaskRows, Version
from translator.artefacts import Store
from translator.card import ModelCard
from translator.clips.clip import Clip, grey_clip
from translator.clips.manifest import Entry
from translator.clips.npz import read_npz
from translator.errors import InputError


@dataclass(frozen=True)
class _OfPlan:
    """What all versions of a clip share."""

    plan: Plan
    entry: Entry
    stores: Stores

    def mask(self) -> Clip | None:
        """What the colour hides in the clip's colour Doppler version."""
        return estimated_mask(self.plan, self.entry, self.stores) if has_mask(self.entry) else None

    def labels(self) -> Clip | None:
        """The clip's segmentation."""
        return segmented(self.plan, self.entry)


@dataclass(frozen=True)
class RealVersion(_OfPlan):
    """A real greyscale clip."""

    arm: str = REAL

    @property
    def store(self) -> Store:
        """Real clips are the same for every run."""
        return self.stores.shared

    def key(self) -> str:
        """Digest of the file."""
        return self.plan.inputs[self.entry.clip_id]["greyscale"]

    def clip(self) -> Clip:
        """The frames."""
        opened = self.plan.open_clip(self.entry, "greyscale")
        if opened is None:
            raise ValueError("a clip without greyscale has no real version")
        return grey_clip(opened)


@dataclass(frozen=True)
class MadeVersion(_OfPlan):
    """What an arm makes of a clip; it is made when it is first looked at."""

    maker: Arm

    @property
    def arm(self) -> str:
        """The arm's name."""
        return self.maker.name

    @property
    def store(self) -> Store:
        """What depends on an arm without identity is kept for this run alone."""
        return self.stores.of(self.maker)

    @cached_property
    def _file(self) -> Path:
        return translated(self.plan, self.entry, self.maker, self.stores)

    def key(self) -> str:
        """Key of the translation."""
        return self._file.parent.name

    def clip(self) -> Clip:
        """The frames."""
        return read_npz(self._file).named(self.entry.clip_id)


class StudyBench:
    """The clips of a plan, as its tasks meet them."""

    def __init__(self, plan: Plan, stores: Stores, progress: Progress) -> None:
        """Nothing is opened before it is asked for."""
        self.plan, self.stores, self.progress = plan, stores, progress
        self.seed, self.store = plan.study.seed, stores.shared
        self.arms = tuple(arm.name for arm in plan.arms)

    def real(self, part: Part) -> Sequence[Version]:
        """The real greyscale clips of a part."""
        return [
            RealVersion(self.plan, entry, self.stores) for entry in self._entries(part) if entry.greyscale is not None
        ]

    def made(self, arm: str, part: Part) -> Sequence[Version]:
        """What an arm makes of the colour Doppler clips of a part; of finished videos, all that were asked for."""
        maker = next(each for each in self.plan.arms if each.name == arm)
        able = [entry for entry in self._entries(part) if entry.cfd is not None or maker.finished]
        return [MadeVersion(self.plan, entry, self.stores, maker) for entry in able]

    def card(self, arm: str) -> ModelCard | None:
        """The arm's model card."""
        return next(each.card for each in self.plan.arms if each.name == arm)

    def digests(self, entry: Entry) -> Mapping[str, str]:
        """Digests of the clip's files, as the plan has them."""
        return self.plan.inputs[entry.clip_id]

    def reason(self, version: Version, error: Exception) -> str:
        """The words of an error, without folders and file names."""
        return f"{type(error).__name__}: {reason(self.plan, version.entry, error)}"

    def _entries(self, part: Part) -> Sequence[Entry]:
        if part == "test":
            return self.plan.manifest.entries
        return [entry for entry in self.plan.training.entries if entry.split == part]


def run_tasks(
    plan: Plan, stores: Stores, progress: Progress
) -> tuple[list[Measurement], list[Prediction], dict[str, Any]]:
    """Rows of all tasks, sorted, and task -> details. A task that cannot be done gives rows that say why."""
    measurements: list[Measurement] = []
    predictions: list[Prediction] = []
    details: dict[str, Any] = {}
    bench = StudyBench(plan, stores, progress)
    for task in plan.tasks:
        try:
            found = task.measure(bench)
        except InputError as error:
            found = _undone(plan, task, "; ".join(f"{fault.what}. {fault.remedy}" for fault in error.faults))
        measurements += found.measurements
        predictions += found.predictions
        details[task.name] = dict(found.details)
    return measurements, sorted(predictions, key=_order), details


def _order(row: Prediction) -> tuple[str, str, str, int, str]:
    return row.task, row.arm, row.clip_id, row.seed, row.label or ""


def _undone(plan: Plan, task: Task, why: str) -> TaskRows:
    """A row without value for each clip, arm and output."""
    rows = [
        Measurement(
            arm, e.clip_id, e.subject_id, each.name, region, e.pairing, None, "undefined", f"not computed: {why}"
        )
        for arm in (REAL, *(arm.name for arm in plan.arms))
        for e in plan.manifest.entries
        for each in task.outputs
        for region in each.regions
    ]
    return TaskRows(rows, (), {"not_computed": why})
