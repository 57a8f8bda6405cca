"""Plan: the study resolved and frozen before anything is measured.

It holds the digests of every input, what identifies every arm, the signatures of the metrics and the
versions of everything that can move a number. Its own hash goes into the run.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from evalkit.arms.folder import FolderArm
from evalkit.arms.load import Arm, Scheme, load_arm
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import described_metric, find_metric
from evalkit.records import Claim
from evalkit.study import Study
from evalkit.tasks.declare import Task
from evalkit.tasks.registry import make_task
from translator.artefacts import LIBRARIES, digest, installed_version
from translator.clips.clip import Clip
from translator.clips.digest import clip_digest
from translator.clips.manifest import FILES, Entry, Manifest, read_manifest
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.pins import PINS
from translator.regions import flow, screen, seam
from translator.weights import WeightsAbsentError, find_pinned

_WITH_PATHS: Any = {"manifest": True, "arms": {"__all__": {"translator"}}, "tasks": {"__all__": {"options"}}}
_LIBRARIES = ("sonoproof", *LIBRARIES, "pyarrow", "statsmodels")


@dataclass(frozen=True)
class Plan:
    """A frozen study with everything that it refers to."""

    study: Study
    manifest: Manifest
    arms: tuple[Arm, ...]
    metrics: tuple[Metric, ...]
    folder: Path  # of the study file
    inputs: Mapping[str, Mapping[str, str]]  # clip_id -> column -> SHA-256, of `training` too
    document: Mapping[str, Any]
    tasks: tuple[Task, ...] = ()
    training: Manifest = Manifest(
        (), Path()
    )  # the clips of other splits, for models that tasks fit; empty without tasks

    @property
    def declared(self) -> dict[str, Metric]:
        """Every number of a clip by its name: metrics, and what tasks declare."""
        return {each.name: each for each in (*self.metrics, *(out for task in self.tasks for out in task.outputs))}

    @property
    def sha256(self) -> str:
        """Hash of the plan's canonical JSON."""
        return digest(self.document)

    def open_clip(self, entry: Entry, column: str) -> Clip | None:
        """The clip in a column, named by its clip_id and not by its file."""
        file = self.manifest.file(entry, column)
        return None if file is None else read_clip(file).named(entry.clip_id)


def freeze(study: Study, folder: Path, schemes: Mapping[str, Scheme], root: Path | None = None) -> Plan:
    """Resolve a study; paths in it count from `folder`, files in the manifest from `root` if given.

    Raises: InputError for anything that is missing or wrong, and if an arm's model card lists a training
    subject or training file that is in the study.
    """
    manifest = read_manifest(folder / study.manifest, root)
    if not manifest.where(split=study.split).entries:
        raise bad_input(folder / study.manifest, f"has no clips of split {study.split!r}", "Correct `split`")
    return freeze_on(manifest, study, folder, schemes)


def freeze_on(manifest: Manifest, study: Study, folder: Path, schemes: Mapping[str, Scheme]) -> Plan:
    """Resolve a study on a manifest that has clips of its split; `study.manifest` is not looked at.

    Raises: InputError as `freeze` does.
    """
    chosen = manifest.where(split=study.split)
    metrics = tuple(find_metric(name, "study: metrics") for name in study.metrics)
    tasks = tuple(make_task(task.name, task.kind, task.options) for task in study.tasks)
    outputs = [output for task in tasks for output in task.outputs]
    _refuse_undirected(study, (*metrics, *outputs))
    arms = tuple(load_arm(spec.name, spec.translator, folder, schemes) for spec in study.arms)
    _refuse_strangers(arms, chosen)
    others = [entry for entry in manifest.entries if entry.split != study.split] if tasks else []
    training = Manifest(others, manifest.root)
    inputs = {entry.clip_id: _digests(chosen, entry) for entry in chosen.entries}
    inputs_of_training = {entry.clip_id: _digests(training, entry) for entry in others}
    weights = _weights(metrics)
    _refuse_seen(arms, chosen, inputs)
    _refuse_unknown(study, chosen)
    document = {
        "schema_version": 1,
        "study": study.model_dump(exclude=_WITH_PATHS),
        "clips": [described(entry) for entry in chosen.entries],
        "inputs": inputs,
        "arms": {arm.name: {"identity": arm.identity, "card": arm.card and arm.card.model_dump()} for arm in arms},
        "metrics": [metric.signature for metric in metrics],
        "metrics_from_outside": {metric.name: described_metric(metric) for metric in metrics if metric.origin},
        "regions": {"screen": screen.VERSION, "flow": flow.VERSION, "seam_width": seam.WIDTH},
        "environment": _environment(),
        **({"weights": weights} if weights else {}),
        **(_described_tasks(tasks, training, inputs_of_training) if tasks else {}),
    }
    every = {**inputs, **inputs_of_training}
    return Plan(study, chosen, arms, metrics, folder.resolve(), every, document, tasks, training)


