"""Plan: the study resolved and frozen before anything is measured.

It holds the digests of every input, what identifies every arm, the signatures of the metrics and the
versions of everything that can move a number. Its own hash goes into the run.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
from pydantic import ValidationError

from evalkit.arms.folder import FolderArm
from evalkit.arms.load import Arm, Scheme, load_arm
from evalkit.backbones import FRAMES_PER_CLIP, NEIGHBOURS, SPLITS, ready_backbone
from evalkit.claim_files import as_document, check_file, placed
from evalkit.claims.files import find_claims, lacking, read_claims, take_roles, undirected_fault
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import described_metric, find_metric
from evalkit.records import Claim
from evalkit.study import RUNS_OWN, Study
from evalkit.tasks.declare import NamesArms, Task
from evalkit.tasks.registry import make_task
from translator.artefacts import LIBRARIES, digest, file_digest, installed_version
from translator.clips.clip import Clip
from translator.clips.digest import clip_digest
from translator.clips.manifest import FILES, Entry, Manifest, read_manifest
from translator.clips.read import read_clip
from translator.errors import Fault, InputError, bad_input
from translator.pins import PINS
from translator.regions import flow, screen, seam
from translator.weights import WeightsAbsentError, find_pinned

_WITH_PATHS: Any = {
    "manifest": True, "claims_file": True, "arms": {"__all__": {"translator"}}, "tasks": {"__all__": {"options"}},
}  # fmt: skip
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
    training: Manifest = field(default_factory=lambda: Manifest((), Path()))  # other splits, for tasks to fit models to

    @property
    def declared(self) -> dict[str, Metric]:
        """Every number of a clip by its name: metrics, and what tasks declare."""
        return {each.name: each for each in (*self.metrics, *(out for task in self.tasks for out in task.outputs))}

    @property
    def sha256(self) -> str:
        """Hash of the plan's canonical JSON."""
        return digest(self.document)

    @property
    def device(self) -> Mapping[str, Any]:
        """What a cache key must say of where the judge's networks ran: nothing of the processor."""
        return {key: self.document[key] for key in ("device",) if key in self.document}

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
    listed = manifest.where(split=study.split)
    excluded = _excluded(study, listed)
    chosen = Manifest([entry for entry in listed.entries if entry.clip_id not in excluded], listed.root)
    tasks = tuple(make_task(task.name, task.kind, task.options) for task in study.tasks)
    outputs = [output for task in tasks for output in task.outputs]
    study, claims_file = _claimed(study, folder, chosen, [output.name for output in outputs])
    metrics = tuple(find_metric(name, "study: metrics") for name in study.metrics)
    _refuse_undirected(study, (*metrics, *outputs))
    _refuse_unknown_arms(study, tasks)
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
        "study": {
            **study.model_dump(exclude=_WITH_PATHS),
            "claims": [as_document(claim) for claim in study.claims],
        },
        "claims_file": claims_file,
        "listed": {"clips": len(manifest.entries), "subjects": len({entry.subject_id for entry in manifest.entries})},
        "excluded": [{"clip_id": entry.clip_id, "subject_id": entry.subject_id, "reason": excluded[entry.clip_id]}
                     for entry in listed.entries if entry.clip_id in excluded],
        "clips": [described(entry) for entry in chosen.entries],
        "inputs": inputs,
        "arms": {arm.name: {"identity": arm.identity, "card": arm.card and arm.card.model_dump()} for arm in arms},
        "metrics": [metric.signature for metric in metrics],
        "metrics_from_outside": {metric.name: described_metric(metric) for metric in metrics if metric.origin},
        "regions": {"screen": screen.VERSION, "flow": flow.VERSION, "seam_width": seam.WIDTH},
        "environment": _environment(),
        **({"weights": weights} if weights else {}),
        **(_described_tasks(tasks, training, inputs_of_training) if tasks else {}),
        **({"distributions": _distributions(study)} if study.distributions else {}),
        **({"device": _device(study)} if study.device != "cpu" else {}),
    }  # fmt: skip
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
    return population_in(plan.document, narrower)