def _described_tasks(
    tasks: tuple[Task, ...], training: Manifest, inputs: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """What tasks add to a plan's document; clips of other splits are there to be fitted to, and in no statistic."""
    return {
        "tasks": {task.name: dict(task.identity) for task in tasks},
        "task_outputs": {each.name: described_metric(each) for task in tasks for each in task.outputs},
        "training": {"clips": [described(entry) for entry in training.entries], "inputs": dict(inputs)},
    }


def population_of(plan: Plan, narrower: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """The clips of the study's population, narrowed by a claim's; and the population in words."""
    wanted = {**plan.study.population, **narrower}
    clips = frozenset(entry.clip_id for entry in plan.manifest.where(**wanted).entries)
    return clips, ", ".join(f"{column} = {value}" for column, value in {"split": plan.study.split, **wanted}.items())


def described(entry: Entry) -> dict[str, Any]:
    """An entry without its file names, which can name people and machines; digests identify the files."""
    return entry.model_dump(exclude=set(FILES))


def _digests(manifest: Manifest, entry: Entry) -> dict[str, str]:
    files = {column: manifest.file(entry, column) for column in FILES}
    return {column: clip_digest(file) for column, file in files.items() if file is not None}


def _weights(metrics: tuple[Metric, ...]) -> dict[str, str]:
    """SHA-256 of each pinned file that a metric needs, or that it is absent: whoever brings it later has another plan.

    Raises: InputError if a file is there and is not the pinned one.
    """
    found = {}
    for name in sorted({name for metric in metrics for name in metric.weights}):
        try:
            find_pinned(name)
        except WeightsAbsentError:
            found[name] = "absent"
        else:
            found[name] = PINS[name].sha256
    return found


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "opencv_threads": cv2.getNumThreads(),
        "libraries": {name: installed_version(name) for name in _LIBRARIES},
    }


def _refuse_seen(arms: tuple[Arm, ...], manifest: Manifest, inputs: Mapping[str, Mapping[str, str]]) -> None:
    faults = []
    for arm in arms:
        if arm.card is None:
            continue
        subjects, files = arm.card.training_subjects, arm.card.training_files
        for entry in manifest.entries:
            if entry.subject_id in subjects or files & {*inputs[entry.clip_id].values(), entry.origin}:
                same = f"subject {entry.subject_id!r}" if entry.subject_id in subjects else "a file"
                what = f"{same} of clip {entry.clip_id!r} is in the training set of its model card"
                faults.append(Fault(f"arm {arm.name!r}", what, "Take the subject's rows out of the manifest"))
    if faults:
        raise InputError(faults)


def _refuse_strangers(arms: tuple[Arm, ...], manifest: Manifest) -> None:
    """A folder in which no video has the name of a clip is a mistake; some missing are the generator's failures."""
    ids = [entry.clip_id for entry in manifest.entries]
    for arm in arms:
        if isinstance(arm.translator, FolderArm) and not arm.translator.files.keys() & set(ids):
            found = ", ".join(sorted(arm.translator.files)[:3]) or "nothing"
            what = f"has no video of any clip: found {found}, wanted {', '.join(ids[:3])}"
            raise bad_input(arm.translator.folder, what, "Name each video after its clip_id")


def _refuse_undirected(study: Study, metrics: tuple[Metric, ...]) -> None:
    """A metric that is best at a target has no "better by": the mean of two bad arms, 0.5 and 1.5, would be perfect.

    Nor has a descriptive one, by which no exhibit can be the best either.
    """
    undirected = {metric.name: metric for metric in metrics if metric.higher_is_better is None}
    faults = [
        _undirected_fault(claim, undirected[claim.metric])
        for claim in study.claims
        if claim.relation in ("superior", "noninferior") and claim.metric in undirected
    ]
    shown = undirected.get(study.exhibits.metric)
    if shown is not None and shown.descriptive:
        what = f"{shown.name} is descriptive: no clip is best or worst by it"
        faults.append(Fault("study: exhibits.metric", what, "Name a metric with a direction"))
    if faults:
        raise InputError(faults)


def _undirected_fault(claim: Claim, metric: Metric) -> Fault:
    what = f"relation {claim.relation} does not go with {metric.name}: "
    if metric.descriptive:
        what += "it is descriptive, neither higher nor lower is better"
        remedy = "Use `equivalent` with `against` or `reference` and a margin, or at_least or at_most"
    else:
        what += f"{metric.target:g} is best, neither higher nor lower"
        remedy = f"Use `equivalent` with `reference = {metric.target:g}` and a margin, or at_least or at_most"
    return Fault(f"claim {claim.id!r}", what, remedy)


def _refuse_unknown(study: Study, manifest: Manifest) -> None:
    for whose, wanted in [("study", {}), *((f"claim {claim.id!r}", claim.population) for claim in study.claims)]:
        population = {**study.population, **wanted}
        if not manifest.where(**population).entries:
            has = {column: sorted({str(getattr(e, column)) for e in manifest.entries})[:8] for column in population}
            raise bad_input(
                f"{whose}: population", f"no clip of split {study.split!r} has {population}", f"There is {has}"
            )
    known = {entry.clip_id for entry in manifest.entries}
    lost = [clip for clip in study.exhibits.always if clip not in known]
    if lost:
        raise bad_input("study: exhibits.always", f"no such clip in split {study.split!r}: {', '.join(lost)}")