def population_in(document: Mapping[str, Any], narrower: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """The same from a plan's document, as it stands in a run."""
    study = document["study"]
    wanted = {**study["population"], **narrower}
    clips = [clip for clip in document["clips"] if all(clip.get(column) == value for column, value in wanted.items())]
    words = ", ".join(f"{column} = {value}" for column, value in {"split": study["split"], **wanted}.items())
    return frozenset(clip["clip_id"] for clip in clips), words


def _excluded(study: Study, listed: Manifest) -> dict[str, str]:
    """Each clip that the study leaves out, and why; the first exclusion that hits it counts.

    Raises: InputError for an exclusion that hits nothing, and if nothing is left.
    """
    found: dict[str, str] = {}
    faults = []
    for number, exclusion in enumerate(study.exclusions, 1):
        hit = listed.where(**exclusion.where).entries
        if not hit:
            what = f"no clip of split {study.split!r} has {exclusion.where}"
            faults.append(Fault(f"study: exclusions {number}", what, "Correct it, or take it out"))
        found = {**{entry.clip_id: exclusion.reason for entry in hit}, **found}
    if not faults and len(found) == len(listed.entries):
        faults = [Fault("study: exclusions", "leave no clip", "Exclude fewer")]
    if faults:
        raise InputError(faults)
    return found


def _claimed(
    study: Study, folder: Path, manifest: Manifest, outputs: Sequence[str]
) -> tuple[Study, dict[str, str] | None]:
    """The study with the claims of its claims file, and what identifies that file; `outputs` are those of its tasks.

    A claim from a file that the study cannot answer stays, and says what it needs; one written in the study is a fault.
    """
    own = [placed(claim, folder) for claim in study.claims]
    told: dict[str, str] | None = None
    if study.claims_file is None and study.claims_arms:
        raise bad_input("study: claims_arms", "is given without claims_file", "Give claims_file, or take it out")
    if study.claims_file is not None:
        path = find_claims(study.claims_file, folder)
        found = read_claims(path)
        taken = take_roles(found.claims, study.claims_arms, [arm.name for arm in study.arms], "study: claims_arms")
        own += [_answerable(placed(claim, path.parent), study, manifest, outputs) for claim in taken]
        told = {"title": found.title, "sha256": file_digest(path)}
    for claim in own:
        check_file(claim)
    asked = study.model_dump(exclude_unset=True)  # what nobody set must not look as if somebody had
    return _checked({**asked, "claims": [claim.model_dump() for claim in own]}), told


def _checked(asked: dict[str, Any]) -> Study:
    try:
        return Study.model_validate(asked)
    except ValidationError as error:
        raise InputError(
            Fault("study: claims", e["msg"].removeprefix("Value error, ")) for e in error.errors()
        ) from None


def _answerable(claim: Claim, study: Study, manifest: Manifest, outputs: Sequence[str]) -> Claim:
    """The claim, with what it needs where the study cannot answer it."""
    claim = lacking(claim, [*study.metrics, *outputs], study.regions)
    clash = [column for column, value in claim.population.items() if study.population.get(column, value) != value]
    if clash:  # the study would refuse it, although it only cannot be answered here
        needs = f"the study's population has another {' and '.join(clash)}"
        return claim.model_copy(update={"population": {}, "needs": claim.needs or needs})
    population = {**study.population, **claim.population}
    if not claim.needs and claim.about.table in RUNS_OWN and not manifest.where(**population).entries:
        needs = f"no clip has {', '.join(f'{column} = {value}' for column, value in population.items())}"
        return claim.model_copy(update={"needs": needs})
    return claim


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
    return {name: _found(name) for name in sorted({name for metric in metrics for name in metric.weights})}


def _found(weights: str) -> str:
    try:
        find_pinned(weights)
    except WeightsAbsentError:
        return "absent"
    return PINS[weights].sha256


def _distributions(study: Study) -> dict[str, dict[str, Any]]:
    """What decides the numbers of each distribution that the study asks for.

    Raises: InputError if a weights file is there and is not the pinned one, or a package is not there.
    """
    return {
        name: {"version": backbone.version, "weights": _found(backbone.weights), "splits": SPLITS,
               "neighbours": NEIGHBOURS, "frames_per_clip": FRAMES_PER_CLIP}
        for name, backbone in ((name, ready_backbone(name)) for name in study.distributions)
    }  # fmt: skip


def _device(study: Study) -> dict[str, str]:
    """The device as the machine names it.

    Raises: InputError if it is not there.
    """
    if find_spec("torch") is None:
        raise bad_input("study: device", f"{study.device!r} needs torch, which is not installed", 'Set it to "cpu"')
    from evalkit.networks.device import described_device

    return described_device(study.device)


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
    """No arm is better by a metric that is best at a target; nor can an exhibit be the best by a descriptive one."""
    undirected = {metric.name: metric for metric in metrics if metric.higher_is_better is None}
    faults = [
        undirected_fault(f"claim {claim.id!r}", claim, undirected[claim.metric])
        for claim in study.claims
        if claim.about.of_metric and claim.relation in ("superior", "noninferior") and claim.metric in undirected
    ]
    shown = undirected.get(study.exhibits.metric)
    if shown is not None and shown.descriptive:
        what = f"{shown.name} is descriptive: no clip is best or worst by it"
        faults.append(Fault("study: exhibits.metric", what, "Name a metric with a direction"))
    if faults:
        raise InputError(faults)


def _refuse_unknown_arms(study: Study, tasks: tuple[Task, ...]) -> None:
    known = [arm.name for arm in study.arms]
    faults = [
        Fault(f"task {task.name!r}", f"names an arm {name!r} that the study has not", f"Known: {', '.join(known)}")
        for task in tasks
        if isinstance(task, NamesArms)
        for name in task.named_arms
        if name not in known
    ]
    if faults:
        raise InputError(faults)


def _refuse_unknown(study: Study, manifest: Manifest) -> None:
    for whose, wanted in [
        ("study", {}),
        *((f"claim {claim.id!r}", claim.population) for claim in study.claims if not claim.needs),
    ]:
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
